#include "holdfast/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "holdfast/error.h"
#include "http/ip_address.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

Timeline of(std::uint32_t attempts) {
  Timeline timeline;
  for (std::uint32_t i = 1; i <= attempts; ++i) {
    AttemptRecord record;
    record.number = i;
    record.status = 503;
    timeline.add(record);
  }
  return timeline;
}

TEST(Timeline, empty_at_first) {
  const Timeline timeline;
  EXPECT_EQ(timeline.attempts(), 0U);
  EXPECT_EQ(timeline.size(), 0U);
  EXPECT_EQ(timeline.dropped(), 0U);
  EXPECT_EQ(timeline.stop_reason(), StopReason::success);
  EXPECT_EQ(timeline.to_string(), "");
}

TEST(Timeline, keeps_all_in_order_up_to_its_bound_and_the_newest_beyond) {
  for (std::uint32_t attempts = 1; attempts <= 100; ++attempts) {
    const Timeline timeline = of(attempts);
    const std::uint32_t kept = std::min<std::uint32_t>(attempts, Timeline::kKept);
    EXPECT_EQ(timeline.attempts(), attempts);
    ASSERT_EQ(timeline.size(), kept);
    EXPECT_EQ(timeline.dropped(), attempts - kept);
    EXPECT_EQ(timeline.last().number, attempts);
    for (std::uint32_t i = 0; i < kept; ++i) {
      EXPECT_EQ(timeline[i].number, attempts - kept + 1 + i);
    }
  }
}

TEST(Timeline, the_last_record_can_be_completed_in_place) {
  Timeline timeline = of(3);
  timeline.last().status = 200;
  EXPECT_EQ(timeline[2].status, 200);
  EXPECT_EQ(timeline[1].status, 503);
}

TEST(Timeline, clear_makes_it_as_new) {
  Timeline timeline = of(40);
  timeline.set_stop_reason(StopReason::deadline);
  timeline.clear();
  EXPECT_EQ(timeline.attempts(), 0U);
  EXPECT_EQ(timeline.size(), 0U);
  EXPECT_EQ(timeline.stop_reason(), StopReason::success);
  timeline.add({});
  EXPECT_EQ(timeline.size(), 1U);
}

TEST(Timeline, text_has_a_line_per_attempt_then_the_reason_to_stop) {
  Timeline timeline = of(2);
  EXPECT_EQ(timeline.to_string(), "attempt 1: status 503\nattempt 2: status 503\n");
  timeline.set_stop_reason(StopReason::attempts_exhausted);
  EXPECT_EQ(timeline.to_string(),
            "attempt 1: status 503\nattempt 2: status 503\nnot retried: attempts_exhausted\n");
}

TEST(Timeline, text_says_how_many_are_not_kept) {
  const std::string text = of(34).to_string();
  EXPECT_TRUE(text.starts_with("(2 earlier attempts not kept)\nattempt 3: ")) << text;
  EXPECT_TRUE(text.ends_with("attempt 34: status 503\n")) << text;
}

TEST(AttemptRecord, an_answered_attempt_in_words) {
  AttemptRecord record;
  record.number = 2;
  record.status = 503;
  record.delay = 1003ms;
  record.delay_source = DelaySource::retry_after;
  record.connection_id = 7;
  record.reused = true;
  record.peer = *http::parse_ip("::1", 8080);
  record.started = 1s;
  record.ended = 1250ms;
  record.retry_after = 2s;
  record.retry_after_note = RetryAfterNote::over_limit;
  EXPECT_EQ(to_string(record),
            "attempt 2: after 1.003 s (retry_after), connection 7 (reused) to [::1]:8080: "
            "status 503, took 0.250 s; wait hint 2.000 s (over_limit)");
}

TEST(AttemptRecord, a_hop_in_words) {
  AttemptRecord record;
  record.number = 4;
  record.hop = 2;
  record.status = 200;
  EXPECT_EQ(to_string(record), "attempt 4 (redirect 2): status 200");
}

TEST(AttemptRecord, a_failed_attempt_in_words) {
  AttemptRecord record;
  record.number = 2;
  record.error = ErrorCode::response_truncated;
  record.status = 200;
  record.phase = Phase::body;
  record.replay = ReplayClass::response_started;
  record.delay_source = DelaySource::immediate;
  record.connection_id = 8;
  EXPECT_EQ(to_string(record),
            "attempt 2: at once (immediate), connection 8 (fresh): "
            "the response was cut short [body, class E] after status 200");
}

