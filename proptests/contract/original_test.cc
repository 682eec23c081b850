// The promises of the client whose contract holdfast took over, each with a test: what its
// documents say, where its own code fell short of that, and what RetryPolicy::python_original()
// (and, for timeouts and pool, every default) does. A row that fails prints its promise.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "proptests/simulation/case.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::AttemptRecord;
using holdfast::DelaySource;
using holdfast::ErrorCode;
using holdfast::RetryAfterNote;
using holdfast::RetryPolicy;
using holdfast::StopReason;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Row {
  std::string name;
  std::string promise;
  std::string shortfall;  ///< what its code did instead; empty where it kept its word
  std::function<void()> holds;

  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

class Original : public testing::TestWithParam<Row> {};

TEST_P(Original, is_kept) {
  SCOPED_TRACE("promised: " + GetParam().promise);
  SCOPED_TRACE(GetParam().shortfall.empty() ? "and kept"
                                            : "the original's code: " + GetParam().shortfall);
  GetParam().holds();
}

std::string row_name(const testing::TestParamInfo<Row>& info) { return info.param.name; }

// --- One request under the profile ---------------------------------------------------------------

constexpr Duration kLatency = milliseconds(1);

/// Every way takes a millisecond, so that gaps at the server are gaps at the client.
Case original(const std::string& script, const std::string& method = "GET") {
  Case c;
  c.options.retry = RetryPolicy::python_original();
  c.link.min_latency = c.link.max_latency = kLatency;
  c.script = scenario_of({"/p0 : " + script});
  RequestPlan request;
  request.path = "/p0";
  request.method = method;
  if (method == "POST" || method == "PUT") request.body = {.kind = BodyPlan::Kind::bytes};
  request.body.size = request.body.kind == BodyPlan::Kind::none ? 0 : 10;
  c.requests = {request};
  return c;
}

/// The wait before retry k (from 1) lies in its documented window.
void expect_window(Duration wait, std::uint32_t k) {
  const Duration most = seconds(1LL << (k - 1));
  EXPECT_GE(wait, most * 8 / 10) << "before retry " << k;
  EXPECT_LE(wait, most) << "before retry " << k;
}

void expect_windows(const holdfast::Timeline& timeline) {
  for (std::size_t k = 1; k < timeline.size(); ++k) {
    EXPECT_EQ(timeline[k].delay_source, DelaySource::backoff);
    expect_window(timeline[k].delay, static_cast<std::uint32_t>(k));
  }
}

/// `script` fails once and is then good: answered at the second try, after the first window.
void expect_one_retry(const Case& c, ErrorCode error, int status = 0) {
  const Report report = run_case(c);
  const Seen& seen = report.seen.front();
  ASSERT_TRUE(seen.settled());
  ASSERT_EQ(seen.timeline().attempts(), 2U) << seen.timeline().to_string();
  EXPECT_EQ(seen.timeline()[0].error, error);
  EXPECT_EQ(seen.timeline()[0].status, status);
  EXPECT_TRUE(seen.response && seen.response->status == 200);
  expect_windows(seen.timeline());
}

void expect_one_attempt(const Case& c, StopReason reason) {
  const Report report = run_case(c);
  const Seen& seen = report.seen.front();
  ASSERT_TRUE(seen.settled());
  EXPECT_EQ(seen.timeline().attempts(), 1U) << seen.timeline().to_string();
  EXPECT_LE(WireView(report).attempts_of(0).size(), 1U);
  EXPECT_EQ(seen.timeline().stop_reason(), reason);
}

// --- Parameters ----------------------------------------------------------------------------------

template <class T>
std::function<void()> is(T found, T promised) {
  return [found, promised] { EXPECT_EQ(found, promised); };
}

std::vector<Row> parameter_rows() {
  static const holdfast::ClientOptions options;
  const std::string one = "took a single request_timeout of 10 s instead";
  return {
      {"connect_timeout", "5.0 s", "", is<Duration>(options.timeouts.connect, seconds(5))},
      {"read_timeout", "10.0 s", "", is<Duration>(options.timeouts.read, seconds(10))},
      {"write_timeout", "5.0 s", one, is<Duration>(options.timeouts.write, seconds(5))},
      {"pool_timeout", "2.0 s", one, is<Duration>(options.timeouts.pool, seconds(2))},
      {"max_connections", "50", "", is<std::uint32_t>(options.pool.max_connections, 50)},
      {"max_keepalive_connections", "20", "", is<std::uint32_t>(options.pool.max_idle, 20)},
      {"keepalive_expiry", "30.0 s", "", is<Duration>(options.pool.idle_expiry, seconds(30))},
      {"max_attempts", "5, the first included", "",
       is<std::uint32_t>(RetryPolicy::python_original().max_attempts, 5)},
      {"max_attempts_by_default", "5, the first included", "",
       is<std::uint32_t>(options.retry.max_attempts, 5)},
      {"base_url_by_default", "none", "", is<std::string>(options.base_url, "")},
      {"default_headers_by_default", "none", "", is(options.default_headers.empty(), true)},
      {"what_the_profile_can_cost", "5 attempts and at most 1 + 2 + 4 + 8 s between them", "",
       [] {
         const auto cost = holdfast::explain(RetryPolicy::python_original(), options.timeouts);
         EXPECT_EQ(cost.worst_requests, 5U);
         EXPECT_EQ(cost.worst_backoff, seconds(15));
       }},
      {"the_profile_is_sound", "usable as it stands", "",
       [] { EXPECT_EQ(to_string(validate(RetryPolicy::python_original(), {}, {}, {})), ""); }},
  };
}
INSTANTIATE_TEST_SUITE_P(Parameters, Original, testing::ValuesIn(parameter_rows()), row_name);

// --- Statuses ------------------------------------------------------------------------------------

std::vector<Row> status_rows() {
  std::vector<Row> rows;
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    rows.push_back({"retried_" + std::to_string(status), "retried on this status", "", [status] {
                      expect_one_retry(original(std::to_string(status) + "; 200"), ErrorCode::none,
                                       status);
                    }});
  }
  const std::string no_status = "looked for it among statuses, where the number never comes";
  rows.push_back({"retried_104", "104 Connection Reset is retried", no_status, [] {
                    Case c = original("reset; 200");
                    c.options.retry.errors = {};  // nothing but the 104 says so
                    expect_one_retry(c, ErrorCode::connection_reset);
                  }});
  rows.push_back({"a_104_on_the_wire", "104 Connection Reset", no_status, [] {
                    // What a server calls 104 is interim (RFC 9110 §15.2), whatever the list says.
                    const Report report =
                        run_case(original("raw \"HTTP/1.1 104 x\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n"
                                          "Content-Length: 2\\r\\n\\r\\nhi\""));
                    ASSERT_TRUE(report.seen.front().response);
                    EXPECT_EQ(report.seen.front().response->status, 200);
                    EXPECT_EQ(report.seen.front().timeline().attempts(), 1U);
                  }});
  rows.push_back({"no_other_4xx", "4xx but 429, 408, 104 are never retried", "", [] {
                    for (int status = 400; status < 500; ++status) {
                      if (status == 408 || status == 429) continue;
                      SCOPED_TRACE(status);
                      expect_one_attempt(original(std::to_string(status)),
                                         StopReason::status_not_retryable);
                    }
                  }});
  rows.push_back({"no_success", "2xx are never retried", "", [] {
                    for (const char* status : {"200", "201", "202", "204", "206"}) {
                      SCOPED_TRACE(status);
                      expect_one_attempt(original(status), StopReason::success);
                    }
                  }});
  rows.push_back({"no_other_5xx", "exactly the statuses of the list", "", [] {
                    for (const char* status : {"501", "505", "507", "508", "511"}) {
                      SCOPED_TRACE(status);
                      expect_one_attempt(original(status), StopReason::status_not_retryable);
                    }
                  }});
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Statuses, Original, testing::ValuesIn(status_rows()), row_name);

