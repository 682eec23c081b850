// Every priority-0 row of the catalogue's groups E, G and H that concerns HTTP/1.1, by its number.
#include <gtest/gtest.h>

#include "fault_server/catalogue/peer_rows_rig.h"

namespace fault::catalogue {
namespace {

TEST(PeerCatalogue, group_e_lengths_and_chunks) {
  const std::vector<Row> rows = {
      {39, "200 length=+10 body=text:abc",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 13\r\n"));
         EXPECT_EQ(body_of(s.wire), "abc");
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {39, "200 length=-2 body=text:abc",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 1\r\n"));
         EXPECT_EQ(body_of(s.wire), "abc");
         EXPECT_EQ(s.wire.end, End::kOpen);
       }},
      {40, "200 chunked=bad-size body=text:abc",
       [](Seen& s) { EXPECT_TRUE(body_of(s.wire).starts_with("G3\r\nabc\r\n")); }},
      {40, "200 chunked=no-terminator body=text:abc",
       [](Seen& s) {
         EXPECT_EQ(body_of(s.wire), "3\r\nabc\r\n");
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {40, "200 chunked=huge-ext body=text:abc",
       [](Seen& s) { EXPECT_GT(body_of(s.wire).size(), 100'000U); }},
      {40, "200 chunked=bad-crlf body=text:abc",
       [](Seen& s) { EXPECT_EQ(body_of(s.wire), "3\r\nabcXX0\r\n\r\n"); }},
      {44, "200 framing=same-lengths",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 7\r\nContent-Length: 7\r\n"));
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_e_codings) {
  const std::vector<Row> rows = {
      {46, "200 coding=gzip body=fill:100000",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Encoding: gzip\r\n"));
         EXPECT_TRUE(body_of(s.wire).starts_with("\x1f\x8b"));
         EXPECT_LT(body_of(s.wire).size(), 1000U);
       }},
      {46, "200 coding=deflate coding_flaw=surplus body=text:abc",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Encoding: deflate\r\n"));
         EXPECT_TRUE(body_of(s.wire).ends_with("surplus"));
       }},
      {46, "200 coding=gzip coding_flaw body=text:abc",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 16\r\n"));  // of 23, the framing in order
         EXPECT_EQ(body_of(s.wire).size(), 16U);
       }},
      {46, "200 h.Content-Encoding=gzip body=text:abc",
       [](Seen& s) { EXPECT_EQ(body_of(s.wire), "abc"); }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_e_framing_at_odds) {
  const std::vector<Row> rows = {
      {44, "200 framing=conflicting-lengths",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 7\r\nContent-Length: 8\r\n"));
       }},
      {44, "200 framing=length-and-chunked",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n"));
         EXPECT_EQ(body_of(s.wire), "7\r\n200 OK\n\r\n0\r\n\r\n");
       }},
      {44, "200 framing=te-http10",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.0 200 OK\r\n"));
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {45, "204 force_body body=text:abc",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 3\r\n"));
         EXPECT_EQ(body_of(s.wire), "abc");
       }},
      {45, "204",
       [](Seen& s) {
         EXPECT_FALSE(has_text(s.wire, "Content-Length"));
         EXPECT_EQ(body_of(s.wire), "");
       }},
      {45, "200 length=none",
       [](Seen& s) {
         EXPECT_FALSE(has_text(s.wire, "Content-Length"));
         EXPECT_EQ(body_of(s.wire), "200 OK\n");
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {45, "200 force_body", [](Seen& s) { EXPECT_EQ(body_of(s.wire), "200 OK\n"); },
       "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {45, "200",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Content-Length: 7\r\n"));
         EXPECT_EQ(body_of(s.wire), "");
       },
       "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_e_garbage_and_spoilt_heads) {
  const std::vector<Row> rows = {
      {41, "garbage bytes=300",
       [](Seen& s) {
         EXPECT_EQ(s.wire.received.size(), 300U);
         EXPECT_EQ(s.wire.end, End::kFin);
       }},
      {41, "garbage@body bytes=50",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 200 OK\r\n"));
         EXPECT_EQ(s.wire.received.size(), head_bytes(s.wire) + 50);
       }},
      {42, "200 bad=fold,no-colon",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "X-Fold: one\r\n two\r\nno colon in this line\r\n\r\n"));
       }},
      {42, "200 bad=nul",
       [](Seen& s) { EXPECT_NE(s.wire.received.find(std::string("a\0b", 3)), std::string::npos); }},
      {42, "200 bad=bare-lf", [](Seen& s) { EXPECT_TRUE(has_text(s.wire, "X-Bare-Lf: a\n\r\n")); }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_e_floods_and_interims) {
  const std::vector<Row> rows = {
      {42, "200 bad=huge:100000", [](Seen& s) { EXPECT_GT(head_bytes(s.wire), 100'000U); }},
      {42, "200 bad=many:5000",
       [](Seen& s) {
         EXPECT_GT(head_bytes(s.wire), 50'000U);
         EXPECT_EQ(body_of(s.wire), "200 OK\n");
       }},
      {43, "200 interim=100x3,103",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire,
                            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "));
       }},
      {43, "101",
       [](Seen& s) {
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 101 Switching Protocols\r\n"));
         EXPECT_TRUE(has_text(s.wire, "Upgrade: fault\r\n"));
       }},
      {41, "raw \"HTTP/9\\r\\n\"",
       [](Seen& s) {
         EXPECT_EQ(s.wire.received, "HTTP/9\r\n");
         EXPECT_EQ(s.wire.end, End::kFin);
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

TEST(PeerCatalogue, group_g_retry_after) {
  const std::vector<Row> rows = {
      {65, "503 ra=120",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Retry-After: 120\r\n"));
         EXPECT_EQ(s.rig.entries(EntryType::kRespHead)[0].retry_after_s, 120);
       }},
      {65, "503 ra=date:rfc850+2s",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Retry-After: Sunday, 06-Nov-94 08:49:40 GMT\r\n"));
         // The date is rounded up from 39.25, the clock stands at 37.25.
         EXPECT_EQ(s.rig.entries(EntryType::kRespHead)[0].retry_after_s, 2.75);
       }},
      {66, "503 ra=two:1,2",
       [](Seen& s) { EXPECT_TRUE(has_text(s.wire, "Retry-After: 1\r\nRetry-After: 2\r\n")); }},
      {66, "503 ra=\"soon\"",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Retry-After: soon\r\n"));
         EXPECT_LT(s.rig.entries(EntryType::kRespHead)[0].retry_after_s, 0);
       }},
      {66, "503 ra=date:imf+2s date_skew=-1h",
       [](Seen& s) {
         EXPECT_TRUE(has_text(s.wire, "Date: Sun, 06 Nov 1994 07:49:37 GMT\r\n"));
         EXPECT_TRUE(has_text(s.wire, "Retry-After: Sun, 06 Nov 1994 07:49:40 GMT\r\n"));
       }},
  };
  for (const Row& row : rows) play(row);
}

TEST(PeerCatalogue, group_g_limits_and_overload) {
  const std::vector<Row> rows = {
      {68, "limit rate=2/s burst=2 ra=auto",
       [](Seen& s) {
         s.rig.get(s.id, "/");
         EXPECT_FALSE(has_text(s.wire, "HTTP/1.1 429"));
         s.rig.get(s.id, "/");
         EXPECT_TRUE(has_text(s.wire, "HTTP/1.1 429 Too Many Requests\r\n"));
         EXPECT_TRUE(has_text(s.wire, "Retry-After: 1\r\n"));
         s.rig.run(1s);
         s.rig.get(s.id, "/");
         EXPECT_EQ(s.rig.entries(EntryType::kRespHead).back().status, 200);
       },
       "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {68, "limit kind=concurrency max=1 delay=1s",
       [](Seen& s) {
         const auto other = s.rig.connect();
         s.rig.get(other, "/");
         EXPECT_TRUE(s.rig.wire(other).received.empty());  // delay= is also that of a refusal
         s.rig.run(1s);
         EXPECT_TRUE(starts(s.rig.wire(other), "HTTP/1.1 429"));
         s.rig.get(s.id, "/");
         s.rig.run(1s);
         EXPECT_EQ(s.rig.entries(EntryType::kRespHead).back().status, 200);
       },
       "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {69, "overload workers=1 queue=1 service=100ms ra=auto",
       [](Seen& s) {
         const auto second = s.rig.connect(), third = s.rig.connect();
         s.rig.get(second, "/");
         s.rig.get(third, "/");
         EXPECT_TRUE(starts(s.rig.wire(third), "HTTP/1.1 503"));
         EXPECT_TRUE(has_text(s.rig.wire(third), "Retry-After: 1\r\n"));
         s.rig.run(100ms);
         EXPECT_TRUE(starts(s.wire, "HTTP/1.1 200"));
         EXPECT_TRUE(s.rig.wire(second).received.empty());
         s.rig.run(100ms);
         EXPECT_TRUE(starts(s.rig.wire(second), "HTTP/1.1 200"));
       },
       "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
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
}  // namespace fault::catalogue
