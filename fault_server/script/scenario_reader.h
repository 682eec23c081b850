// What the parts of the JSON reader share: a value together with where it stands, and complaints
// about it. Complaints travel as exceptions inside the reader only; parse_scenario catches them.
// Thread: any.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fault_server/script/scenario.h"
#include "fault_server/script/scenario_position.h"

namespace fault::reader {

using Json = nlohmann::ordered_json;

/// The document that is being read.
struct Document {
  std::string file;
  std::string_view text;
  PositionIndex positions;
};

/// One value of it.
struct Node {
  const Document* document = nullptr;
  const Json* json = nullptr;
  std::string pointer;

  Node child(const std::string& name) const {
    return {document, &json->at(name), PositionIndex::child(pointer, name)};
  }
  Node child(std::size_t index) const {
    return {document, &json->at(index), PositionIndex::child(pointer, index)};
  }
  bool has(std::string_view name) const { return json->is_object() && json->contains(name); }
};

struct Failure {
  Complaint complaint;
};

[[noreturn]] void fail_at(const Document& document, std::size_t offset, std::string text);
/// "found VALUE, expected ..." at the value.
[[noreturn]] void fail(const Node& node, std::string_view expected);
/// The same at the member's name, for one that should not be there.
[[noreturn]] void fail_name(const Node& node, std::string_view name, std::string_view expected);

/// Refuses members that are not in `known`.
void only(const Node& node, std::initializer_list<std::string_view> known, std::string_view what);

void expect_object(const Node& node, std::string_view what);
std::string text(const Node& node, std::string_view expected);
std::uint64_t number(const Node& node, std::string_view expected);
bool boolean(const Node& node, std::string_view expected);
holdfast::Duration time(const Node& node);

/// A line, or an array whose elements are step objects or one-step lines.
Script script(const Node& node);
/// One element of such an array (scenario_steps.cc).
Step step(const Node& node);

/// Fails at the place inside the string at `node` that the line's complaint points to.
[[noreturn]] void fail_in_line(const Node& node, const Complaint& complaint);

}  // namespace fault::reader