// --- Exceptions ----------------------------------------------------------------------------------

/// Tried five times, all for the same reason, each for as long as its timeout says.
void expect_five_of(const Case& c, ErrorCode error, Duration each) {
  const Report report = run_case(c);
  const Seen& seen = report.seen.front();
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->code, error);
  EXPECT_EQ(seen.timeline().stop_reason(), StopReason::attempts_exhausted);
  ASSERT_EQ(seen.timeline().size(), 5U);
  for (std::size_t k = 0; k < 5; ++k) {
    const AttemptRecord& record = seen.timeline()[k];
    EXPECT_EQ(record.error, error);
    EXPECT_GE(record.ended - record.started, each);
    EXPECT_LE(record.ended - record.started, each + milliseconds(100));
  }
  expect_windows(seen.timeline());
}

void more_requests_than_connections() {
  Case c = original("200 delay=8s");
  c.requests.resize(51, c.requests.front());
  const Report report = run_case(c);
  const Seen& last = report.seen.back();
  ASSERT_GE(last.timeline().attempts(), 2U);
  EXPECT_EQ(last.timeline()[0].error, ErrorCode::pool_timeout);
  EXPECT_EQ(last.timeline()[0].ended - last.timeline()[0].started, seconds(2));
  EXPECT_TRUE(last.response && last.response->status == 200);
  expect_windows(last.timeline());
}

