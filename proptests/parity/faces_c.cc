#include "proptests/parity/faces_c.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "proptests/simulation/watchers.h"

namespace proof {
namespace {

using holdfast::AttemptRecord;
using holdfast::Duration;
using holdfast::Error;
using holdfast::Response;
using holdfast::Timeline;

/// The enumerator that is called so.
template <class E>
E named(const char* word, E last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<E>(i)) == word) return static_cast<E>(i);
  }
  HF_CHECK(false);
  return last;
}

AttemptRecord record_of(const holdfast_attempt* attempt) {
  const auto number = [&](holdfast_attempt_number what) {
    return holdfast_attempt_get(attempt, what);
  };
  const auto word = [&](holdfast_attempt_word what) { return holdfast_attempt_say(attempt, what); };
  AttemptRecord record;
  record.number = static_cast<std::uint32_t>(number(HOLDFAST_ATTEMPT_NUMBER));
  record.status = static_cast<std::uint16_t>(number(HOLDFAST_ATTEMPT_STATUS));
  record.error = static_cast<holdfast::ErrorCode>(number(HOLDFAST_ATTEMPT_ERROR));
  record.phase = named(word(HOLDFAST_ATTEMPT_PHASE), holdfast::Phase::done);
  record.replay = static_cast<holdfast::ReplayClass>(number(HOLDFAST_ATTEMPT_REPLAY_CLASS) - 'A');
  record.delay_source =
      named(word(HOLDFAST_ATTEMPT_DELAY_SOURCE), holdfast::DelaySource::rate_limit_reset);
  record.retry_after_note =
      named(word(HOLDFAST_ATTEMPT_RETRY_AFTER_NOTE), holdfast::RetryAfterNote::not_consulted);
  record.delay = Duration(number(HOLDFAST_ATTEMPT_DELAY));
  record.connection_id = static_cast<std::uint64_t>(number(HOLDFAST_ATTEMPT_CONNECTION));
  record.reused = number(HOLDFAST_ATTEMPT_REUSED) != 0;
  record.bytes_sent = static_cast<std::uint64_t>(number(HOLDFAST_ATTEMPT_BYTES_SENT));
  record.bytes_received = static_cast<std::uint64_t>(number(HOLDFAST_ATTEMPT_BYTES_RECEIVED));
  return record;
}

Timeline timeline_of(const holdfast_timeline* timeline) {
  Timeline made;
  for (std::size_t i = 0; i < holdfast_timeline_size(timeline); ++i) {
    made.add(record_of(holdfast_timeline_at(timeline, i)));
  }
  made.set_stop_reason(
      named(holdfast_timeline_stop_reason(timeline), holdfast::StopReason::server_refused));
  return made;
}

Response response_of(const holdfast_response* response) {
  Response made;
  made.status = static_cast<std::uint16_t>(holdfast_response_status(response));
  std::size_t length = 0;
  const char* body = holdfast_response_body(response, &length);
  made.body.assign(body, length);
  const holdfast_headers* trailers = holdfast_response_trailers(response);
  for (std::size_t i = 0; i < holdfast_headers_count(trailers); ++i) {
    made.trailers.add(holdfast_headers_name(trailers, i), holdfast_headers_value(trailers, i));
  }
  made.timeline = timeline_of(holdfast_response_timeline(response));
  return made;
}

Error error_of(const holdfast_error* error) {
  Error made(static_cast<holdfast::ErrorCode>(holdfast_error_code(error)),
             holdfast_error_detail(error));
  made.timeline = timeline_of(holdfast_error_timeline(error));
  return made;
}

struct Pending {
  std::optional<holdfast::Result<Response>> result;
  std::string streamed;
};

void take_body(void* context, const char* bytes, std::size_t length) {
  static_cast<Pending*>(context)->streamed.append(bytes, length);
}

void take_done(void* context, holdfast_response* response, holdfast_error* error) {
  auto& pending = *static_cast<Pending*>(context);
  if (response != nullptr) {
    pending.result.emplace(response_of(response));
  } else {
    pending.result.emplace(error_of(error));
  }
}

}  // namespace

COptions c_options(const holdfast::ClientOptions& options) {
  COptions made(holdfast_options_new());
  const auto set = [&](const char* name, const std::string& value) {
    HF_CHECK(holdfast_options_set(made.get(), name, value.c_str()) == nullptr);
  };
  set("base_url", options.base_url);
  for (const holdfast::HeaderField field : options.default_headers) {
    HF_CHECK(holdfast_options_add_header(made.get(), std::string(field.name).c_str(),
                                         std::string(field.value).c_str()) == nullptr);
  }
  set("retry.backoff.base", std::to_string(options.retry.backoff.base.count()) + "ns");
  set("retry.max_attempts", std::to_string(options.retry.max_attempts));
  set("seed", std::to_string(options.seed));
  return made;
}

std::vector<CAnswer> ask_in_c(uv_loop_t* loop, COptions options, const std::vector<CAsk>& asks,
                              std::string* heard) {
  std::vector<CAnswer> answers;
  holdfast_client* client = holdfast_client_new(loop, options.get());
  std::shared_ptr<void> watcher;
  if (heard != nullptr) watcher = watch(client, *heard);
  for (const CAsk& ask : asks) {
    Pending pending;
    holdfast_request* request = holdfast_request_new(ask.method.c_str(), ask.url.c_str());
    if (!ask.body.empty()) {
      HF_CHECK(holdfast_request_body_bytes(request, ask.body.data(), ask.body.size()) == nullptr);
    }
    if (ask.streamed) holdfast_request_on_body(request, &take_body);
    HF_CHECK(holdfast_send(client, request, &take_done, &pending) != 0);
    while (!pending.result) uv_run(loop, UV_RUN_ONCE);
    answers.push_back({std::move(*pending.result), std::move(pending.streamed)});
  }
  holdfast_client_free(client);
  return answers;
}

}  // namespace proof
