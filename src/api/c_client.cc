// holdfast.h: clients, and requests under way.
#include "api/c_types.h"
#include "api/uv_backend.h"
#include "holdfast/options_text.h"

using holdfast::Callback;
using holdfast::Function;
using holdfast::api::ClientState;
using holdfast::c::guarded;
using holdfast::c::view;

namespace holdfast::c {
namespace {

/// Small enough to live inside a Function: the C face costs no allocation of its own.
Callback tell_done(holdfast_on_done call, void* context) {
  if (call == nullptr) return {};
  return [call, context](Result<Response> result) {
    if (result.ok()) {
      holdfast_response response(std::move(*result));
      call(context, &response, nullptr);
    } else {
      holdfast_error error(std::move(result.error()));
      call(context, nullptr, &error);
    }
  };
}

Function<void(const ResponseHead&)> tell_head(holdfast_on_head call, void* context) {
  if (call == nullptr) return {};
  return [call, context](const ResponseHead& head) {
    const holdfast_response response(head);
    call(context, &response);
  };
}

StreamCallbacks callbacks_of(const holdfast_request& request, holdfast_on_done done,
                             void* context) {
  StreamCallbacks callbacks;
  callbacks.on_interim = tell_head(request.on_interim, context);
  callbacks.on_head = tell_head(request.on_head, context);
  if (request.on_body != nullptr) {
    callbacks.on_body = [call = request.on_body, context](std::string_view bytes) {
      call(context, bytes.data(), bytes.size());
    };
  }
  callbacks.on_done = tell_done(done, context);
  return callbacks;
}

/// The request as it is sent: with its query, and with a policy where it has options of its own.
Request finished(holdfast_request& request, const ClientOptions& client) {
  if (!request.query.empty()) {
    request.request.url = with_query(request.request.url, request.query);
  }
  if (!request.policy.empty()) {
    auto policy = std::make_shared<RequestPolicy>();
    for (const auto& [name, value] : request.policy) set_option(*policy, client, name, value);
    request.request.policy = std::move(policy);
  }
  return std::move(request.request);
}

/// Of a call that the client refused, having closed: a number that no request ever has, and not 0.
constexpr holdfast_call kRefused = ~holdfast_call{0};

holdfast_call send(holdfast_client& client, holdfast_request& request, holdfast_on_done done,
                   void* context) {
  const bool told =
      request.on_interim != nullptr || request.on_head != nullptr || request.on_body != nullptr;
  Request finally = finished(request, client.options);
  const RequestHandle handle =
      told ? client.state->stream(std::move(finally), callbacks_of(request, done, context))
           : client.state->send(std::move(finally), tell_done(done, context));
  const std::uint64_t id = ClientState::id_of(handle);
  return id != 0 ? id : kRefused;
}

Function<void()> call_back(holdfast_call_back call, void* context) {
  if (call == nullptr) return {};
  return [call, context] { call(context); };
}

}  // namespace
}  // namespace holdfast::c

const char* holdfast_version(void) { return HOLDFAST_VERSION; }

// --- Clients -------------------------------------------------------------------------------------

holdfast_client* holdfast_client_new(struct uv_loop_s* loop, const holdfast_options* options) {
  return guarded<>(static_cast<holdfast_client*>(nullptr), [&] {
    auto client = std::make_unique<holdfast_client>();
    if (options != nullptr) {
      client->options = options->options;
      client->predicate = options->predicate;
    }
    client->state =
        ClientState::make(std::make_unique<holdfast::api::UvBackend>(loop, client->options));
    return client.release();
  });
}

void holdfast_client_free(holdfast_client* client) {
  if (client == nullptr) return;
  guarded(false, [&] {
    // What the policies point to lives until nothing of the client is left.
    if (client->predicate != nullptr) client->state->close([kept = client->predicate] {});
    client->state->abandon();
    return true;
  });
  delete client;
}

void holdfast_client_close(holdfast_client* client, holdfast_call_back done, void* context) {
  guarded(false, [&] {
    client->state->close(holdfast::c::call_back(done, context));
    return true;
  });
}

void holdfast_client_close_gracefully(holdfast_client* client, holdfast_call_back done,
                                      void* context) {
  guarded(false, [&] {
    client->state->close_gracefully(holdfast::c::call_back(done, context));
    return true;
  });
}

int holdfast_client_post(holdfast_client* client, holdfast_call_back work, void* context) {
  if (work == nullptr) return 0;
  return guarded(
      0, [&] { return client->state->post(holdfast::c::call_back(work, context)) ? 1 : 0; });
}

