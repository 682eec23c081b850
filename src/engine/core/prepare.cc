// The hook before each attempt: a user who wants to see, change or refuse every try before it
// stands in line (a token that has to be fresh, a signature). While he thinks, the exchange holds
// nothing but its deadlines.
#include <utility>

#include "engine/core/core.h"
#include "wire/h1/writer.h"

namespace holdfast::engine {

namespace {

/// What has to be the same in every attempt (R2), although it stands in fields.
constexpr std::string_view kConstant[] = {"Idempotency-Key", "Host"};

}  // namespace

void Core::ask_hook(ExchangeId id, Exchange& x, bool fresh) {
  pool_.withdraw(id);  // where a pool timeout has left it
  x.state = Exchange::State::preparing;
  x.record.phase = Phase::prepare;
  x.wake_fresh = fresh;
  order(Action::Kind::prepare, id, x).attempt = x.attempt;
  arm(id, x);
}

bool Core::plan_of(ExchangeId id, std::uint32_t attempt, AttemptView& view) {
  const Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::preparing || x->attempt != attempt) return false;
  view.method = x->request.method;
  view.url = &x->url;
  view.headers = &x->request.headers;
  view.hop = x->record.hop;
  return true;
}

/// What is wrong with the fields that the hook wants sent; empty if nothing is.
std::string Core::hook_complaint(const Exchange& x, const Headers& fields) {
  for (const std::string_view name : kConstant) {
    if (fields.values(name) == x.request.headers.values(name)) continue;
    return "the hook before the attempt changed " + std::string(name) +
           ", which has to stay the same in every attempt: set it on the request";
  }
  std::string complaint = wire::request_complaint(x.request.method, fields);
  if (!complaint.empty()) complaint.insert(0, "set by the hook before the attempt: ");
  return complaint;
}

void Core::prepared(ExchangeId id, std::uint32_t attempt, Engine::HookAnswer answer,
                    Headers* fields, std::string detail) {
  Exchange* x = find(id);
  if (x == nullptr || x->state != Exchange::State::preparing || x->attempt != attempt) return;
  if (answer == Engine::HookAnswer::reject) {
    return fail_attempt(id, *x, ErrorCode::attempt_refused, 0, std::move(detail), {});
  }
  if (fields != nullptr) {
    if (std::string complaint = hook_complaint(*x, *fields); !complaint.empty()) {
      return fail_attempt(id, *x, ErrorCode::invalid_request, 0, std::move(complaint), {});
    }
    x->altered_headers = std::move(*fields);
    x->altered = true;
  }
  open_body(id, *x, x->wake_fresh);
}

}  // namespace holdfast::engine
