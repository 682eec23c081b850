#include "holdfast/timeline.h"

#include <array>
#include <cstdio>

#include "holdfast/error.h"

namespace holdfast {

std::string_view name(Phase phase) noexcept {
  switch (phase) {
    case Phase::submit:
      return "submit";
    case Phase::prepare:
      return "prepare";
    case Phase::pool:
      return "pool";
    case Phase::dns:
      return "dns";
    case Phase::connect:
      return "connect";
    case Phase::tunnel:
      return "tunnel";
    case Phase::tls:
      return "tls";
    case Phase::write:
      return "write";
    case Phase::head:
      return "head";
    case Phase::body:
      return "body";
    case Phase::backoff:
      return "backoff";
    case Phase::done:
      return "done";
  }
  return "unknown";
}

std::string_view name(ReplayClass replay) noexcept {
  switch (replay) {
    case ReplayClass::unprocessed:
      return "unprocessed";
    case ReplayClass::probably_unprocessed:
      return "probably_unprocessed";
    case ReplayClass::unknown:
      return "unknown";
    case ReplayClass::processed:
      return "processed";
    case ReplayClass::response_started:
      return "response_started";
    case ReplayClass::permanent:
      return "permanent";
  }
  return "unknown";
}

char letter(ReplayClass replay) noexcept {
  return static_cast<char>('A' + static_cast<int>(replay));
}

std::string_view name(Route route) noexcept {
  switch (route) {
    case Route::direct:
      return "direct";
    case Route::proxy:
      return "proxy";
    case Route::tunnel:
      return "tunnel";
    case Route::unix_socket:
      return "unix_socket";
  }
  return "unknown";
}

std::string_view name(DelaySource source) noexcept {
  switch (source) {
    case DelaySource::none:
      return "none";
    case DelaySource::backoff:
      return "backoff";
    case DelaySource::retry_after:
      return "retry_after";
    case DelaySource::immediate:
      return "immediate";
    case DelaySource::retry_after_ms:
      return "retry_after_ms";
    case DelaySource::rate_limit:
      return "rate_limit";
    case DelaySource::rate_limit_reset:
      return "rate_limit_reset";
  }
  return "unknown";
}

std::string_view name(RetryAfterNote note) noexcept {
  switch (note) {
    case RetryAfterNote::absent:
      return "absent";
    case RetryAfterNote::used:
      return "used";
    case RetryAfterNote::past:
      return "past";
    case RetryAfterNote::unparsable:
      return "unparsable";
    case RetryAfterNote::over_limit:
      return "over_limit";
    case RetryAfterNote::not_consulted:
      return "not_consulted";
  }
  return "unknown";
}

std::string_view name(StopReason reason) noexcept {
  switch (reason) {
    case StopReason::success:
      return "success";
    case StopReason::status_not_retryable:
      return "status_not_retryable";
    case StopReason::permanent_error:
      return "permanent_error";
    case StopReason::method_not_replayable:
      return "method_not_replayable";
    case StopReason::body_not_replayable:
      return "body_not_replayable";
    case StopReason::response_delivered:
      return "response_delivered";
    case StopReason::attempts_exhausted:
      return "attempts_exhausted";
    case StopReason::budget_exhausted:
      return "budget_exhausted";
    case StopReason::predicate:
      return "predicate";
    case StopReason::retry_after_over_limit:
      return "retry_after_over_limit";
    case StopReason::deadline:
      return "deadline";
    case StopReason::cancelled:
      return "cancelled";
    case StopReason::redirect_refused:
      return "redirect_refused";
    case StopReason::redirect_invalid:
      return "redirect_invalid";
    case StopReason::redirect_unsupported:
      return "redirect_unsupported";
    case StopReason::redirect_downgrade:
      return "redirect_downgrade";
    case StopReason::server_refused:
      return "server_refused";
  }
  return "unknown";
}

std::string_view h2_error_name(std::uint32_t code) noexcept {
  constexpr std::array<std::string_view, 14> kNames = {"NO_ERROR",
                                                       "PROTOCOL_ERROR",
                                                       "INTERNAL_ERROR",
                                                       "FLOW_CONTROL_ERROR",
                                                       "SETTINGS_TIMEOUT",
                                                       "STREAM_CLOSED",
                                                       "FRAME_SIZE_ERROR",
                                                       "REFUSED_STREAM",
                                                       "CANCEL",
                                                       "COMPRESSION_ERROR",
                                                       "CONNECT_ERROR",
                                                       "ENHANCE_YOUR_CALM",
                                                       "INADEQUATE_SECURITY",
                                                       "HTTP_1_1_REQUIRED"};
  return code < kNames.size() ? kNames[code] : std::string_view();
}

namespace {

std::string seconds(Duration span) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(span).count());
  return text;
}

