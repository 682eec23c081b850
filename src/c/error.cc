// Implements holdfast.h: errors, and the history of a request.
#include <algorithm>
#include <cstring>

#include "c/types.h"

using holdfast::AttemptRecord;
using holdfast::ErrorCode;
using holdfast::c::guarded;
using holdfast::c::word;

// C's enum and ErrorCode have equal values; c_words_test.cc compares every name.
static_assert(HOLDFAST_PEER_FLOODING == static_cast<int>(ErrorCode::peer_flooding),
              "a new ErrorCode goes into holdfast.h as well");

namespace holdfast::c {
namespace {

const AttemptRecord& record(const holdfast_attempt* attempt) {
  return *reinterpret_cast<const AttemptRecord*>(attempt);
}

}  // namespace

std::size_t copy_out(std::string_view text, char* into, std::size_t capacity) noexcept {
  if (capacity != 0) {
    const std::size_t copied = std::min(text.size(), capacity - 1);
    std::memcpy(into, text.data(), copied);
    into[copied] = '\0';
  }
  return text.size();
}

}  // namespace holdfast::c

using holdfast::c::copy_out;
using holdfast::c::record;

// --- Errors --------------------------------------------------------------------------------------

const char* holdfast_code_name(holdfast_code code) {
  return word(name(static_cast<ErrorCode>(code)));
}
const char* holdfast_code_text(holdfast_code code) {
  return word(text(static_cast<ErrorCode>(code)));
}

holdfast_fault holdfast_code_fault(holdfast_code code) {
  switch (fault_of(static_cast<ErrorCode>(code))) {
    case holdfast::Fault::caller:
      return HOLDFAST_FAULT_CALLER;
    case holdfast::Fault::local:
      return HOLDFAST_FAULT_LOCAL;
    case holdfast::Fault::network:
      return HOLDFAST_FAULT_NETWORK;
    case holdfast::Fault::peer:
      break;
  }
  return HOLDFAST_FAULT_PEER;
}
int holdfast_code_transient(holdfast_code code) {
  return is_transient(static_cast<ErrorCode>(code)) ? 1 : 0;
}
const char* holdfast_h2_error_name(uint32_t code) { return word(holdfast::h2_error_name(code)); }

holdfast_code holdfast_error_code(const holdfast_error* error) {
  return static_cast<holdfast_code>(error->error.code);
}
const char* holdfast_error_message(const holdfast_error* error) {
  return guarded(holdfast_code_text(holdfast_error_code(error)), [&] {
    error->message = error->error.message();
    return error->message.c_str();
  });
}
const char* holdfast_error_detail(const holdfast_error* error) {
  return error->error.detail.c_str();
}
const char* holdfast_error_phase(const holdfast_error* error) {
  return word(name(error->error.phase));
}
char holdfast_error_replay_class(const holdfast_error* error) {
  return letter(error->error.replay);
}
int holdfast_error_os_error(const holdfast_error* error) { return error->error.os_error; }
uint32_t holdfast_error_h2_error(const holdfast_error* error) { return error->error.h2_error; }
const holdfast_timeline* holdfast_error_timeline(const holdfast_error* error) {
  return &error->timeline;
}

holdfast_error* holdfast_error_take(holdfast_error* error) {
  return guarded<>(static_cast<holdfast_error*>(nullptr), [&] {
    auto taken = std::make_unique<holdfast_error>(std::move(error->error));
    error->error = holdfast::Error();
    return taken.release();
  });
}
void holdfast_error_free(holdfast_error* error) { delete error; }

// --- The history ---------------------------------------------------------------------------------

uint32_t holdfast_timeline_attempts(const holdfast_timeline* timeline) {
  return timeline->timeline->attempts();
}
size_t holdfast_timeline_size(const holdfast_timeline* timeline) {
  return timeline->timeline->size();
}
const holdfast_attempt* holdfast_timeline_at(const holdfast_timeline* timeline, size_t index) {
  if (index >= timeline->timeline->size()) return nullptr;
  return reinterpret_cast<const holdfast_attempt*>(&(*timeline->timeline)[index]);
}
const char* holdfast_timeline_stop_reason(const holdfast_timeline* timeline) {
  return word(name(timeline->timeline->stop_reason()));
}
const char* holdfast_timeline_text(const holdfast_timeline* timeline) {
  return guarded("", [&] {
    timeline->text = timeline->timeline->to_string();
    return timeline->text.c_str();
  });
}

