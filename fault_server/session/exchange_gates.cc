#include "fault_server/session/exchange_gates.h"

#include <utility>

#include "fault_server/answer/builtin.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

LimitSpec limit_of(const Step& step) {
  LimitSpec spec;
  const auto kind = word(step, "kind");
  if (kind == "window") spec.kind = LimitSpec::Kind::kWindow;
  if (kind == "concurrency") spec.kind = LimitSpec::Kind::kConcurrency;
  if (const auto rate = pace(step, "rate")) {
    spec.count = rate->count;
    spec.per = rate->per;
  }
  spec.burst = count(step, "burst").value_or(1);
  spec.max = count(step, "max").value_or(1);
  return spec;
}

int refusal_status(const Step& step, std::uint64_t otherwise) {
  return static_cast<int>(count(step, "reject").value_or(otherwise));
}

std::string model_name(const Exchange& exchange) {
  return exchange.choice.rule + "\n" + exchange.choice.scope;
}

}  // namespace

void ask_rules(PeerShared& shared, Exchange& exchange, const RequestOrigin& origin, Now now) {
  RequestView view;
  view.method = exchange.head.method;
  view.target = exchange.head.target;
  view.path = exchange.path;
  view.query = exchange.query;
  view.version = origin.version;
  view.headers = &exchange.head.headers;
  view.listener = origin.listener;
  view.sni = origin.sni;
  view.alpn = origin.alpn;
  view.connection = origin.nth_connection;
  view.exchange_on_connection = exchange.nth;
  view.peer = origin.peer;
  view.declared_body = exchange.head.content_length.value_or(0);
  view.since_start = shared.since_start(now);
  exchange.choice = shared.rules.choose(view);
  exchange.step = exchange.choice.step;
}

// The other modifiers of a gate (delay=, h., date_skew=) go on to either answer.
void pass_limiters(PeerShared& shared, Exchange& exchange, Now now) {
  Step& step = exchange.step;
  const bool scripted = step.action == ActionKind::kLimit;
  std::string name;
  std::optional<LimitSpec> spec;
  if (scripted) {
    spec = limit_of(step);
    name = model_name(exchange);
  } else if (step.action == ActionKind::kPass) {
    spec = builtin_limit(exchange.path);
    name = exchange.path + "\n" + exchange.choice.key;
  }
  if (!spec) return;
  const Limiter::Verdict verdict = shared.limiters.get(name, *spec).ask(now.mono);
  if (verdict.admitted) {
    if (scripted) {
      step.action = ActionKind::kPass;
      step.retry_after.reset();
    }
    if (spec->kind == LimitSpec::Kind::kConcurrency) exchange.limiter = name;
    return;
  }
  step.action = ActionKind::kStatus;
  step.status = refusal_status(step, 429);
  if (!scripted) step.retry_after = "auto";
  exchange.automatic = verdict.wait;
}

bool enter_overload(PeerShared& shared, PeerConnectionId id, Exchange& exchange, Now now) {
  if (exchange.waiting) return false;
  Step& step = exchange.step;
  if (exchange.admitted) {
    step.action = ActionKind::kPass;
    step.retry_after.reset();
    return true;
  }
  OverloadSpec spec;
  spec.workers = count(step, "workers").value_or(1);
  spec.queue = count(step, "queue").value_or(0);
  spec.lifo = word(step, "order") == "lifo";
  Overload& model = shared.overloads.try_emplace(model_name(exchange), spec).first->second;
  if (model.spec() != spec) model = Overload(spec);
  const auto drawn = distribution(step, "service");
  const Duration service = drawn ? drawn->a : Duration{0};
  if (model.arrive(exchange.serial, service, now.mono) != Overload::Verdict::kShed) {
    shared.tickets[exchange.serial] = id;
    exchange.waiting = true;
    return false;
  }
  exchange.automatic = model.expected_wait(service);
  step.action = ActionKind::kStatus;
  step.status = refusal_status(step, 503);
  return true;
}

void leave_gates(PeerShared& shared, Exchange& exchange) {
  if (!exchange.limiter.empty()) {
    if (Limiter* limiter = shared.limiters.find(exchange.limiter)) limiter->release();
    exchange.limiter.clear();
  }
  if (!exchange.waiting) return;
  for (auto& [name, model] : shared.overloads) model.leave(exchange.serial);
  shared.tickets.erase(exchange.serial);
  exchange.waiting = false;
}

Answer answer_for(const Exchange& exchange) {
  const Step& step = exchange.step;
  const bool own = has(step, "body") || step.status != 200;
  const bool passes = step.action == ActionKind::kPass;
  Answer answer;
  if (passes || (!own && step.action != ActionKind::kStatus && is_builtin(exchange.path))) {
    BuiltinRequest request;
    request.head = &exchange.head;
    request.path = exchange.path;
    request.query = exchange.query;
    request.body = &exchange.kept_body;
    request.key = exchange.choice.key;
    request.attempt = exchange.choice.attempt;
    answer = answer_builtin(request);
  } else {
    answer = answer_of(step, exchange.choice.chance);
    const auto spec = body(step);
    if (spec && spec->kind == BodySpec::Kind::kEcho) {
      answer.body = BodySource::text(exchange.kept_body);
    }
  }
  suit_body(step, answer);
  return answer;
}

}  // namespace fault
