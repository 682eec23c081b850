// Implements holdfast.h: clients and running requests.
#include "api/batch.h"
#include "c/types.h"
#include "c/watch.h"
#include "holdfast/options_text.h"

using holdfast::Callback;
using holdfast::Function;
using holdfast::api::ClientState;
using holdfast::c::guarded;
using holdfast::c::view;

namespace holdfast::c {
namespace {

/// Small enough to be stored inside a Function: the C API adds no allocation.
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

/// A request's policy and the predicate that it refers to; they have the same lifetime.
struct OwnPolicy {
  RequestPolicy policy;
  Predicate predicate;
};

std::shared_ptr<const RequestPolicy> policy_of(const holdfast_request& request,
                                               const ClientOptions& client) {
  if (request.policy.empty() && !request.predicate) return nullptr;
  auto own = std::make_shared<OwnPolicy>();
  for (const auto& [name, value] : request.policy) set_option(own->policy, client, name, value);
  if (request.predicate) {
    own->predicate = *request.predicate;
    if (!own->policy.retry) own->policy.retry = client.retry;
    own->policy.retry->predicate = own->predicate.call == nullptr ? nullptr : &ask;
    own->policy.retry->predicate_context = &own->predicate;
  }
  return {own, &own->policy};
}

/// The request to send: with its query, its form, and a policy if it has options of its own.
Request finished(holdfast_request& request, const ClientOptions& client) {
  Request& sent = request.request;
  if (!request.query.empty()) sent.url = with_query(sent.url, request.query);
  if (!request.form.empty()) sent.body = Body(form_encode(request.form));
  if (!request.content_type.empty() && !sent.headers.contains("Content-Type")) {
    sent.headers.add("Content-Type", request.content_type);
  }
  sent.policy = policy_of(request, client);
  return std::move(sent);
}

Function<void(std::size_t, Result<Response>)> tell_each(holdfast_on_each call, void* context) {
  if (call == nullptr) return {};
  return [call, context](std::size_t index, Result<Response> result) {
    if (result.ok()) {
      holdfast_response response(std::move(*result));
      call(context, index, &response, nullptr);
    } else {
      holdfast_error error(std::move(result.error()));
      call(context, index, nullptr, &error);
    }
  };
}

/// What the user knows a request by. One that the client refused, having closed, gets a number that
/// no request ever has, and not 0.
holdfast_request_id call_of(const RequestHandle& handle) {
  constexpr holdfast_request_id kRefused = ~holdfast_request_id{0};
  const std::uint64_t id = ClientState::id_of(handle);
  return id != 0 ? id : kRefused;
}

holdfast_request_id send(holdfast_client& client, holdfast_request& request, holdfast_on_done done,
                         void* context) {
  const bool told =
      request.on_interim != nullptr || request.on_head != nullptr || request.on_body != nullptr;
  Request finally = finished(request, client.options);
  const RequestHandle handle =
      told ? client.state->stream(std::move(finally), callbacks_of(request, done, context))
           : client.state->send(std::move(finally), tell_done(done, context));
  return call_of(handle);
}

holdfast_request_id send_body(const char* method, holdfast_client* client, const char* url,
                              const char* content_type, const void* body, size_t length,
                              holdfast_on_done done, void* context) {
  return guarded(holdfast_request_id{0}, [&] {
    holdfast_request request;
    request.request.method = method;
    request.request.url = view(url);
    request.request.body = Body(std::string(static_cast<const char*>(body), length));
    // An invalid one fails when the request is sent, like any field.
    if (content_type != nullptr) request.request.headers.add("Content-Type", content_type);
    return send(*client, request, done, context);
  });
}

/// Requests that the caller has handed over.
struct Taken {
  holdfast_request* const* requests;
  std::size_t count;
  ~Taken() {
    for (std::size_t i = 0; i < count; ++i) delete requests[i];
  }
};

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
    client->state = ClientState::on_loop(loop, client->options);
    return client.release();
  });
}

