// Every row of the catalogue's group F (HTTP/2) by its number: the step, and what a client sees of
// it. The other groups on HTTP/2 are in h2_catalogue_http_test.cc.
#include <gtest/gtest.h>

#include "fault_server/catalogue/h2_rows_rig.h"

namespace fault::h2_catalogue {
namespace {

TEST(H2Catalogue, rows_50_and_51_streams_are_reset) {
  play({
      {50, "rst code=REFUSED_STREAM",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(got.reset, h2code::kRefusedStream);
         EXPECT_EQ(rig.wire().end, End::kOpen);
         EXPECT_TRUE(rig.noted("rst@status"));
         EXPECT_TRUE(rig.noted("sent RST_STREAM REFUSED_STREAM"));
       }},
      {50, "rst; 200",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.reset, h2code::kRefusedStream);
         EXPECT_EQ(rig.response(rig.get("/x")).status, "200");
       }},
      {51, "rst@body:100 code=CANCEL body=fill:500",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "200");
         EXPECT_EQ(got.body.size(), 100U);
         EXPECT_FALSE(got.ended);
         EXPECT_EQ(got.reset, h2code::kCancel);
         EXPECT_EQ(rig.entries(EntryType::kRespBody)[0].body_len, 100U);
         EXPECT_FALSE(rig.entries(EntryType::kRespEnd)[0].complete);
       }},
      {51, "rst@body:100% delay=1s body=fill:500",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.body.size(), 500U);
         EXPECT_EQ(got.reset, std::nullopt);
         rig.run(1s);
         EXPECT_FALSE(got.ended);
         EXPECT_EQ(got.reset, h2code::kInternalError);
       }},
      {51, "rst@end code=NO_ERROR",
       [](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_TRUE(got.ended);
         EXPECT_EQ(got.reset, h2code::kNoError);
       }},
  });
}

TEST(H2Catalogue, row_51_an_early_answer_stops_the_upload_with_no_error) {
  H2Rig rig("POST / : 413 early body=text:no");
  const std::uint32_t id = rig.open(H2Rig::request("POST", "/"), false);
  const H2Response& got = rig.response(id);
  EXPECT_EQ(got.status, "413");
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.reset, h2code::kNoError);
  rig.data(id, "was on its way", true);
  EXPECT_FALSE(rig.blamed()) << rig.notes();
  EXPECT_EQ(rig.wire().end, End::kOpen);
}

TEST(H2Catalogue, row_31_an_early_answer_may_come_after_some_of_the_upload) {
  H2Rig rig("POST / : 200 early=drain early_after=7");
  const std::uint32_t id = rig.open(H2Rig::request("POST", "/"), false);
  rig.data(id, "012345", false);
  EXPECT_EQ(rig.response(id).status, "");
  rig.data(id, "6", false);
  EXPECT_TRUE(rig.response(id).ended);
  EXPECT_FALSE(rig.response(id).reset);
  rig.data(id, "789", true);
  EXPECT_EQ(rig.entries(EntryType::kReqEnd).back().body_len, 10U);
  EXPECT_FALSE(rig.blamed()) << rig.notes();
}

