// Every priority-0 row of the catalogue that concerns HTTP/1.1, by its number: the step, and what a
// client sees of it.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "fault_server/peer_test_rig.h"

namespace fault {
namespace {

struct Row {
  int number;
  std::string_view rules;
  std::function<void(PeerRig&, PeerConnectionId, const Wire&)> check;
  std::string_view request = "";  // "" a GET of /x
};

std::string_view body_of(const Wire& wire) { return after_head(wire.received); }
bool has_text(const Wire& wire, std::string_view text) {
  return wire.received.find(text) != std::string::npos;
}
bool starts(const Wire& wire, std::string_view text) { return wire.received.starts_with(text); }
std::size_t head_bytes(const Wire& wire) { return wire.received.find("\r\n\r\n") + 4; }
std::size_t status_bytes(const Wire& wire) { return wire.received.find("\r\n") + 2; }

void play(const Row& row) {
  SCOPED_TRACE("row " + std::to_string(row.number) + ": " + std::string(row.rules));
  PeerRig rig(row.rules);
  const PeerConnectionId id = rig.connect();
  if (row.request.empty()) {
    rig.get(id, "/x");
  } else {
    rig.send(id, row.request);
  }
  row.check(rig, id, rig.wire(id));
}

// Shorthands of the tables.
#define CHECK_WIRE [](PeerRig & rig, PeerConnectionId id, const Wire& wire)
#define UNUSED (void)rig, (void)id, (void)wire

constexpr std::string_view kPost = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234";

TEST(PeerCatalogue, group_a_status) {
  const std::vector<Row> rows = {
      {1, "418", CHECK_WIRE {
         UNUSED;
         EXPECT_TRUE(starts(wire, "HTTP/1.1 418 I'm a teapot\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT"));
         EXPECT_EQ(body_of(wire), "418 I'm a teapot\n");
         EXPECT_EQ(wire.end, End::kOpen);
       }},
      {2, "status=200*1,503*1 x20; stay", CHECK_WIRE {
         for (int i = 0; i < 39; ++i) rig.get(id, "/x");
         int good = 0;
         for (const Entry& entry : rig.entries(EntryType::kRespHead)) good += entry.status == 200;
         EXPECT_EQ(rig.entries(EntryType::kRespHead).size(), 40U);
         EXPECT_GT(good, 8);
         EXPECT_LT(good, 32);
         UNUSED;
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_b_latency) {
  const std::vector<Row> rows = {
      {6, "200 delay=200ms", CHECK_WIRE {
         rig.run(199ms);
         EXPECT_TRUE(wire.received.empty());
         rig.run(1ms);
         EXPECT_TRUE(starts(wire, "HTTP/1.1 200 OK"));
         UNUSED;
       }},
      {7, "200 delay=50..400ms", CHECK_WIRE {
         rig.run(49ms);
         EXPECT_TRUE(wire.received.empty());
         rig.run(400ms);
         EXPECT_FALSE(wire.received.empty());
         UNUSED;
       }},
      {8, "200 body_delay=1s", CHECK_WIRE {
         EXPECT_TRUE(wire.received.ends_with("\r\n\r\n"));
         rig.run(1s);
         EXPECT_EQ(body_of(wire), "200 OK\n");
         UNUSED;
       }},
      {8, "200 chunked body=text:abc t.X-Sum=1 trailer_delay=1s", CHECK_WIRE {
         EXPECT_EQ(body_of(wire), "3\r\nabc\r\n");
         rig.run(1s);
         EXPECT_EQ(body_of(wire), "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
         UNUSED;
       }},
      {8, "200@body:5 delay=1s body=text:0123456789", CHECK_WIRE {
         EXPECT_EQ(body_of(wire), "01234");
         rig.run(1s);
         EXPECT_EQ(body_of(wire), "0123456789");
         UNUSED;
       }},
      {9, "200 chunk=2/50ms body=text:012345", CHECK_WIRE {
         EXPECT_EQ(body_of(wire), "01");
         rig.run(50ms);
         EXPECT_EQ(body_of(wire), "0123");
         rig.run(50ms);
         EXPECT_EQ(body_of(wire), "012345");
         EXPECT_EQ(rig.entries(EntryType::kRespEnd).size(), 1U);
         UNUSED;
       }},
      {9, "200 drip=5/1s body=fill:10", CHECK_WIRE {
         EXPECT_EQ(body_of(wire), "ab");
         rig.run(1s);
         EXPECT_EQ(body_of(wire), "abcdefghij");
         UNUSED;
       }},
      {10, "200 trickle=10/50ms@headers", CHECK_WIRE {
         EXPECT_EQ(wire.received.size(), status_bytes(wire) + 10);
         rig.run(50ms);
         EXPECT_EQ(wire.received.size(), status_bytes(wire) + 20);
         rig.run(5s);
         EXPECT_EQ(body_of(wire), "200 OK\n");
         UNUSED;
       }},
      {11, "200 rate=1000 body=fill:900", CHECK_WIRE {
         rig.run(500ms);
         EXPECT_GE(wire.received.size(), 450U);
         EXPECT_LE(wire.received.size(), 600U);
         rig.run(2s);
         EXPECT_EQ(body_of(wire).size(), 900U);
         UNUSED;
       }},
      {12, "200 read_rate=5", CHECK_WIRE {
         rig.send(id, "56789");
         rig.run(1900ms);
         EXPECT_TRUE(wire.received.empty());
         rig.run(200ms);
         EXPECT_TRUE(starts(wire, "HTTP/1.1 200"));
       }, kPost},
      {12, "200 read_rate=0", CHECK_WIRE {
         rig.send(id, "56789");
         rig.run(100s);
         EXPECT_TRUE(wire.received.empty());
         EXPECT_FALSE(wire.reading);
       }, kPost},
      {13, "200 slice=1..7 body=fill:100", CHECK_WIRE {
         EXPECT_GT(wire.writes.size(), wire.received.size() / 7);
         for (const auto& [when, size] : wire.writes) EXPECT_LE(size, 7U);
         EXPECT_EQ(body_of(wire).size(), 100U);
         UNUSED;
       }},
      {14, "200 says=close linger=2s", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Connection: close\r\n"));
         rig.run(1999ms);
         EXPECT_EQ(wire.end, End::kOpen);
         rig.run(1ms);
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_c_connection_before_an_answer) {
  const std::vector<Row> rows = {
      {17, "close@accept", CHECK_WIRE {
         EXPECT_EQ(wire.end, End::kFin);
         EXPECT_TRUE(wire.received.empty());
         UNUSED;
       }},
      {18, "reset@accept", CHECK_WIRE { EXPECT_EQ(wire.end, End::kRst); UNUSED; }},
      {19, "reset@head:10", CHECK_WIRE {
         EXPECT_EQ(wire.end, End::kRst);
         EXPECT_TRUE(rig.entries(EntryType::kReqHead).empty());
         UNUSED;
       }},
      {19, "close@reqbody:5", CHECK_WIRE {
         EXPECT_EQ(wire.end, End::kFin);
         EXPECT_TRUE(rig.entries(EntryType::kReqEnd).empty());
         UNUSED;
       }, kPost},
      {19, "reset@reqbody:7", CHECK_WIRE {
         EXPECT_EQ(wire.end, End::kOpen);
         rig.send(id, "56");
         EXPECT_EQ(wire.end, End::kRst);
       }, kPost},
      {20, "reset", CHECK_WIRE {
         EXPECT_EQ(wire.end, End::kRst);
         EXPECT_TRUE(wire.received.empty());
         EXPECT_EQ(rig.entries(EntryType::kReqEnd).size(), 1U);
         UNUSED;
       }},
      {20, "close", CHECK_WIRE { EXPECT_EQ(wire.end, End::kFin); UNUSED; }},
      {24, "stall@accept", CHECK_WIRE {
         rig.run(1h);
         EXPECT_TRUE(wire.received.empty());
         EXPECT_EQ(wire.end, End::kOpen);
         EXPECT_FALSE(wire.reading);
         UNUSED;
       }},
      {25, "stall", CHECK_WIRE {
         rig.run(1h);
         EXPECT_TRUE(wire.received.empty());
         EXPECT_TRUE(wire.reading);
         EXPECT_EQ(rig.entries(EntryType::kReqEnd).size(), 1U);
         UNUSED;
       }},
      {31, "413 early=close", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.1 413"));
         EXPECT_TRUE(has_text(wire, "Connection: close\r\n"));
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }, kPost},
      {31, "401 early=drain", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.1 401"));
         EXPECT_EQ(wire.end, End::kOpen);
         rig.send(id, "56789");
         rig.get(id, "/y");
         EXPECT_EQ(rig.entries(EntryType::kRespEnd).size(), 2U);
       }, kPost},
      {31, "413 early=reset", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.1 413"));
         EXPECT_EQ(wire.end, End::kRst);
         UNUSED;
       }, kPost},
      {31, "413 early=stay", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.1 413"));
         EXPECT_EQ(wire.end, End::kOpen);
         EXPECT_FALSE(wire.reading);
         UNUSED;
       }, kPost},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_c_connection_within_an_answer) {
  const std::vector<Row> rows = {
      {21, "reset@status:5", CHECK_WIRE {
         EXPECT_EQ(wire.received, "HTTP/");
         EXPECT_EQ(wire.end, End::kRst);
         UNUSED;
       }},
      {21, "close@headers:20", CHECK_WIRE {
         EXPECT_EQ(wire.received.size(), status_bytes(wire) + 20);
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {22, "reset@body:512", CHECK_WIRE {
         EXPECT_EQ(body_of(wire).size(), 512U);
         EXPECT_TRUE(has_text(wire, "Content-Length: 1024\r\n"));
         EXPECT_EQ(wire.end, End::kRst);
         UNUSED;
       }},
      {22, "close@body:25% body=fill:400", CHECK_WIRE {
         EXPECT_EQ(body_of(wire).size(), 100U);
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {22, "truncate body=random:1k chunked", CHECK_WIRE {
         EXPECT_EQ(body_of(wire).size(), 500U + 5U);  // 3e8 CR LF, then the content
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {23, "halfclose@body:10 body=fill:20", CHECK_WIRE {
         EXPECT_EQ(body_of(wire).size(), 10U);
         EXPECT_EQ(wire.end, End::kShut);
         EXPECT_TRUE(wire.reading);
         rig.leave(id);
         EXPECT_EQ(wire.end, End::kFin);
       }},
      {23, "halfclose side=in", CHECK_WIRE {
         EXPECT_EQ(body_of(wire), "200 OK\n");
         EXPECT_FALSE(wire.reading);
         UNUSED;
       }},
      {26, "stall@body:10 body=fill:20", CHECK_WIRE {
         rig.run(1h);
         EXPECT_EQ(body_of(wire).size(), 10U);
         EXPECT_EQ(wire.end, End::kOpen);
         UNUSED;
       }},
      {27, "200 race=fin; 200", CHECK_WIRE {
         rig.run(1s);
         EXPECT_EQ(wire.end, End::kOpen);
         rig.get(id, "/second");
         EXPECT_EQ(wire.end, End::kFin);
         EXPECT_EQ(rig.entries(EntryType::kRespHead).size(), 1U);
         const auto heads = rig.entries(EntryType::kReqHead);
         ASSERT_EQ(heads.size(), 2U);
         EXPECT_EQ(heads[1].target, "/second");
         EXPECT_EQ(heads[1].notes, std::vector<std::string>{"raced: not processed"});
         EXPECT_GT(rig.entries(EntryType::kConnClose)[0].unread_bytes, 0U);
       }},
      {27, "200 race=reset", CHECK_WIRE {
         rig.get(id, "/second");
         EXPECT_EQ(wire.end, End::kRst);
       }},
      {28, "200 says=keep-alive does=close", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Connection: keep-alive\r\n"));
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {28, "200 says=close does=keep-alive", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Connection: close\r\n"));
         EXPECT_EQ(wire.end, End::kOpen);
         UNUSED;
       }},
      {29, "connection : pass max_requests=2\n200", CHECK_WIRE {
         EXPECT_FALSE(has_text(wire, "Connection: close"));
         rig.get(id, "/x");
         EXPECT_TRUE(has_text(wire, "Connection: close"));
         EXPECT_EQ(wire.end, End::kFin);
       }},
      {29, "connection : pass idle=2s\n200", CHECK_WIRE {
         rig.run(1s);
         rig.get(id, "/x");
         rig.run(1999ms);
         EXPECT_EQ(wire.end, End::kOpen);
         rig.run(1ms);
         EXPECT_EQ(wire.end, End::kFin);
         EXPECT_EQ(rig.entries(EntryType::kConnClose)[0].how, CloseHow::kTimeout);
       }},
      {30, "200 poison=404 poison_delay=1s", CHECK_WIRE {
         EXPECT_FALSE(has_text(wire, "404"));
         rig.run(1s);
         EXPECT_TRUE(has_text(wire, "200 OK\nHTTP/1.1 404 Not Found\r\n"));
         EXPECT_EQ(wire.end, End::kOpen);
         UNUSED;
       }},
      {30, "200 poison", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "200 OK\nHTTP/1.1 200 OK\r\n"));
         EXPECT_EQ(wire.writes.size(), 1U);
         UNUSED;
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_e_lengths_and_chunks) {
  const std::vector<Row> rows = {
      {39, "200 length=+10 body=text:abc", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 13\r\n"));
         EXPECT_EQ(body_of(wire), "abc");
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {39, "200 length=-2 body=text:abc", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 1\r\n"));
         EXPECT_EQ(body_of(wire), "abc");
         EXPECT_EQ(wire.end, End::kOpen);
         UNUSED;
       }},
      {40, "200 chunked=bad-size body=text:abc",
       CHECK_WIRE { EXPECT_TRUE(body_of(wire).starts_with("G3\r\nabc\r\n")); UNUSED; }},
      {40, "200 chunked=no-terminator body=text:abc", CHECK_WIRE {
         EXPECT_EQ(body_of(wire), "3\r\nabc\r\n");
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {40, "200 chunked=huge-ext body=text:abc",
       CHECK_WIRE { EXPECT_GT(body_of(wire).size(), 100'000U); UNUSED; }},
      {40, "200 chunked=bad-crlf body=text:abc",
       CHECK_WIRE { EXPECT_EQ(body_of(wire), "3\r\nabcXX0\r\n\r\n"); UNUSED; }},
      {44, "200 framing=same-lengths", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 7\r\nContent-Length: 7\r\n"));
         UNUSED;
       }},
      {44, "200 framing=conflicting-lengths", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 7\r\nContent-Length: 8\r\n"));
         UNUSED;
       }},
      {44, "200 framing=length-and-chunked", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n"));
         EXPECT_EQ(body_of(wire), "7\r\n200 OK\n\r\n0\r\n\r\n");
         UNUSED;
       }},
      {44, "200 framing=te-http10", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.0 200 OK\r\n"));
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {45, "204 force_body body=text:abc", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 3\r\n"));
         EXPECT_EQ(body_of(wire), "abc");
         UNUSED;
       }},
      {45, "204", CHECK_WIRE {
         EXPECT_FALSE(has_text(wire, "Content-Length"));
         EXPECT_EQ(body_of(wire), "");
         UNUSED;
       }},
      {45, "200 length=none", CHECK_WIRE {
         EXPECT_FALSE(has_text(wire, "Content-Length"));
         EXPECT_EQ(body_of(wire), "200 OK\n");
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {45, "200 force_body",
       CHECK_WIRE { EXPECT_EQ(body_of(wire), "200 OK\n"); UNUSED; },
       "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {45, "200", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Content-Length: 7\r\n"));
         EXPECT_EQ(body_of(wire), "");
         UNUSED;
       }, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_e_heads_and_garbage) {
  const std::vector<Row> rows = {
      {41, "garbage bytes=300", CHECK_WIRE {
         EXPECT_EQ(wire.received.size(), 300U);
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
      {41, "garbage@body bytes=50", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.1 200 OK\r\n"));
         EXPECT_EQ(wire.received.size(), head_bytes(wire) + 50);
         UNUSED;
       }},
      {42, "200 bad=fold,no-colon", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "X-Fold: one\r\n two\r\nno colon in this line\r\n\r\n"));
         UNUSED;
       }},
      {42, "200 bad=nul", CHECK_WIRE {
         EXPECT_NE(wire.received.find(std::string("a\0b", 3)), std::string::npos);
         UNUSED;
       }},
      {42, "200 bad=bare-lf", CHECK_WIRE { EXPECT_TRUE(has_text(wire, "X-Bare-Lf: a\n\r\n")); UNUSED; }},
      {42, "200 bad=huge:100000", CHECK_WIRE { EXPECT_GT(head_bytes(wire), 100'000U); UNUSED; }},
      {42, "200 bad=many:5000", CHECK_WIRE {
         EXPECT_GT(head_bytes(wire), 50'000U);
         EXPECT_EQ(body_of(wire), "200 OK\n");
         UNUSED;
       }},
      {43, "200 interim=100x3,103", CHECK_WIRE {
         EXPECT_TRUE(starts(wire,
                            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "));
         UNUSED;
       }},
      {43, "101", CHECK_WIRE {
         EXPECT_TRUE(starts(wire, "HTTP/1.1 101 Switching Protocols\r\n"));
         EXPECT_TRUE(has_text(wire, "Upgrade: fault\r\n"));
         UNUSED;
       }},
      {41, "raw \"HTTP/9\\r\\n\"", CHECK_WIRE {
         EXPECT_EQ(wire.received, "HTTP/9\r\n");
         EXPECT_EQ(wire.end, End::kFin);
         UNUSED;
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, row_42_and_43_floods_without_end_take_bounded_memory_and_stop_with_the_client) {
  for (std::string_view rule : {"200 bad=endless rate=1M", "200 interim=100xendless rate=1M"}) {
    SCOPED_TRACE(rule);
    PeerRig rig(rule);
    const auto id = rig.connect();
    rig.get(id, "/x");
    rig.run(1s);
    EXPECT_GT(rig.wire(id).received.size(), 900'000U);
    for (const auto& [when, size] : rig.wire(id).writes) EXPECT_LE(size, 64U * 1024);
    rig.leave(id);
    EXPECT_EQ(rig.wire(id).end, End::kFin);
    EXPECT_TRUE(rig.peer().next_deadline().is_never());
  }
}

TEST(PeerCatalogue, group_g_pacing) {
  const std::vector<Row> rows = {
      {65, "503 ra=120", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Retry-After: 120\r\n"));
         EXPECT_EQ(rig.entries(EntryType::kRespHead)[0].retry_after_s, 120);
         UNUSED;
       }},
      {65, "503 ra=date:rfc850+2s", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Retry-After: Sunday, 06-Nov-94 08:49:40 GMT\r\n"));
         // The date is rounded up from 39.25, the clock stands at 37.25.
         EXPECT_EQ(rig.entries(EntryType::kRespHead)[0].retry_after_s, 2.75);
         UNUSED;
       }},
      {66, "503 ra=two:1,2", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Retry-After: 1\r\nRetry-After: 2\r\n"));
         UNUSED;
       }},
      {66, "503 ra=\"soon\"", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Retry-After: soon\r\n"));
         EXPECT_LT(rig.entries(EntryType::kRespHead)[0].retry_after_s, 0);
         UNUSED;
       }},
      {66, "503 ra=date:imf+2s date_skew=-1h", CHECK_WIRE {
         EXPECT_TRUE(has_text(wire, "Date: Sun, 06 Nov 1994 07:49:37 GMT\r\n"));
         EXPECT_TRUE(has_text(wire, "Retry-After: Sun, 06 Nov 1994 07:49:40 GMT\r\n"));
         UNUSED;
       }},
      {68, "limit rate=2/s burst=2 ra=auto", CHECK_WIRE {
         rig.get(id, "/");
         EXPECT_FALSE(has_text(wire, "HTTP/1.1 429"));
         rig.get(id, "/");
         EXPECT_TRUE(has_text(wire, "HTTP/1.1 429 Too Many Requests\r\n"));
         EXPECT_TRUE(has_text(wire, "Retry-After: 1\r\n"));
         rig.run(1s);
         rig.get(id, "/");
         EXPECT_EQ(rig.entries(EntryType::kRespHead).back().status, 200);
       }, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {68, "limit kind=concurrency max=1 delay=1s", CHECK_WIRE {
         const auto other = rig.connect();
         rig.get(other, "/");
         EXPECT_TRUE(rig.wire(other).received.empty());  // delay= is also that of a refusal
         rig.run(1s);
         EXPECT_TRUE(starts(rig.wire(other), "HTTP/1.1 429"));
         rig.get(id, "/");
         rig.run(1s);
         EXPECT_EQ(rig.entries(EntryType::kRespHead).back().status, 200);
         UNUSED;
       }, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {69, "overload workers=1 queue=1 service=100ms ra=auto", CHECK_WIRE {
         const auto second = rig.connect(), third = rig.connect();
         rig.get(second, "/");
         rig.get(third, "/");
         EXPECT_TRUE(starts(rig.wire(third), "HTTP/1.1 503"));
         EXPECT_TRUE(has_text(rig.wire(third), "Retry-After: 1\r\n"));
         rig.run(100ms);
         EXPECT_TRUE(starts(wire, "HTTP/1.1 200"));
         EXPECT_TRUE(rig.wire(second).received.empty());
         rig.run(100ms);
         EXPECT_TRUE(starts(rig.wire(second), "HTTP/1.1 200"));
         UNUSED;
       }, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_h_sequences_per_key_and_overrides) {
  PeerRig rig("503 x2; 200; 404");
  const auto id = rig.connect();
  for (int i = 0; i < 3; ++i) rig.get(id, "/x", "X-Client-Id: a\r\n");
  rig.get(id, "/x", "X-Client-Id: b\r\n");
  rig.get(id, "/x", "X-Client-Id: a\r\nX-Fault: 418\r\n");
  rig.get(id, "/x?fault=429%20ra=1", "X-Client-Id: a\r\n");
  std::vector<int> statuses;
  for (const Entry& entry : rig.entries(EntryType::kRespHead)) statuses.push_back(entry.status);
  EXPECT_EQ(statuses, (std::vector<int>{503, 503, 200, 503, 418, 429}));
}

TEST(PeerCatalogue, row_15_the_nth_connection_is_refused_where_the_shell_asks) {
  PeerRig rig(PeerRig::scenario_of("connection 2,3 : refuse"), Refusals::kByQuestion);
  EXPECT_FALSE(rig.peer().refuse_connect("h1", "127.0.0.1", rig.now()));
  rig.connect();
  EXPECT_TRUE(rig.peer().refuse_connect("h1", "127.0.0.1", rig.now()));
  EXPECT_TRUE(rig.peer().refuse_connect("h1", "127.0.0.1", rig.now()));
  EXPECT_FALSE(rig.peer().refuse_connect("h1", "127.0.0.1", rig.now()));
  EXPECT_EQ(rig.entries(EntryType::kConnRefused).size(), 2U);
}

TEST(PeerCatalogue, row_15_the_listener_is_closed_while_a_refusal_is_due) {
  PeerRig rig("connection 2 : refuse");
  EXPECT_TRUE(rig.listening());
  rig.connect();
  EXPECT_FALSE(rig.listening());
  rig.run(kRefusalWindow - 1ms);
  EXPECT_FALSE(rig.listening());
  rig.run(1ms);
  EXPECT_TRUE(rig.listening());
  EXPECT_EQ(rig.entries(EntryType::kConnRefused).size(), 1U);
  EXPECT_TRUE(rig.peer().next_deadline().is_never());
}

}  // namespace
}  // namespace fault
