// What one request, dial or connection costs the others (SPEC R12), and what a wait costs (T1).
#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

ClientOptions one_try() {
  ClientOptions options;
  options.retry.max_attempts = 1;
  return options;
}

/// Requests 0 to n - 1 to one origin that speaks HTTP/2.
void burst(Rig& rig, int n) {
  for (int tag = 0; tag < n; ++tag) rig.get("http://10.0.0.1/", tag);
  ASSERT_EQ(rig.dials(), 1U);
}

TEST(isolation, a_shared_dial_that_fails_costs_the_request_whose_dial_it_was) {
  ClientOptions options = one_try();
  options.http2.use = Http2::prior_knowledge;
  Rig rig(options);
  burst(rig, 20);
  rig.refuse(0);
  EXPECT_EQ(rig.ended(0).error->code, ErrorCode::connect_refused);
  for (int tag = 1; tag < 20; ++tag) EXPECT_FALSE(rig.has_ended(tag)) << tag;
  ASSERT_EQ(rig.dials(), 2U);
  rig.connect(1);
  EXPECT_TRUE(rig.socket(1).sent.starts_with("PRI * HTTP/2.0"));
}

TEST(isolation, a_shared_dial_that_hangs_gets_company_after_300_ms) {
  ClientOptions options = one_try();
  options.http2.use = Http2::prior_knowledge;
  Rig rig(options);
  burst(rig, 20);
  rig.pass(299ms);
  EXPECT_EQ(rig.dials(), 1U);
  rig.pass(1ms);
  EXPECT_EQ(rig.dials(), 2U);
  rig.pass(300ms);
  EXPECT_EQ(rig.dials(), 3U);
  rig.connect(2);
  rig.pass(2500ms);  // longer than the pool timeout, which is not theirs while a dial is under way
  for (int tag = 0; tag < 20; ++tag) EXPECT_FALSE(rig.has_ended(tag)) << tag;
}

TEST(isolation, a_connection_that_sends_no_settings_holds_back_nobody) {
  ClientOptions options = one_try();
  options.http2.use = Http2::prior_knowledge;
  Rig rig(options);
  burst(rig, 3);
  rig.connect(0);
  rig.accept_writes(0);
  EXPECT_EQ(rig.dials(), 1U);
  rig.pass(300ms);
  EXPECT_EQ(rig.dials(), 2U);
}

TEST(isolation, a_failed_dial_leaves_the_wait_for_a_slot_what_it_had) {
  ClientOptions options = one_try();
  options.http2.use = Http2::prior_knowledge;
  options.pool.max_connections = 1;
  Rig rig(options);
  burst(rig, 2);
  rig.pass(5s);
  EXPECT_EQ(rig.ended(0).error->code, ErrorCode::connect_timeout);
  // The slot is free when the close is answered.
  rig.pass(1s);
  EXPECT_FALSE(rig.has_ended(1)) << "2 s are for the wait for a slot alone";
  rig.answer_closes();
  EXPECT_EQ(rig.dials(), 2U);
}

TEST(isolation, a_retried_pool_timeout_stands_where_it_stood) {
  ClientOptions options;
  options.pool.max_connections = 1;
  options.timeouts.read = 60s;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 0);
  rig.connect(0);
  rig.accept_writes(0);
  rig.get("http://10.0.0.1/", 1);
  rig.pass(2s);  // 1 leaves the line
  rig.get("http://10.0.0.1/", 2);
  rig.pass(1s);  // and is back
  rig.receive(0, kOk);
  rig.serve(0, kHello);
  EXPECT_TRUE(rig.ended(1).response);
  EXPECT_FALSE(rig.has_ended(2));
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended(2).timeline().attempts(), 1U);
}

TEST(isolation, any_other_retry_stands_at_the_end) {
  ClientOptions options;
  options.pool.max_connections = 1;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 0);
  rig.connect(0);
  rig.serve(0, kBusy);
  rig.get("http://10.0.0.1/", 1);
  rig.accept_writes(0);
  rig.get("http://10.0.0.1/", 2);
  rig.pass(1s);  // 0 is back
  rig.serve(0, kOk);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(2).response);
  EXPECT_FALSE(rig.has_ended(0));
}

TEST(isolation, sixteen_addresses_get_two_seconds_each) {
  ClientOptions options = one_try();
  Rig rig(options);
  rig.get("http://many.test/", 0);
  std::vector<PeerAddress> addresses(16);
  for (std::uint8_t i = 0; i < 16; ++i) addresses[i] = PeerAddress{4, 80, 0, {10, 0, 1, i}};
  rig.resolve(0, addresses);
  rig.pass(1999ms);
  EXPECT_EQ(rig.dials(), 1U);
  rig.pass(1ms);
  EXPECT_EQ(rig.dials(), 2U);
  rig.pass(400ms);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_TRUE(rig.ended(0).response);
}

}  // namespace
}  // namespace holdfast::engine