int64_t holdfast_attempt_get(const holdfast_attempt* attempt, holdfast_attempt_number what) {
  const AttemptRecord& r = record(attempt);
  switch (what) {
    case HOLDFAST_ATTEMPT_NUMBER:
      return r.number;
    case HOLDFAST_ATTEMPT_STATUS:
      return r.status;
    case HOLDFAST_ATTEMPT_ERROR:
      return static_cast<int64_t>(r.error);
    case HOLDFAST_ATTEMPT_REPLAY_CLASS:
      return letter(r.replay);
    case HOLDFAST_ATTEMPT_HOP:
      return r.hop;
    case HOLDFAST_ATTEMPT_REUSED:
      return r.reused ? 1 : 0;
    case HOLDFAST_ATTEMPT_CONNECTION:
      return static_cast<int64_t>(r.connection_id);
    case HOLDFAST_ATTEMPT_HTTP_MAJOR:
      return r.http_major;
    case HOLDFAST_ATTEMPT_HTTP_MINOR:
      return r.http_minor;
    case HOLDFAST_ATTEMPT_TLS_MINOR:
      return r.tls_minor;
    case HOLDFAST_ATTEMPT_TLS_RESUMED:
      return r.tls_resumed ? 1 : 0;
    case HOLDFAST_ATTEMPT_TLS_UNVERIFIED:
      return r.tls_unverified ? 1 : 0;
    case HOLDFAST_ATTEMPT_OS_ERROR:
      return r.os_error;
    case HOLDFAST_ATTEMPT_H2_ERROR:
      return r.h2_error;
    case HOLDFAST_ATTEMPT_DELAY:
      return r.delay.count();
    case HOLDFAST_ATTEMPT_RETRY_AFTER:
      return r.retry_after.count();
    case HOLDFAST_ATTEMPT_STARTED:
      return r.started.count();
    case HOLDFAST_ATTEMPT_CONNECTED:
      return r.connected.count();
    case HOLDFAST_ATTEMPT_SENT:
      return r.sent.count();
    case HOLDFAST_ATTEMPT_FIRST_BYTE:
      return r.first_byte.count();
    case HOLDFAST_ATTEMPT_ENDED:
      return r.ended.count();
    case HOLDFAST_ATTEMPT_BYTES_SENT:
      return static_cast<int64_t>(r.bytes_sent);
    case HOLDFAST_ATTEMPT_BYTES_RECEIVED:
      return static_cast<int64_t>(r.bytes_received);
    case HOLDFAST_ATTEMPT_H2_STREAM_ID:
      return r.h2_stream_id;
    case HOLDFAST_ATTEMPT_GOAWAY_LAST_ID:
      return r.goaway_last_id;
  }
  return -1;  // the program was built against a later version
}

const char* holdfast_attempt_say(const holdfast_attempt* attempt, holdfast_attempt_word what) {
  const AttemptRecord& r = record(attempt);
  switch (what) {
    case HOLDFAST_ATTEMPT_PHASE:
      return word(name(r.phase));
    case HOLDFAST_ATTEMPT_DELAY_SOURCE:
      return word(name(r.delay_source));
    case HOLDFAST_ATTEMPT_RETRY_AFTER_NOTE:
      return word(name(r.retry_after_note));
    case HOLDFAST_ATTEMPT_ERROR_NAME:
      return word(name(r.error));
    case HOLDFAST_ATTEMPT_HTTP_VERSION:
      return word(holdfast::protocol_version(r.http_major, r.http_minor));
    case HOLDFAST_ATTEMPT_ROUTE:
      return word(name(r.route));
  }
  return "";
}

size_t holdfast_attempt_peer(const holdfast_attempt* attempt, char* into, size_t capacity) {
  return guarded(copy_out("", into, capacity),
                 [&] { return copy_out(record(attempt).peer.to_string(), into, capacity); });
}
size_t holdfast_attempt_text(const holdfast_attempt* attempt, char* into, size_t capacity) {
  return guarded(copy_out("", into, capacity),
                 [&] { return copy_out(to_string(record(attempt)), into, capacity); });
}
size_t holdfast_attempt_error_type(const holdfast_attempt* attempt, char* into, size_t capacity) {
  return guarded(copy_out("", into, capacity),
                 [&] { return copy_out(holdfast::error_type(record(attempt)), into, capacity); });
}