/// Where the attempt was sent, and the protocol of the connection.
std::string route(const AttemptRecord& record) {
  std::string text = "connection " + std::to_string(record.connection_id) +
                     (record.reused ? " (reused)" : " (fresh)");
  if (record.peer.family != 0) {
    text += record.route == Route::tunnel  ? " through the proxy "
            : record.route == Route::proxy ? " to the proxy "
                                           : " to ";
    text += record.peer.to_string();
  }
  if (record.tls_minor != 0) {
    text += ", TLS 1." + std::to_string(record.tls_minor);
    if (record.tls_resumed) text += " (resumed)";
    if (record.tls_unverified) text += ", certificate not verified";
  }
  if (record.http_major == 2) text += ", HTTP/2";
  return text;
}

}  // namespace

std::string to_string(const AttemptRecord& record) {
  std::string line = "attempt " + std::to_string(record.number);
  line += record.hop == 0 ? ": " : " (redirect " + std::to_string(record.hop) + "): ";
  if (record.delay_source != DelaySource::none) {
    line += record.delay.count() > 0 ? "after " + seconds(record.delay) + " (" : "at once (";
    line.append(name(record.delay_source)).append("), ");
  }
  if (record.connection_id != 0) {
    line += route(record) + ": ";
  }
  if (record.error != ErrorCode::none) {
    line.append(text(record.error)).append(" [").append(name(record.phase)).append(", class ");
    line += letter(record.replay);
    if (record.h2_error != 0) {
      const std::string_view known = h2_error_name(record.h2_error);
      line += ", ";
      line +=
          known.empty() ? "HTTP/2 error " + std::to_string(record.h2_error) : std::string(known);
    }
    if (record.h2_stream_id != 0) line += ", stream " + std::to_string(record.h2_stream_id);
    if (record.goaway_last_id >= 0) {
      line += ", GOAWAY's last stream " + std::to_string(record.goaway_last_id);
    }
    line += ']';
  } else {
    line += "status " + std::to_string(record.status);
  }
  if (record.error != ErrorCode::none && record.status != 0) {
    line += " after status " + std::to_string(record.status);
  }
  if (record.ended.count() >= 0 && record.started.count() >= 0) {
    line += ", took " + seconds(record.ended - record.started);
  }
  if (record.retry_after_note != RetryAfterNote::absent) {
    line += "; wait hint ";
    line += record.retry_after.count() >= 0 ? seconds(record.retry_after) : "not understood";
    line.append(" (").append(name(record.retry_after_note)).append(")");
  }
  return line;
}

void Timeline::keep_last() {
  if (earlier_.size() + 1 >= kKept) earlier_.erase(earlier_.begin());
  earlier_.push_back(last_);
}

std::string Timeline::to_string() const {
  std::string all;
  if (dropped() != 0) all += "(" + std::to_string(dropped()) + " earlier attempts not kept)\n";
  for (std::size_t i = 0; i < size(); ++i) all += holdfast::to_string((*this)[i]) + "\n";
  if (stop_ != StopReason::success) all.append("not retried: ").append(name(stop_)).append("\n");
  return all;
}

}  // namespace holdfast
