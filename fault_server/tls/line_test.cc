// Faults of TLS as a client sees them, and what the journal says, in virtual time. The rows are
// those of the catalogue in docs: group D.
#include "fault_server/tls/line.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include <string>

#include "fault_server/answer/body.h"
#include "fault_server/tls/client_rig.h"

namespace fault {
namespace {

TEST(TlsLine, a_request_is_answered_over_tls_and_the_journal_tells_of_the_handshake) {
  TlsRig rig("/x : 200 body=text:hello");
  TlsRig::Call call = rig.connect();
  ASSERT_TRUE(call->established) << call->reason;
  EXPECT_EQ(call->verified(), X509_V_OK);
  EXPECT_EQ(call->version(), "TLSv1.3");
  EXPECT_EQ(call->alpn(), "http/1.1");
  rig.get(call, "/x");
  EXPECT_EQ(after_head(call->received), "hello");
  const std::string notes = rig.notes(EntryType::kTls);
  for (std::string_view part :
       {"version=TLSv1.3", "alpn=http/1.1", "sni=a.test", "resumed=no", "certificate=good"}) {
    EXPECT_TRUE(contains(notes, part)) << notes;
  }
  EXPECT_FALSE(contains(notes, "failed")) << notes;
}

TEST(TlsLine, the_journal_counts_plaintext) {
  TlsRig rig("/x : 200 body=text:hello does=close");
  TlsRig::Call call = rig.connect();
  rig.get(call, "/x");
  EXPECT_EQ(rig.last_close().bytes_out, call->received.size());
  EXPECT_EQ(rig.last_close().bytes_in,
            std::string("GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n").size());
}

TEST(TlsLine, a_close_says_close_notify_before_the_fin) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsRig rig("/x : 200 does=close");
    TlsRig::Call call = rig.connect({.version = version});
    rig.get(call, "/x");
    EXPECT_TRUE(call->closed);
    EXPECT_EQ(rig.wire(call).end, End::kFin);
  }
}

TEST(TlsLine, a_large_body_arrives_however_little_the_kernel_takes) {
  for (const std::size_t taken : {0U, 1000U, 5U}) {
    TlsRig rig("");
    rig.rig().taken_at_once = taken;
    TlsRig::Call call = rig.connect();
    rig.get(call, "/bytes/200k?seed=3", "Connection: close\r\n");
    EXPECT_EQ(after_head(call->received), seeded_bytes(3, 0, 200'000));
    EXPECT_TRUE(call->closed);
  }
}

TEST(TlsLine, input_may_come_byte_by_byte) {
  TlsRig rig("/x : 200 body=text:hello");
  TlsRig::Call call{rig.rig().connect("127.0.0.1", "tls"),
                    std::make_unique<TlsClient>(*TlsRig::kit(), rig.rig().now().wall), 0};
  const auto trickle = [&] {
    for (;;) {
      const std::string out = call->take_output();
      for (const char byte : out) rig.rig().send(call.id, std::string_view(&byte, 1));
      const std::string& all = rig.wire(call).received;
      if (out.empty() && call.read == all.size()) return;
      for (; call.read < all.size(); ++call.read) {
        call->feed(std::string_view(all).substr(call.read, 1));
      }
    }
  };
  call->feed("");
  trickle();
  ASSERT_TRUE(call->established);
  call->write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  trickle();
  EXPECT_EQ(after_head(call->received), "hello");
}

// However the ciphertext is cut, both ways, and however little the kernel takes at once.
RC_GTEST_PROP(TlsLineProperty, cuts_change_nothing, ()) {
  const std::string rule = *rc::gen::element<std::string>(
      "200 body=random:40k does=close", "tls.alert@body:99 alert=access_denied",
      "tls.truncate body=fill:100", "connection : tls.garbage", "reset@body:5",
      "connection : tls.stall flight=2", "connection : tls.cert cert=incomplete");
  const int version = *rc::gen::element(TLS1_2_VERSION, TLS1_3_VERSION);
  const auto play = [&](bool cuts) {
    TlsRig rig(rule);
    if (cuts) rig.rig().taken_at_once = *rc::gen::inRange<std::size_t>(1, 3000);
    TlsRig::Call call{rig.rig().connect("127.0.0.1", "tls"),
                      std::make_unique<TlsClient>(*TlsRig::kit(), rig.rig().now().wall,
                                                  TlsClientWish{.version = version}),
                      0};
    const auto piece = [&](std::string_view rest) {
      const std::size_t most = cuts ? *rc::gen::inRange<std::size_t>(1, 2000) : rest.size();
      return rest.substr(0, std::min(most, rest.size()));
    };
    const auto talk = [&] {
      for (bool moved = true; moved;) {
        const std::string out = call->take_output();
        for (std::string_view rest = out; !rest.empty();) {
          const std::string_view now = piece(rest);
          rig.rig().send(call.id, now);
          rest.remove_prefix(now.size());
        }
        const std::string& all = rig.wire(call).received;
        moved = !out.empty() || call.read < all.size();
        while (call.read < all.size()) {
          const std::string_view now = piece(std::string_view(all).substr(call.read));
          call.read += now.size();
          call->feed(now);
        }
      }
    };
    call->feed("");
    talk();
    call->write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    talk();
    std::string out = call->received + "|" + call->alert + "|" + std::to_string(call->closed) +
                      std::to_string(call->verified());
    for (const Entry& entry : rig.rig().peer().journal().entries()) {
      out += "\n" + std::string(type_word(entry.type)) + " " + std::string(how_word(entry.how));
    }
    return out;
  };
  RC_ASSERT(play(true) == play(false));
}

TEST(TlsLine, a_client_may_resume_but_not_past_another_certificate) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsRig rig("connection 3 : tls.cert cert=wrong-host");
    TlsRig::Call first = rig.connect({.version = version});
    rig.get(first, "/x");
    ASSERT_NE(first->session(), nullptr);
    TlsRig::Call second = rig.connect({.version = version, .resume = first->session()});
    EXPECT_TRUE(second->resumed());
    EXPECT_TRUE(contains(rig.notes(EntryType::kTls, 1), "resumed=yes"));
    rig.get(second, "/status/200");
    EXPECT_TRUE(contains(second->received, "200 OK"));
    TlsRig::Call third = rig.connect({.version = version, .resume = second->session()});
    EXPECT_FALSE(third->resumed());
    EXPECT_EQ(third->verified(), X509_V_ERR_HOSTNAME_MISMATCH);
  }
}