Case upload(const std::string& script) {
  Case c = original(script, "PUT");
  c.requests.front().body.size = 4'000'000;
  return c;
}

std::vector<Row> exception_rows() {
  const std::string by_type =
      "looked its word up by the exact type, so a subclass (ReadError, WriteError, WriteTimeout) "
      "ended the call with KeyError";
  return {
      {"connect_error", "ConnectError is retried", "",
       [] {
         Case c = original("200");
         c.hosts.front().addresses = {HostPlan::Door::refuses};
         expect_five_of(c, ErrorCode::connect_refused, Duration{0});
       }},
      {"connect_timeout", "ConnectTimeout, after 5 s, is retried", "",
       [] {
         Case c = original("200");
         c.hosts.front().addresses = {HostPlan::Door::black_hole};
         expect_five_of(c, ErrorCode::connect_timeout, seconds(5));
       }},
      {"read_timeout", "ReadTimeout, after 10 s, is retried", "",
       [] {
         expect_five_of(original("stall"), ErrorCode::read_timeout, seconds(10));
         expect_one_retry(original("stall; 200"), ErrorCode::read_timeout);
       }},
      {"write_timeout", "TimeoutException: the request timed out", by_type,
       [] { expect_one_retry(upload("stall@reqbody:100; 200"), ErrorCode::write_timeout); }},
      {"pool_timeout", "PoolTimeout, after 2 s, is retried", "", more_requests_than_connections},
      {"network_error_reading", "NetworkError is retried", by_type,
       [] { expect_one_retry(original("reset; 200"), ErrorCode::connection_reset); }},
      {"network_error_in_the_body", "NetworkError is retried", by_type,
       [] { expect_one_retry(original("reset@body:50%; 200"), ErrorCode::connection_reset, 200); }},
      {"network_error_writing", "NetworkError is retried", by_type,
       [] { expect_one_retry(upload("reset@reqbody:100; 200"), ErrorCode::connection_reset); }},
      {"server_disconnected", "network errors are retried",
       "had no entry for RemoteProtocolError, as which a closed connection is reported",
       [] { expect_one_retry(original("close; 200"), ErrorCode::connection_closed); }},
      {"local_protocol_error", "LocalProtocolError is retried", "",
       [] {
         // Where a connection's state admits no further request: here for a GOAWAY.
         Case c = original("goaway last=previous; 200");
         c.transport = Transport::h2_cleartext;
         expect_one_retry(c, ErrorCode::connection_closed);
       }},
  };
}
INSTANTIATE_TEST_SUITE_P(Exceptions, Original, testing::ValuesIn(exception_rows()), row_name);

// --- Methods -------------------------------------------------------------------------------------

/// The second request meets a kept-alive connection that closes under it.
void post_over_a_stale_connection() {
  Case c = original("200 race=fin; 200", "POST");
  c.requests.push_back(c.requests.front());
  c.requests.back().at = seconds(1);
  const Report report = run_case(c);
  const WireView wire(report);
  EXPECT_LE(wire.attempts_of(1).size(), 1U);
  EXPECT_EQ(report.seen.back().timeline().attempts(), 1U);
}

