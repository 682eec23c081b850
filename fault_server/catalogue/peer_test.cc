// Every priority-0 row of the catalogue's groups A, B and C, by its number: the step, and what a
// client sees of it.
#include <gtest/gtest.h>

#include "fault_server/catalogue/peer_rows_rig.h"

namespace fault::catalogue {
namespace {

TEST(PeerCatalogue, group_a_status) {
  const std::vector<Row> rows = {
      {1, "418",
       [](Seen& s) {
         EXPECT_TRUE(
             starts(s.wire, "HTTP/1.1 418 I'm a teapot\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT"));
         EXPECT_EQ(body_of(s.wire), "418 I'm a teapot\n");
         EXPECT_EQ(s.wire.end, End::kOpen);
       }},
      {2, "status=200*1,503*1 x20; stay",
       [](Seen& s) {
         for (int i = 0; i < 39; ++i) s.rig.get(s.id, "/x");
         int good = 0;
         for (const Entry& entry : s.rig.entries(EntryType::kRespHead)) good += entry.status == 200;
         EXPECT_EQ(s.rig.entries(EntryType::kRespHead).size(), 40U);
         EXPECT_GT(good, 8);
         EXPECT_LT(good, 32);
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_b_latency_and_pacing) {
  const std::vector<Row> rows = {
      {6, "200 delay=200ms",
       [](Seen& s) {
         s.rig.run(199ms);
         EXPECT_TRUE(s.wire.received.empty());
         s.rig.run(1ms);
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 200 OK"));
       }},
      {7, "200 delay=50..400ms",
       [](Seen& s) {
         s.rig.run(49ms);
         EXPECT_TRUE(s.wire.received.empty());
         s.rig.run(400ms);
         EXPECT_FALSE(s.wire.received.empty());
       }},
      {8, "200 body_delay=1s",
       [](Seen& s) {
         EXPECT_TRUE(s.wire.received.ends_with("\r\n\r\n"));
         s.rig.run(1s);
         EXPECT_EQ(body_of(s.wire), "200 OK\n");
       }},
      {8, "200 chunked body=text:abc t.X-Sum=1 trailer_delay=1s",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire), "3\r\nabc\r\n");
         s.rig.run(1s);
         EXPECT_EQ(body_of(s.wire), "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
       }},
      {8, "200@body:5 delay=1s body=text:0123456789",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire), "01234");
         s.rig.run(1s);
         EXPECT_EQ(body_of(s.wire), "0123456789");
       }},
      {9, "200 chunk=2/50ms body=text:012345",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire), "01");
         s.rig.run(50ms);
         EXPECT_EQ(body_of(s.wire), "0123");
         s.rig.run(50ms);
         EXPECT_EQ(body_of(s.wire), "012345");
         EXPECT_EQ(s.rig.entries(EntryType::kRespEnd).size(), 1U);
       }},
      {9, "200 drip=5/1s body=fill:10",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire), "ab");
         s.rig.run(1s);
         EXPECT_EQ(body_of(s.wire), "abcdefghij");
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_b_rates_slices_and_lingering) {
  const std::vector<Row> rows = {
      {10, "200 trickle=10/50ms@headers",
       [](Seen& s) {
         EXPECT_EQ(s.wire.received.size(), status_bytes(s.wire) + 10);
         s.rig.run(50ms);
         EXPECT_EQ(s.wire.received.size(), status_bytes(s.wire) + 20);
         s.rig.run(5s);
         EXPECT_EQ(body_of(s.wire), "200 OK\n");
       }},
      {11, "200 rate=1000 body=fill:900",
       [](Seen& s) {
         s.rig.run(500ms);
         EXPECT_GE(s.wire.received.size(), 450U);
         EXPECT_LE(s.wire.received.size(), 600U);
         s.rig.run(2s);
         EXPECT_EQ(body_of(s.wire).size(), 900U);
       }},
      {12, "200 read_rate=5",
       [](Seen& s) {
         s.rig.send(s.id, "56789");
         s.rig.run(1900ms);
         EXPECT_TRUE(s.wire.received.empty());
         s.rig.run(200ms);
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 200"));
       },
       kPost},
      {12, "200 read_rate=0",
       [](Seen& s) {
         s.rig.send(s.id, "56789");
         s.rig.run(100s);
         EXPECT_TRUE(s.wire.received.empty());
         EXPECT_FALSE(s.wire.reading);
       },
       kPost},
      {13, "200 slice=1..7 body=fill:100",
       [](Seen& s) {
         EXPECT_GT(s.wire.writes.size(), s.wire.received.size() / 7);
         for (const auto& [when, size] : s.wire.writes) EXPECT_LE(size, 7U);
         EXPECT_EQ(body_of(s.wire).size(), 100U);
       }},
      {14, "200 says=close linger=2s",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Connection: close\r\n"));
         s.rig.run(1999ms);
         EXPECT_EQ(s.wire.end, End::kOpen);
         s.rig.run(1ms);
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_c_before_a_request_is_read) {
  const std::vector<Row> rows = {
      {17, "close@accept",
       [](Seen& s) {
         EXPECT_EQ(s.wire.end, End::kFin);
         EXPECT_TRUE(s.wire.received.empty());
       }},
      {18, "reset@accept", [](Seen& s) { EXPECT_EQ(s.wire.end, End::kRst); }},
      {19, "reset@head:10",
       [](Seen& s) {
         EXPECT_EQ(s.wire.end, End::kRst);
         EXPECT_TRUE(s.rig.entries(EntryType::kReqHead).empty());
       }},
      {19, "close@reqbody:5",
       [](Seen& s) {
         EXPECT_EQ(s.wire.end, End::kFin);
         EXPECT_TRUE(s.rig.entries(EntryType::kReqEnd).empty());
       },
       kPost},
      {19, "reset@reqbody:7",
       [](Seen& s) {
         EXPECT_EQ(s.wire.end, End::kOpen);
         s.rig.send(s.id, "56");
         EXPECT_EQ(s.wire.end, End::kRst);
       },
       kPost},
      {20, "reset",
       [](Seen& s) {
         EXPECT_EQ(s.wire.end, End::kRst);
         EXPECT_TRUE(s.wire.received.empty());
         EXPECT_EQ(s.rig.entries(EntryType::kReqEnd).size(), 1U);
       }},
      {20, "close", [](Seen& s) { EXPECT_EQ(s.wire.end, End::kFin); }},
      {24, "stall@accept",
       [](Seen& s) {
         s.rig.run(1h);
         EXPECT_TRUE(s.wire.received.empty());
         EXPECT_EQ(s.wire.end, End::kOpen);
         EXPECT_FALSE(s.wire.reading);
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_c_before_an_answer) {
  const std::vector<Row> rows = {
      {25, "stall",
       [](Seen& s) {
         s.rig.run(1h);
         EXPECT_TRUE(s.wire.received.empty());
         EXPECT_TRUE(s.wire.reading);
         EXPECT_EQ(s.rig.entries(EntryType::kReqEnd).size(), 1U);
       }},
      {31, "413 early=close",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 413"));
         EXPECT_TRUE(has_text(s.wire, "Connection: close\r\n"));
         EXPECT_EQ(s.wire.end, End::kFin);
       },
       kPost},
      {31, "401 early=drain",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 401"));
         EXPECT_EQ(s.wire.end, End::kOpen);
         s.rig.send(s.id, "56789");
         s.rig.get(s.id, "/y");
         EXPECT_EQ(s.rig.entries(EntryType::kRespEnd).size(), 2U);
       },
       kPost},
      {31, "200 early=drain early_after=7",
       [](Seen& s) {
         EXPECT_EQ(s.wire.received, "");
         s.rig.send(s.id, "5");
         EXPECT_EQ(s.wire.received, "");
         s.rig.send(s.id, "67");
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 200"));
         EXPECT_TRUE(s.rig.entries(EntryType::kReqEnd).empty());
         s.rig.send(s.id, "89");
         EXPECT_EQ(s.rig.entries(EntryType::kReqEnd).back().body_len, 10U);
         s.rig.get(s.id, "/y");
         EXPECT_EQ(s.rig.entries(EntryType::kRespEnd).size(), 2U);
       },
       kPost},
      {31, "413 early=reset",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 413"));
         EXPECT_EQ(s.wire.end, End::kRst);
       },
       kPost},
      {31, "413 early=stay",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 413"));
         EXPECT_EQ(s.wire.end, End::kOpen);
         EXPECT_FALSE(s.wire.reading);
       },
       kPost},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_c_within_an_answer) {
  const std::vector<Row> rows = {
      {21, "reset@status:5",
       [](Seen& s) {
         EXPECT_EQ(s.wire.received, "HTTP/");
         EXPECT_EQ(s.wire.end, End::kRst);
       }},
      {21, "close@headers:20",
       [](Seen& s) {
         EXPECT_EQ(s.wire.received.size(), status_bytes(s.wire) + 20);
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {22, "reset@body:512",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire).size(), 512U);
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 1024\r\n"));
         EXPECT_EQ(s.wire.end, End::kRst);
       }},
      {22, "close@body:25% body=fill:400",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire).size(), 100U);
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {22, "truncate body=random:1k chunked",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire).size(), 500U + 5U);  // 3e8 CR LF, then the content
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {23, "halfclose@body:10 body=fill:20",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire).size(), 10U);
         EXPECT_EQ(s.wire.end, End::kShut);
         EXPECT_TRUE(s.wire.reading);
         s.rig.leave(s.id);
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {23, "halfclose side=in",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire), "200 OK\n");
         EXPECT_FALSE(s.wire.reading);
       }},
      {26, "stall@body:10 body=fill:20",
       [](Seen& s) {
         s.rig.run(1h);
         EXPECT_EQ(body_of(s.wire).size(), 10U);
         EXPECT_EQ(s.wire.end, End::kOpen);
       }},
      {27, "200 race=fin; 200",
       [](Seen& s) {
         s.rig.run(1s);
         EXPECT_EQ(s.wire.end, End::kOpen);
         s.rig.get(s.id, "/second");
         EXPECT_EQ(s.wire.end, End::kFin);
         EXPECT_EQ(s.rig.entries(EntryType::kRespHead).size(), 1U);
         const auto heads = s.rig.entries(EntryType::kReqHead);
         ASSERT_EQ(heads.size(), 2U);
         EXPECT_EQ(heads[1].target, "/second");
         EXPECT_EQ(heads[1].notes, std::vector<std::string>{"raced: not processed"});
         EXPECT_GT(s.rig.entries(EntryType::kConnClose)[0].unread_bytes, 0U);
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_c_after_an_answer) {
  const std::vector<Row> rows = {
      {27, "200 race=reset",
       [](Seen& s) {
         s.rig.get(s.id, "/second");
         EXPECT_EQ(s.wire.end, End::kRst);
       }},
      {28, "200 says=keep-alive does=close",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Connection: keep-alive\r\n"));
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {28, "200 says=close does=keep-alive",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Connection: close\r\n"));
         EXPECT_EQ(s.wire.end, End::kOpen);
       }},
      {29, "connection : pass max_requests=2\n200",
       [](Seen& s) {
         EXPECT_FALSE(has_text(s.wire, "Connection: close"));
         s.rig.get(s.id, "/x");
         EXPECT_TRUE(has_text(s.wire, "Connection: close"));
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {29, "connection : pass idle=2s\n200",
       [](Seen& s) {
         s.rig.run(1s);
         s.rig.get(s.id, "/x");
         s.rig.run(1999ms);
         EXPECT_EQ(s.wire.end, End::kOpen);
         s.rig.run(1ms);
         EXPECT_EQ(s.wire.end, End::kFin);
         EXPECT_EQ(s.rig.entries(EntryType::kConnClose)[0].how, CloseHow::kTimeout);
       }},
      {30, "200 poison=404 poison_delay=1s",
       [](Seen& s) {
         EXPECT_FALSE(has_text(s.wire, "404"));
         s.rig.run(1s);
         EXPECT_TRUE(has_text(s.wire, "200 OK\nHTTP/1.1 404 Not Found\r\n"));
         EXPECT_EQ(s.wire.end, End::kOpen);
       }},
      {30, "200 poison",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "200 OK\nHTTP/1.1 200 OK\r\n"));
         EXPECT_EQ(s.wire.writes.size(), 1U);
       }},
  };
  for (const Row& row : rows) play(row);
}

}  // namespace
}  // namespace fault::catalogue