void holdfast_client_on_attempt(holdfast_client* client, holdfast_on_attempt call, void* context) {
  guarded(false, [&] {
    Function<void(const holdfast::AttemptNotice&)> observer;
    if (call != nullptr) {
      observer = [call, context](const holdfast::AttemptNotice& notice) {
        call(context, notice.request_id, reinterpret_cast<const holdfast_attempt*>(notice.record),
             notice.delay.count());
      };
    }
    client->state->on_attempt(std::move(observer));
    return true;
  });
}

// --- Requests under way --------------------------------------------------------------------------

holdfast_call holdfast_send(holdfast_client* client, holdfast_request* request,
                            holdfast_on_done done, void* context) {
  const std::unique_ptr<holdfast_request> taken(request);
  return guarded(holdfast_call{0},
                 [&] { return holdfast::c::send(*client, *taken, done, context); });
}

holdfast_call holdfast_get(holdfast_client* client, const char* url, holdfast_on_done done,
                           void* context) {
  return guarded(holdfast_call{0}, [&] {
    holdfast_request request;
    request.request.url = view(url);
    return holdfast::c::send(*client, request, done, context);
  });
}

holdfast_call holdfast_post(holdfast_client* client, const char* url, const char* content_type,
                            const void* body, size_t length, holdfast_on_done done, void* context) {
  return guarded(holdfast_call{0}, [&] {
    holdfast_request request;
    request.request.method = "POST";
    request.request.url = view(url);
    request.request.body = holdfast::Body(std::string(static_cast<const char*>(body), length));
    // A bad one is refused when the request is sent, as any field is.
    if (content_type != nullptr) request.request.headers.add("Content-Type", content_type);
    return holdfast::c::send(*client, request, done, context);
  });
}

void holdfast_cancel(holdfast_client* client, holdfast_call call) {
  guarded(false, [&] { return client->state->cancel(call), true; });
}
void holdfast_pause(holdfast_client* client, holdfast_call call) {
  guarded(false, [&] { return client->state->pause(call), true; });
}
void holdfast_resume(holdfast_client* client, holdfast_call call) {
  guarded(false, [&] { return client->state->resume(call), true; });
}
void holdfast_body_ready(holdfast_client* client, holdfast_call call) {
  guarded(false, [&] { return client->state->body_ready(call), true; });
}
int holdfast_active(holdfast_client* client, holdfast_call call) {
  return client->state->is_active(call) ? 1 : 0;
}

// --- The pool ------------------------------------------------------------------------------------

uint64_t holdfast_client_stat(const holdfast_client* client, holdfast_stat which) {
  const holdfast::PoolStats stats = client->state->stats();
  switch (which) {
    case HOLDFAST_STAT_IDLE:
      return stats.idle;
    case HOLDFAST_STAT_BUSY:
      return stats.busy;
    case HOLDFAST_STAT_OPENING:
      return stats.opening;
    case HOLDFAST_STAT_CLOSING:
      return stats.closing;
    case HOLDFAST_STAT_WAITING:
      return stats.waiting;
    case HOLDFAST_STAT_OPENED:
      return stats.opened;
    case HOLDFAST_STAT_REUSED:
      return stats.reused;
    case HOLDFAST_STAT_CLOSED_IDLE_EXPIRY:
      return stats.closed_idle_expiry;
    case HOLDFAST_STAT_CLOSED_IDLE_LIMIT:
      return stats.closed_idle_limit;
    case HOLDFAST_STAT_CLOSED_BY_PEER:
      return stats.closed_by_peer;
    case HOLDFAST_STAT_CLOSED_BY_ERROR:
      return stats.closed_by_error;
    case HOLDFAST_STAT_CLOSED_NOT_REUSABLE:
      return stats.closed_not_reusable;
    case HOLDFAST_STAT_CLOSED_EVICTED:
      return stats.closed_evicted;
    case HOLDFAST_STAT_CLOSED_LIFETIME:
      return stats.closed_lifetime;
    case HOLDFAST_STAT_CLOSED_SHUTDOWN:
      return stats.closed_shutdown;
    case HOLDFAST_STAT_CONNECT_FAILED:
      return stats.connect_failed;
  }
  return 0;  // a program that was built against a later version
}

void holdfast_client_each_origin(const holdfast_client* client, holdfast_on_origin call,
                                 void* context) {
  guarded(false, [&] {
    for (const holdfast::OriginStats& each : client->state->origin_stats()) {
      call(context, each.origin.c_str(), each.idle, each.busy, each.opening, each.waiting);
    }
    return true;
  });
}