std::vector<Row> method_rows() {
  std::vector<Row> rows;
  const std::string any = "its request_with_retry() took any method, POST among them";
  const std::pair<const char*, const char*> failures[] = {{"status", "503"},
                                                          {"reset", "reset"},
                                                          {"close", "close"},
                                                          {"cut", "reset@body:50%"},
                                                          {"refused", "reset@headers:3"}};
  for (const auto& [name, script] : failures) {
    rows.push_back({std::string("post_is_sent_once_after_") + name, "POST is never retried", any,
                    [script = std::string(script)] {
                      expect_one_attempt(original(script, "POST"),
                                         StopReason::method_not_replayable);
                    }});
  }
  rows.push_back({"post_is_tried_once_where_nobody_listens", "POST is never retried", any, [] {
                    Case c = original("200", "POST");
                    c.hosts.front().addresses = {HostPlan::Door::refuses};
                    expect_one_attempt(c, StopReason::method_not_replayable);
                  }});
  rows.push_back({"post_is_sent_once_over_a_stale_connection", "POST is never retried", any,
                  post_over_a_stale_connection});
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    rows.push_back({std::string(method) + "_is_retried", "other methods are idempotent", "",
                    [method = std::string(method)] {
                      expect_one_retry(original("503; 200", method), ErrorCode::none, 503);
                      expect_one_retry(original("reset; 200", method), ErrorCode::connection_reset);
                    }});
  }
  rows.push_back({"patch_is_not", "other methods are retried because they are idempotent",
                  "retried PATCH as well, which is not (RFC 9110 §9.2.2)", [] {
                    expect_one_attempt(original("503", "PATCH"), StopReason::method_not_replayable);
                  }});
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Methods, Original, testing::ValuesIn(method_rows()), row_name);

// --- Backoff -------------------------------------------------------------------------------------

/// The gaps before retry k at the server, of sixty requests.
std::vector<Duration> gaps(std::uint32_t k, std::uint64_t seed) {
  Case c = original("503");
  c.seed = seed;
  c.script.rules.front().per = fault::Per::kRequest;
  c.requests.resize(60, c.requests.front());
  for (std::size_t i = 0; i < c.requests.size(); ++i) {
    c.requests[i].at = milliseconds(137 * static_cast<int>(i));
  }
  const Report report = run_case(c);
  const WireView wire(report);
  std::vector<Duration> all;
  for (std::size_t i = 0; i < report.seen.size(); ++i) {
    const auto& attempts = wire.attempts_of(i);
    EXPECT_EQ(attempts.size(), 5U);
    if (attempts.size() == 5U) all.push_back(attempts[k]->at() - attempts[k - 1]->at());
  }
  return all;
}

void expect_spread(std::uint32_t k) {
  const std::vector<Duration> all = gaps(k, 5);
  const Duration most = seconds(1LL << (k - 1));
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  EXPECT_GE(*low, most * 8 / 10 + 2 * kLatency);            // there and back
  EXPECT_LE(*high, most + 4 * kLatency + milliseconds(1));  // and perhaps a new connection
  EXPECT_LT(*low, most * 84 / 100) << "the lower end is hardly ever drawn";
  EXPECT_GT(*high, most * 96 / 100) << "the upper end is hardly ever drawn";
}

std::vector<Row> backoff_rows() {
  std::vector<Row> rows;
  const char* const windows[] = {"0.8-1.0 s", "1.6-2.0 s", "3.2-4.0 s", "6.4-8.0 s"};
  for (std::uint32_t k = 1; k <= 4; ++k) {
    rows.push_back(
        {"before_retry_" + std::to_string(k), windows[k - 1], "", [k] { expect_spread(k); }});
  }
  rows.push_back({"no_sixth_attempt", "5 attempts in total", "", [] {
                    const Report report = run_case(original("503"));
                    EXPECT_EQ(WireView(report).attempts_of(0).size(), 5U);
                  }});
  rows.push_back({"no_thundering_herd", "clients do not come back together", "", [] {
                    const auto one = gaps(1, 5), other = gaps(1, 6);
                    EXPECT_NE(one, other);
                    EXPECT_NE(one.front(), one.back());
                  }});
  rows.push_back({"a_stale_connection_waits_too", "retry 1 comes after 0.8-1.0 s", "", [] {
                    Case c = original("200 race=fin; 200");
                    c.requests.push_back(c.requests.front());
                    c.requests.back().at = seconds(1);
                    const Report report = run_case(c);
                    ASSERT_EQ(report.seen.back().timeline().attempts(), 2U);
                    expect_windows(report.seen.back().timeline());
                  }});
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Backoff, Original, testing::ValuesIn(backoff_rows()), row_name);

