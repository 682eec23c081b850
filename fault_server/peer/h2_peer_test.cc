// HTTP/2 through the whole peer: how a connection comes to speak it, the admin interface, what an
// operator does to it.
#include <gtest/gtest.h>

#include "fault_server/admin/admin.h"
#include "fault_server/h2/client_rig.h"
#include "fault_server/peer/peer_rig.h"

namespace fault {
namespace {

std::string hello() {
  std::string out(kH2Preface);
  append_settings(out, {});
  return out;
}

std::string request_bytes(std::uint32_t stream, const Fields& fields, std::string_view body = "") {
  H2Deflater alone;  // of one request a connection, or with literals only
  std::string out;
  append_headers(out, stream, alone.block(fields), body.empty());
  if (!body.empty()) append_frame(out, H2Type::kData, h2flag::kEndStream, stream, body);
  return out;
}

Fields asking(std::string_view method, std::string_view path) {
  Fields fields = H2Rig::request(method, path);
  fields.back().second = "localhost";
  return fields;
}

/// The content on one stream.
std::string content(const Wire& wire, std::uint32_t stream) {
  std::string out;
  std::string_view rest = wire.received;
  while (const auto frame = take_frame(rest)) {
    if (frame->stream == stream && frame->is(H2Type::kData)) out += frame->payload;
  }
  return out;
}

std::string all_notes(PeerRig& rig) {
  std::string out;
  for (const Entry& entry : rig.peer().journal().entries()) {
    for (const std::string& note : entry.notes) out += note + "\n";
  }
  return out;
}

TEST(H2Peer, the_preface_decides_however_it_is_cut) {
  const std::string bytes = hello() + request_bytes(1, asking("GET", "/x"));
  for (std::size_t piece : {bytes.size(), bytes.size() / 2, std::size_t{23}, std::size_t{1}}) {
    PeerRig rig("200 body=text:hello");
    const auto id = rig.connect();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      rig.send(id, std::string_view(bytes).substr(at, piece));
    }
    EXPECT_EQ(content(rig.wire(id), 1), "hello") << piece;
    EXPECT_EQ(rig.entries(EntryType::kConnOpen).size(), 1U);
  }
  PeerRig rig("200 body=text:hello");
  const auto id = rig.connect();
  rig.send(id, "P");
  rig.send(id, "RI * HTTP/2.0\r\n\r\nXX");  // all but
  EXPECT_TRUE(rig.wire(id).received.starts_with("HTTP/1.1 "));
}

TEST(H2Peer, rules_tell_protocols_apart) {
  Scenario scenario = PeerRig::scenario_of("/x : 200 body=text:two\n200 body=text:one");
  scenario.rules[0].match.protocol = "h2";
  PeerRig rig(scenario);
  const auto two = rig.connect();
  rig.send(two, hello() + request_bytes(1, asking("GET", "/x")));
  EXPECT_EQ(content(rig.wire(two), 1), "two");
  const auto one = rig.connect();
  rig.get(one, "/x");
  EXPECT_EQ(after_head(rig.wire(one).received), "one");
}

TEST(H2Peer, an_override_plays_http2_faults_on_http2_only) {
  PeerRig rig("200");
  const auto two = rig.connect();
  Fields fields = asking("GET", "/x");
  fields.emplace_back("x-fault", "rst code=CANCEL");
  rig.send(two, hello() + request_bytes(1, fields));
  EXPECT_NE(all_notes(rig).find("sent RST_STREAM CANCEL"), std::string::npos) << all_notes(rig);
  const auto one = rig.connect();
  rig.get(one, "/x", "X-Fault: rst code=CANCEL\r\n");
  EXPECT_TRUE(rig.wire(one).received.starts_with("HTTP/1.1 400"));
}

TEST(H2Peer, connection_rules_play_before_any_request) {
  PeerRig rig(
      "connection 1 : h2.silent\nconnection 2 : goaway last=0\nconnection 3 : reset@accept");
  const auto silent = rig.connect(), away = rig.connect(), reset = rig.connect();
  EXPECT_EQ(rig.wire(reset).end, End::kRst);
  rig.send(silent, hello() + request_bytes(1, asking("GET", "/x")));
  EXPECT_TRUE(rig.wire(silent).received.empty());
  rig.send(away, hello());
  EXPECT_EQ(rig.wire(away).end, End::kFin);
  EXPECT_NE(all_notes(rig).find("sent GOAWAY last=0"), std::string::npos);
}

TEST(H2Peer, the_admin_interface_answers_over_http2) {
  PeerRig rig("503");
  const Admin admin(rig.peer());
  const auto id = rig.connect();
  rig.send(id, hello() + request_bytes(1, asking("GET", "/__fault/health")));
  EXPECT_NE(content(rig.wire(id), 1).find("\"ok\": true"), std::string::npos)
      << content(rig.wire(id), 1);
  const auto other = rig.connect();
  rig.send(other, hello() + request_bytes(1, asking("POST", "/__fault/rules"), "/new : 418"));
  EXPECT_NE(content(rig.wire(other), 1).find("generation"), std::string::npos);
  EXPECT_TRUE(rig.entries(EntryType::kReqHead).empty());
}

TEST(H2Peer, events_stream_and_waiting_ends_over_http2) {
  PeerRig rig("200");
  const Admin admin(rig.peer());
  const auto events = rig.connect();
  rig.send(events, hello() + request_bytes(1, asking("GET", "/__fault/events?since=0")));
  const auto waiting = rig.connect();
  rig.send(waiting, hello() + request_bytes(1, asking("POST", "/__fault/wait"),
                                            "{\"match\": {}, \"n\": 1, \"timeout\": \"5s\"}"));
  EXPECT_EQ(content(rig.wire(waiting), 1), "");
  const auto id = rig.connect();
  rig.send(id, hello() + request_bytes(1, asking("GET", "/x")));
  EXPECT_NE(content(rig.wire(events), 1).find("\"type\":\"resp.end\""), std::string::npos);
  EXPECT_NE(content(rig.wire(waiting), 1).find("\"ok\": true"), std::string::npos)
      << content(rig.wire(waiting), 1);
}

TEST(H2Peer, an_operator_ends_a_connection_gently_or_not) {
  for (KillHow how : {KillHow::kGoaway, KillHow::kFin, KillHow::kRst}) {
    PeerRig rig("200 delay=100ms body=text:done");
    const auto id = rig.connect();
    rig.send(id, hello() + request_bytes(1, asking("GET", "/x")));
    rig.peer().kill(id, how, rig.now());
    rig.send(id, "");  // so that the orders are performed
    rig.run(5s);
    EXPECT_EQ(content(rig.wire(id), 1), how == KillHow::kGoaway ? "done" : "");
    EXPECT_EQ(rig.wire(id).end, how == KillHow::kRst ? End::kRst : End::kFin);
    EXPECT_EQ(rig.entries(EntryType::kConnClose).size(), 1U);
    EXPECT_EQ(rig.peer().open_connections(), 0U);
  }
}

TEST(H2Peer, the_echo_says_which_protocol_it_heard) {
  PeerRig rig(Scenario{});
  const auto id = rig.connect();
  rig.send(id, hello() + request_bytes(1, asking("GET", "/echo")));
  EXPECT_NE(content(rig.wire(id), 1).find("\"version\": \"HTTP/2\""), std::string::npos);
}

}  // namespace
}  // namespace fault
