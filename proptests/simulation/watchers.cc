#include "proptests/simulation/watchers.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace proof {
namespace {

using holdfast::AttemptPlan;
using holdfast::AttemptRecord;
using holdfast::Headers;
using holdfast::LogLevel;
using holdfast::ObservedConnection;
using holdfast::ObservedRequest;
using holdfast::Prepare;

Prepare answer_for(std::uint64_t request, std::int64_t attempt) {
  const std::uint64_t draw = request * 7 + static_cast<std::uint64_t>(attempt) * 3;
  if (draw % 11 == 0) return Prepare::reject;
  return draw % 3 == 0 ? Prepare::defer : Prepare::proceed;
}

/// Whether what waits goes ahead with fields of its own.
bool goes_with_more(std::uint64_t request) { return request % 2 == 0; }

/// Each number becomes "#": a time or a port has as many digits as it pleases.
std::string without_numbers(std::string_view line) {
  std::string text;
  for (const char c : line) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) text += c;
    if (digit && !text.ends_with('#')) text += '#';
  }
  return text;
}

std::string log_line(std::string_view level, std::string_view line) {
  return "log " + std::string(level) + " " + without_numbers(line) + "\n";
}

// --- C++ -----------------------------------------------------------------------------------------

class HearingObserver final : public holdfast::Observer {
 public:
  explicit HearingObserver(std::string& heard) : heard_(heard) {}

  void on_attempt_started(const holdfast::AttemptStarted& e) override {
    add("attempt_started", e.request, std::to_string(e.number) + " " + std::to_string(e.hop));
  }
  void on_attempt_ended(const holdfast::AttemptEnded& e) override {
    add("attempt_ended", e.request, told(*e.record));
  }
  void on_retry_scheduled(const holdfast::RetryScheduled& e) override {
    add("retry_scheduled", e.request,
        told(*e.after) + " " + std::to_string(e.delay.count()) + " " + std::string(name(e.source)));
  }
  void on_request_ended(const holdfast::RequestEnded& e) override {
    add("request_ended", e.request,
        std::to_string(e.status) + " " +
            (e.error == nullptr ? "none" : std::string(name(e.error->code)) + e.error->detail) +
            " " + std::string(name(e.stop)) + " " + std::to_string(e.attempts));
  }
  void on_connection_opened(const holdfast::ConnectionOpened& e) override {
    heard_ += "connection_opened " + told(e.connection) + "\n";
  }
  void on_connection_reused(const holdfast::ConnectionReused& e) override {
    add("connection_reused", e.request, told(e.connection));
  }

 private:
  static std::string told(const AttemptRecord& r) {
    return std::to_string(r.number) + " " + std::to_string(r.hop) + " " + std::to_string(r.status) +
           " " + std::string(name(r.error));
  }
  static std::string told(const ObservedConnection& c) {
    return std::to_string(c.id) + " " + std::string(c.scheme) + " " + std::string(c.host) + " " +
           std::to_string(c.http_major) + " " + std::to_string(c.tls_minor);
  }
  void add(const char* what, const ObservedRequest& request, const std::string& more) {
    heard_ += std::string(what) + " " + std::to_string(request.id) + " " +
              std::string(request.method) + " " + std::string(request.url->path()) + " " + more +
              "\n";
  }

  std::string& heard_;
};

Prepare ask(holdfast::Client& client, std::string& heard, AttemptPlan& plan) {
  heard += "asked " + std::to_string(plan.request_id) + " " + std::to_string(plan.number) + " " +
           std::to_string(plan.hop) + " " + std::string(plan.method) + " " +
           std::string(plan.url.path()) + "\n";
  plan.headers.set("X-Attempt", std::to_string(plan.number));
  plan.refusal = "by the test";
  const Prepare answer = answer_for(plan.request_id, plan.number);
  if (answer != Prepare::defer) return answer;
  Headers more = plan.headers;
  more.add("X-Later", "yes");
  const bool with_more = goes_with_more(plan.request_id);
  client.post_to_loop([handle = plan.request, more = std::move(more), with_more]() mutable {
    with_more ? handle.proceed(std::move(more)) : handle.proceed();
  });
  return answer;
}

// --- C -------------------------------------------------------------------------------------------

struct CWatcher {
  holdfast_client* client;
  std::string* heard;
};

/// An attempt that waits, until the loop's next turn.
struct CWaiting {
  holdfast_client* client;
  holdfast_request_id call;
  holdfast_headers* more;
};

void go_on(void* context) {
  const std::unique_ptr<CWaiting> waiting(static_cast<CWaiting*>(context));
  holdfast_proceed(waiting->client, waiting->call, waiting->more);
  holdfast_headers_free(waiting->more);
}

std::string path_of(const char* url) {
  const std::string text(url);
  const std::size_t host = text.find("://") + 3;
  return text.substr(text.find('/', host));
}

