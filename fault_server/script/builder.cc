#include "fault_server/script/builder.h"

#include "fault_server/script/step.h"

namespace fault {

StepBuilder& StepBuilder::at(Phase phase, std::uint64_t offset) {
  step_.at = Place{phase, offset, false};
  return *this;
}

StepBuilder& StepBuilder::at_percent(std::uint64_t percent) {
  step_.at = Place{Phase::kBody, percent, true};
  return *this;
}

StepBuilder& StepBuilder::chance(double probability) {
  step_.probability = probability;
  return *this;
}

StepBuilder& StepBuilder::times(std::uint32_t count) {
  step_.times = count;
  return *this;
}

StepBuilder& StepBuilder::answering(int status) {
  step_.status = status;
  return *this;
}

StepBuilder& StepBuilder::retry_after(Duration wait) {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  const std::int64_t up = (wait.count() + kSecondNs - 1) / kSecondNs;
  return retry_after(std::to_string(wait.count() > 0 ? up : 0));
}

StepBuilder& StepBuilder::retry_after(std::string_view spec) {
  step_.retry_after = spec;
  return *this;
}

StepBuilder& StepBuilder::delay(Duration wait) { return delay(fixed(wait)); }

StepBuilder& StepBuilder::delay(const Distribution& distribution) {
  step_.delay = distribution;
  return *this;
}

StepBuilder& StepBuilder::bytes(std::string_view raw) {
  step_.name = raw;
  return *this;
}

StepBuilder& StepBuilder::rate(std::uint64_t bytes_per_s) {
  step_.rate_bytes_per_s = bytes_per_s;
  return *this;
}

StepBuilder& StepBuilder::chunk(std::uint64_t bytes, Duration gap) {
  step_.chunk_bytes = bytes;
  step_.chunk_gap = gap;
  return *this;
}

StepBuilder& StepBuilder::header(std::string_view name, std::string_view value) {
  step_.headers.emplace_back(name, value);
  return *this;
}

StepBuilder& StepBuilder::trailer(std::string_view name, std::string_view value) {
  step_.trailers.emplace_back(name, value);
  return *this;
}

StepBuilder& StepBuilder::text(std::string_view body) {
  return with("body", "text:" + std::string(body));
}

StepBuilder& StepBuilder::random_body(std::uint64_t bytes) {
  return with("body", "random:" + std::to_string(bytes));
}

StepBuilder& StepBuilder::with(std::string_view word, std::string_view value) {
  // A word the vocabulary refuses is kept as it is, so that check_script can name it.
  if (set_modifier(step_, word, value, false)) step_.extra.emplace_back(word, value);
  return *this;
}

StepBuilder& StepBuilder::with(std::string_view word, std::uint64_t value) {
  return with(word, std::to_string(value));
}

StepBuilder& StepBuilder::with(std::string_view word, Duration value) {
  return with(word, print_duration(value));
}

StepBuilder& StepBuilder::with(std::string_view word) {
  if (set_modifier(step_, word, std::nullopt, false)) step_.extra.emplace_back(word, "");
  return *this;
}

StepBuilder status(int code) { return StepBuilder(ActionKind::kStatus).answering(code); }
StepBuilder statuses(std::string_view weighted) {
  return StepBuilder(ActionKind::kStatus).with("status", weighted);
}
StepBuilder pass() { return StepBuilder(ActionKind::kPass); }
StepBuilder reset() { return StepBuilder(ActionKind::kReset); }
StepBuilder close() { return StepBuilder(ActionKind::kClose); }
StepBuilder half_close() { return StepBuilder(ActionKind::kHalfClose); }
StepBuilder stall() { return StepBuilder(ActionKind::kStall); }
StepBuilder garbage() { return StepBuilder(ActionKind::kGarbage); }
StepBuilder truncate() { return StepBuilder(ActionKind::kTruncate); }
StepBuilder refuse() { return StepBuilder(ActionKind::kRefuse); }

StepBuilder raw_bytes(std::string_view bytes) { return StepBuilder(ActionKind::kRaw).bytes(bytes); }

StepBuilder limit(std::uint64_t count, Duration per) {
  return StepBuilder(ActionKind::kLimit)
      .with("rate", std::to_string(count) + "/" + print_duration(per));
}

StepBuilder concurrency_limit(std::uint64_t at_once) {
  return StepBuilder(ActionKind::kLimit).with("kind", "concurrency").with("max", at_once);
}

StepBuilder overload(const Distribution& service) {
  return StepBuilder(ActionKind::kOverload).with("service", print_distribution(service));
}

StepBuilder rst(std::string_view code) { return StepBuilder(ActionKind::kRst).with("code", code); }
StepBuilder goaway(std::string_view last) {
  StepBuilder step(ActionKind::kGoaway);
  return last == "previous" ? step : step.with("last", last);
}
StepBuilder h2(std::string_view name) {
  StepBuilder step(ActionKind::kH2);
  return step.bytes(name);
}

Distribution fixed(Duration value) { return {Distribution::Kind::kFixed, value, Duration{0}, 0}; }
Distribution uniform(Duration low, Duration high) {
  return {Distribution::Kind::kUniform, low, high, 0};
}
Distribution log_normal(Duration median, double sigma) {
  return {Distribution::Kind::kLogNormal, median, Duration{0}, sigma};
}
Distribution exponential(Duration mean) {
  return {Distribution::Kind::kExponential, mean, Duration{0}, 0};
}

RuleBuilder& RuleBuilder::id(std::string_view name) {
  rule_.id = name;
  return *this;
}

RuleBuilder& RuleBuilder::then(const StepBuilder& step) {
  rule_.script.steps.push_back(step.step());
  return *this;
}

RuleBuilder& RuleBuilder::then(std::string_view line) {
  auto script = parse_script(line);
  if (!script) {
    // No word is called so: validate() will quote it.
    Step wrong;
    wrong.extra.emplace_back("malformed", line);
    rule_.script.steps.push_back(std::move(wrong));
    return *this;
  }
  for (Step& step : script->steps) rule_.script.steps.push_back(std::move(step));
  rule_.script.tail = script->tail;
  return *this;
}

RuleBuilder& RuleBuilder::tail(Tail tail) {
  rule_.script.tail = tail;
  return *this;
}

RuleBuilder& RuleBuilder::per(Per per) {
  rule_.per = per;
  return *this;
}

RuleBuilder& RuleBuilder::priority(std::int64_t priority) {
  rule_.priority = priority;
  return *this;
}

RuleBuilder& RuleBuilder::when_header(std::string_view name, std::string_view value) {
  rule_.match.headers.push_back({std::string(name), FieldMatch::How::kEquals, std::string(value)});
  return *this;
}

RuleBuilder& RuleBuilder::when_query(std::string_view name, std::string_view value) {
  rule_.match.query.push_back({std::string(name), FieldMatch::How::kEquals, std::string(value)});
  return *this;
}

namespace {

// A set that holds nothing stands for a malformed one: such a rule never matches, rather than
// always.
NthSet nth_or_none(std::string_view text) { return parse_nth(text).value_or(NthSet{{{1, 0}}}); }

}  // namespace

RuleBuilder& RuleBuilder::on_attempt(std::string_view nth) {
  rule_.match.attempt = nth_or_none(nth);
  return *this;
}

RuleBuilder& RuleBuilder::on_connection(std::string_view nth) {
  rule_.match.connection = nth_or_none(nth);
  return *this;
}

RuleBuilder& RuleBuilder::on_request(std::string_view nth) {
  rule_.match.request = nth_or_none(nth);
  return *this;
}

RuleBuilder& RuleBuilder::match(const Match& match) {
  rule_.match = match;
  return *this;
}

std::string RuleBuilder::line() const {
  std::string out;
  if (for_connections_) {
    out = "connection";
    if (!rule_.match.connection.ranges.empty()) out += " " + print_nth(rule_.match.connection);
    out += " : ";
  } else {
    out = rule_.match.method;
    for (const std::string& path :
         {rule_.match.path, rule_.match.path_regex.empty() ? "" : "~" + rule_.match.path_regex}) {
      if (path.empty()) continue;
      if (!out.empty()) out += ' ';
      out += path;
      break;
    }
    if (!out.empty()) out += " : ";
  }
  return out + print_script(rule_.script);
}

RuleBuilder on(std::string_view method, std::string_view path) {
  RuleBuilder builder;
  if (method != "*") builder.rule_.match.method = method;
  builder.rule_.match.path = path;
  return builder;
}

RuleBuilder on_connections(std::string_view nth) {
  RuleBuilder builder;
  builder.for_connections_ = true;
  builder.rule_.match.connection = nth_or_none(nth);
  return builder;
}

}  // namespace fault
