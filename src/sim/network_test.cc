#include "sim/network.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "sim/network_ends_rig.h"

namespace holdfast::sim {
namespace {

using Facts = std::vector<std::string>;

class NetworkTest : public ::testing::Test {
 protected:
  void open() {
    net().listen(ip(1), server_);
    link_ = net().connect(dialer_, ip(1));
    world_.run_dry();
  }
  Network& net() { return world_.network(); }

  World world_{7};
  RecordingServer server_{world_};
  RecordingDialer dialer_;
  LinkId link_;
};

TEST_F(NetworkTest, connecting_takes_a_round_trip) {
  LinkProfile profile;
  profile.min_latency = profile.max_latency = std::chrono::milliseconds(3);
  net().set_profile(profile);
  open();
  EXPECT_EQ(dialer_.heard.facts, Facts{"connected"});
  EXPECT_EQ(world_.now().mono - Clock::kStart, std::chrono::milliseconds(6));
}

TEST_F(NetworkTest, a_port_without_listener_refuses) {
  link_ = net().connect(dialer_, ip(1));
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.facts, Facts{"connect_refused"});
}

TEST_F(NetworkTest, a_path_is_a_door_like_any_other_and_refuses_where_there_is_none) {
  net().connect(dialer_, net().door("/run/none.sock"));
  net().listen(net().door("/run/x.sock"), server_);
  RecordingDialer second;
  const LinkId link = net().connect(second, net().door("/run/x.sock"));
  net().write(link, End::client, "");
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.facts, Facts{"connect_refused"});
  EXPECT_EQ(second.heard.facts, Facts{"connected"});
  EXPECT_NE(net().door("/a"), net().door("/b"));
  EXPECT_EQ(net().door("/a"), net().door("/a"));
}

TEST_F(NetworkTest, a_listener_that_stopped_refuses_and_its_links_live_on) {
  open();
  net().set_listening(ip(1), false);
  RecordingDialer second;
  net().connect(second, ip(1));
  net().write(link_, End::client, "still here");
  world_.run_dry();
  EXPECT_EQ(second.heard.facts, Facts{"connect_refused"});
  EXPECT_EQ(server_.heard.bytes, "still here");
}

TEST_F(NetworkTest, an_unreachable_host_says_so_and_a_black_hole_nothing) {
  net().listen(ip(1), server_);
  net().set_host(ip(1), Network::HostState::unreachable);
  net().set_host(ip(2), Network::HostState::black_hole);
  net().connect(dialer_, ip(1));
  RecordingDialer second;
  net().connect(second, ip(2));
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.facts, Facts{"connect_unreachable"});
  EXPECT_EQ(second.heard.facts, Facts{});
}

TEST_F(NetworkTest, fin_comes_after_all_bytes_and_only_once) {
  open();
  net().write(link_, End::client, "abc", "def");
  net().shut_down_write(link_, End::client);
  world_.run_dry();
  EXPECT_EQ(server_.heard.bytes, "abcdef");
  EXPECT_EQ(server_.heard.facts, (Facts{"accepted", "eof"}));
  net().write(server_.heard.link, End::server, "answer");
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.bytes, "answer");
}

TEST_F(NetworkTest, closing_with_unread_input_resets) {
  open();
  net().read_stop(link_, End::client);
  net().write(server_.heard.link, End::server, "unread");
  world_.run_dry();
  net().close(link_, End::client);
  world_.run_dry();
  EXPECT_EQ(server_.heard.facts, (Facts{"accepted", "reset"}));
  EXPECT_EQ(net().open_sockets(End::client) + net().open_sockets(End::server), 0U);
}

TEST_F(NetworkTest, a_clean_finish_swallows_unread_input_and_sends_everything_first) {
  open();
  net().write(link_, End::client, "request");
  net().read_stop(server_.heard.link, End::server);
  world_.run_dry();
  net().write(server_.heard.link, End::server, "whole answer");
  net().finish(server_.heard.link, End::server);
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.bytes, "whole answer");
  EXPECT_EQ(dialer_.heard.facts, (Facts{"connected", "eof"}));
}

TEST_F(NetworkTest, writing_to_an_end_that_is_gone_is_answered_by_a_reset) {
  open();
  net().close(server_.heard.link, End::server);
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.facts, (Facts{"connected", "eof"}));
  net().write(link_, End::client, "too late");
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.facts, (Facts{"connected", "eof", "reset"}));
}

