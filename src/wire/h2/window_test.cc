// Flow control of what is received (RFC 9113 §5.2, §6.9; INVARIANTS 44 and 48): windows are given
// back by the consumer and by nobody else, and the connection's is never worn away.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

constexpr std::int64_t kWindow = 100'000;

Http2Policy narrow() {
  Http2Policy policy;
  policy.stream_window_bytes = static_cast<std::uint32_t>(kWindow);
  policy.connection_window_bytes = static_cast<std::uint32_t>(kWindow);
  return policy;
}

/// A response whose consumer does not consume.
struct Unconsumed : H2Talk {
  Unconsumed() : H2Talk(narrow()) {
    consuming = false;
    id = get();
    pump();
    exchange(peer.headers(id, status(200)));
  }
  void send(std::size_t bytes) { exchange(peer.data(id, std::string(bytes, 'x'))); }
  std::int64_t room() { return peer.initial_credit + peer.stream_credit[id]; }
  std::uint32_t id = 0;
};

TEST(H2Window, nothing_is_given_back_before_it_is_consumed) {
  Unconsumed talk;
  for (int i = 0; i < 10; ++i) talk.send(10'000);
  EXPECT_EQ(talk.peer.credit, 0);
  EXPECT_EQ(talk.room(), 0);
  talk.consume(talk.id, 100'000);
  talk.pump();
  EXPECT_EQ(talk.peer.credit, kWindow);
  EXPECT_EQ(talk.room(), kWindow);
}

TEST(H2Window, it_is_given_back_by_the_half) {
  Unconsumed talk;
  const std::size_t before = talk.peer.count(kWindowUpdate);
  talk.send(10'000);
  talk.consume(talk.id, 10'000);
  talk.pump();
  EXPECT_EQ(talk.peer.count(kWindowUpdate), before);
  for (int i = 0; i < 4; ++i) talk.send(10'000);
  talk.consume(talk.id, 40'000);
  talk.pump();
  EXPECT_EQ(talk.peer.count(kWindowUpdate), before + 2);
  EXPECT_EQ(talk.peer.credit, kWindow);
}

TEST(H2Window, more_than_was_delivered_cannot_be_consumed) {
  Unconsumed talk;
  talk.send(60'000 / 4);
  talk.session.consume(talk.id, 1'000'000);
  talk.session.consume(talk.id, 1'000'000);
  talk.session.consume(9, 1'000'000);
  talk.pump();
  EXPECT_LE(talk.peer.credit, kWindow);
}

TEST(H2Window, a_reset_by_us_gives_all_of_it_back_once) {
  Unconsumed talk;
  for (int i = 0; i < 6; ++i) talk.send(10'000);
  EXPECT_EQ(talk.peer.credit, kWindow - 60'000);
  talk.reset(talk.id);
  talk.session.consume(talk.id, 60'000);
  talk.pump();
  talk.session.consume(talk.id, 60'000);
  talk.pump();
  EXPECT_EQ(talk.peer.credit, kWindow);
}

TEST(H2Window, a_reset_by_the_peer_gives_all_of_it_back_once) {
  Unconsumed talk;
  for (int i = 0; i < 6; ++i) talk.send(10'000);
  talk.exchange(talk.peer.rst(talk.id, 2));
  EXPECT_EQ(talk.peer.credit, kWindow);
  talk.session.consume(talk.id, 60'000);
  talk.pump();
  EXPECT_EQ(talk.peer.credit, kWindow);
}

TEST(H2Window, a_refusal_by_goaway_gives_it_back) {
  Unconsumed talk;
  for (int i = 0; i < 6; ++i) talk.send(10'000);
  talk.get();
  talk.exchange(talk.peer.goaway(0, 0));
  EXPECT_EQ(talk.peer.credit, kWindow);
}

TEST(H2Window, the_rest_of_an_ended_response_may_be_consumed_later) {
  Unconsumed talk;
  for (int i = 0; i < 6; ++i) talk.send(10'000);
  talk.exchange(talk.peer.data(talk.id, {}, true));
  EXPECT_TRUE(talk.has("end 1"));
  EXPECT_EQ(talk.peer.credit, kWindow - 60'000);
  talk.session.consume(talk.id, 20'000);
  talk.session.consume(talk.id, 40'000);
  talk.session.consume(talk.id, 40'000);
  talk.pump();
  EXPECT_EQ(talk.peer.credit, kWindow);
}

TEST(H2Window, an_ended_response_may_be_let_go_with_its_rest) {
  Unconsumed talk;
  for (int i = 0; i < 6; ++i) talk.send(10'000);
  talk.exchange(talk.peer.data(talk.id, {}, true));
  talk.reset(talk.id);
  talk.pump();
  EXPECT_EQ(talk.peer.credit, kWindow);
  EXPECT_EQ(talk.peer.count(kRstStream), 0U);
}

TEST(H2Window, an_ended_streams_window_is_not_opened_any_more) {
  Unconsumed talk;
  for (int i = 0; i < 6; ++i) talk.send(10'000);
  talk.exchange(talk.peer.data(talk.id, {}, true));
  talk.session.consume(talk.id, 60'000);
  talk.pump();
  EXPECT_EQ(talk.room(), kWindow - 60'000);
}

TEST(H2Window, padding_is_given_back_at_once) {
  Unconsumed talk;
  for (int i = 0; i < 500; ++i) {
    talk.exchange(talk.peer.data(talk.id, "x", false, 255));
    ASSERT_GT(talk.peer.credit, 0);
    ASSERT_GT(talk.room(), 0);
  }
  // 500 bytes of content; what is owed and not yet said is less than half a window.
  EXPECT_GT(talk.peer.credit, kWindow / 2 - 500);
}

TEST(H2Window, data_of_streams_that_are_gone_is_given_back) {
  Unconsumed talk;
  talk.reset(talk.id);
  talk.pump();
  for (int i = 0; i < 100; ++i) {
    ASSERT_GE(talk.peer.credit, 10'000);
    talk.send(10'000);
  }
  EXPECT_GT(talk.peer.credit, kWindow / 2);
  EXPECT_EQ(talk.events.size(), 1U);
}

TEST(H2Window, data_that_comes_before_our_reset_has_left_is_given_back) {
  Unconsumed talk;
  talk.reset(talk.id);
  for (int i = 0; i < 9; ++i) talk.receive(talk.peer.data(talk.id, std::string(10'000, 'x')));
  talk.pump();
  EXPECT_GT(talk.peer.credit, kWindow / 2);
}

TEST(H2Window, refused_content_is_given_back) {
  H2Talk talk(narrow());
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t id = talk.get();
    talk.pump();
    ASSERT_GE(talk.peer.credit, 10'000);
    talk.exchange(talk.peer.headers(id, status(200, {{"content-length", "1"}})));
    talk.exchange(talk.peer.data(id, std::string(10'000, 'x')));
    ASSERT_TRUE(talk.events.back().starts_with("reset"));
  }
  EXPECT_GT(talk.peer.credit, kWindow / 2);
}

TEST(H2Window, one_paused_response_does_not_stop_the_others) {
  Http2Policy policy = narrow();
  policy.connection_window_bytes = static_cast<std::uint32_t>(2 * kWindow);
  H2Talk talk(policy);
  talk.consuming = false;
  const std::uint32_t paused = talk.get();
  const std::uint32_t other = talk.get();
  talk.pump();
  talk.exchange(talk.peer.headers(paused, status(200)) + talk.peer.headers(other, status(200)));
  for (int i = 0; i < 10; ++i) {
    talk.exchange(talk.peer.data(paused, std::string(10'000, 'p')));
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_GE(talk.peer.credit, 10'000);
    talk.exchange(talk.peer.data(other, std::string(10'000, 'o')));
    talk.consume(other, 10'000);
    talk.pump();
  }
  EXPECT_EQ(talk.unconsumed[paused], 100'000U);
  EXPECT_EQ(talk.peer.initial_credit + talk.peer.stream_credit[paused], 0);
}

TEST(H2Window, what_paused_consumers_hold_is_lent_to_the_other_streams) {
  H2Talk talk(narrow());
  talk.consuming = false;
  // Together they hold twice the connection's window.
  std::vector<std::uint32_t> paused;
  const auto pieces = static_cast<int>(kWindow / 10'000);
  for (int n = 0; n < 2; ++n) {
    paused.push_back(talk.get());
    talk.pump();
    talk.exchange(talk.peer.headers(paused.back(), status(200)));
    for (int i = 0; i < pieces; ++i) {
      ASSERT_GE(talk.peer.credit, 10'000);
      talk.exchange(talk.peer.data(paused.back(), std::string(10'000, 'p')));
      talk.session.lend(paused.back(), 10'000);
      talk.session.lend(paused.back(), 10'000);  // no more than is held
      talk.pump();
    }
  }
  EXPECT_GT(talk.peer.credit, kWindow / 2);
  EXPECT_LE(talk.peer.credit, kWindow);
  // Consumed, the rest of the windows comes back, and no more.
  for (const std::uint32_t id : paused) talk.consume(id, static_cast<std::size_t>(pieces) * 10'000);
  talk.pump();
  EXPECT_LE(talk.peer.credit, kWindow);
  for (const std::uint32_t id : paused) {
    EXPECT_GT(talk.peer.initial_credit + talk.peer.stream_credit[id], kWindow / 2);
  }
}

TEST(H2Window, what_was_lent_is_not_given_back_twice_by_a_reset) {
  H2Talk talk(narrow());
  talk.consuming = false;
  for (int n = 0; n < 20; ++n) {
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.exchange(talk.peer.headers(id, status(200)) +
                  talk.peer.data(id, std::string(10'000, 'p')));
    talk.session.lend(id, 6'000);
    talk.reset(id);
    talk.pump();
    ASSERT_LE(talk.peer.credit, kWindow);
    ASSERT_GT(talk.peer.credit, kWindow / 2 - 10'000);
  }
}

}  // namespace
}  // namespace holdfast::wire
