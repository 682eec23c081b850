#include "fault_server/sim/peer_sim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace fault {
namespace {

using holdfast::ErrorCode;
using holdfast::PeerAddress;
using holdfast::sim::Dialer;
using Side = holdfast::sim::End;
using holdfast::sim::LinkId;
using holdfast::sim::World;

const PeerAddress kDoor{4, 80, 0, {10, 0, 0, 1}};

/// A client without an engine: says one thing when connected and remembers what it hears.
class Caller final : public Dialer {
 public:
  Caller(World& world, std::string request) : world_(world), request_(std::move(request)) {
    link_ = world_.network().connect(*this, kDoor);
  }
  void connected(LinkId link) override { world_.network().write(link, Side::client, request_); }
  void connect_failed(LinkId, ErrorCode error, int) override { end = name(error); }
  void bytes(LinkId, std::string_view bytes) override { answer += bytes; }
  void sent(LinkId, std::size_t) override {}
  void eof(LinkId) override { end = "eof"; }
  void reset(LinkId) override { end = "reset"; }
  LinkId link() const { return link_; }

  std::string answer;
  std::string_view end;

 private:
  World& world_;
  std::string request_;
  LinkId link_;
};

class PeerSimTest : public ::testing::Test {
 protected:
  PeerSim& serve(const std::vector<std::string>& rules) {
    Scenario scenario;
    for (const std::string& rule : rules) {
      const auto complaint = add_rule_line(scenario, rule);
      EXPECT_FALSE(complaint) << to_string(*complaint);
    }
    server_ = std::make_unique<PeerSim>(world_, std::move(scenario));
    server_->listen("h1", kDoor);
    return *server_;
  }
  std::unique_ptr<Caller> call(const std::string& target = "/x") {
    auto caller = std::make_unique<Caller>(
        world_, "GET " + target + " HTTP/1.1\r\nHost: a\r\nX-Request-Id: q7\r\n\r\n");
    world_.run_until(world_.now().mono + std::chrono::seconds(1));
    return caller;
  }
  std::size_t count(EntryType type) const {
    const auto& entries = server_->journal().entries();
    return static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(), [&](const Entry& entry) { return entry.type == type; }));
  }

  World world_{5};
  std::unique_ptr<PeerSim> server_;
};

TEST_F(PeerSimTest, a_request_is_answered_and_its_name_echoed) {
  serve({"/x : 200 body=text:hello"});
  const auto caller = call();
  EXPECT_TRUE(caller->answer.starts_with("HTTP/1.1 200 OK\r\n")) << caller->answer;
  EXPECT_TRUE(caller->answer.ends_with("\r\n\r\nhello")) << caller->answer;
  EXPECT_NE(caller->answer.find("X-Request-Id: q7\r\n"), std::string::npos);
  EXPECT_EQ(count(EntryType::kReqHead), 1U);
  EXPECT_EQ(count(EntryType::kRespEnd), 1U);
}

TEST_F(PeerSimTest, refused_connections_are_refused_one_by_one_and_journaled) {
  serve({"connection : refuse x2; pass", "/x : 200"});
  EXPECT_EQ(call()->end, "connect_refused");
  EXPECT_EQ(call()->end, "connect_refused");
  EXPECT_TRUE(call()->answer.starts_with("HTTP/1.1 200"));
  EXPECT_EQ(count(EntryType::kConnRefused), 2U);
}

TEST_F(PeerSimTest, a_reset_is_a_reset_and_a_close_an_end) {
  serve({"/r : reset", "/c : close@body:3 body=fill:10"});
  EXPECT_EQ(call("/r")->end, "reset");
  const auto closed = call("/c");
  EXPECT_EQ(closed->end, "eof");
  EXPECT_TRUE(closed->answer.ends_with("\r\n\r\nabc")) << closed->answer;
  EXPECT_EQ(world_.network().open_sockets(Side::server), 0U);
}

TEST_F(PeerSimTest, delays_pass_in_virtual_time) {
  serve({"/x : 200 delay=250ms"});
  const auto before = world_.now().mono;
  auto caller = std::make_unique<Caller>(world_, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  while (caller->answer.empty() && world_.step()) {
  }
  EXPECT_GE(world_.now().mono - before, std::chrono::milliseconds(250));
  EXPECT_LT(world_.now().mono - before, std::chrono::milliseconds(252));
}

TEST_F(PeerSimTest, a_client_that_leaves_is_let_go) {
  serve({"/x : stall"});
  const auto caller = call();
  EXPECT_EQ(world_.network().open_sockets(Side::server), 1U);
  world_.network().reset(caller->link(), Side::client);
  world_.run_until(world_.now().mono + std::chrono::seconds(1));
  EXPECT_EQ(world_.network().open_sockets(Side::server), 0U);
  EXPECT_EQ(server_->peer().open_connections(), 0U);
}

}  // namespace
}  // namespace fault