TEST(TlsLine, a_key_update_of_the_client_is_followed) {
  TlsRig rig("/x : 200 body=text:hello");
  TlsRig::Call call = rig.connect({.version = TLS1_3_VERSION});
  call->update_key();
  rig.get(call, "/x");
  rig.get(call, "/x");
  EXPECT_TRUE(call->received.ends_with("hello")) << call->reason;
}

TEST(TlsLine, alpn_chooses_the_protocol) {
  TlsRig rig("");
  TlsRig::Call call = rig.connect({.alpn = {"h2", "http/1.1"}});
  EXPECT_EQ(call->alpn(), "h2");
  // The first thing a server says in HTTP/2 is a SETTINGS frame.
  ASSERT_GT(call->received.size(), 9U);
  EXPECT_EQ(call->received[3], 4);
  EXPECT_TRUE(contains(rig.notes(EntryType::kTls), "alpn=h2"));
}

TEST(TlsLine, requests_are_matched_by_name_and_protocol) {
  TlsRig rig("");
  Scenario scenario = rig.rig().peer().rulebook().scenario();
  Rule rule;
  rule.id = "by-name";
  rule.match.sni = "*.A.test";
  rule.match.alpn = "http/1.1";
  rule.script.steps.resize(1);
  rule.script.steps[0].status = 418;
  scenario.rules.push_back(rule);
  rig.rig().peer().replace(scenario, rig.rig().now());
  TlsRig::Call other = rig.connect({.host = "a.test"});
  rig.get(other, "/x");
  EXPECT_FALSE(contains(other->received, "418"));
  TlsRig::Call named = rig.connect({.host = "x.a.test"});
  rig.get(named, "/x");
  EXPECT_TRUE(contains(named->received, "HTTP/1.1 418"));
}

TEST(TlsLine, a_client_that_leaves_without_close_notify_is_noted) {
  TlsRig rig("");
  TlsRig::Call rude = rig.connect();
  rig.rig().leave(rude.id);
  EXPECT_EQ(rig.notes(EntryType::kTls, 1), "client closed without close_notify");
  TlsRig::Call polite = rig.connect();
  polite->close_notify();
  rig.talk(polite);
  EXPECT_EQ(rig.rig().entries(EntryType::kTls).size(), 3U);
  EXPECT_EQ(rig.last_close().closed_by, ClosedBy::kClient);
}

