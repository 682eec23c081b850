#include "fault_server/admin/verify.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "fault_server/h1/connection.h"
#include "fault_server/script/json_nesting.h"
#include "fault_server/script/match.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

using Question = nlohmann::json;

struct Seen {
  const Entry* head = nullptr;
  const Entry* end = nullptr;
  std::string path;
};

bool seen_matches(const Seen& seen, const Question& match) {
  const Entry& head = *seen.head;
  if (match.contains("method") && match["method"] != head.method) return false;
  if (match.contains("path") && !glob_matches(match["path"].get<std::string>(), seen.path)) {
    return false;
  }
  if (match.contains("key") && match["key"] != head.key) return false;
  if (!match.contains("header")) return true;
  for (const auto& [name, value] : match["header"].items()) {
    const auto found = header_value(head.headers, name);
    if (!found || value != std::string(*found)) return false;
  }
  return true;
}

std::vector<Seen> matching(const Journal& journal, const Question& match) {
  std::map<std::uint64_t, const Entry*> ends;
  for (const Entry& entry : journal.entries()) {
    if (entry.type == EntryType::kReqEnd) ends[entry.exch] = &entry;
  }
  std::vector<Seen> out;
  for (const Entry& entry : journal.entries()) {
    if (entry.type != EntryType::kReqHead) continue;
    Seen seen{&entry, nullptr, {}};
    std::string query;
    split_target(entry.target, seen.path, query);
    if (!seen_matches(seen, match)) continue;
    const auto end = ends.find(entry.exch);
    if (end != ends.end()) seen.end = end->second;
    out.push_back(std::move(seen));
  }
  return out;
}

void check_count(const Question& bounds, Verification& out) {
  if (bounds.contains("min") && out.count < bounds["min"].get<std::uint64_t>()) {
    out.failures.push_back("count is " + std::to_string(out.count) + ", min was " +
                           bounds["min"].dump());
  }
  if (bounds.contains("max") && out.count > bounds["max"].get<std::uint64_t>()) {
    out.failures.push_back("count is " + std::to_string(out.count) + ", max was " +
                           bounds["max"].dump());
  }
}

void check_gaps(const Question& bounds, const std::vector<Seen>& seen, Verification& out) {
  for (const char* which : {"min", "max"}) {
    if (!bounds.contains(which)) continue;
    const auto bound = parse_duration(bounds[which].get<std::string>());
    if (!bound) {
      out.problem = std::string("gaps.") + which + ": expected a time such as \"1s\"";
      return;
    }
    for (std::size_t i = 1; i < seen.size(); ++i) {
      const Duration gap(seen[i].head->t_ns - seen[i - 1].head->t_ns);
      const bool bad = which[1] == 'i' ? gap < *bound : gap > *bound;
      if (!bad) continue;
      out.failures.push_back("gap before exchange " + std::to_string(seen[i].head->exch) + " is " +
                             print_duration(gap) + ", " + which + " was " + print_duration(*bound));
    }
  }
}

void check_order(const Question& order, const std::vector<Seen>& seen, Verification& out) {
  std::size_t at = 0;
  for (const Question& wanted : order) {
    const std::string glob = wanted.get<std::string>();
    while (at < seen.size() && !glob_matches(glob, seen[at].path)) ++at;
    if (at == seen.size()) {
      out.failures.push_back("order: " + glob + " was not seen, or not after the one before it");
      return;
    }
    ++at;
  }
}

void check_sameness(const Question& question, const std::vector<Seen>& seen, Verification& out) {
  std::set<std::uint64_t> connections;
  std::set<std::string> bodies;
  for (const Seen& one : seen) {
    connections.insert(one.head->conn);
    if (one.end != nullptr) bodies.insert(one.end->body_sha256);
  }
  if (question.value("same_connection", false) && connections.size() > 1) {
    out.failures.push_back("came over " + std::to_string(connections.size()) + " connections");
  }
  if (question.value("body_identical", false) && bodies.size() > 1) {
    out.failures.push_back(std::to_string(bodies.size()) + " different bodies were received");
  }
}

}  // namespace

Verification verify_journal(const Journal& journal, std::string_view question_text) {
  Verification out;
  const Question question = nested_too_deeply(question_text)
                                ? Question(Question::value_t::discarded)
                                : Question::parse(question_text, nullptr, false);
  if (!question.is_object()) {
    out.problem =
        "expected a JSON object such as {\"match\": {\"path\": \"/x\"}, \"count\": {\"max\": 3}}";
    return out;
  }
  constexpr std::string_view kKnown[] = {"match", "count",           "gaps",
                                         "order", "same_connection", "body_identical"};
  for (const auto& [name, value] : question.items()) {
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
      out.problem = "found '" + name +
                    "', expected match, count, gaps, order, same_connection or "
                    "body_identical";
      return out;
    }
  }
  try {
    const auto seen = matching(journal, question.value("match", Question::object()));
    out.count = seen.size();
    if (question.contains("count")) check_count(question["count"], out);
    if (question.contains("gaps")) check_gaps(question["gaps"], seen, out);
    if (question.contains("order")) check_order(question["order"], seen, out);
    check_sameness(question, seen, out);
  } catch (const Question::exception& error) {
    out.problem = error.what();  // a value of the wrong type
  }
  return out;
}

}  // namespace fault
