#include "fault_server/report/report.h"

#include <algorithm>
#include <array>
#include <vector>

#include "fault_server/report/text.h"
#include "fault_server/script/line.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

constexpr std::size_t kMostRows = 500;  // of each table

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>fault-server report</title>
<style>
  :root { color-scheme: light dark; --ink: #1b1f24; --dim: #59636e; --paper: #fff; --line: #d1d9e0;
    --bad: #cf222e; --good: #1a7f37 }
  @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --paper: #0d1117;
    --line: #3d444d; --bad: #f85149; --good: #3fb950 } }
  body { font: 14px/1.45 ui-sans-serif, system-ui, sans-serif; color: var(--ink);
    background: var(--paper); margin: 1.5rem auto; padding: 0 1rem; max-width: 1200px }
  h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
  p.facts, .dim { color: var(--dim) }
  .tiles { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; list-style: none }
  .tiles li { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .8rem }
  .tiles b { display: block; font-size: 1.3rem }
  .wide { overflow-x: auto }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
  th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line);
    vertical-align: top } td { overflow-wrap: anywhere } td.n, th.n { text-align: right }
  code { font: 12px/1.5 ui-monospace, monospace } .bad { color: var(--bad); font-weight: 600 }
  .good { color: var(--good) } svg { max-width: none }
</style></head><body>
)";

std::string cell(std::string_view text) { return "<td>" + markup(text) + "</td>"; }
std::string count_cell(std::uint64_t count, bool bad) {
  return std::string("<td class=\"n") + (bad && count != 0 ? " bad" : "") + "\">" +
         std::to_string(count) + "</td>";
}
std::string code_cell(std::string_view text) {
  return "<td><code>" + markup(shortened(text, 400)) + "</code></td>";
}
std::string head_row(std::initializer_list<std::string_view> names) {
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (const std::string_view name : names) out += "<th>" + std::string(name) + "</th>";
  return out + "</tr></thead><tbody>\n";
}
constexpr std::string_view kEndOfTable = "</tbody></table></div>\n";

struct Totals {
  std::uint64_t attempts = 0, unsafe = 0, broken = 0, malformed = 0;
  WaitsKept waits;
};

Totals totals_of(const std::vector<Series>& all) {
  Totals out;
  for (const Series& series : all) {
    const WaitsKept kept = waits_kept(series);
    out.waits.asked += kept.asked;
    out.waits.honoured += kept.honoured;
    out.waits.undercut += kept.undercut;
    out.attempts += series.attempts.size();
    out.unsafe += unsafe_repeats(series);
    for (const Attempt& attempt : series.attempts) {
      out.broken += attempt.end_ns >= 0 && !attempt.complete ? 1 : 0;
      out.malformed += attempt.malformed ? 1 : 0;
    }
  }
  return out;
}

std::string tiles(const Totals& totals, std::size_t series) {
  const auto tile = [](std::uint64_t count, std::string_view text, bool bad) {
    return std::string("<li><b") + (bad && count != 0 ? " class=\"bad\"" : "") + ">" +
           std::to_string(count) + "</b>" + std::string(text) + "</li>";
  };
  return "<ul class=\"tiles\">" + tile(totals.attempts, "attempts", false) +
         tile(series, "series", false) + tile(totals.broken, "broken off", false) +
         tile(totals.waits.asked, "Retry-After asked", false) +
         tile(totals.waits.undercut, "Retry-After undercut", true) +
         tile(totals.unsafe, "unsafe repeats", true) +
         tile(totals.malformed, "malformed requests", true) + "</ul>\n";
}

