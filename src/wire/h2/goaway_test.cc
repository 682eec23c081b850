// The connection's own affairs: GOAWAY (RFC 9113 §6.8), PING, SETTINGS, and floods of anything.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/h2/error.h"
#include "wire/h2/flood.h"
#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

/// Five requests on their way: 1, 3, 5, 7, 9.
struct Five : H2Talk {
  explicit Five(const std::vector<H2Peer::Setting>& settings = {}) : H2Talk({}, 1, settings) {
    for (int i = 0; i < 5; ++i) get();
    pump();
  }
};

TEST(H2Goaway, streams_above_the_last_are_refused_in_order_and_the_others_go_on) {
  Five talk;
  talk.receive(talk.peer.goaway(5, 0));
  EXPECT_EQ(talk.events, (Lines{"goaway 5 NO_ERROR", "reset 7 stream_refused NO_ERROR refused",
                                "reset 9 stream_refused NO_ERROR refused"}));
  EXPECT_TRUE(talk.session.going_away());
  EXPECT_EQ(talk.get(), 0U);
  EXPECT_EQ(talk.session.open_streams(), 3U);
  talk.exchange(talk.peer.headers(3, status(200)) + talk.peer.data(3, "x", true));
  EXPECT_EQ(talk.events.back(), "end 3");
  talk.receive(talk.peer.headers(1, status(200), true) + talk.peer.headers(5, status(200), true));
  EXPECT_EQ(talk.events.back(), "end 5");
  EXPECT_EQ(talk.broken, "");
}

