#include "fault_server/report/conduct.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "fault_server/script/values.h"

namespace fault {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostListed = 200;  // of one series, each with its own line

double milliseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

Json attempt_json(const Attempt& attempt) {
  Json out{{"exch", attempt.exch},
           {"conn", attempt.conn},
           {"t_ns", attempt.arrived_ns},
           {"outcome", attempt.outcome()}};
  if (!attempt.rule.empty()) out["rule"] = attempt.rule;
  if (attempt.gap_ns >= 0) out["gap_ms"] = milliseconds(attempt.gap_ns);
  if (!attempt.after.empty()) out["after"] = attempt.after;
  if (attempt.retry_after_s >= 0) out["retry_after_s"] = attempt.retry_after_s;
  if (attempt.early_ns > 0) out["undercut_by_ms"] = milliseconds(attempt.early_ns);
  return out;
}

Json waits_json(const WaitsKept& kept) {
  Json out{{"asked", kept.asked},
           {"honoured", kept.honoured},
           {"undercut", kept.undercut},
           {"open", kept.open}};
  if (kept.undercut != 0) out["worst_undercut_by_ms"] = milliseconds(kept.worst_early_ns);
  return out;
}

Json gaps_json(const std::vector<Attempt>& attempts) {
  std::int64_t least = 0, most = 0, sum = 0, count = 0;
  for (const Attempt& attempt : attempts) {
    if (attempt.gap_ns < 0) continue;
    least = count == 0 ? attempt.gap_ns : std::min(least, attempt.gap_ns);
    most = std::max(most, attempt.gap_ns);
    sum += attempt.gap_ns;
    ++count;
  }
  Json out{{"count", count}};
  if (count == 0) return out;
  out["min_ms"] = milliseconds(least);
  out["max_ms"] = milliseconds(most);
  out["mean_ms"] = milliseconds(sum / count);
  return out;
}

Json series_json(const Series& series) {
  Json out{{"key", series.key}, {"method", series.method}, {"path", series.path}};
  if (!series.id.empty()) out["id"] = series.id;
  std::set<std::uint64_t> connections;
  std::set<std::string> bodies;
  std::map<std::string, std::uint64_t> after;
  for (const Attempt& attempt : series.attempts) {
    connections.insert(attempt.conn);
    if (!attempt.raced && !attempt.malformed) bodies.insert(attempt.body_sha256);
    if (!attempt.after.empty()) ++after[attempt.after];
  }
  out["attempts"] = series.attempts.size();
  out["connections"] = connections.size();
  out["gaps"] = gaps_json(series.attempts);
  out["repeated_after"] = after;
  out["retry_after"] = waits_json(waits_kept(series));
  out["unsafe_repeats"] = unsafe_repeats(series);
  out["bodies_identical"] = bodies.size() <= 1;
  Json& each = out["each"] = Json::array();
  const std::size_t first =
      series.attempts.size() > kMostListed ? series.attempts.size() - kMostListed : 0;
  if (first != 0) out["each_left_out"] = first;
  for (std::size_t i = first; i < series.attempts.size(); ++i) {
    each.push_back(attempt_json(series.attempts[i]));
  }
  return out;
}

Expectation judge(const Rule& rule, const Series& series) {
  Expectation out{rule.id, &series, {}};
  std::uint64_t served = 0;
  std::int64_t least_gap = -1;
  for (const Attempt& attempt : series.attempts) {
    if (attempt.rule != rule.id) continue;
    if (served++ == 0 || attempt.gap_ns < 0) continue;
    least_gap = least_gap < 0 ? attempt.gap_ns : std::min(least_gap, attempt.gap_ns);
  }
  const Expect& expect = rule.expect;
  if (expect.max_attempts && served > *expect.max_attempts) {
    out.failures.push_back(std::to_string(served) + " attempts, max_attempts was " +
                           std::to_string(*expect.max_attempts));
  }
  if (expect.min_gap && least_gap >= 0 && least_gap < expect.min_gap->count()) {
    out.failures.push_back("a gap of " + print_duration(Duration(least_gap)) + ", min_gap was " +
                           print_duration(*expect.min_gap));
  }
  if (expect.method_safe == false) {
    const auto repeats = static_cast<std::uint64_t>(std::count_if(
        series.attempts.begin(), series.attempts.end(),
        [](const Attempt& attempt) { return attempt.repeats_failed && !attempt.keyed; }));
    if (repeats != 0) {
      out.failures.push_back(std::to_string(repeats) +
                             " repeats of a failed attempt, method_safe was false");
    }
  }
  return out;
}

bool promises(const Expect& expect) {
  return expect.max_attempts || expect.min_gap || expect.method_safe;
}

}  // namespace