TEST(H2Catalogue, rows_52_to_54_goaway) {
  play({
      {52, "goaway last=graceful",
       [](H2Rig& rig, const H2Response& got, std::uint32_t id) {
         EXPECT_TRUE(got.ended);
         EXPECT_EQ(rig.count(H2Type::kGoaway), 2U);
         EXPECT_EQ(goaway_last(rig), id);
         EXPECT_EQ(rig.wire().end, End::kFin);
         EXPECT_TRUE(rig.noted("sent GOAWAY last=2147483647 NO_ERROR"));
       }},
      {52, "goaway@end last=current",
       [](H2Rig& rig, const H2Response& got, std::uint32_t id) {
         EXPECT_TRUE(got.ended);
         EXPECT_EQ(goaway_last(rig), id);
         EXPECT_EQ(rig.wire().end, End::kFin);
       }},
      {53, "goaway",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(goaway_last(rig), 0U);
         EXPECT_EQ(goaway_code(rig), h2code::kNoError);
         EXPECT_EQ(rig.wire().end, End::kFin);
       }},
      {53, "/slow : 200 delay=1s\n/x : goaway last=1 count=3",
       [](H2Rig& rig, const H2Response& slow, std::uint32_t) {
         const std::uint32_t refused = rig.get("/x");
         EXPECT_EQ(rig.count(H2Type::kGoaway), 3U);
         EXPECT_EQ(goaway_last(rig), 1U);
         EXPECT_EQ(rig.wire().end, End::kOpen);
         rig.run(2s);
         EXPECT_TRUE(slow.ended);
         EXPECT_EQ(rig.response(refused).status, "");
         EXPECT_EQ(rig.wire().end, End::kFin);
       },
       "/slow"},
      {53, "connection : goaway last=0",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_TRUE(rig.frames()[0].is(H2Type::kSettings));
         EXPECT_EQ(goaway_last(rig), 0U);
         EXPECT_EQ(rig.wire().end, End::kFin);
       },
       ""},
      {54, "goaway last=0 code=ENHANCE_YOUR_CALM debug=calm x3; 200",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(goaway_code(rig), h2code::kEnhanceYourCalm);
         EXPECT_TRUE(rig.last(H2Type::kGoaway)->payload.ends_with("calm"));
         EXPECT_EQ(rig.wire().end, End::kFin);
         EXPECT_EQ(rig.entries(EntryType::kConnClose)[0].closed_by, ClosedBy::kFault);
       }},
      {54, "goaway@body:10 last=current code=INTERNAL_ERROR linger=1s body=fill:20",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_GE(got.body.size(), 10U);
         EXPECT_EQ(rig.wire().end, End::kOpen);
         rig.run(1s);
         EXPECT_EQ(rig.wire().end, End::kFin);
       }},
      {54, "goaway last=0 code=INTERNAL_ERROR does=keep-alive",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         rig.run(10s);
         EXPECT_EQ(rig.wire().end, End::kOpen);
         EXPECT_EQ(rig.response(rig.get("/x")).status, "");
       }},
  });
}

TEST(H2Catalogue, row_55_the_number_of_streams_is_set_and_changed) {
  play({
      {55, "connection : h2.settings name=MAX_CONCURRENT_STREAMS value=0",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_EQ(rig.frames()[0].payload, std::string("\0\3\0\0\0\0", 6));
       },
       ""},
      {55, "h2.settings@body:5 name=max-concurrent-streams value=1 body=fill:10",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.body.size(), 10U);
         EXPECT_EQ(rig.last(H2Type::kSettings)->payload, std::string("\0\3\0\0\0\1", 6));
         EXPECT_TRUE(rig.noted("sent SETTINGS MAX_CONCURRENT_STREAMS=1"));
       }},
  });
}

TEST(H2Catalogue, row_56_windows_stall) {
  const std::string piece(10000, 'x');
  H2Rig held("POST / : h2.window@reqbody:1");
  const std::uint32_t id = held.open(H2Rig::request("POST", "/"), false);
  for (int i = 0; i < 6; ++i) held.data(id, piece, false);
  EXPECT_EQ(held.count(H2Type::kWindowUpdate), 0U);

  H2Rig closed("connection : h2.window kind=closed\n200");
  EXPECT_TRUE(closed.noted("INITIAL_WINDOW_SIZE=0"));
  const std::uint32_t upload = closed.open(H2Rig::request("POST", "/"), false);
  closed.run(60s);
  EXPECT_EQ(closed.response(upload).status, "");
  EXPECT_FALSE(closed.blamed()) << closed.notes();
  closed.data(upload, "beyond", true);
  EXPECT_TRUE(closed.noted("h2 violation: DATA 6 bytes beyond the window of stream 1"));
  EXPECT_EQ(closed.response(upload).reset, h2code::kFlowControlError);

  H2Rig shrunk("/x : h2.window kind=shrink value=5\nPOST / : 200");
  const std::uint32_t open = shrunk.open(H2Rig::request("POST", "/"), false);
  shrunk.data(open, piece, false);
  shrunk.get("/x");
  // What was read is given back; beyond that only five bytes are allowed now.
  shrunk.data(open, "12345", false);
  EXPECT_FALSE(shrunk.blamed()) << shrunk.notes();
  shrunk.takes = false;
  shrunk.data(open, "123456", false);
  EXPECT_TRUE(shrunk.noted("h2 violation: DATA 1 bytes beyond")) << shrunk.notes();
}

