// Formats events as log lines. Of a request they contain only its method and its redacted URL, and
// of an error its message, which contains no secrets (H4).
#include <cstdio>
#include <utility>

#include "holdfast/observe.h"

namespace holdfast {

std::string_view name(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

namespace {

std::string in_ms(Duration span) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(span.count()) / 1e6);
  return text;
}

class Log final : public Observer {
 public:
  Log(Function<void(LogLevel, std::string_view)> line, LogLevel least)
      : line_(std::move(line)), least_(least) {}

  void on_attempt_started(const AttemptStarted& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.request);
    text_ += ": attempt " + std::to_string(event.number) + " begins";
    if (event.hop != 0) text_ += ", redirect " + std::to_string(event.hop);
    end(LogLevel::debug);
  }
  void on_attempt_ended(const AttemptEnded& event) override {
    if (!wanted(LogLevel::debug)) return;
    const AttemptRecord& record = *event.record;
    begin(event.request);
    text_ += ": attempt " + std::to_string(record.number) + " ended, ";
    add_outcome(record);
    if (record.connection_id != 0) {
      text_ += record.reused ? ", on used connection " : ", on connection ";
      text_ += std::to_string(record.connection_id) + " to " + record.peer.to_string();
    }
    text_ += ", " + in_ms(record.ended - record.started);
    end(LogLevel::debug);
  }
  void on_retry_scheduled(const RetryScheduled& event) override {
    if (!wanted(LogLevel::warning)) return;
    begin(event.request);
    text_ += ": attempt " + std::to_string(event.after->number) + " ended with ";
    add_outcome(*event.after);
    text_ += ", the next follows ";
    text_ += event.delay.count() == 0 ? "at once" : "in " + in_ms(event.delay);
    text_.append(" (").append(name(event.source)).append(")");
    end(LogLevel::warning);
  }
  void on_redirect_followed(const RedirectFollowed& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.request);
    text_ += ": this is where " + std::to_string(event.after->status) + " sent it";
    end(LogLevel::debug);
  }
  void on_request_ended(const RequestEnded& event) override {
    const bool cancelled = event.error != nullptr && event.error->code == ErrorCode::cancelled;
    LogLevel level = event.status >= 500 ? LogLevel::warning : LogLevel::info;
    if (event.error != nullptr && !cancelled) level = LogLevel::error;
    if (!wanted(level)) return;
    begin(event.request);
    text_ += ": ";
    text_ += event.error != nullptr ? event.error->message() : std::to_string(event.status);
    if (event.error == nullptr && event.attempts > 1) {
      text_ += " after " + std::to_string(event.attempts) + " attempts";
    }
    text_ += ", " + in_ms(event.duration);
    end(level);
  }
  void on_connection_opened(const ConnectionOpened& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.connection);
    const ObservedConnection& c = event.connection;
    text_.append(" is open, HTTP/").append(protocol_version(c.http_major, 1));
    if (c.tls_minor != 0) text_ += ", TLS 1." + std::to_string(c.tls_minor);
    if (c.tls_resumed) text_ += " resumed";
    text_ += ", after " + in_ms(event.took);
    end(LogLevel::debug);
  }
  void on_connection_reused(const ConnectionReused& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.connection);
    text_ += " is used again, by request " + std::to_string(event.request.id);
    end(LogLevel::debug);
  }
  void on_connection_closed(const ConnectionClosed& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.connection);
    text_.append(" is closed, ").append(name(event.cause));
    if (event.duration.count() >= 0) text_ += ", after " + in_ms(event.duration);
    end(LogLevel::debug);
  }
  void on_pool_wait_began(const PoolWaitBegan& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.request);
    text_ += ": waits in line for a connection";
    end(LogLevel::debug);
  }
  void on_pool_wait_ended(const PoolWaitEnded& event) override {
    if (!wanted(LogLevel::debug)) return;
    begin(event.request);
    text_ += ": has waited in line for " + in_ms(event.waited);
    end(LogLevel::debug);
  }

 private:
  bool wanted(LogLevel level) const { return level >= least_; }
  void begin(const ObservedRequest& request) {
    text_ = "request " + std::to_string(request.id) + " ";
    text_ += request.method;
    if (request.url != nullptr) text_ += " " + request.url->redacted();
  }
  void begin(const ObservedConnection& connection) {
    const bool v6 = connection.host.find(':') != connection.host.npos;
    text_ = "connection " + std::to_string(connection.id) + " to ";
    text_.append(connection.scheme).append(v6 ? "://[" : "://").append(connection.host);
    text_ += (v6 ? "]:" : ":") + std::to_string(connection.port);
    if (connection.peer.family != 0) text_ += " (" + connection.peer.to_string() + ")";
  }
  void add_outcome(const AttemptRecord& record) {
    if (record.error == ErrorCode::none) {
      text_ += std::to_string(record.status);
      return;
    }
    text_ += text(record.error);
    text_.append(" (").append(name(record.error)).append(", class ");
    text_ += letter(record.replay);
    text_ += ')';
  }
  /// Methods and messages normally have no control characters; they are removed in any case, so
  /// that an event is one line.
  void end(LogLevel level) {
    for (char& c : text_) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    // The function can be called again while it runs, for an event that it causes itself.
    const std::string line = std::move(text_);
    text_.clear();
    line_(level, line);
  }

  Function<void(LogLevel, std::string_view)> line_;
  LogLevel least_;
  std::string text_;
};

}  // namespace

std::shared_ptr<Observer> log_to(Function<void(LogLevel, std::string_view)> line, LogLevel least) {
  return std::make_shared<Log>(std::move(line), least);
}

}  // namespace holdfast