// --- Retry-After ---------------------------------------------------------------------------------

/// `script` answers once with a Retry-After that counts: the next attempt comes when that is over
/// by the server's clock, and not much later.
void expect_waits(const Case& c) {
  const Report report = run_case(c);
  const WireView wire(report);
  const auto& attempts = wire.attempts_of(0);
  ASSERT_EQ(attempts.size(), 2U);
  const double asked = attempts[0]->answer_head->retry_after_s;
  ASSERT_GT(asked, 2.0);
  const double gap =
      std::chrono::duration<double>(attempts[1]->at() - attempts[0]->answered_at()).count();
  EXPECT_GE(gap, asked);
  EXPECT_LE(gap, asked + 0.1);
  EXPECT_EQ(report.seen.front().timeline()[1].delay_source, DelaySource::retry_after);
}

void expect_backoff_instead(const std::string& script, RetryAfterNote note) {
  const Case c = original(script);
  const Report report = run_case(c);
  ASSERT_EQ(report.seen.front().timeline().attempts(), 2U);
  expect_windows(report.seen.front().timeline());
  EXPECT_EQ(report.seen.front().timeline()[0].retry_after_note, note);
}

Row waits(const std::string& name, const std::string& script, const std::string& shortfall = "") {
  return {name, "waits as long as the server says", shortfall,
          [script] { expect_waits(original(script + "; 200")); }};
}

Row backs_off(const std::string& name, const std::string& value, RetryAfterNote note,
              const std::string& shortfall = "") {
  return {name, "respects Retry-After instead of the backoff", shortfall,
          [value, note] { expect_backoff_instead(value + "; 200", note); }};
}

std::vector<Row> retry_after_rows() {
  const std::string iso =
      "read dates by a parser of ISO 8601, which refuses all three forms of HTTP: it came back "
      "after a second";
  return {
      waits("on_429", "429 ra=60"),
      waits("on_503", "503 ra=60"),
      waits("an_hour", "503 ra=3600"),
      waits("imf_fixdate", "429 ra=date:imf+60s", iso),
      waits("rfc_850_date", "429 ra=date:rfc850+60s", iso),
      waits("asctime_date", "503 ra=date:asctime+60s", iso),
      waits("clocks_apart", "503 ra=date:imf+60s date_skew=1h",
            "measured dates by its own clock, however far that was from the server's"),
      backs_off("on_500", "500 ra=60", RetryAfterNote::not_consulted),
      backs_off("on_408", "408 ra=60", RetryAfterNote::not_consulted),
      backs_off("past_date", "429 ra=past", RetryAfterNote::past),
      backs_off("zero", "429 ra=0", RetryAfterNote::past,
                "came back at once, again and again: a busy loop"),
      backs_off("negative", "429 ra=-3", RetryAfterNote::unparsable,
                "slept for -3 s, which raises ValueError"),
      backs_off("word", "429 ra=\"soon\"", RetryAfterNote::unparsable),
      {"beyond_every_clock", "waits as long as the server says",
       "slept for so many seconds that OverflowError was raised",
       [] {
         // A wait that no clock can end is not begun: the answer is handed over with the hint.
         expect_one_attempt(original("429 ra=99999999999999999999"),
                            StopReason::retry_after_over_limit);
       }},
      {"never_past_a_deadline", "timeouts bound a request",
       "slept through whatever the server said, its timeouts not counting",
       [] {
         Case c = original("503 ra=60");
         c.options.timeouts.total = seconds(30);
         const Report report = run_case(c);
         EXPECT_EQ(report.seen.front().timeline().stop_reason(), StopReason::deadline);
         EXPECT_LT(*report.seen.front().ended - report.seen.front().submitted, seconds(1));
       }},
  };
}
INSTANTIATE_TEST_SUITE_P(RetryAfter, Original, testing::ValuesIn(retry_after_rows()), row_name);

}  // namespace
}  // namespace proof
