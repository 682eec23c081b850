// What holds for every script: order, identity, bookkeeping, repeatability.
#include "fault_server/peer/peer.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "fault_server/answer/body.h"
#include "fault_server/peer/peer_rig.h"

namespace fault {
namespace {

std::vector<std::string> types(PeerRig& rig) {
  std::vector<std::string> out;
  for (const Entry& entry : rig.peer().journal().entries()) {
    out.emplace_back(type_word(entry.type));
  }
  return out;
}

std::string journal_text(PeerRig& rig) {
  std::string out;
  for (const Entry& entry : rig.peer().journal().entries()) out += to_json_line(entry) + "\n";
  return out;
}

TEST(Peer, the_journal_tells_one_exchange_from_accept_to_close) {
  PeerRig rig("503 ra=1");
  const auto id = rig.connect();
  rig.post(id, "/pay", "hello", "X-Client-Id: ann\r\n");
  rig.leave(id);
  EXPECT_EQ(types(rig),
            (std::vector<std::string>{"conn.open", "req.head", "rule", "req.body", "req.end",
                                      "resp.head", "resp.body", "resp.end", "conn.close"}));
  const auto head = rig.entries(EntryType::kReqHead)[0];
  EXPECT_EQ(head.key, "ann");
  EXPECT_EQ(head.attempt, 1U);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/pay");
  const auto body = rig.entries(EntryType::kReqEnd)[0];
  EXPECT_EQ(body.body_len, 5U);
  EXPECT_EQ(body.body_sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(rig.entries(EntryType::kRule)[0].step_text, "503 ra=1");
  const auto end = rig.entries(EntryType::kRespEnd)[0];
  EXPECT_TRUE(end.complete);
  EXPECT_EQ(end.bytes_out, rig.wire(id).received.size());
  const auto close = rig.entries(EntryType::kConnClose)[0];
  EXPECT_EQ(close.closed_by, ClosedBy::kClient);
  EXPECT_EQ(close.how, CloseHow::kFin);
  EXPECT_EQ(close.bytes_out, rig.wire(id).received.size());
}

TEST(Peer, the_journal_shows_how_much_of_a_cut_answer_left) {
  PeerRig rig("reset@body:10 body=fill:20; reset@headers:5");
  const auto first = rig.connect();
  rig.get(first, "/x");
  auto end = rig.entries(EntryType::kRespEnd).back();
  EXPECT_FALSE(end.complete);
  EXPECT_EQ(end.bytes_out, rig.wire(first).received.size());
  EXPECT_EQ(end.notes, std::vector<std::string>{"cut in the body"});
  EXPECT_EQ(rig.entries(EntryType::kRespBody).back().body_len, 10U);
  EXPECT_EQ(rig.entries(EntryType::kFault).back().notes, std::vector<std::string>{"reset@body:10"});
  EXPECT_EQ(rig.entries(EntryType::kConnClose).back().closed_by, ClosedBy::kFault);

  const auto second = rig.connect();
  rig.get(second, "/x");
  end = rig.entries(EntryType::kRespEnd).back();
  EXPECT_EQ(end.notes, std::vector<std::string>{"cut in the head"});
  EXPECT_EQ(rig.entries(EntryType::kRespHead).size(), 1U);
}

TEST(Peer, answers_carry_the_identity_of_their_exchange) {
  PeerRig rig("200");
  const auto id = rig.connect();
  rig.get(id, "/x", "X-Request-Id: r-7\r\n");
  const std::string& received = rig.wire(id).received;
  EXPECT_NE(received.find("X-Fault-Exchange: 1\r\nX-Fault-Rule: rule-1\r\nX-Request-Id: r-7\r\n"),
            std::string::npos);
}

TEST(Peer, pipelined_requests_are_answered_in_order) {
  PeerRig rig("/slow : 200 delay=1s body=text:slow\n/fast : 200 body=text:fast");
  const auto id = rig.connect();
  rig.send(id, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET /fast HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(rig.wire(id).received.empty());
  rig.run(1s);
  const std::string& received = rig.wire(id).received;
  EXPECT_LT(received.find("slow"), received.find("fast"));
  EXPECT_NE(received.find("fast"), std::string::npos);
}

TEST(Peer, the_cut_of_the_input_makes_no_difference) {
  const std::string requests =
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "POST /echo?raw=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
      "GET /c HTTP/1.1\r\nHost: h\r\n\r\n";
  PeerRig whole("/a : 200"), pieces("/a : 200");
  const auto one = whole.connect(), other = pieces.connect();
  whole.send(one, requests);
  for (char c : requests) pieces.send(other, std::string_view(&c, 1));
  EXPECT_EQ(whole.wire(one).received, pieces.wire(other).received);
  EXPECT_EQ(whole.entries(EntryType::kReqEnd).size(), 3U);
}

TEST(Peer, the_same_facts_give_the_same_orders_and_journal) {
  const auto run = [](std::string_view rules) {
    PeerRig rig(rules);
    for (int i = 0; i < 30; ++i) {
      const auto id = rig.connect();
      rig.get(id, "/bytes/300", "X-Client-Id: c" + std::to_string(i % 3) + "\r\n");
      rig.run(50ms);
      if (rig.wire(id).end == End::kOpen) rig.leave(id);
    }
    return journal_text(rig);
  };
  constexpr std::string_view kRules =
      "p=.2 reset@headers:20; p=.2 503 ra=1; p=.2 garbage; pass delay=exp(20ms) slice=1..50; loop";
  EXPECT_EQ(run(kRules), run(kRules));
}

TEST(Peer, partial_writes_change_only_when_things_are_sent) {
  PeerRig rig("200 body=fill:1000");
  rig.taken_at_once = 7;
  const auto id = rig.connect();
  rig.get(id, "/x");
  EXPECT_EQ(after_head(rig.wire(id).received).size(), 1000U);
  EXPECT_EQ(rig.entries(EntryType::kRespEnd).size(), 1U);
  EXPECT_EQ(rig.entries(EntryType::kRespHead).size(), 1U);
}

TEST(Peer, malformed_requests_are_noted_and_answered_400) {
  for (std::string_view request :
       {"GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nHost: h\r\nA: b\n\r\n",
        "GET /x HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", "nonsense\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    SCOPED_TRACE(request);
    PeerRig rig("200");
    const auto id = rig.connect();
    rig.send(id, request);
    EXPECT_TRUE(rig.wire(id).received.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_EQ(rig.wire(id).end, End::kFin);
    const auto heads = rig.entries(EntryType::kReqHead);
    ASSERT_EQ(heads.size(), 1U);
    EXPECT_TRUE(heads[0].notes[0].starts_with("malformed: "));
  }
}

TEST(Peer, a_body_that_is_expected_to_be_asked_for_is_asked_for) {
  PeerRig rig("200");
  const auto id = rig.connect();
  rig.send(id, "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(rig.wire(id).received, "HTTP/1.1 100 Continue\r\n\r\n");
  rig.send(id, "abc");
  EXPECT_NE(rig.wire(id).received.find("HTTP/1.1 200 OK"), std::string::npos);
}

TEST(Peer, a_client_that_leaves_while_it_waits_ends_the_connection_at_once) {
  PeerRig rig("200 delay=10s");
  const auto id = rig.connect();
  rig.get(id, "/x");
  rig.run(1s);
  rig.leave(id);
  const auto close = rig.entries(EntryType::kConnClose)[0];
  EXPECT_EQ(close.t_ns, 1'000'000'000);
  EXPECT_EQ(close.notes, std::vector<std::string>{"exchange 1 unanswered"});
  EXPECT_EQ(rig.peer().open_connections(), 0U);
}

TEST(Peer, facts_about_connections_that_are_gone_are_ignored) {
  PeerRig rig("reset");
  const auto id = rig.connect();
  rig.get(id, "/x");
  rig.get(id, "/y");
  rig.leave(id);
  EXPECT_EQ(rig.entries(EntryType::kConnClose).size(), 1U);
  EXPECT_EQ(rig.entries(EntryType::kReqHead).size(), 1U);
}

TEST(Peer, requests_of_http_1_0_are_closed_unless_they_ask_otherwise) {
  PeerRig rig("200 chunked");
  const auto closing = rig.connect(), keeping = rig.connect();
  rig.send(closing, "GET /x HTTP/1.0\r\n\r\n");
  EXPECT_EQ(rig.wire(closing).end, End::kFin);
  EXPECT_EQ(rig.wire(closing).received.find("chunked"), std::string::npos);
  PeerRig plain("200");
  const auto id = plain.connect();
  plain.send(id, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(plain.wire(id).received.find("Connection: keep-alive\r\n"), std::string::npos);
  EXPECT_EQ(plain.wire(id).end, End::kOpen);
  (void)keeping;
}

TEST(Peer, built_in_paths_answer_without_rules) {
  PeerRig rig(Scenario{});
  const auto ask = [&](std::string_view target) {
    const auto id = rig.connect();
    rig.get(id, target);
    rig.run(5s);
    return rig.wire(id).received;
  };
  EXPECT_TRUE(ask("/").starts_with("HTTP/1.1 200 OK"));
  EXPECT_TRUE(ask("/nowhere").starts_with("HTTP/1.1 404 Not Found"));
  EXPECT_TRUE(ask("/status/503").starts_with("HTTP/1.1 503 Service Unavailable"));
  EXPECT_TRUE(ask("/status/abc").starts_with("HTTP/1.1 400 Bad Request"));
  EXPECT_TRUE(ask("/delay/2").starts_with("HTTP/1.1 200 OK"));
  EXPECT_TRUE(ask("/drip?duration=1s&numbytes=5").ends_with("abcde"));
  EXPECT_EQ(after_head(ask("/bytes/1k?seed=9")), seeded_bytes(9, 0, 1000));
  EXPECT_TRUE(ask("/unstable?p=1").starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(ask("/unstable?p=0").starts_with("HTTP/1.1 200"));
  EXPECT_NE(ask("/redirect/2").find("Location: /redirect/1\r\n"), std::string::npos);
  EXPECT_NE(ask("/echo?a=1").find("\"target\": \"/echo?a=1\""), std::string::npos);
  EXPECT_TRUE(ask("/limit/1rps").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(ask("/status/200?fault=418").starts_with("HTTP/1.1 418"));
  EXPECT_TRUE(ask("/x?fault=bogus").starts_with("HTTP/1.1 400"));
}

TEST(Peer, a_limit_path_really_limits_and_says_when_to_come_back) {
  PeerRig rig(Scenario{});
  const auto id = rig.connect();
  rig.get(id, "/limit/2rps");
  rig.get(id, "/limit/2rps");
  rig.get(id, "/limit/2rps");
  const auto heads = rig.entries(EntryType::kRespHead);
  EXPECT_EQ(heads[1].status, 200);
  EXPECT_EQ(heads[2].status, 429);
  EXPECT_EQ(heads[2].retry_after_s, 1);
}

TEST(Peer, parallel_requests_get_distinct_steps_in_the_order_of_their_arrival) {
  PeerRig rig("500 delay=1s; 501; 502");
  const auto a = rig.connect(), b = rig.connect(), c = rig.connect();
  rig.get(a, "/x");
  rig.get(b, "/x");
  rig.get(c, "/x");
  rig.run(1s);
  EXPECT_TRUE(rig.wire(a).received.starts_with("HTTP/1.1 500"));
  EXPECT_TRUE(rig.wire(b).received.starts_with("HTTP/1.1 501"));
  EXPECT_TRUE(rig.wire(c).received.starts_with("HTTP/1.1 502"));
}

}  // namespace
}  // namespace fault
