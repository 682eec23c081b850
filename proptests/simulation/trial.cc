#include "proptests/simulation/trial.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <sstream>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/reach.h"
#include "proptests/simulation/run_case.h"

namespace proof {

namespace {

using holdfast::sim::Trace;

constexpr std::size_t kLastLines = 60;

bool whole_trace_wanted() { return std::getenv("HOLDFAST_TRACE") != nullptr; }

/// What is told when a test, and when the program, ends.
class Teller final : public ::testing::EmptyTestEventListener {
 public:
  static Teller& instance() {
    static auto* const kTeller = [] {
      auto* teller = new Teller;  // the listeners own it
      ::testing::UnitTest::GetInstance()->listeners().Append(teller);
      return teller;
    }();
    return *kTeller;
  }

  void OnTestEnd(const ::testing::TestInfo& info) override {
    if (whole_trace_wanted() && (info.result()->Failed() || failing_.empty())) {
      std::cerr << "trace of " << (failing_.empty() ? "the last case of " : "the failing case of ")
                << info.test_suite_name() << '.' << info.name() << '\n'
                << (failing_.empty() ? last_ : failing_);
    }
    failing_.clear();
    last_.clear();
  }
  void OnTestProgramEnd(const ::testing::UnitTest&) override {
    std::cerr << "generated " << exchanges_ << " exchanges in " << runs_ << " cases, " << events_
              << " events\n";
    Reach::instance().print(std::cerr);
  }

  void count(const Case& c, const Report& report) {
    ++runs_;
    exchanges_ += report.seen.size();
    events_ += report.world_events;
    Reach::instance().count(Trial(c, report));
  }
  void remember(std::string trace, bool failing) {
    (failing ? failing_ : last_) = std::move(trace);
  }

 private:
  std::uint64_t exchanges_ = 0, runs_ = 0, events_ = 0;
  std::string failing_, last_;
};

/// Of the trace, without the lines that only say how bytes were cut up.
std::string last_lines(const std::string& trace, std::size_t lines) {
  std::deque<std::string> kept;
  std::istringstream in(trace);
  for (std::string line; std::getline(in, line);) {
    if (line.find(" read  ") != line.npos || line.find(" sent  ") != line.npos) continue;
    // Of a run of like lines (a body in small pieces) the first and the last are enough.
    const std::string what = line.substr(std::min<std::size_t>(line.size(), 15), 12);
    if (kept.size() > 1 && kept.back().find(what) == 15 && kept[kept.size() - 2].find(what) == 15) {
      kept.pop_back();
    }
    kept.push_back(std::move(line));
    if (kept.size() > lines) kept.pop_front();
  }
  std::string text;
  for (const std::string& line : kept) text += line + "\n";
  return text;
}

/// Each request by the name it had in the run, with its line in the case and what became of it.
void print_outcomes(std::ostream& out, const Report& report) {
  for (std::size_t i = 0; i < report.seen.size(); ++i) {
    const Seen& seen = report.seen[i];
    out << "  " << name_of(i) << " = r" << seen.plan << (seen.nested ? " nested" : "") << ": ";
    if (!seen.settled()) {
      out << "never ended\n";
      continue;
    }
    if (seen.response) {
      out << (seen.answer() == nullptr ? 0 : seen.answer()->status);
    } else {
      out << name(seen.error->code);
    }
    out << " (" << name(seen.timeline().stop_reason()) << ")\n";
    if (seen.timeline().attempts() > 1) out << seen.timeline().to_string();
  }
}

std::vector<std::string> findings_of(const Case& c, const Report& report,
                                     const Expectation& expectation) {
  std::vector<std::string> findings = judge(c, report);
  for (const Seen& seen : report.seen) {
    if (!seen.error || seen.error->code != holdfast::ErrorCode::invalid_option) continue;
    findings.push_back("this case tests nothing: " + seen.error->detail);
    break;
  }
  if (expectation) expectation(c, report, findings);
  return findings;
}

}  // namespace

Report must_hold(const Case& c, const Expectation& expectation) {
  Teller& teller = Teller::instance();
  Report report = run_case(c, Trace::Mode::hash);
  teller.count(c, report);
  std::vector<std::string> findings = findings_of(c, report, expectation);
  const Report again = run_case(c, Trace::Mode::hash);
  if (again.hash != report.hash) {
    findings.push_back("inv_53_same_trace: a second run went otherwise");
  }
  if (findings.empty() && !whole_trace_wanted()) return report;

  const std::string trace = run_case(c, Trace::Mode::text).trace;
  teller.remember(trace, !findings.empty());
  if (findings.empty()) return report;
  std::ostringstream message;
  for (const std::string& finding : findings) message << finding << '\n';
  message << c << "outcomes\n";
  print_outcomes(message, report);
  message << "the last lines of its trace (HOLDFAST_TRACE=1 prints all of it):\n"
          << last_lines(trace, kLastLines);
  RC_FAIL(message.str());
  return report;
}

}  // namespace proof