TEST(TlsLine, a_client_without_tls_is_told_nothing_it_could_not_read) {
  TlsRig rig("");
  const PeerConnectionId id = rig.rig().connect("127.0.0.1", "tls");
  rig.rig().get(id, "/x");
  EXPECT_EQ(rig.rig().wire(id).end, End::kFin);
  EXPECT_TRUE(contains(rig.notes(EntryType::kTls), "failed=http request"));
  EXPECT_EQ(rig.last_close().closed_by, ClosedBy::kServer);
}

TEST(TlsLine, a_client_that_refuses_the_certificate_is_the_one_that_closed) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsRig rig("", TlsRig::secure("expired"));
    TlsRig::Call call = rig.connect({.version = version, .insists = true});
    EXPECT_TRUE(call->failed);
    EXPECT_TRUE(contains(rig.notes(EntryType::kTls), "alert_received=certificate_expired"));
    EXPECT_EQ(rig.last_close().closed_by, ClosedBy::kClient);
    EXPECT_EQ(rig.last_close().how, CloseHow::kAlert);
    EXPECT_EQ(rig.wire(call).end, End::kFin);
  }
}

TEST(TlsLine, a_client_that_floods_a_late_handshake_is_not_listened_to_until_it_is_over) {
  TlsRig rig("connection : tls.stall flight=2 delay=1s\n/x : 200 body=text:hello");
  TlsRig::Call call = rig.connect({.version = TLS1_3_VERSION});
  ASSERT_TRUE(call->established);
  call->write("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(rig.wire(call).reading, i < 27) << i;
    call->write(std::string(10'000, 'x'));
    rig.talk(call);
  }
  rig.run(call, 1s);
  EXPECT_TRUE(rig.wire(call).reading);
  EXPECT_EQ(after_head(call->received), "hello");
}

TEST(TlsLine, a_plain_listener_beside_it_leaves_out_what_is_about_tls) {
  TlsRig rig("connection : tls.stall\n/x : tls.alert@body:5 body=fill:10");
  const PeerConnectionId id = rig.rig().connect("127.0.0.1", "h1");
  rig.rig().get(id, "/x");
  EXPECT_EQ(after_head(rig.rig().wire(id).received), "abcde");
  EXPECT_EQ(rig.rig().wire(id).end, End::kFin);
  EXPECT_EQ(rig.last_close().how, CloseHow::kFin);
  EXPECT_TRUE(contains(rig.notes(EntryType::kFault), "tls.stall: not played"));
}

TEST(TlsLine, an_operator_may_end_it_by_an_alert) {
  TlsRig rig("/x : 200 delay=1h");
  TlsRig::Call call = rig.connect();
  rig.get(call, "/x");
  rig.rig().kill(call.id, KillHow::kTlsAlert);
  rig.talk(call);
  EXPECT_EQ(call->alert, "internal_error");
  EXPECT_EQ(rig.wire(call).end, End::kFin);
  EXPECT_EQ(rig.last_close().how, CloseHow::kAlert);
  EXPECT_EQ(rig.rig().peer().open_connections(), 0U);

  TlsRig::Call reset = rig.connect();
  rig.rig().kill(reset.id, KillHow::kRst);
  EXPECT_EQ(rig.wire(reset).end, End::kRst);
  const PeerConnectionId early = rig.rig().connect("127.0.0.1", "tls");
  rig.rig().kill(early, KillHow::kFin);
  EXPECT_EQ(rig.rig().wire(early).end, End::kFin);
  EXPECT_EQ(rig.rig().peer().open_connections(), 0U);
}

TEST(TlsLine, the_journal_ends_every_connection_once) {
  for (const std::string_view rule :
       {"connection : tls.garbage", "connection : tls.plain", "connection : tls.stall",
        "connection : tls.alert", "connection : tls.cert cert=expired", "connection : reset@tls:40",
        "connection : close@accept", "connection : reset@head:3", "connection : halfclose@tls",
        "connection : tls.truncate", "connection : tls.stall flight=2", "tls.alert@headers:3",
        "tls.truncate@body:4 body=fill:9", "reset@body:5", "stall@headers", "200"}) {
    TlsRig rig(rule);
    TlsRig::Call call = rig.connect();
    rig.get(call, "/x");
    rig.run(call, 10s);
    rig.rig().leave(call.id);
    EXPECT_EQ(rig.rig().entries(EntryType::kConnOpen).size(), 1U) << rule;
    EXPECT_EQ(rig.rig().entries(EntryType::kConnClose).size(), 1U) << rule;
    EXPECT_EQ(rig.rig().peer().open_connections(), 0U) << rule;
  }
}

}  // namespace
}  // namespace fault