WaitsKept waits_kept(const Series& series) {
  WaitsKept out;
  for (std::size_t i = 0; i < series.attempts.size(); ++i) {
    const Attempt& asking = series.attempts[i];
    const auto until = asking.forbidden_until_ns();
    if (!until) continue;
    ++out.asked;
    const auto next = std::find_if(
        series.attempts.begin() + static_cast<std::ptrdiff_t>(i) + 1, series.attempts.end(),
        [&](const Attempt& other) { return other.arrived_ns > asking.head_ns; });
    if (next == series.attempts.end()) {
      ++out.open;
    } else if (next->arrived_ns < *until) {
      ++out.undercut;
      out.worst_early_ns = std::max(out.worst_early_ns, *until - next->arrived_ns);
    } else {
      ++out.honoured;
    }
  }
  return out;
}

std::uint64_t unsafe_repeats(const Series& series) {
  if (is_idempotent(series.method)) return 0;
  return static_cast<std::uint64_t>(std::count_if(
      series.attempts.begin(), series.attempts.end(),
      [](const Attempt& attempt) { return attempt.repeats_failed && !attempt.keyed; }));
}

std::vector<Expectation> judge_expectations(std::span<const Series> series,
                                            std::span<const Rule> rules) {
  std::vector<Expectation> out;
  for (const Rule& rule : rules) {
    if (!promises(rule.expect)) continue;
    for (const Series& one : series) {
      const bool served =
          std::any_of(one.attempts.begin(), one.attempts.end(),
                      [&](const Attempt& attempt) { return attempt.rule == rule.id; });
      if (served) out.push_back(judge(rule, one));
    }
  }
  return out;
}

std::string conduct_json(const Journal& journal, std::span<const Rule> rules) {
  const std::vector<Series> all = series_of(journal);
  WaitsKept waits;
  std::uint64_t attempts = 0, unsafe = 0, malformed = 0;
  Json list = Json::array();
  for (const Series& series : all) {
    const WaitsKept kept = waits_kept(series);
    waits.asked += kept.asked;
    waits.honoured += kept.honoured;
    waits.undercut += kept.undercut;
    waits.open += kept.open;
    waits.worst_early_ns = std::max(waits.worst_early_ns, kept.worst_early_ns);
    attempts += series.attempts.size();
    unsafe += unsafe_repeats(series);
    malformed += static_cast<std::uint64_t>(
        std::count_if(series.attempts.begin(), series.attempts.end(),
                      [](const Attempt& attempt) { return attempt.malformed; }));
    list.push_back(series_json(series));
  }
  Json expectations = Json::array();
  for (const Expectation& one : judge_expectations(all, rules)) {
    expectations.push_back({{"rule", one.rule},
                            {"key", one.series->key},
                            {"method", one.series->method},
                            {"path", one.series->path},
                            {"kept", one.failures.empty()},
                            {"failures", one.failures}});
  }
  Json out;
  out["totals"] = {{"attempts", attempts},
                   {"series", all.size()},
                   {"retry_after", waits_json(waits)},
                   {"unsafe_repeats", unsafe},
                   {"malformed", malformed}};
  out["journal_dropped"] = journal.dropped();
  out["expectations"] = std::move(expectations);
  out["series"] = std::move(list);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fault