std::string conduct_table(const std::vector<Series>& all) {
  if (all.empty()) return "<p class=\"dim\">Nothing has been asked yet.</p>\n";
  std::string out = head_row({"client", "request", "attempts", "outcomes", "gaps", "asked to wait",
                              "undercut", "unsafe repeats"});
  const std::size_t first = all.size() > kMostRows ? all.size() - kMostRows : 0;
  for (std::size_t i = first; i < all.size(); ++i) {
    const Series& series = all[i];
    std::string outcomes, gaps;
    for (std::size_t n = 0; n < std::min<std::size_t>(series.attempts.size(), 12); ++n) {
      const Attempt& attempt = series.attempts[n];
      outcomes += (n == 0 ? "" : ", ") + attempt.outcome();
      if (attempt.gap_ns < 0) continue;
      gaps += (gaps.empty() ? "" : ", ") + readable_time(attempt.gap_ns);
    }
    if (series.attempts.size() > 12) outcomes += ", \xE2\x80\xA6";
    const WaitsKept kept = waits_kept(series);
    out += "<tr>" + cell(shortened(series.key, 80)) +
           cell(shortened(series.method + " " + series.path, 120)) +
           count_cell(series.attempts.size(), false) + cell(outcomes) + cell(gaps) +
           count_cell(kept.asked, false) + count_cell(kept.undercut, true) +
           count_cell(unsafe_repeats(series), true) + "</tr>\n";
  }
  return out + std::string(kEndOfTable);
}

std::string promises_table(const std::vector<Series>& all, const Scenario& scenario) {
  const auto judged = judge_expectations(all, scenario.rules);
  if (judged.empty()) return "";
  std::string out = "<h2>Promises</h2>\n" + head_row({"rule", "client", "request", "kept"});
  for (const Expectation& one : judged) {
    std::string failures;
    for (const std::string& text : one.failures) {
      failures += (failures.empty() ? "" : "; ") + text;
    }
    out += "<tr>" + cell(one.rule) + cell(one.series->key) +
           cell(one.series->method + " " + one.series->path) +
           (failures.empty() ? "<td class=\"good\">yes</td>"
                             : "<td class=\"bad\">" + markup(failures) + "</td>") +
           "</tr>\n";
  }
  return out + std::string(kEndOfTable);
}

std::string rules_table(const Scenario& scenario) {
  if (scenario.rules.empty() && scenario.connections.empty()) return "";
  std::string out = "<h2>Rules in place</h2>\n" + head_row({"rule", "script"});
  for (const auto* rules : {&scenario.connections, &scenario.rules}) {
    for (const Rule& rule : *rules) {
      const bool connections = rules == &scenario.connections;
      out += "<tr>" + cell(rule.id + (connections ? " (connections)" : "")) +
             code_cell(print_script(rule.script)) + "</tr>\n";
    }
  }
  return out + std::string(kEndOfTable);
}

std::string journal_table(const Journal& journal) {
  const auto& entries = journal.entries();
  const std::size_t first = entries.size() > kMostRows ? entries.size() - kMostRows : 0;
  std::string out = "<h2>Journal</h2>\n";
  if (first != 0 || journal.dropped() != 0) {
    out += "<p class=\"dim\">The last " + std::to_string(entries.size() - first) + " of " +
           std::to_string(journal.last_seq()) + " entries.</p>\n";
  }
  out += head_row({"entry", "time", "type", "connection", "exchange", "all of it"});
  for (std::size_t i = first; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    out += "<tr>" + count_cell(entry.seq, false) + cell(readable_time(entry.t_ns)) +
           cell(type_word(entry.type)) + count_cell(entry.conn, false) +
           count_cell(entry.exch, false) + code_cell(to_json_line(entry)) + "</tr>\n";
  }
  return out + std::string(kEndOfTable);
}

}  // namespace

std::string report_html(const ReportFacts& facts) {
  const std::vector<Series> all = series_of(*facts.journal);
  std::string out(kHead);
  out += "<h1>fault-server report</h1>\n<p class=\"facts\">seed " +
         std::to_string(facts.scenario->seed) + " \xC2\xB7 generation " +
         std::to_string(facts.generation) + " \xC2\xB7 up for " +
         readable_time(facts.uptime.count()) + " \xC2\xB7 " +
         std::to_string(facts.journal->entries().size()) + " journal entries, " +
         std::to_string(facts.journal->dropped()) + " dropped</p>\n";
  out += tiles(totals_of(all), all.size());
  out += "<h2>Time line</h2>\n<div class=\"wide\">\n" + timeline_svg(all) + "</div>\n";
  out += "<h2>Conduct</h2>\n" + conduct_table(all);
  out += promises_table(all, *facts.scenario);
  out += rules_table(*facts.scenario);
  out += journal_table(*facts.journal);
  return out + "</body></html>\n";
}

}  // namespace fault