TEST_F(NetworkTest, a_reset_after_data_lets_the_data_through_unless_it_overtakes) {
  for (const bool overtakes : {false, true}) {
    World world(3);
    RecordingServer server(world);
    RecordingDialer dialer;
    LinkProfile profile;
    profile.reset_overtakes = overtakes ? 1 : 0;
    profile.min_segment = profile.max_segment = 1;
    profile.max_latency = std::chrono::milliseconds(50);
    world.network().set_profile(profile);
    world.network().listen(ip(1), server);
    world.network().connect(dialer, ip(1));
    world.run_dry();
    const std::string text(40, 'x');
    world.network().write(server.heard.link, End::server, text);
    world.network().reset(server.heard.link, End::server);
    world.run_dry();
    EXPECT_EQ(dialer.heard.facts, (Facts{"connected", "reset"}));
    if (overtakes) {
      EXPECT_LT(dialer.heard.bytes.size(), text.size());
    } else {
      EXPECT_EQ(dialer.heard.bytes, text);
    }
  }
}

TEST_F(NetworkTest, a_small_send_buffer_takes_a_write_in_parts_as_the_reader_reads) {
  LinkProfile profile;
  profile.send_buffer = 10;
  net().set_profile(profile);
  open();
  const std::string text = "0123456789abcdefghijklmnopq";
  EXPECT_EQ(net().write(link_, End::client, text), 10U);
  EXPECT_EQ(dialer_.heard.sent, 0U);
  world_.run_dry();
  EXPECT_EQ(server_.heard.bytes, text);
  EXPECT_EQ(dialer_.heard.sent, text.size() - 10);
}

TEST_F(NetworkTest, a_reader_that_stops_holds_the_writer_back) {
  LinkProfile profile;
  profile.send_buffer = 10;
  net().set_profile(profile);
  open();
  net().read_stop(server_.heard.link, End::server);
  const std::string text(25, 'x');
  net().write(link_, End::client, text);
  world_.run_dry();
  EXPECT_EQ(server_.heard.bytes, "");
  EXPECT_EQ(dialer_.heard.sent, 0U);
  net().read_start(server_.heard.link, End::server);
  world_.run_dry();
  EXPECT_EQ(server_.heard.bytes, text);
}

TEST_F(NetworkTest, giving_up_a_dial_resets_what_the_server_accepted) {
  net().listen(ip(1), server_);
  link_ = net().connect(dialer_, ip(1));
  net().close(link_, End::client);
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.facts, Facts{});
  EXPECT_EQ(server_.heard.facts, (Facts{"accepted", "reset"}));
  EXPECT_EQ(net().open_sockets(End::server), 0U);
}

TEST_F(NetworkTest, a_lost_host_falls_silent_both_ways) {
  open();
  net().write(server_.heard.link, End::server, "under way");
  net().set_host(ip(1), Network::HostState::black_hole);
  net().write(link_, End::client, "into the void");
  world_.run_dry();
  EXPECT_EQ(dialer_.heard.bytes + server_.heard.bytes, "");
  EXPECT_EQ(dialer_.heard.facts, Facts{"connected"});
}

RC_GTEST_PROP(Network, bytes_arrive_whole_and_in_order_whatever_the_link_does, ()) {
  World world(*rc::gen::arbitrary<std::uint64_t>());
  LinkProfile profile;
  profile.min_latency = std::chrono::microseconds(*rc::gen::inRange(0, 300));
  profile.max_latency = profile.min_latency + std::chrono::microseconds(*rc::gen::inRange(0, 5000));
  profile.max_segment = *rc::gen::inRange(1U, 2000U);
  profile.min_segment = *rc::gen::inRange(1U, profile.max_segment + 1);
  profile.max_read = *rc::gen::inRange(1U, 3000U);
  profile.send_buffer = *rc::gen::inRange(1U, 5000U);
  const auto size = *rc::gen::inRange<std::size_t>(0, 20'000);
  std::string text(size, ' ');
  base::Rng rng(size);
  for (char& c : text) c = static_cast<char>(rng.next());
  world.network().set_profile(profile);
  RecordingServer server(world);
  RecordingDialer dialer;
  world.network().listen(ip(1), server);
  const LinkId link = world.network().connect(dialer, ip(1));
  world.run_dry();
  const std::size_t at_once = world.network().write(link, End::client, text);
  world.network().shut_down_write(link, End::client);
  RC_ASSERT(world.run_dry());
  RC_ASSERT(server.heard.bytes == text);
  RC_ASSERT(at_once + dialer.heard.sent == text.size());
  RC_ASSERT(server.heard.facts.back() == "eof");
}

}  // namespace
}  // namespace holdfast::sim