TEST(AttemptRecord, an_attempt_without_connection_in_words) {
  AttemptRecord record;
  record.number = 1;
  record.error = ErrorCode::pool_timeout;
  record.phase = Phase::pool;
  record.replay = ReplayClass::unprocessed;
  record.started = 0s;
  record.ended = 2s;
  EXPECT_EQ(to_string(record),
            "attempt 1: no connection became free within the pool timeout [pool, class A], "
            "took 2.000 s");
}

TEST(AttemptRecord, an_attempt_over_tls_and_http2_in_words) {
  AttemptRecord record;
  record.number = 1;
  record.status = 200;
  record.connection_id = 3;
  record.tls_minor = 3;
  record.http_major = 2;
  EXPECT_EQ(to_string(record), "attempt 1: connection 3 (fresh), TLS 1.3, HTTP/2: status 200");
  record.tls_minor = 2;
  record.tls_resumed = record.tls_unverified = true;
  record.http_major = 1;
  EXPECT_EQ(to_string(record),
            "attempt 1: connection 3 (fresh), TLS 1.2 (resumed), certificate not verified: "
            "status 200");
}

TEST(AttemptRecord, an_attempt_by_way_of_a_proxy_in_words) {
  AttemptRecord record;
  record.number = 1;
  record.status = 200;
  record.connection_id = 3;
  record.peer.family = 4;
  record.peer.port = 3128;
  record.peer.bytes[0] = 10;
  record.route = Route::proxy;
  EXPECT_EQ(to_string(record),
            "attempt 1: connection 3 (fresh) to the proxy 10.0.0.0:3128: status 200");
  record.route = Route::tunnel;
  EXPECT_EQ(to_string(record),
            "attempt 1: connection 3 (fresh) through the proxy 10.0.0.0:3128: status 200");
}

TEST(AttemptRecord, an_http2_error_by_its_name_or_else_its_number) {
  AttemptRecord record;
  record.number = 1;
  record.error = ErrorCode::stream_refused;
  record.phase = Phase::head;
  record.replay = ReplayClass::unprocessed;
  record.h2_error = 7;
  EXPECT_EQ(to_string(record),
            "attempt 1: the peer refused the request without processing it [head, class A, "
            "REFUSED_STREAM]");
  record.h2_error = 99;
  EXPECT_TRUE(to_string(record).ends_with("class A, HTTP/2 error 99]")) << to_string(record);
}

TEST(AttemptRecord, a_retry_after_that_nobody_understood_in_words) {
  AttemptRecord record;
  record.number = 1;
  record.status = 429;
  record.retry_after_note = RetryAfterNote::unparsable;
  EXPECT_EQ(to_string(record), "attempt 1: status 429; wait hint not understood (unparsable)");
}

/// Iterates over an enumeration from its first value until name() returns "unknown".
template <class Enum>
std::size_t count_names() {
  std::set<std::string_view> seen;
  for (int i = 0;; ++i) {
    const std::string_view shown = name(static_cast<Enum>(i));
    if (shown == "unknown" && static_cast<std::size_t>(i) != 2) return seen.size();
    EXPECT_TRUE(seen.insert(shown).second) << shown;
  }
}

TEST(Names, every_value_has_one_of_its_own) {
  EXPECT_EQ(count_names<Phase>(), 12U);
  EXPECT_EQ(count_names<ReplayClass>(), 6U);  // its third value is named "unknown"
  EXPECT_EQ(count_names<DelaySource>(), 7U);
  EXPECT_EQ(count_names<RetryAfterNote>(), 6U);
  EXPECT_EQ(count_names<StopReason>(), 17U);
}

TEST(Names, http2_error_codes_have_those_of_rfc_9113) {
  EXPECT_EQ(h2_error_name(0), "NO_ERROR");
  EXPECT_EQ(h2_error_name(8), "CANCEL");
  EXPECT_EQ(h2_error_name(13), "HTTP_1_1_REQUIRED");
  EXPECT_EQ(h2_error_name(14), "");
  EXPECT_EQ(h2_error_name(0xFFFFFFFF), "");
}

TEST(Names, replay_classes_have_the_letters_of_r6) {
  EXPECT_EQ(letter(ReplayClass::unprocessed), 'A');
  EXPECT_EQ(letter(ReplayClass::probably_unprocessed), 'B');
  EXPECT_EQ(letter(ReplayClass::unknown), 'C');
  EXPECT_EQ(letter(ReplayClass::processed), 'D');
  EXPECT_EQ(letter(ReplayClass::response_started), 'E');
  EXPECT_EQ(letter(ReplayClass::permanent), 'F');
}

}  // namespace
}  // namespace holdfast