holdfast_prepare ask_in_c(void* context, holdfast_plan* plan) {
  const CWatcher& watcher = *static_cast<CWatcher*>(context);
  const auto request = static_cast<std::uint64_t>(holdfast_plan_get(plan, HOLDFAST_PLAN_REQUEST));
  const std::int64_t attempt = holdfast_plan_get(plan, HOLDFAST_PLAN_ATTEMPT);
  *watcher.heard += "asked " + std::to_string(request) + " " + std::to_string(attempt) + " " +
                    std::to_string(holdfast_plan_get(plan, HOLDFAST_PLAN_HOP)) + " " +
                    holdfast_plan_method(plan) + " " + path_of(holdfast_plan_url(plan)) + "\n";
  holdfast_headers* headers = holdfast_plan_headers(plan);
  holdfast_headers_set(headers, "X-Attempt", std::to_string(attempt).c_str());
  holdfast_plan_refusal(plan, "by the test");
  const Prepare answer = answer_for(request, attempt);
  if (answer != Prepare::defer) return static_cast<holdfast_prepare>(answer);
  holdfast_headers* more = nullptr;
  if (goes_with_more(request)) {
    more = holdfast_headers_copy(headers);
    holdfast_headers_add(more, "X-Later", "yes");
  }
  holdfast_client_post_to_loop(watcher.client, &go_on,
                               new CWaiting{watcher.client, holdfast_plan_request_id(plan), more});
  return HOLDFAST_PREPARE_DEFER;
}

std::string told_in_c(const holdfast_event* event) {
  const holdfast_attempt* record = holdfast_event_record(event);
  std::string text = std::to_string(holdfast_event_get(event, HOLDFAST_EVENT_ATTEMPT)) + " " +
                     std::to_string(holdfast_event_get(event, HOLDFAST_EVENT_HOP));
  if (record == nullptr) return text;
  return text + " " + std::to_string(holdfast_attempt_get(record, HOLDFAST_ATTEMPT_STATUS)) + " " +
         holdfast_attempt_say(record, HOLDFAST_ATTEMPT_ERROR_NAME);
}

std::string end_in_c(const holdfast_event* event) {
  const holdfast_error* error = holdfast_event_error(event);
  const std::string failure = error == nullptr
                                  ? "none"
                                  : std::string(holdfast_code_name(holdfast_error_code(error))) +
                                        holdfast_error_detail(error);
  return std::to_string(holdfast_event_get(event, HOLDFAST_EVENT_STATUS)) + " " + failure + " " +
         holdfast_event_say(event, HOLDFAST_EVENT_STOP_REASON) + " " +
         std::to_string(holdfast_event_get(event, HOLDFAST_EVENT_ATTEMPTS));
}

std::string connection_in_c(const holdfast_event* event) {
  const auto number = [&](holdfast_event_number what) {
    return std::to_string(holdfast_event_get(event, what));
  };
  return number(HOLDFAST_EVENT_CONNECTION) + " " +
         holdfast_event_say(event, HOLDFAST_EVENT_SCHEME) + " " +
         holdfast_event_say(event, HOLDFAST_EVENT_HOST) + " " + number(HOLDFAST_EVENT_HTTP_MAJOR) +
         " " + number(HOLDFAST_EVENT_TLS_MINOR);
}

void hear_in_c(void* context, const holdfast_event* event) {
  std::string text;
  switch (holdfast_event_what(event)) {
    case HOLDFAST_ON_ATTEMPT_STARTED:
    case HOLDFAST_ON_ATTEMPT_ENDED:
      text = told_in_c(event);
      break;
    case HOLDFAST_ON_RETRY_SCHEDULED:
      text = told_in_c(event) + " " +
             std::to_string(holdfast_event_get(event, HOLDFAST_EVENT_DELAY)) + " " +
             holdfast_event_say(event, HOLDFAST_EVENT_DELAY_SOURCE);
      break;
    case HOLDFAST_ON_REQUEST_ENDED:
      text = end_in_c(event);
      break;
    case HOLDFAST_ON_CONNECTION_OPENED:
    case HOLDFAST_ON_CONNECTION_REUSED:
      text = connection_in_c(event);
      break;
    default:
      return;  // when a close is noticed is the kernel's business
  }
  std::string request;
  if (holdfast_event_get(event, HOLDFAST_EVENT_REQUEST) > 0) {
    request = std::to_string(holdfast_event_get(event, HOLDFAST_EVENT_REQUEST)) + " " +
              holdfast_event_say(event, HOLDFAST_EVENT_METHOD) + " " +
              path_of(holdfast_event_say(event, HOLDFAST_EVENT_URL)) + " ";
  }
  *static_cast<CWatcher*>(context)->heard +=
      std::string(holdfast_event_say(event, HOLDFAST_EVENT_NAME)) + " " + request + text + "\n";
}

void hear_line_in_c(void* context, holdfast_log_level level, const char* line) {
  *static_cast<CWatcher*>(context)->heard += log_line(holdfast_log_level_name(level), line);
}

}  // namespace

void watch(holdfast::Client& client, std::string& heard) {
  client.observe(
      holdfast::observe_all({std::make_shared<HearingObserver>(heard),
                             holdfast::log_to([&heard](LogLevel level, std::string_view line) {
                               heard += log_line(name(level), line);
                             })}));
  client.before_attempt([&client, &heard](AttemptPlan& plan) { return ask(client, heard, plan); });
}

std::shared_ptr<void> watch(holdfast_client* client, std::string& heard) {
  auto watcher = std::make_shared<CWatcher>(CWatcher{client, &heard});
  holdfast_client_observe(client, &hear_in_c, watcher.get());
  holdfast_client_log_to(client, &hear_line_in_c, HOLDFAST_LOG_INFO, watcher.get());
  holdfast_client_before_attempt(client, &ask_in_c, watcher.get());
  return watcher;
}

}  // namespace proof
