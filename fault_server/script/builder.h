// Scripts and rules written in C++, mirroring the tree word for word:
//
//   Scenario s;
//   s.rules.push_back(on("POST", "/pay").then(status(503).retry_after(1s).times(2))
//                                        .then(reset().at(Phase::kBody, 512)));
//
// Prints as the one-line spelling (line()). A builder never refuses; what is malformed is what
// validate() or check_script() says of the result. Values only. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "fault_server/script/line.h"
#include "fault_server/script/scenario.h"
#include "fault_server/script/values.h"

namespace fault {

class StepBuilder {
 public:
  explicit StepBuilder(ActionKind action) { step_.action = action; }

  StepBuilder& at(Phase phase, std::uint64_t offset = 0);
  StepBuilder& at_percent(std::uint64_t percent);  // of the body
  StepBuilder& chance(double probability);
  StepBuilder& times(std::uint32_t count);
  /// Of the answer that a fault interrupts.
  StepBuilder& answering(int status);
  /// Rounded up to whole seconds, as Retry-After needs.
  StepBuilder& retry_after(Duration wait);
  /// Any spelling of ra= (retry_after_value.h).
  StepBuilder& retry_after(std::string_view spec);
  StepBuilder& delay(Duration wait);
  StepBuilder& delay(const Distribution& distribution);
  /// What raw_bytes() writes.
  StepBuilder& bytes(std::string_view raw);
  StepBuilder& rate(std::uint64_t bytes_per_s);
  StepBuilder& chunk(std::uint64_t bytes, Duration gap);
  StepBuilder& header(std::string_view name, std::string_view value);
  StepBuilder& trailer(std::string_view name, std::string_view value);
  StepBuilder& text(std::string_view body);
  StepBuilder& random_body(std::uint64_t bytes);
  /// Every other word of the vocabulary: with("says", "close"), with("race"), with("burst", 2).
  StepBuilder& with(std::string_view word, std::string_view value);
  StepBuilder& with(std::string_view word, const char* value) {
    return with(word, std::string_view(value));
  }
  StepBuilder& with(std::string_view word, std::uint64_t value);
  StepBuilder& with(std::string_view word, Duration value);
  StepBuilder& with(std::string_view word);

  const Step& step() const { return step_; }
  std::string line() const { return print_step(step_); }
  operator Step() const { return step_; }  // NOLINT: a step is what this builds

 private:
  Step step_;
};

StepBuilder status(int code);
/// Weighted: statuses("200*8,503*2").
StepBuilder statuses(std::string_view weighted);
StepBuilder pass();
StepBuilder reset();
StepBuilder close();
StepBuilder half_close();
StepBuilder stall();
StepBuilder garbage();
StepBuilder truncate();
StepBuilder refuse();
StepBuilder raw_bytes(std::string_view bytes);
/// A token bucket; limit().with("kind", "window") and so on for the others.
StepBuilder limit(std::uint64_t count, Duration per);
StepBuilder concurrency_limit(std::uint64_t at_once);
StepBuilder overload(const Distribution& service);

/// HTTP/2: RST_STREAM with an error code by name ("REFUSED_STREAM"), GOAWAY up to a last stream
/// ("previous", "current", "graceful" or a number), and every h2.NAME: h2("ping").with("ignore").
StepBuilder rst(std::string_view code);
StepBuilder goaway(std::string_view last = "previous");
StepBuilder h2(std::string_view name);

Distribution fixed(Duration value);
Distribution uniform(Duration low, Duration high);
Distribution log_normal(Duration median, double sigma);
Distribution exponential(Duration mean);

class RuleBuilder {
 public:
  RuleBuilder& id(std::string_view name);
  RuleBuilder& then(const StepBuilder& step);
  /// More steps in the one-line spelling; malformed ones are kept for validate() to name.
  RuleBuilder& then(std::string_view line);
  RuleBuilder& then_loop() { return tail(Tail::kLoop); }
  RuleBuilder& then_stay() { return tail(Tail::kStay); }
  RuleBuilder& then_drop() { return tail(Tail::kDrop); }
  RuleBuilder& then_fail() { return tail(Tail::kFail404); }
  RuleBuilder& tail(Tail tail);
  RuleBuilder& per(Per per);
  RuleBuilder& priority(std::int64_t priority);
  RuleBuilder& when_header(std::string_view name, std::string_view value);
  RuleBuilder& when_query(std::string_view name, std::string_view value);
  RuleBuilder& on_attempt(std::string_view nth);     // "1", "2.."
  RuleBuilder& on_connection(std::string_view nth);  // "3,6"
  RuleBuilder& on_request(std::string_view nth);     // n-th on its connection
  RuleBuilder& match(const Match& match);

  const Rule& rule() const { return rule_; }
  /// As --rule takes it: "POST /pay : 503 ra=1 x2; reset@body:512". Conditions beyond method, path
  /// and connection have no such spelling and are left out.
  std::string line() const;
  operator Rule() const { return rule_; }  // NOLINT: a rule is what this builds

 private:
  friend RuleBuilder on(std::string_view, std::string_view);
  friend RuleBuilder on_connections(std::string_view);
  Rule rule_;
  bool for_connections_ = false;
};

/// Method "" or "*": any. Path "" any, else a glob.
RuleBuilder on(std::string_view method = "", std::string_view path = "");
/// For Scenario::connections.
RuleBuilder on_connections(std::string_view nth = "*");

}  // namespace fault
