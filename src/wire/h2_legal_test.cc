// Responses over HTTP/2 that are legal (invariant 63).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/h2_rig.h"

namespace holdfast::wire {
namespace {

TEST(H2Legal, a_settings_frame_may_be_full) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  const std::vector<H2Peer::Setting> full(16'384 / 6, {kInitialWindow, 70'000});
  talk.exchange(talk.peer.settings(full) + talk.peer.headers(id, status(200), true));
  EXPECT_EQ(talk.events, (std::vector<std::string>{"settings", "head 1 200", "end 1"}));
  EXPECT_EQ(talk.peer.count(kGoaway), 0U);
}

TEST(H2Legal, full_settings_frames_are_a_flood_sooner_than_others) {
  for (const std::size_t settings : {1U, 16'384U / 6}) {
    Http2Policy policy;
    policy.flood_allowance = 200;
    H2Talk talk(policy);
    talk.get();
    talk.pump();
    const std::vector<H2Peer::Setting> list(settings, {kInitialWindow, 70'000});
    std::string frames;
    for (int i = 0; i < 4; ++i) frames += talk.peer.settings(list);
    talk.exchange(frames);
    EXPECT_EQ(talk.events.back().starts_with("error peer_flooding"), settings != 1);
  }
}

TEST(H2Legal, a_settings_frame_beyond_the_frame_size_is_no_flood) {
  H2Talk talk;
  talk.get();
  talk.pump();
  talk.exchange(h2_frame_head(0xff'ffff / 6 * 6, kSettings, kNone, 0) + "12");
  EXPECT_EQ(talk.events, (std::vector<std::string>{"error http2_error FRAME_SIZE_ERROR"}));
}

TEST(H2Legal, a_padded_head_with_a_priority_is_read_wherever_it_is_cut) {
  const Fields fields = status(200, {{"a", "b c"}, {"content-length", "2"}});
  const std::size_t block = H2Peer().block(fields).size();
  for (std::size_t at = 0; at <= block; ++at) {
    H2Talk talk;
    const std::uint32_t id = talk.get();
    talk.pump();
    const std::string all = talk.peer.block(fields);
    constexpr int kPriorityFlag = 0x20;
    const std::string first = "\x03" + h2_number(0, 4) + "\x10" + all.substr(0, at);
    talk.receive(h2_frame(kHeaders, kPadded | kPriorityFlag, id, first + std::string(3, '\0')) +
                     h2_frame(kContinuation, kNone, id, "") +
                     h2_frame(kContinuation, kEndHeaders, id, all.substr(at)) +
                     talk.peer.data(id, "ok", true, 200),
                 h2_by_byte);
    EXPECT_EQ(talk.events,
              (std::vector<std::string>{"head 1 200 a=b c content-length=2", "body 1 ok", "end 1"}))
        << at;
  }
}

}  // namespace
}  // namespace holdfast::wire