void holdfast_client_free(holdfast_client* client) {
  if (client == nullptr) return;
  guarded(false, [&] {
    // The predicate must live until the client has closed, because its policies point to it.
    if (client->predicate != nullptr) client->state->close([kept = client->predicate] {});
    holdfast::c::hush(*client);
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

int holdfast_client_post_to_loop(holdfast_client* client, holdfast_call_back work, void* context) {
  if (work == nullptr) return 0;
  return guarded(
      0, [&] { return client->state->post(holdfast::c::call_back(work, context)) ? 1 : 0; });
}

// --- Running requests ----------------------------------------------------------------------------

holdfast_request_id holdfast_send(holdfast_client* client, holdfast_request* request,
                                  holdfast_on_done done, void* context) {
  const std::unique_ptr<holdfast_request> taken(request);
  return guarded(holdfast_request_id{0},
                 [&] { return holdfast::c::send(*client, *taken, done, context); });
}

holdfast_request_id holdfast_get(holdfast_client* client, const char* url, holdfast_on_done done,
                                 void* context) {
  return guarded(holdfast_request_id{0}, [&] {
    holdfast_request request;
    request.request.url = view(url);
    return holdfast::c::send(*client, request, done, context);
  });
}

holdfast_request_id holdfast_post(holdfast_client* client, const char* url,
                                  const char* content_type, const void* body, size_t length,
                                  holdfast_on_done done, void* context) {
  return holdfast::c::send_body("POST", client, url, content_type, body, length, done, context);
}

holdfast_request_id holdfast_query(holdfast_client* client, const char* url,
                                   const char* content_type, const void* body, size_t length,
                                   holdfast_on_done done, void* context) {
  return holdfast::c::send_body("QUERY", client, url, content_type, body, length, done, context);
}

int holdfast_send_each(holdfast_client* client, holdfast_request* const* requests, size_t count,
                       size_t limit, holdfast_on_each each, holdfast_call_back done,
                       void* context) {
  const holdfast::c::Taken taken{requests, count};
  return guarded(0, [&] {
    std::vector<holdfast::Request> all;
    all.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      all.push_back(holdfast::c::finished(*requests[i], client->options));
    }
    std::make_shared<holdfast::api::Batch>(client->state, std::move(all), limit,
                                           holdfast::c::tell_each(each, context),
                                           holdfast::c::call_back(done, context))
        ->start();
    return 1;
  });
}

holdfast_request_id holdfast_download(holdfast_client* client, holdfast_request* request,
                                      const char* path, holdfast_on_done done, void* context) {
  const std::unique_ptr<holdfast_request> taken(request);
  return guarded(holdfast_request_id{0}, [&] {
    return holdfast::c::call_of(client->state->download(
        holdfast::c::finished(*taken, client->options), std::string(view(path)),
        holdfast::c::tell_done(done, context), holdfast::c::tell_head(taken->on_interim, context)));
  });
}

void holdfast_cancel(holdfast_client* client, holdfast_request_id call) {
  guarded(false, [&] { return client->state->cancel(call), true; });
}
void holdfast_pause(holdfast_client* client, holdfast_request_id call) {
  guarded(false, [&] { return client->state->pause(call), true; });
}
void holdfast_resume(holdfast_client* client, holdfast_request_id call) {
  guarded(false, [&] { return client->state->resume(call), true; });
}
void holdfast_body_ready(holdfast_client* client, holdfast_request_id call) {
  guarded(false, [&] { return client->state->body_ready(call), true; });
}
int holdfast_active(holdfast_client* client, holdfast_request_id call) {
  return client->state->is_active(call) ? 1 : 0;
}
uint64_t holdfast_progress(holdfast_client* client, holdfast_request_id call, int64_t* expected) {
  const holdfast::ResponseProgress progress = client->state->progress(call);
  if (expected != nullptr) {
    *expected = progress.expected ? static_cast<int64_t>(*progress.expected) : -1;
  }
  return progress.received;
}
