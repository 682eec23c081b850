// What the faults of the catalogue's other groups are on HTTP/2, by number.
#include <gtest/gtest.h>

#include "fault_server/catalogue/h2_rows_rig.h"

namespace fault::h2_catalogue {
namespace {

TEST(H2Catalogue, connections_end_where_steps_say) {
  play({
      {18, "connection : reset@accept",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_TRUE(rig.wire().received.empty());
         EXPECT_EQ(rig.wire().end, End::kRst);
       },
       ""},
      {24, "connection : stall@accept",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_TRUE(rig.wire().received.empty());
         EXPECT_FALSE(rig.wire().reading);
       },
       ""},
      {19, "connection : reset@head:12",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(rig.wire().end, End::kRst);
         EXPECT_TRUE(rig.entries(EntryType::kReqHead).empty());
       }},
      {20, "reset",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(rig.wire().end, End::kRst);
       }},
      {21, "close@headers:20",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(rig.wire().end, End::kFin);
         EXPECT_EQ(rig.entries(EntryType::kFault)[0].bytes_out, 29U);
       }},
      {22, "reset@body:512 body=fill:1k",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.body.size(), 512U);
         EXPECT_EQ(rig.wire().end, End::kRst);
       }},
      {22, "truncate body=fill:1k",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.body.size(), 500U);
         EXPECT_FALSE(got.ended);
         EXPECT_EQ(rig.wire().end, End::kFin);
       }},
      {23, "halfclose",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_EQ(rig.wire().end, End::kShut);
         EXPECT_TRUE(rig.wire().reading);
       }},
      {27, "/x : 200 race\n/y : 200",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_TRUE(got.ended);
         EXPECT_EQ(rig.wire().end, End::kOpen);
         rig.get("/y");
         EXPECT_EQ(rig.wire().end, End::kFin);
         EXPECT_TRUE(rig.noted("raced: not processed"));
       }},
      {28, "200 does=close",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_TRUE(got.ended);
         EXPECT_EQ(rig.wire().end, End::kFin);
         EXPECT_EQ(rig.count(H2Type::kGoaway), 0U);
       }},
      {28, "200 says=close does=keep-alive",
       [](H2Rig& rig, const H2Response& got, std::uint32_t id) {
         EXPECT_TRUE(got.ended);
         EXPECT_EQ(goaway_last(rig), id);
         rig.run(10s);
         EXPECT_EQ(rig.wire().end, End::kOpen);
       }},
      {30, "200 poison=204",
       [](H2Rig& rig, const H2Response&, std::uint32_t id) {
         EXPECT_EQ(rig.response(id + 2).status, "204");
       }},
  });
}

TEST(H2Catalogue, stalls_and_garbage_are_of_one_stream_or_of_all) {
  play({
      {25, "/x : stall\n/y : 200",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         rig.run(60s);
         EXPECT_EQ(got.status, "");
         EXPECT_TRUE(rig.response(rig.get("/y")).ended);
       }},
      {26, "/x : stall@body:10 body=fill:20\n/y : 200",
       [](H2Rig& rig, const H2Response& got, std::uint32_t id) {
         rig.run(60s);
         EXPECT_EQ(got.body.size(), 10U);
         EXPECT_TRUE(rig.response(rig.get("/y")).ended);
         rig.reset(id, h2code::kCancel);
         EXPECT_TRUE(rig.noted("cancelled by the client"));
       }},
      {41, "garbage bytes=100",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(rig.wire().end, End::kFin);
         // No client allows a frame of this length.
         EXPECT_GE(static_cast<std::uint8_t>(rig.wire().received[rig.wire().received.size() - 100]),
                   0x80U);
       }},
      {41, "raw \"nonsense\"",
       [](H2Rig& rig, const H2Response&, std::uint32_t) {
         EXPECT_TRUE(rig.wire().received.ends_with("nonsense"));
         EXPECT_EQ(rig.wire().end, End::kFin);
       }},
  });
}

