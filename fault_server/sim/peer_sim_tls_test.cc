// TLS in the simulation: the same line with real OpenSSL on both ends, in a virtual world.
#include <gtest/gtest.h>

#include <string>

#include "fault_server/sim/peer_sim.h"
#include "fault_server/tls/client_rig.h"

namespace fault {
namespace {

using holdfast::ErrorCode;
using holdfast::PeerAddress;
using holdfast::sim::Dialer;
using holdfast::sim::LinkId;
using holdfast::sim::World;
using Side = holdfast::sim::End;

const PeerAddress kTlsDoor{4, 443, 0, {10, 0, 0, 1}};

/// Asks one thing over TLS once it can, and counts what it heard.
class SecureCaller final : public Dialer {
 public:
  SecureCaller(World& world, const CertificateKit& kit, std::string request)
      : tls(kit, world.now().wall), world_(world), request_(std::move(request)) {
    link_ = world_.network().connect(*this, kTlsDoor);
  }
  void connected(LinkId) override {
    tls.feed("");
    say();
  }
  void connect_failed(LinkId, ErrorCode error, int) override { end = name(error); }
  void bytes(LinkId, std::string_view bytes) override {
    heard += bytes.size();
    tls.feed(bytes);
    if (tls.established && !request_.empty()) tls.write(std::exchange(request_, {}));
    say();
  }
  void sent(LinkId, std::size_t) override {}
  void eof(LinkId) override { end = "eof"; }
  void reset(LinkId) override { end = "reset"; }

  TlsClient tls;
  std::size_t heard = 0;
  std::string_view end;

 private:
  void say() {
    const std::string out = tls.take_output();
    if (!out.empty()) world_.network().write(link_, Side::client, out);
  }

  World& world_;
  std::string request_;
  LinkId link_;
};

Scenario secure(std::string_view rules) {
  Scenario scenario = PeerRig::scenario_of(rules);
  scenario.listeners = {TlsRig::secure()};
  return scenario;
}

struct Played {
  std::string received, journal;
  std::size_t heard = 0;
  std::string_view end;
};

Played play(std::string_view rules) {
  World world(7);
  PeerSim server(world, secure(rules));
  server.listen("tls", kTlsDoor);
  SecureCaller caller(world, server.peer().certificates(),
                      "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n");
  world.run_until(world.now().mono + std::chrono::seconds(10));
  Played out{caller.tls.received, "", caller.heard, caller.end};
  for (const Entry& entry : server.journal().entries()) out.journal += to_json_line(entry) + "\n";
  return out;
}

TEST(PeerSimTls, a_request_is_answered_and_the_connection_closed_with_notice) {
  const Played run = play("/x : 200 body=text:hello does=close");
  EXPECT_EQ(after_head(run.received), "hello");
  EXPECT_EQ(run.end, "eof");
  EXPECT_NE(run.journal.find("certificate=good"), std::string::npos);
}

// Keys differ from run to run; everything that is counted or timed does not.
TEST(PeerSimTls, two_runs_have_the_same_journal_and_the_same_lengths_on_the_wire) {
  for (const std::string_view rules :
       {"/x : 200 body=random:50k delay=1s", "/x : tls.alert@body:99",
        "connection : tls.stall delay=300ms", "connection : reset@tls:200",
        "connection : tls.cert cert=incomplete"}) {
    const Played first = play(rules);
    for (int i = 0; i < 5; ++i) {
      const Played again = play(rules);
      EXPECT_EQ(again.journal, first.journal) << rules;
      EXPECT_EQ(again.heard, first.heard) << rules;
      EXPECT_EQ(again.end, first.end) << rules;
    }
  }
}

TEST(PeerSimTls, a_kit_may_be_shared_by_many_peers) {
  const auto kit = TlsRig::kit();
  for (int i = 0; i < 3; ++i) {
    World world(static_cast<std::uint64_t>(i) + 1);
    PeerSim server(world, secure("200"), 0, kit);
    server.listen("tls", kTlsDoor);
    EXPECT_EQ(&server.peer().certificates(), kit.get());
  }
}

}  // namespace
}  // namespace fault
