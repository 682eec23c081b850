// The good behaviour of the server's HTTP/2: answers, bodies both ways, windows, several streams at
// once, limiters, the end. Its misbehaviour is in h2_catalogue_test.cc.
#include "fault_server/h2/connection.h"
#include "fault_server/script/text.h"

#include <gtest/gtest.h>

#include "fault_server/h2/client_rig.h"
#include "fault_server/journal/sha256.h"
#include "fault_server/script/match.h"

namespace fault {
namespace {

std::string_view field(const H2Response& response, std::string_view name) {
  return header_value(response.fields, name).value_or("");
}

TEST(H2Connection, greets_with_settings_and_acknowledges_the_clients) {
  H2Rig rig("200", {{h2setting::kEnablePush, 0}});
  ASSERT_GE(rig.frames().size(), 2U);
  EXPECT_TRUE(rig.frames()[0].is(H2Type::kSettings));
  EXPECT_FALSE(rig.frames()[0].has(h2flag::kAck));
  EXPECT_TRUE(rig.frames()[1].has(h2flag::kAck));
  EXPECT_TRUE(rig.noted("sent SETTINGS MAX_CONCURRENT_STREAMS=100"));
  EXPECT_TRUE(rig.noted("received SETTINGS ENABLE_PUSH=0"));
  EXPECT_FALSE(rig.blamed());
}

TEST(H2Connection, answers_as_on_http1_with_lower_case_fields_and_none_of_a_connection) {
  H2Rig rig("503 ra=2 h.X-Own=1 body=text:busy");
  const H2Response& got = rig.response(rig.get("/x", {{"x-request-id", "r1"}}));
  EXPECT_EQ(got.status, "503");
  EXPECT_EQ(got.body, "busy");
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(field(got, "retry-after"), "2");
  EXPECT_EQ(field(got, "content-length"), "4");
  EXPECT_EQ(field(got, "x-own"), "1");
  EXPECT_EQ(field(got, "x-request-id"), "r1");
  EXPECT_EQ(field(got, "date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const auto& [name, value] : got.fields) {
    EXPECT_EQ(name, lower_case(name));
    EXPECT_NE(name, "connection");
  }
  EXPECT_EQ(rig.wire().end, End::kOpen);
}

TEST(H2Connection, the_journal_tells_of_a_request_and_its_answer_as_on_http1) {
  H2Rig rig("POST /pay : 201 body=text:done");
  const std::uint32_t id = rig.post("/pay?q=1", "money");
  ASSERT_EQ(rig.entries(EntryType::kReqHead).size(), 1U);
  const Entry head = rig.entries(EntryType::kReqHead)[0];
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/pay?q=1");
  EXPECT_EQ(head.stream, id);
  EXPECT_EQ(head.headers[0], (std::pair<std::string, std::string>{"Host", "h"}));
  EXPECT_EQ(rig.entries(EntryType::kReqEnd)[0].body_sha256, sha256_hex("money"));
  EXPECT_EQ(rig.entries(EntryType::kRule)[0].rule, "rule-1");
  EXPECT_EQ(rig.entries(EntryType::kRespHead)[0].status, 201);
  EXPECT_EQ(rig.entries(EntryType::kRespBody)[0].body_sha256, sha256_hex("done"));
  const Entry end = rig.entries(EntryType::kRespEnd)[0];
  EXPECT_TRUE(end.complete);
  EXPECT_EQ(end.stream, id);
  EXPECT_GT(end.bytes_out, 4U);
  EXPECT_EQ(rig.connection().requests(), 1U);
}

TEST(H2Connection, an_empty_answer_ends_with_its_head_and_trailers_end_the_others) {
  H2Rig rig("/empty : 204\n/trailed : 200 body=text:abc t.X-Sum=1 trailer_delay=1s");
  EXPECT_TRUE(rig.response(rig.get("/empty")).ended);
  EXPECT_EQ(rig.count(H2Type::kData), 0U);
  const H2Response& got = rig.response(rig.get("/trailed"));
  EXPECT_EQ(got.body, "abc");
  EXPECT_FALSE(got.ended);
  rig.run(1s);
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.trailers, (Fields{{"x-sum", "1"}}));
}

TEST(H2Connection, head_requests_and_interim_answers_are_as_they_should_be) {
  H2Rig rig("200 interim=100x2,103 body=text:abc");
  const H2Response& got = rig.response(rig.open(H2Rig::request("HEAD", "/"), true));
  EXPECT_EQ(got.interims, (std::vector<std::string>{"100", "100", "103"}));
  EXPECT_EQ(field(got, "content-length"), "3");
  EXPECT_EQ(got.body, "");
  EXPECT_TRUE(got.ended);
}

TEST(H2Connection, streams_are_answered_side_by_side) {
  H2Rig rig("/slow : 200 delay=1s\n/fast : 200\n/drip : 200 drip=2/2s body=text:ab");
  const std::uint32_t slow = rig.get("/slow");
  const std::uint32_t drip = rig.get("/drip");
  const std::uint32_t fast = rig.get("/fast");
  EXPECT_TRUE(rig.response(fast).ended);
  EXPECT_EQ(rig.response(slow).status, "");
  EXPECT_EQ(rig.response(drip).body, "a");
  rig.run(1s);
  EXPECT_TRUE(rig.response(slow).ended);
  EXPECT_TRUE(rig.response(drip).ended);
}

TEST(H2Connection, large_bodies_share_the_connection_and_keep_to_both_windows) {
  H2Rig rig("200 body=fill:100000");
  const std::uint32_t a = rig.get("/a");
  const std::uint32_t b = rig.get("/b");
  const auto sent = [&] { return rig.response(a).body.size() + rig.response(b).body.size(); };
  EXPECT_EQ(sent(), 65535U);
  rig.widen(0, 100000);
  EXPECT_EQ(rig.response(a).body.size(), 65535U);
  EXPECT_EQ(rig.response(b).body.size(), 65535U);
  rig.widen(a, 100000);
  EXPECT_EQ(sent(), 165535U);
  rig.widen(b, 100000);
  rig.widen(0, 100000);
  EXPECT_TRUE(rig.response(a).ended);
  EXPECT_TRUE(rig.response(b).ended);
  for (const H2Got& frame : rig.frames()) EXPECT_LE(frame.payload.size(), 16384U);
}

TEST(H2Connection, two_answers_take_turns) {
  H2Rig rig("200 body=fill:40000");
  rig.takes = false;
  const std::uint32_t a = rig.get("/a");
  const std::uint32_t b = rig.get("/b");
  rig.take();
  std::vector<std::uint32_t> order;
  for (const H2Got& frame : rig.frames()) {
    if (!frame.is(H2Type::kData) || frame.payload.empty()) continue;
    if (order.empty() || order.back() != frame.stream) order.push_back(frame.stream);
  }
  EXPECT_GE(order.size(), 3U);
  EXPECT_EQ(rig.response(a).body.size() + rig.response(b).body.size(), 65535U);
}

TEST(H2Connection, a_smaller_initial_window_holds_open_streams_and_a_larger_one_lets_them_go) {
  H2Rig rig("200 body=fill:1000", {{h2setting::kInitialWindowSize, 10}});
  const std::uint32_t id = rig.get("/x");
  EXPECT_EQ(rig.response(id).body.size(), 10U);
  std::string settings;
  append_settings(settings, std::vector<H2Setting>{{h2setting::kInitialWindowSize, 5}});
  rig.send(settings);  // the window is now -5
  rig.widen(id, 10);
  EXPECT_EQ(rig.response(id).body.size(), 15U);
  settings.clear();
  append_settings(settings, std::vector<H2Setting>{{h2setting::kInitialWindowSize, 65535}});
  rig.send(settings);
  EXPECT_TRUE(rig.response(id).ended);
}

TEST(H2Connection, an_upload_is_read_and_its_windows_given_back) {
  H2Rig rig("POST / : 200 body=echo");
  const std::uint32_t id = rig.open(H2Rig::request("POST", "/"), false);
  const std::string piece(16384, 'x');
  std::int64_t stream = 65535, connection = 65535;
  std::size_t at = 0;
  for (int i = 0; i < 40; ++i) {
    rig.data(id, piece, i == 39);
    stream -= 16384;
    connection -= 16384;
    for (; at < rig.frames().size(); ++at) {
      const H2Got& frame = rig.frames()[at];
      if (!frame.is(H2Type::kWindowUpdate)) continue;
      (frame.stream == 0 ? connection : stream) += read_u32(frame.payload);
    }
    ASSERT_GE(connection, 16384) << i;
    ASSERT_TRUE(stream >= 16384 || i == 39) << i;
  }
  EXPECT_FALSE(rig.blamed()) << rig.notes();
  EXPECT_EQ(rig.entries(EntryType::kReqEnd)[0].body_len, 40U * 16384U);
}

TEST(H2Connection, expect_continue_is_met) {
  H2Rig rig("POST / : 200");
  Fields fields = H2Rig::request("POST", "/");
  fields.emplace_back("expect", "100-continue");
  const std::uint32_t id = rig.open(fields, false);
  EXPECT_EQ(rig.response(id).interims, std::vector<std::string>{"100"});
  rig.data(id, "abc", true);
  EXPECT_EQ(rig.response(id).status, "200");
}

TEST(H2Connection, limiters_and_overload_models_hold_on_http2_too) {
  H2Rig rig("/l : limit rate=1/s ra=auto\n/o : overload service=100ms queue=1");
  EXPECT_EQ(rig.response(rig.get("/l")).status, "404");  // admitted, and nothing is there
  const H2Response& refused = rig.response(rig.get("/l"));
  EXPECT_EQ(refused.status, "429");
  EXPECT_EQ(field(refused, "retry-after"), "1");
  const std::uint32_t first = rig.get("/o");
  const std::uint32_t second = rig.get("/o");
  EXPECT_EQ(rig.response(rig.get("/o")).status, "503");
  rig.run(100ms);
  EXPECT_EQ(rig.response(first).status, "404");
  EXPECT_EQ(rig.response(second).status, "");
  rig.reset(second, h2code::kCancel);
  rig.run(100ms);
  EXPECT_EQ(rig.response(second).status, "");
}

TEST(H2Connection, a_cancelled_stream_is_left_and_its_cut_is_in_the_journal) {
  H2Rig rig("200 chunk=100/1s body=fill:1000");
  const std::uint32_t id = rig.get("/x");
  rig.reset(id, h2code::kCancel);
  rig.run(20s);
  EXPECT_EQ(rig.response(id).body.size(), 100U);
  const Entry end = rig.entries(EntryType::kRespEnd)[0];
  EXPECT_FALSE(end.complete);
  EXPECT_EQ(end.notes, (std::vector<std::string>{"cut in the body", "cancelled by the client"}));
  EXPECT_EQ(rig.entries(EntryType::kRespBody)[0].body_len, 100U);
  EXPECT_TRUE(rig.noted("received RST_STREAM CANCEL"));
  EXPECT_FALSE(rig.blamed());
}

TEST(H2Connection, more_streams_than_allowed_are_refused_and_after_the_acknowledgement_blamed) {
  H2Rig rig("connection : h2.settings name=MAX_CONCURRENT_STREAMS value=1\n200 delay=1s");
  EXPECT_EQ(rig.count(H2Type::kSettings), 2U);  // the limit is in the first one; and an ACK
  const std::uint32_t first = rig.get("/a");
  const std::uint32_t second = rig.get("/b");
  EXPECT_EQ(rig.response(second).reset, h2code::kRefusedStream);
  EXPECT_TRUE(rig.noted("refused: not processed"));
  EXPECT_TRUE(rig.noted("h2 violation: 2 streams at once; MAX_CONCURRENT_STREAMS 1"));
  rig.run(1s);
  EXPECT_TRUE(rig.response(first).ended);
  EXPECT_EQ(rig.response(rig.get("/c")).reset, std::nullopt);
}

TEST(H2Connection, a_limit_that_was_not_acknowledged_refuses_without_blame) {
  H2Rig rig("/now : h2.settings name=MAX_CONCURRENT_STREAMS value=0\n200 delay=1s");
  rig.polite = false;
  rig.get("/now");
  EXPECT_EQ(rig.response(rig.get("/x")).reset, h2code::kRefusedStream);
  EXPECT_FALSE(rig.blamed()) << rig.notes();
}

TEST(H2Connection, a_killed_connection_drains_by_two_goaways) {
  H2Rig rig("200 delay=2s");
  const std::uint32_t before = rig.get("/a");
  rig.polite = false;
  rig.kill(KillHow::kGoaway);
  ASSERT_EQ(rig.count(H2Type::kGoaway), 1U);
  EXPECT_EQ(read_u32(rig.last(H2Type::kGoaway)->payload), 0x7fffffffU);
  const std::uint32_t between = rig.get("/b");
  rig.run(1s);
  ASSERT_EQ(rig.count(H2Type::kGoaway), 2U);
  EXPECT_EQ(read_u32(rig.last(H2Type::kGoaway)->payload), between);
  const std::uint32_t after = rig.get("/c");
  EXPECT_TRUE(rig.noted("after GOAWAY: not processed"));
  rig.run(5s);
  EXPECT_TRUE(rig.response(before).ended);
  EXPECT_TRUE(rig.response(between).ended);
  EXPECT_EQ(rig.response(after).status, "");
  EXPECT_EQ(rig.wire().end, End::kFin);
}

TEST(H2Connection, a_connection_closes_after_its_last_request_or_when_idle) {
  H2Rig last("connection : pass max_requests=2");
  last.get("/a");
  EXPECT_EQ(last.wire().end, End::kOpen);
  const std::uint32_t id = last.get("/b");
  EXPECT_TRUE(last.response(id).ended);
  EXPECT_EQ(read_u32(last.last(H2Type::kGoaway)->payload), id);
  EXPECT_EQ(last.wire().end, End::kFin);
  EXPECT_EQ(last.entries(EntryType::kConnClose)[0].closed_by, ClosedBy::kServer);

  H2Rig idle("connection : pass idle=1s");
  idle.run(900ms);
  idle.get("/x");
  idle.run(999ms);
  EXPECT_EQ(idle.wire().end, End::kOpen);
  idle.run(1ms);
  EXPECT_EQ(idle.wire().end, End::kFin);
  EXPECT_EQ(idle.count(H2Type::kGoaway), 1U);
  EXPECT_EQ(idle.entries(EntryType::kConnClose)[0].how, CloseHow::kTimeout);
}

TEST(H2Connection, the_journal_says_whether_a_client_gives_the_connections_window_back) {
  H2Rig rig("200 body=fill:1000");
  rig.widen(0, 5000);
  rig.get("/x");
  rig.get("/x");
  rig.widen(0, 1500);
  rig.leave();
  EXPECT_EQ(rig.entries(EntryType::kConnClose)[0].notes,
            std::vector<std::string>{"DATA 2000 bytes sent, window for 1500 given back"});
}

TEST(H2Connection, a_client_that_leaves_is_noted) {
  H2Rig rig("200 delay=1s");
  rig.get("/x");
  rig.leave();
  const Entry close = rig.entries(EntryType::kConnClose)[0];
  EXPECT_EQ(close.closed_by, ClosedBy::kClient);
  EXPECT_EQ(close.notes, std::vector<std::string>{"exchange 1 unanswered"});
  EXPECT_EQ(close.bytes_in, rig.connection().bytes_in());
  EXPECT_EQ(close.bytes_out, rig.wire().received.size());
}

TEST(H2Connection, what_only_http1_can_spoil_is_left_out_and_said) {
  H2Rig rig("200 chunked=bad-size reason=Odd body=text:abc");
  const H2Response& got = rig.response(rig.get("/x"));
  EXPECT_EQ(got.body, "abc");
  EXPECT_TRUE(got.ended);
  EXPECT_TRUE(rig.noted("not on HTTP/2: chunked=bad-size"));
  EXPECT_TRUE(rig.noted("not on HTTP/2: reason=Odd"));
}

TEST(H2Connection, memory_is_bounded_against_a_client_that_floods_and_reads_nothing) {
  H2Rig rig("200 body=fill:1000000");
  rig.takes = false;
  std::string pings;
  for (int i = 0; i < 1000; ++i) append_ping(pings, "ping-me!", false);
  for (int i = 0; i < 50; ++i) rig.send(pings);
  EXPECT_FALSE(rig.wire().reading);
  rig.take();
  EXPECT_TRUE(rig.wire().reading);
}

}  // namespace
}  // namespace fault