TEST(H2Catalogue, row_57_pings) {
  play({
      {57, "h2.ping count=1000",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(rig.count(H2Type::kPing), 1000U);
         EXPECT_TRUE(got.ended);
       }},
      {57, "h2.ping ignore",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_TRUE(got.ended);
         rig.send_frame(H2Type::kPing, 0, 0, "12345678");
         EXPECT_EQ(rig.count(H2Type::kPing), 0U);
         EXPECT_TRUE(rig.noted("received PING"));
       }},
      {57, "connection : h2.ping ack=wrong",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         rig.send_frame(H2Type::kPing, 0, 0, "12345678");
         ASSERT_EQ(rig.count(H2Type::kPing), 1U);
         EXPECT_TRUE(rig.last(H2Type::kPing)->has(h2flag::kAck));
         EXPECT_NE(rig.last(H2Type::kPing)->payload, "12345678");
       },
       ""},
      {57, "h2.ping ack=unasked",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_TRUE(rig.last(H2Type::kPing)->has(h2flag::kAck));
       }},
      {57, "200",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         rig.send_frame(H2Type::kPing, 0, 0, "12345678");
         EXPECT_EQ(rig.last(H2Type::kPing)->payload, "12345678");
       }},
  });
}

TEST(H2Catalogue, row_58_settings_go_wrong) {
  play({
      {58, "connection : h2.settings ignore",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_EQ(rig.count(H2Type::kSettings), 1U);
         EXPECT_FALSE(rig.frames()[0].has(h2flag::kAck));
         EXPECT_EQ(rig.response(rig.get("/x")).status, "404");
       },
       ""},
      {58, "h2.settings count=500",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(rig.count(H2Type::kSettings), 502U);
         EXPECT_TRUE(got.ended);
       }},
      {58, "h2.settings name=HEADER_TABLE_SIZE value=4294967295",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_TRUE(rig.noted("HEADER_TABLE_SIZE=4294967295"));
         EXPECT_TRUE(got.ended);
         EXPECT_TRUE(rig.response(rig.get("/y")).ended);
       }},
      {58, "h2.settings name=MAX_FRAME_SIZE value=1",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_EQ(rig.last(H2Type::kSettings)->payload, std::string("\0\5\0\0\0\1", 6));
       }},
  });
}

TEST(H2Catalogue, row_59_flow_control_goes_wrong) {
  play({
      {59, "h2.window kind=zero",
       [](H2Rig& rig, const H2Response&, std::uint32_t id) {
         const H2Got* frame = rig.last(H2Type::kWindowUpdate);
         ASSERT_NE(frame, nullptr);
         EXPECT_EQ(read_u32(frame->payload), 0U);
         EXPECT_EQ(frame->stream, id);
       }},
      {59, "h2.window kind=overflow on=connection",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_EQ(read_u32(rig.last(H2Type::kWindowUpdate)->payload), 0x7fffffffU);
         EXPECT_EQ(rig.last(H2Type::kWindowUpdate)->stream, 0U);
       }},
      {59, "h2.window kind=beyond body=fill:200000",
       [](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.body.size(), 200000U);
         EXPECT_TRUE(got.ended);
       }},
      {59, "h2.data_first",
       [](H2Rig& rig, const H2Response& got, std::uint32_t id) {
         const auto first = std::find_if(rig.frames().begin(), rig.frames().end(),
                                         [&](const H2Got& frame) { return frame.stream == id; });
         EXPECT_TRUE(first->is(H2Type::kData));
         EXPECT_EQ(got.status, "200");
       }},
  });
}

