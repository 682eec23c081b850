// HTTP/2 in the simulation: the same connection, in a virtual world.
#include <gtest/gtest.h>

#include <string>

#include "fault_server/h2/frame.h"
#include "fault_server/h2/hpack.h"
#include "fault_server/sim/peer_sim.h"

namespace fault {
namespace {

using holdfast::ErrorCode;
using holdfast::PeerAddress;
using holdfast::sim::Dialer;
using holdfast::sim::LinkId;
using holdfast::sim::World;
using Side = holdfast::sim::End;

const PeerAddress kH2Door{4, 80, 0, {10, 0, 0, 1}};

/// Asks for two things at once and remembers the frames.
class FrameCaller final : public Dialer {
 public:
  explicit FrameCaller(World& world) : world_(world) {
    link_ = world_.network().connect(*this, kH2Door);
  }
  void connected(LinkId link) override {
    std::string bytes(kH2Preface);
    append_settings(bytes, {});
    for (std::uint32_t id : {1U, 3U}) {
      append_headers(bytes, id,
                     deflater_.block({{":method", "GET"},
                                      {":scheme", "http"},
                                      {":path", id == 1 ? "/a" : "/b"},
                                      {":authority", "h"}}),
                     true);
    }
    world_.network().write(link, Side::client, bytes);
  }
  void connect_failed(LinkId, ErrorCode error, int) override { end = name(error); }
  void bytes(LinkId, std::string_view bytes) override { answer += bytes; }
  void sent(LinkId, std::size_t) override {}
  void eof(LinkId) override { end = "eof"; }
  void reset(LinkId) override { end = "reset"; }

  std::string content(std::uint32_t stream) const {
    std::string out;
    std::string_view rest = answer;
    while (const auto frame = take_frame(rest)) {
      if (frame->is(H2Type::kData) && frame->stream == stream) out += frame->payload;
    }
    return out;
  }

  std::string answer;
  std::string_view end;

 private:
  World& world_;
  LinkId link_;
  H2Deflater deflater_;
};

TEST(H2PeerSim, streams_are_answered_in_virtual_time_and_the_journal_agrees) {
  World world(7);
  Scenario scenario;
  ASSERT_FALSE(add_rule_line(scenario, "/a : 200 delay=30s body=text:slow"));
  ASSERT_FALSE(add_rule_line(scenario, "/b : goaway@end last=current body=text:fast"));
  PeerSim server(world, std::move(scenario));
  server.listen("h1", kH2Door);
  FrameCaller caller(world);
  world.run_until(world.now().mono + std::chrono::seconds(10));
  EXPECT_EQ(caller.content(3), "fast");
  EXPECT_EQ(caller.content(1), "");
  EXPECT_EQ(caller.end, "");
  world.run_until(world.now().mono + std::chrono::seconds(30));
  EXPECT_EQ(caller.content(1), "slow");
  EXPECT_EQ(caller.end, "eof");
  std::size_t ends = 0;
  for (const Entry& entry : server.journal().entries()) {
    ends += entry.type == EntryType::kRespEnd && entry.complete;
  }
  EXPECT_EQ(ends, 2U);
}

}  // namespace
}  // namespace fault
