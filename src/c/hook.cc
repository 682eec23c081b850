// Implements holdfast.h: the hook before each attempt.
#include "c/types.h"

using holdfast::AttemptPlan;
using holdfast::c::guarded;
using holdfast::c::view;

struct holdfast_plan {
  explicit holdfast_plan(AttemptPlan& of) : plan(of), headers(&of.headers) {}
  AttemptPlan& plan;
  holdfast::c::Fields headers;
  mutable std::string method, url;  // written on request
};

namespace holdfast::c {
namespace {

/// A lack of memory, or an unknown result, refuses the attempt.
Prepare ask_hook(holdfast_before_attempt hook, void* context, AttemptPlan& plan) noexcept {
  return guarded(Prepare::reject, [&] {
    holdfast_plan told(plan);
    switch (call_user(hook, context, &told)) {
      case HOLDFAST_PREPARE_PROCEED:
        return Prepare::proceed;
      case HOLDFAST_PREPARE_DEFER:
        return Prepare::defer;
      case HOLDFAST_PREPARE_REJECT:
        break;
    }
    return Prepare::reject;
  });
}

}  // namespace
}  // namespace holdfast::c

void holdfast_client_before_attempt(holdfast_client* client, holdfast_before_attempt hook,
                                    void* context) {
  guarded(false, [&] {
    holdfast::AttemptHook asked;
    if (hook != nullptr) {
      asked = [hook, context](AttemptPlan& plan) {
        return holdfast::c::ask_hook(hook, context, plan);
      };
    }
    client->state->before_attempt(std::move(asked));
    return true;
  });
}

// --- The plan's values ---------------------------------------------------------------------------

int64_t holdfast_plan_get(const holdfast_plan* plan, holdfast_plan_number what) {
  switch (what) {
    case HOLDFAST_PLAN_REQUEST:
      return static_cast<int64_t>(plan->plan.request_id);
    case HOLDFAST_PLAN_ATTEMPT:
      return plan->plan.number;
    case HOLDFAST_PLAN_HOP:
      return plan->plan.hop;
  }
  return -1;  // the program was built against a later version
}

holdfast_request_id holdfast_plan_request_id(const holdfast_plan* plan) {
  return holdfast::api::ClientState::id_of(plan->plan.request);
}

const char* holdfast_plan_method(const holdfast_plan* plan) {
  return guarded("", [&] {
    plan->method = plan->plan.method;
    return plan->method.c_str();
  });
}
const char* holdfast_plan_url(const holdfast_plan* plan) {
  return guarded("", [&] {
    plan->url = plan->plan.url.to_string();
    return plan->url.c_str();
  });
}

holdfast_headers* holdfast_plan_headers(holdfast_plan* plan) { return &plan->headers; }

void holdfast_plan_refusal(holdfast_plan* plan, const char* why) {
  guarded(false, [&] {
    plan->plan.refusal = view(why);
    return true;
  });
}

// --- Deferred replies ----------------------------------------------------------------------------

void holdfast_proceed(holdfast_client* client, holdfast_request_id call,
                      const holdfast_headers* headers) {
  guarded(false, [&] {
    if (headers == nullptr) {
      client->state->proceed(call, nullptr);
    } else {
      holdfast::Headers copy = *headers->headers;
      client->state->proceed(call, &copy);
    }
    return true;
  });
}

void holdfast_reject(holdfast_client* client, holdfast_request_id call, const char* why) {
  guarded(false, [&] {
    client->state->refuse(call, std::string(view(why)));
    return true;
  });
}
