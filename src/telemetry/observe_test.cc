#include "holdfast/observe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast {
namespace {

using namespace std::chrono_literals;

struct Lines {
  std::vector<std::string> all;
  std::shared_ptr<Observer> observer(LogLevel least = LogLevel::debug) {
    return log_to(
        [this](LogLevel level, std::string_view line) {
          all.push_back(std::string(name(level)) + ": " + std::string(line));
        },
        least);
  }
};

/// One event of each kind.
struct Events {
  Url url = *Url::parse("https://user:SECRET1@api.test:8443/orders?token=SECRET2&page");
  ObservedRequest request{7, "GET", &url};
  AttemptRecord record, redirect;
  Error error;
  ObservedConnection connection;

  Events() {
    redirect.status = 303;
    record.number = 2;
    record.error = ErrorCode::connection_reset;
    record.replay = ReplayClass::unknown;
    record.started = 1ms;
    record.ended = 13ms;
    record.connection_id = 3;
    record.reused = true;
    record.peer = {4, 8443, 0, {10, 0, 0, 1}};
    error = Error(ErrorCode::read_timeout, {}, Phase::head);
    connection = {3, "https", "api.test", 8443, record.peer, 2, 3, true};
  }
  void tell(Observer& observer) {
    observer.on_attempt_started({request, 2, 1});
    observer.on_attempt_ended({request, &record});
    observer.on_retry_scheduled({request, &record, 800ms, DelaySource::backoff});
    observer.on_redirect_followed({request, &redirect});
    observer.on_request_ended({request, 200, nullptr, StopReason::success, 3, 1s});
    observer.on_connection_opened({connection, 2ms});
    observer.on_connection_reused({connection, request});
    observer.on_connection_closed({connection, CloseCause::idle_expiry, 30s});
    observer.on_pool_wait_began({request});
    observer.on_pool_wait_ended({request, 5ms});
  }
};

TEST(Log, each_event_is_a_line) {
  Lines lines;
  Events().tell(*lines.observer());
  const std::string request = "request 7 GET https://api.test:8443/orders?token=…&…";
  const std::string connection = "connection 3 to https://api.test:8443 (10.0.0.1:8443)";
  const std::vector<std::string> expected = {
      "debug: " + request + ": attempt 2 begins, redirect 1",
      "debug: " + request +
          ": attempt 2 ended, the connection was reset (connection_reset, class C), on used "
          "connection 3 to 10.0.0.1:8443, 12.0 ms",
      "warning: " + request +
          ": attempt 2 ended with the connection was reset (connection_reset, class C), the next "
          "follows in 800.0 ms (backoff)",
      "debug: " + request + ": this is where 303 sent it",
      "info: " + request + ": 200 after 3 attempts, 1000.0 ms",
      "debug: " + connection + " is open, HTTP/2, TLS 1.3 resumed, after 2.0 ms",
      "debug: " + connection + " is used again, by request 7",
      "debug: " + connection + " is closed, idle_expiry, after 30000.0 ms",
      "debug: " + request + ": waits in line for a connection",
      "debug: " + request + ": has waited in line for 5.0 ms",
  };
  EXPECT_EQ(lines.all, expected);
}

TEST(Log, the_least_level_decides_what_is_told) {
  Lines lines;
  Events().tell(*lines.observer(LogLevel::warning));
  ASSERT_EQ(lines.all.size(), 1U);
  EXPECT_TRUE(lines.all[0].starts_with("warning: "));
}

TEST(Log, an_end_is_as_grave_as_its_outcome) {
  Events events;
  const auto level_of = [&](int status, const Error* error) {
    Lines lines;
    lines.observer()->on_request_ended(
        {events.request, status, error, StopReason::success, 1, 1ms});
    return lines.all.at(0).substr(0, lines.all[0].find(':'));
  };
  Error cancelled(ErrorCode::cancelled);
  EXPECT_EQ(level_of(404, nullptr), "info");
  EXPECT_EQ(level_of(500, nullptr), "warning");
  EXPECT_EQ(level_of(0, &events.error), "error");
  EXPECT_EQ(level_of(0, &cancelled), "info");
}

TEST(Log, no_line_holds_a_secret_or_a_line_end) {
  Events events;
  events.request.method = "GE\r\nT";
  events.error.detail = "line\nend";
  Lines lines;
  const auto observer = lines.observer();
  events.tell(*observer);
  observer->on_request_ended({events.request, 0, &events.error, StopReason::cancelled, 1, 1ms});
  ASSERT_EQ(lines.all.size(), 11U);
  for (const std::string& line : lines.all) {
    EXPECT_EQ(line.find("SECRET"), line.npos) << line;
    EXPECT_EQ(line.find("user"), line.npos) << line;
    EXPECT_EQ(line.find_first_of("\r\n"), line.npos) << line;
  }
}

TEST(Observing, several_observers_are_told_in_their_order) {
  std::string order;
  class Named final : public Observer {
   public:
    Named(std::string& order, char name) : order_(order), name_(name) {}
    void on_attempt_started(const AttemptStarted&) override { order_ += name_; }
    void on_attempt_ended(const AttemptEnded&) override { order_ += name_; }
    void on_retry_scheduled(const RetryScheduled&) override { order_ += name_; }
    void on_redirect_followed(const RedirectFollowed&) override { order_ += name_; }
    void on_request_ended(const RequestEnded&) override { order_ += name_; }
    void on_connection_opened(const ConnectionOpened&) override { order_ += name_; }
    void on_connection_reused(const ConnectionReused&) override { order_ += name_; }
    void on_connection_closed(const ConnectionClosed&) override { order_ += name_; }
    void on_pool_wait_began(const PoolWaitBegan&) override { order_ += name_; }
    void on_pool_wait_ended(const PoolWaitEnded&) override { order_ += name_; }

   private:
    std::string& order_;
    char name_;
  };
  Events().tell(*observe_all(
      {std::make_shared<Named>(order, 'a'), nullptr, std::make_shared<Named>(order, 'b')}));
  EXPECT_EQ(order, "abababababababababab");
}

TEST(Observing, an_observer_that_overrides_nothing_hears_everything_in_silence) {
  Observer observer;
  Events().tell(observer);
}

TEST(Observing, error_type_is_the_error_or_the_status) {
  AttemptRecord record;
  record.status = 200;
  EXPECT_EQ(error_type(record), "");
  record.status = 503;
  EXPECT_EQ(error_type(record), "503");
  record.error = ErrorCode::response_truncated;
  EXPECT_EQ(error_type(record), "response_truncated");
}

TEST(Observing, protocol_versions_are_opentelemetrys) {
  EXPECT_EQ(protocol_version(1, 0), "1.0");
  EXPECT_EQ(protocol_version(1, 1), "1.1");
  EXPECT_EQ(protocol_version(2, 0), "2");
  EXPECT_EQ(protocol_version(0, 0), "");
}

}  // namespace
}  // namespace holdfast
