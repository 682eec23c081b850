// What a rulebook holds: shared by the files that implement it (rulebook.cc chooses,
// rulebook_state.cc shows and sets what was remembered), included by nobody else. Owned by its
// Rulebook. Thread: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/rules/rulebook.h"
#include "fault_server/rules/rulebook_cursor.h"

namespace fault {

using Cursors = std::map<std::string, Cursor>;  // by scope

struct Rulebook::State {
  struct Stranger {  // a request that no rule served
    std::string key;
    std::uint64_t attempt = 0;
    RequestCopy request;
  };

  explicit State(Scenario from) { take(std::move(from)); }

  void take(Scenario from);
  std::optional<Choice> turn(const Rule& rule, const std::string& scope, Cursor& cursor) const;
  std::optional<Choice> choose_override(const RequestView& request, const std::string& key);
  std::optional<Choice> connection(std::string_view listener, std::uint64_t nth,
                                   std::string_view peer, holdfast::base::Instant since_start,
                                   std::map<std::string, Cursors>& all) const;
  bool has_dropped_out(const Rule& rule, const std::string& scope) const;
  void note_unmatched(const RequestView& request, const std::string& key, std::uint64_t attempt);

  Scenario scenario;
  std::vector<std::size_t> rule_order, connection_order;
  std::map<std::string, Cursors> rule_cursors, connection_cursors;  // by rule id
  // By "k" (a fault_key's) or "-", scope, newline, script.
  std::map<std::string, Cursor> override_cursors;
  std::map<std::string, std::uint64_t> attempts;  // by key, method and path, newlines between
  std::deque<Stranger> unmatched;
};

/// Whose cursor of this rule a request advances.
std::string cursor_scope(Per per, const RequestView& request, const std::string& key);

}  // namespace fault