TEST(H2Catalogue, requests_are_struck_and_read_slowly) {
  H2Rig struck("POST / : reset@reqbody:5");
  const std::uint32_t id = struck.open(H2Rig::request("POST", "/"), false);
  struck.data(id, "1234", false);
  EXPECT_EQ(struck.wire().end, End::kOpen);
  struck.data(id, "5", false);
  EXPECT_EQ(struck.wire().end, End::kRst);

  H2Rig refused("POST / : rst@reqbody:5");
  const std::uint32_t upload = refused.post("/", "1234567890");
  EXPECT_EQ(refused.response(upload).reset, h2code::kRefusedStream);

  H2Rig slow("POST / : 200 read_rate=5");
  const std::uint32_t read = slow.post("/", "0123456789");
  slow.run(1900ms);
  EXPECT_EQ(slow.response(read).status, "");
  slow.run(200ms);
  EXPECT_EQ(slow.response(read).status, "200");

  H2Rig never("POST / : 200 read_rate=0\n/y : 200");
  const std::uint32_t held = never.open(H2Rig::request("POST", "/"), false);
  for (int i = 0; i < 6; ++i) never.data(held, std::string(10000, 'x'), false);
  never.run(100s);
  EXPECT_EQ(never.response(held).status, "");
  for (const H2Got& frame : never.frames()) {
    if (frame.is(H2Type::kWindowUpdate)) {
      EXPECT_EQ(frame.stream, 0U);
    }
  }
  EXPECT_TRUE(never.response(never.get("/y")).ended);
}

TEST(H2Catalogue, answers_are_paced_and_lied_about) {
  play({
      {6, "200 delay=200ms",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         rig.run(199ms);
         EXPECT_EQ(got.status, "");
         rig.run(1ms);
         EXPECT_EQ(got.status, "200");
       }},
      {8, "200@body:5 delay=1s body=text:0123456789",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(got.body, "01234");
         rig.run(1s);
         EXPECT_EQ(got.body, "0123456789");
         EXPECT_TRUE(got.ended);
       }},
      {10, "/x : 200 trickle=10/50ms@headers\n/y : 200",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         // Nobody may write inside a frame: the other answer waits for the slow head.
         const std::uint32_t other = rig.get("/y");
         EXPECT_EQ(got.status, "");
         EXPECT_EQ(rig.response(other).status, "");
         rig.run(5s);
         EXPECT_TRUE(got.ended);
         EXPECT_TRUE(rig.response(other).ended);
       }},
      {11, "200 rate=1000 body=fill:900",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         rig.run(500ms);
         EXPECT_GE(rig.wire().received.size(), 400U);
         EXPECT_LE(rig.wire().received.size(), 700U);
         rig.run(2s);
         EXPECT_EQ(got.body.size(), 900U);
       }},
      {13, "200 slice=1..3",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_TRUE(got.ended);
         EXPECT_GT(rig.wire().writes.size(), 20U);
       }},
      {39, "200 length=+10 body=text:abc",
       [](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(header_value(got.fields, "content-length"), "13");
         EXPECT_TRUE(got.ended);
       }},
      {42, "200 bad=nul,space-before-colon,many:50,huge:40k",
       [](H2Rig& rig, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(*header_value(got.fields, "x-nul"), std::string_view("a\0b", 3));
         EXPECT_EQ(*header_value(got.fields, "x-space "), "a");
         EXPECT_GE(got.fields.size(), 52U);
         EXPECT_GE(rig.count(H2Type::kContinuation), 1U);
       }},
      {44, "200 framing=te-twice",
       [](H2Rig&, const H2Response& got, std::uint32_t) {
         EXPECT_EQ(*header_value(got.fields, "transfer-encoding"), "chunked");
       }},
  });
}

}  // namespace
}  // namespace fault::h2_catalogue