TEST(H2Goaway, a_graceful_one_is_announced_first) {
  Five talk;
  talk.receive(talk.peer.goaway(0x7fff'ffff, 0));
  EXPECT_EQ(talk.events, (Lines{"goaway 2147483647 NO_ERROR"}));
  EXPECT_EQ(talk.get(), 0U);
  talk.receive(talk.peer.goaway(7, 0));
  EXPECT_EQ(talk.events.back(), "reset 9 stream_refused NO_ERROR refused");
  talk.receive(talk.peer.goaway(7, 0));
  EXPECT_EQ(talk.events.back(), "goaway 7 NO_ERROR");
  talk.receive(talk.peer.goaway(1, 0));
  EXPECT_EQ(talk.events.back(), "reset 7 stream_refused NO_ERROR refused");
  EXPECT_EQ(talk.session.last_stream(), 1U);
}

TEST(H2Goaway, its_code_and_text_are_told) {
  Five talk;
  talk.receive(talk.peer.goaway(0, 11, "too\nmany"));
  EXPECT_EQ(talk.events[0], "goaway 0 ENHANCE_YOUR_CALM");
  EXPECT_EQ(talk.events[1], "reset 1 stream_refused ENHANCE_YOUR_CALM refused");
  EXPECT_EQ(talk.events.size(), 6U);
  EXPECT_NE(talk.details[0].find("too?many"), std::string::npos);
}

TEST(H2Goaway, requests_that_have_not_left_are_refused_whatever_its_last_stream) {
  Five talk({{kMaxStreams, 6}});
  talk.get();  // 11, not yet taken
  talk.get();  // 13, behind the peer's limit as well
  talk.receive(talk.peer.goaway(0x7fff'ffff, 0));
  EXPECT_EQ(talk.events,
            (Lines{"goaway 2147483647 NO_ERROR", "reset 11 stream_refused NO_ERROR refused",
                   "reset 13 stream_refused NO_ERROR refused"}));
  talk.pump();
  EXPECT_EQ(talk.peer.count(kHeaders), 5U);
  EXPECT_EQ(talk.session.open_streams(), 5U);
}

TEST(H2Goaway, an_answer_that_has_begun_is_no_refusal) {
  Five talk;
  talk.receive(talk.peer.headers(9, status(200)));
  talk.receive(talk.peer.goaway(0, 0));
  EXPECT_EQ(talk.events.back(), "reset 9 stream_refused NO_ERROR");
}

TEST(H2Goaway, refused_streams_are_silent_afterwards) {
  Five talk;
  talk.receive(talk.peer.goaway(7, 0) + talk.peer.headers(9, status(200), true) +
               talk.peer.rst(9, 7));
  EXPECT_EQ(talk.events.size(), 2U);
}

// --- PING and SETTINGS ---------------------------------------------------------------------------

TEST(H2Ping, the_peers_is_answered) {
  H2Talk talk;
  talk.exchange(talk.peer.ping("abcdefgh"));
  EXPECT_EQ(talk.peer.last(kPing)->payload, "abcdefgh");
  EXPECT_EQ(talk.peer.last(kPing)->flags, kAck);
  EXPECT_TRUE(talk.events.empty());
}

TEST(H2Ping, ours_is_answered_once_and_by_its_own_payload) {
  H2Talk talk;
  talk.session.ping();
  talk.session.ping();
  talk.pump();
  ASSERT_EQ(talk.peer.count(kPing), 1U);
  const std::string payload = talk.peer.last(kPing)->payload;
  talk.receive(talk.peer.ping("notthis1", kAck));
  EXPECT_TRUE(talk.events.empty());
  talk.receive(talk.peer.ping(payload, kAck));
  talk.receive(talk.peer.ping(payload, kAck));
  EXPECT_EQ(talk.events, (Lines{"pong"}));
  talk.session.ping();
  talk.pump();
  EXPECT_EQ(talk.peer.count(kPing), 2U);
  EXPECT_NE(talk.peer.last(kPing)->payload, payload);
}

TEST(H2Settings, each_is_acknowledged_once) {
  H2Talk talk(H2Talk::Silent{}, {});
  talk.pump();
  EXPECT_FALSE(talk.session.settings_seen());
  EXPECT_EQ(talk.session.peer_max_streams(), 100U);
  talk.exchange(talk.peer.settings({{kMaxStreams, 5}}));
  EXPECT_TRUE(talk.session.settings_seen());
  EXPECT_EQ(talk.session.peer_max_streams(), 5U);
  talk.exchange(talk.peer.settings_ack());
  talk.exchange(talk.peer.settings({{kMaxStreams, 0}, {kTableSize, 0xffff'ffff}, {0x99, 1}}));
  EXPECT_EQ(talk.session.peer_max_streams(), 0U);
  EXPECT_EQ(talk.events, (Lines{"settings", "settings"}));
  std::size_t acks = 0;
  for (const H2Peer::Frame& frame : talk.peer.frames) {
    if (frame.type == kSettings && frame.flags == kAck) ++acks;
  }
  EXPECT_EQ(acks, 2U);
}

TEST(H2Settings, whatever_a_server_may_announce_is_taken) {
  constexpr std::uint16_t kMaxHeaderList = 6, kConnectProtocol = 8, kNoPriorities = 9;
  H2Talk talk({}, 1,
              {{kTableSize, 0},
               {kEnablePush, 0},
               {kMaxStreams, 0xffff'ffff},
               {kInitialWindow, 0x7fff'ffff},
               {kMaxFrame, 0xff'ffff},
               {kMaxHeaderList, 0xffff'ffff},
               {kConnectProtocol, 1},
               {kNoPriorities, 1},
               {kMaxStreams, 7},
               {0xffff, 0xffff'ffff}});
  EXPECT_EQ(talk.session.peer_max_streams(), 7U);
  const std::uint32_t id = talk.get();
  talk.exchange({});
  talk.exchange(talk.peer.headers(id, status(200), true));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "end 1"}));
}

TEST(H2Settings, a_peer_without_a_limit_has_none) {
  H2Talk talk;
  EXPECT_EQ(talk.session.peer_max_streams(), 0xffff'ffffU);
}

// --- Floods (RFC 9113 §10.5) ---------------------------------------------------------------------

struct Noise {
  std::string name;
  std::string frame;
};

std::vector<Noise> noises() {
  H2Peer peer;
  return {
      {"ping", peer.ping()},
      {"ping_ack", peer.ping("12345678", kAck)},
      {"settings", peer.settings()},
      {"priority", h2_frame(kPriority, 0, 9, h2_number(0, 4) + "x")},
      {"window_update", h2_frame(kWindowUpdate, 0, 0, h2_number(1, 4))},
      {"rst_stream", peer.rst(3, 8)},
      {"goaway", peer.goaway(0x7fff'ffff, 0)},
      {"empty_data", h2_frame(kData, 0, 1, "")},
      {"padded_empty_data", h2_frame(kData, kPadded, 1, std::string("\1\0", 2))},
      {"data_that_ends_what_has_ended", h2_frame(kData, kEndStream, 3, "")},
      {"headers_of_the_gone", peer.headers(3, {{"a", "b"}})},
      {"unknown", h2_frame(0xfa, 0, 0, "???")},
  };
}

/// Stream 1 in the middle of its response, stream 3 over.
std::unique_ptr<H2Talk> calm_talk(const Http2Policy& policy = {}) {
  auto talk = std::make_unique<H2Talk>(policy);
  talk->get();
  talk->get();
  talk->exchange({});
  talk->exchange(talk->peer.headers(1, status(200)) + talk->peer.headers(3, status(200), true));
  talk->events.clear();
  return talk;
}

TEST(H2Flood, the_allowance_at_once_is_borne_and_more_is_not) {
  for (const Noise& noise : noises()) {
    SCOPED_TRACE(noise.name);
    Http2Policy policy;
    policy.flood_allowance = 1000;
    const auto talk = calm_talk(policy);
    int borne = 0;
    while (borne < 3000 && (talk->events.empty() || !talk->events.back().starts_with("error"))) {
      talk->exchange(noise.frame);
      ++borne;
    }
    EXPECT_GE(borne, 990);
    EXPECT_LE(borne, 1020);
    EXPECT_EQ(talk->events.back(), "error peer_flooding ENHANCE_YOUR_CALM");
    EXPECT_NE(talk->details.back().find("raise http2.flood_allowance"), std::string::npos);
    ASSERT_NE(talk->peer.last(kGoaway), nullptr);
    EXPECT_EQ(talk->peer.last(kGoaway)->number(4), 11U);
  }
}

TEST(H2Flood, a_hundred_a_second_are_borne_for_ever) {
  for (const Noise& noise : noises()) {
    SCOPED_TRACE(noise.name);
    const auto talk = calm_talk();
    for (int i = 0; i < 5000; ++i) {
      talk->now = talk->now + 10ms;
      talk->exchange(noise.frame);
    }
    EXPECT_FALSE(talk->has("error peer_flooding ENHANCE_YOUR_CALM"));
  }
}

TEST(H2Flood, empty_continuations_are_one) {
  const auto talk = calm_talk();
  talk->receive(h2_frame(kHeaders, 0, 1, ""));
  for (int i = 0; i < 4100; ++i) talk->receive(h2_frame(kContinuation, 0, 1, ""));
  EXPECT_EQ(talk->events, (Lines{"error peer_flooding ENHANCE_YOUR_CALM"}));
}

TEST(H2Flood, answers_to_an_upload_are_none) {
  H2Talk talk;
  const std::uint32_t id = talk.post();
  talk.pump();
  const std::string piece(10'000, 'x');
  for (int i = 0; i < 3000; ++i) {
    talk.session.give(id, piece, false);
    talk.pump();
    const auto size = static_cast<std::uint32_t>(piece.size());
    talk.receive(talk.peer.window_update(0, size) + talk.peer.window_update(id, size) +
                 talk.peer.ping());
  }
  EXPECT_TRUE(talk.events.empty());
  EXPECT_TRUE(talk.peer.client_kept_windows);
}

TEST(H2Flood, refusals_of_requests_are_none) {
  H2Talk talk;
  for (int i = 0; i < 3000; ++i) {
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.exchange(talk.peer.rst(id, 7));
  }
  EXPECT_EQ(talk.events.size(), 3000U);
  EXPECT_EQ(talk.events.back(), "reset 5999 stream_refused REFUSED_STREAM refused");
}

TEST(H2Flood, answers_that_nobody_reads_are_bounded) {
  H2Talk talk;
  for (int i = 0; i < 20'000 && talk.events.empty(); ++i) {
    talk.now = talk.now + 10ms;
    talk.receive(talk.peer.ping());
  }
  EXPECT_EQ(talk.events, (Lines{"error peer_flooding ENHANCE_YOUR_CALM"}));
  std::string out;
  talk.session.take(out, 1U << 20);
  EXPECT_LE(out.size(), 70'000U);
}

/// A peer with a window of 4 MiB that returns it for every 1 KiB it reads, of the stream and of the
/// connection.
TEST(H2Flood, windows_returned_in_small_pieces_are_none) {
  H2Talk talk;
  talk.exchange(talk.peer.settings({{kInitialWindow, 4U << 20}}) +
                talk.peer.window_update(0, (4U << 20) - 65'535));
  const std::uint32_t id = talk.post();
  talk.pump();
  talk.events.clear();
  const std::string piece(1U << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    for (int part = 0; part < 4; ++part) {
      talk.session.give(id, piece, false);
      talk.pump();
    }
    std::string updates;
    for (int kib = 0; kib < 4096; ++kib) {
      updates += talk.peer.window_update(0, 1024) + talk.peer.window_update(id, 1024);
    }
    talk.receive(updates);
  }
  EXPECT_TRUE(talk.events.empty()) << talk.events.back();
  EXPECT_TRUE(talk.peer.client_kept_windows);
}

TEST(H2Flood, empty_frames_between_those_with_content_are_none) {
  const auto talk = calm_talk();
  std::string frames;
  for (int i = 0; i < 20'000; ++i) {
    frames += talk->peer.data(1, "x") + h2_frame(kData, 0, 1, "") + talk->peer.ping();
    if (i % 100 == 0) talk->exchange(std::exchange(frames, {}));
  }
  EXPECT_FALSE(talk->has("error peer_flooding ENHANCE_YOUR_CALM"));
}

TEST(H2FloodBucket, useful_work_is_saved_up_to_a_bound_and_used_first) {
  H2Flood flood(100);
  const base::Instant now{5'000'000'000};
  flood.earn(3);
  flood.earn(0, 200);
  flood.earn(0, 56);
  for (int i = 0; i < 105; ++i) ASSERT_TRUE(flood.count(now));
  EXPECT_FALSE(flood.count(now));
  flood.earn(2'000'000);
  for (int i = 0; i < 1'000'000; ++i) ASSERT_TRUE(flood.count(now));
  EXPECT_FALSE(flood.count(now));
}

TEST(H2FloodBucket, it_holds_its_allowance_and_fills_by_two_hundred_a_second) {
  H2Flood flood(1000);
  base::Instant now{5'000'000'000};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(flood.count(now));
  EXPECT_FALSE(flood.count(now));
  now = now + 1s;
  for (int i = 0; i < 199; ++i) ASSERT_TRUE(flood.count(now));
  EXPECT_FALSE(flood.count(now));
}

TEST(H2Error, codes_are_told_by_name_or_by_number) {
  EXPECT_EQ(h2_code_text(11), "ENHANCE_YOUR_CALM");
  EXPECT_EQ(h2_code_text(0xffff'ffff), "code 0xffffffff");
}

}  // namespace
}  // namespace holdfast::wire
