#include "examples/outage/acts.h"

#include <uv.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "holdfast/client.h"

namespace outage {

namespace {

using namespace std::chrono_literals;
using holdfast::Request;
using holdfast::Response;
using holdfast::Result;

constexpr int kBurst = 200;

/// Shorter backoff and timeouts, so that the demo is short. Retry-After is not scaled: the server
/// sets it.
holdfast::ClientOptions scaled(const std::string& base_url) {
  holdfast::ClientOptions options;
  options.base_url = base_url;
  options.retry.backoff.base = 100ms;
  options.retry.backoff.max = 1s;
  options.timeouts.read = 500ms;
  return options;
}

class Show {
 public:
  Show(uv_loop_t* loop, const std::string& base_url) : client_(loop, scaled(base_url)) {
    client_.on_attempt([this](const holdfast::AttemptNotice& notice) { tell(notice); });
  }

  void start() {
    std::printf(
        "Scaled for the demo: backoff 0.1 s, 0.2 s, … instead of 1 s, 2 s, …; read timeout\n"
        "0.5 s instead of 10 s. Everything else is the default: 5 attempts, 50 connections.\n");
    title("1. A GET in an outage: 503 with Retry-After 1 s, a reset inside the headers, silence");
    send("GET", "/report", "", [this](Result<Response> result) {
      expect(result, 200, "GET /report");
      warm_up();
    });
  }
  int failures() const { return failures_; }

 private:
  static void title(const char* text) { std::printf("\n%s\n", text); }

  void send(const char* method, const char* url, const char* body, holdfast::Callback callback) {
    Request request;
    request.method = method;
    request.url = url;
    if (*body != '\0') request.body = holdfast::Body(body);
    client_.send(std::move(request), std::move(callback));
  }

  /// Prints each attempt that is followed by another, as it ends.
  void tell(const holdfast::AttemptNotice& notice) {
    if (bursting_) {
      ++burst_waits_[notice.record->status];
      return;
    }
    std::printf("   %s\n", to_string(*notice.record).c_str());
    std::fflush(stdout);
  }
  void expect(const Result<Response>& result, int status, const char* what) {
    const holdfast::Timeline& timeline = result ? result->timeline : result.error().timeline;
    std::printf("   %s\n", to_string(timeline.last()).c_str());
    if (result && result->status == status) {
      std::printf("   => %s: %d, \"%s\", after %u attempt(s)\n", what, result->status,
                  result->body.c_str(), timeline.attempts());
      return;
    }
    ++failures_;
    std::printf("   => %s: NOT AS PROMISED: %s\n", what,
                result ? "another status" : result.error().message().c_str());
  }

  void warm_up() {
    title("2. A PUT on a keep-alive connection that the server closes just as the request leaves");
    send("GET", "/stock", "", [this](Result<Response> result) {
      expect(result, 200, "GET /stock (opens the connection)");
      send("PUT", "/stock", "count=7", [this](Result<Response> put) {
        expect(put, 200, "PUT /stock (replayed at once on a fresh connection)");
        order();
      });
    });
  }

  void order() {
    title("3. A POST that meets a reset: it may have been processed, so it is not sent again");
    send("POST", "/orders", "amount=100", [this](Result<Response> result) {
      if (result) {
        ++failures_;
        std::printf("   => POST /orders: NOT AS PROMISED: it was answered\n");
      } else {
        const holdfast::Timeline& timeline = result.error().timeline;
        std::printf("   %s\n", to_string(timeline.last()).c_str());
        std::printf("   => POST /orders: %s; not retried: %s\n", result.error().message().c_str(),
                    std::string(name(timeline.stop_reason())).c_str());
      }
      burst();
    });
  }

  void burst() {
    title("4. 200 requests at once through the pool of 50, against a limiter of 100 a second");
    std::fflush(stdout);
    bursting_ = true;
    for (int i = 0; i < kBurst; ++i) {
      Request request;
      request.url = "/bytes/32";
      request.headers.add("X-Request-Id", "ticket-" + std::to_string(i));
      client_.send(std::move(request), [this](Result<Response> result) { ticket(result); });
    }
  }

  void ticket(const Result<Response>& result) {
    const holdfast::Timeline& timeline = result ? result->timeline : result.error().timeline;
    ++burst_attempts_[timeline.attempts()];
    if (!result || result->status != 200) {
      ++failures_;
      std::printf("   NOT AS PROMISED: %s\n",
                  result ? "another status" : result.error().message().c_str());
    }
    if (++burst_done_ % 50 == 0) {
      std::printf("   %d of %d answered, %u connections open\n", burst_done_, kBurst,
                  client_.stats().idle + client_.stats().busy);
      std::fflush(stdout);
    }
    if (burst_done_ < kBurst) return;
    for (const auto& [attempts, count] : burst_attempts_) {
      std::printf("   => %d request(s) needed %u attempt(s)\n", count, attempts);
    }
    for (const auto& [status, count] : burst_waits_) {
      std::printf("   => %d answer(s) with status %d were waited out\n", count, status);
    }
    client_.close();
  }

  holdfast::Client client_;
  bool bursting_ = false;
  int burst_done_ = 0;
  int failures_ = 0;
  std::map<unsigned, int> burst_attempts_;
  std::map<int, int> burst_waits_;
};

}  // namespace

int play(const std::string& base_url) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  int failures = 0;
  {
    Show show(&loop, base_url);
    show.start();
    uv_run(&loop, UV_RUN_DEFAULT);
    failures = show.failures();
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0) {
    std::printf("NOT AS PROMISED: the client left a handle on the loop\n");
    ++failures;
  }
  return failures;
}

}  // namespace outage