TEST(H2Catalogue, row_60_field_blocks_go_wrong) {
  H2Rig flood("h2.continuation count=50");
  flood.get("/x");
  EXPECT_EQ(flood.count(H2Type::kContinuation), 51U);
  H2Rig empty("h2.continuation kind=empty");
  const H2Response& got = empty.response(empty.get("/x"));
  EXPECT_EQ(empty.count(H2Type::kContinuation), 1001U);
  EXPECT_EQ(got.status, "200");
  EXPECT_TRUE(got.ended);

  H2Rig between("h2.continuation kind=interleaved");
  between.decodes = false;
  between.get("/x");
  bool seen = false;
  for (std::size_t i = 0; i + 1 < between.frames().size(); ++i) {
    seen = seen ||
           (between.frames()[i].is(H2Type::kHeaders) && between.frames()[i + 1].is(H2Type::kPing));
  }
  EXPECT_TRUE(seen);

  H2Rig corrupt("h2.hpack");
  EXPECT_THROW(corrupt.get("/x"), std::runtime_error);
  H2Rig table("h2.hpack kind=table");
  EXPECT_THROW(table.get("/x"), std::runtime_error);

  H2Rig bomb("h2.hpack kind=bomb; 200");
  const std::uint32_t id = bomb.get("/x");
  std::size_t unfolded = 0;
  for (const auto& [name, value] : bomb.response(id).fields) unfolded += value.size();
  EXPECT_GT(unfolded, 16'000'000U);
  EXPECT_LT(bomb.wire().received.size(), 20'000U);
  // Whoever survives it understands what follows.
  EXPECT_EQ(bomb.response(bomb.get("/y", {{"x-request-id", "again"}})).status, "200");
}

TEST(H2Catalogue, row_60_an_endless_field_section_never_ends) {
  H2Rig rig("200 bad=endless rate=100000");
  rig.decodes = false;
  const std::uint32_t slow = rig.get("/x");
  rig.run(2s);
  EXPECT_GT(rig.count(H2Type::kContinuation), 1000U);
  for (const H2Got& frame : rig.frames()) {
    if (frame.stream == slow) {
      EXPECT_FALSE(frame.has(h2flag::kEndHeaders));
    }
  }
}

TEST(H2Catalogue, row_61_frames_come_late_or_lack_a_status) {
  const auto after_end = [](const H2Rig& rig, std::uint32_t id) {
    std::vector<const H2Got*> out;
    bool ended = false;
    for (const H2Got& frame : rig.frames()) {
      if (frame.stream != id) continue;
      if (ended) out.push_back(&frame);
      const bool content = frame.is(H2Type::kData) || frame.is(H2Type::kHeaders);
      ended = ended || (content && frame.has(h2flag::kEndStream));
    }
    return out;
  };
  play({
      {61, "h2.late",
       [&](H2Rig& rig, const H2Response&, std::uint32_t id) {
         ASSERT_EQ(after_end(rig, id).size(), 1U);
         EXPECT_EQ(after_end(rig, id)[0]->payload, "late");
       }},
      {61, "h2.late kind=end delay=1s",
       [&](H2Rig& rig, const H2Response&, std::uint32_t id) {
         EXPECT_TRUE(after_end(rig, id).empty());
         rig.run(1s);
         ASSERT_EQ(after_end(rig, id).size(), 1U);
         EXPECT_TRUE(after_end(rig, id)[0]->has(h2flag::kEndStream));
       }},
      {61, "h2.late kind=headers",
       [&](H2Rig& rig, const H2Response&, std::uint32_t id) {
         EXPECT_TRUE(after_end(rig, id).at(0)->is(H2Type::kHeaders));
       }},
      {61, "h2.late kind=rst code=STREAM_CLOSED",
       [&](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.reset, h2code::kStreamClosed);
       }},
      {61, "h2.nostatus",
       [](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_FALSE(got.trailers.empty());
         EXPECT_EQ(got.body, "200 OK\n");
       }},
  });
}

TEST(H2Catalogue, rows_62_to_64_pushes_noise_downgrade_and_silence) {
  play({
      {62, "h2.push",
       [](H2Rig& rig, const H2Response& got, std::uint32_t id) {
         ASSERT_EQ(rig.count(H2Type::kPushPromise), 1U);
         EXPECT_EQ(read_u32(rig.last(H2Type::kPushPromise)->payload), id + 1);
         EXPECT_TRUE(got.ended);
       }},
      {62, "h2.unknown count=3",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(rig.count(H2Type::kAltSvc), 3U);
         EXPECT_EQ(rig.count(H2Type::kOrigin), 3U);
         EXPECT_TRUE(got.ended);
       }},
      {63, "h2.http11",
       [](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.reset, h2code::kHttp11Required);
       }},
      {63, "connection : h2.http11 kind=bytes",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_TRUE(rig.wire().received.starts_with("HTTP/1.1 400 Bad Request\r\n"));
         EXPECT_EQ(rig.wire().end, End::kFin);
       },
       ""},
      {64, "/quiet : h2.silent\n200 body=text:x",
       [](H2Rig& rig, const H2Response& before, std::uint32_t) {
         EXPECT_TRUE(before.ended);
         rig.get("/quiet");
         const std::size_t heard = rig.wire().received.size();
         rig.send_frame(H2Type::kPing, 0, 0, "12345678");
         rig.get("/x");
         rig.run(100s);
         EXPECT_EQ(rig.wire().received.size(), heard);
         EXPECT_EQ(rig.wire().end, End::kOpen);
         EXPECT_TRUE(rig.wire().reading);
         EXPECT_EQ(rig.entries(EntryType::kReqHead).size(), 3U);
       }},
      {64, "connection : h2.silent",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         rig.get("/x");
         rig.run(100s);
         EXPECT_TRUE(rig.wire().received.empty());
         EXPECT_EQ(rig.wire().end, End::kOpen);
       },
       ""},
  });
}

}  // namespace
}  // namespace fault::h2_catalogue
