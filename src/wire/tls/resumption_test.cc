// Sessions resumed across the connections of an origin (RFC 8446 §2.2, RFC 5246 §7.3), and the
// store they wait in.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "wire/tls/certificate.h"
#include "wire/tls/pins.h"
#include "wire/tls/session_rig.h"
#include "wire/tls/tickets.h"

namespace holdfast::wire {
namespace {

/// Versions, and for TLS 1.2 both ways to name a session.
struct SessionKind {
  const char* name;
  int version;
  bool by_id;
};

class TlsResumption : public testing::TestWithParam<SessionKind> {
 protected:
  RigCertificate root = make_authority();
  RigCertificate certificate = make_certificate({.from_days = -10, .until_days = 10}, &root);
  RigServerWish wish = {.certificate = &certificate,
                        .max_version = GetParam().version,
                        .by_session_id = GetParam().by_id};
  TlsPolicy policy = rig_policy(root);
  bool is_1_3() const { return GetParam().version == TLS1_3_VERSION; }

  /// One connection from its beginning to a sudden end; whether it was resumed.
  static bool connect(TlsContext& context, RigServer& server,
                      const TlsTarget& target = rig_target()) {
    RigClient client(context, target);
    RigConnection connection(server);
    meet(client, connection);
    EXPECT_TRUE(client.session.established()) << client.session.detail();
    connection.send("hello");
    client.give(connection.take());
    EXPECT_EQ(client.received, "hello");
    connection.give(client.seal("hello"));
    EXPECT_EQ(connection.received(), "hello");
    EXPECT_EQ(SSL_session_reused(&connection.ssl()) == 1, client.session.resumed());
    return client.session.resumed();
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, TlsResumption,
                         testing::Values(SessionKind{"tls_1_3", TLS1_3_VERSION, false},
                                         SessionKind{"tls_1_2_by_ticket", TLS1_2_VERSION, false},
                                         SessionKind{"tls_1_2_by_id", TLS1_2_VERSION, true}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(TlsResumption, second_connection_resumes_the_first_and_so_on) {
  TlsContext context(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(context, server));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(connect(context, server)) << i;
}

TEST_P(TlsResumption, nothing_is_resumed_where_the_policy_says_so) {
  policy.resume_sessions = false;
  TlsContext context(policy);
  RigServer server(wish);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(connect(context, server));
}

TEST_P(TlsResumption, nothing_is_shared_between_contexts) {
  TlsContext first(policy), second(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(first, server));
  EXPECT_FALSE(connect(second, server));
}

TEST_P(TlsResumption, origins_do_not_share_sessions) {
  RigWish both;
  both.alternatives = "DNS:a.test,DNS:b.test";
  certificate = make_certificate(both, &root);
  TlsContext context(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(context, server));
  TlsTarget other = rig_target("b.test");
  EXPECT_FALSE(connect(context, server, other));
  other = rig_target();
  other.port = 8443;
  EXPECT_FALSE(connect(context, server, other));
  const std::string_view protocols[] = {"http/1.1"};
  other = rig_target();
  other.protocols = protocols;
  EXPECT_FALSE(connect(context, server, other));
  EXPECT_TRUE(connect(context, server));
}

TEST_P(TlsResumption, session_dies_with_the_certificate_that_vouched_for_it) {
  RigWish brief;
  brief.from_days = -10;
  brief.until_days = 0;
  certificate = make_certificate(brief, &root);
  TlsContext context(policy);
  RigServer server(wish);
  TlsTarget target = rig_target();
  target.now = {kRigNow.ns - 1'000'000'000};
  EXPECT_FALSE(connect(context, server, target));
  EXPECT_TRUE(connect(context, server, target));
  target.now = {kRigNow.ns + 1'000'000'000};
  RigClient client(context, target);
  RigConnection connection(server);
  meet(client, connection);
  EXPECT_EQ(client.session.error(), ErrorCode::certificate_rejected);
}

TEST_P(TlsResumption, session_ages_by_the_time_given) {
  TlsContext context(policy);
  RigServer server(wish);
  TlsTarget target = rig_target();
  EXPECT_FALSE(connect(context, server, target));
  target.now = rig_time(9);
  EXPECT_FALSE(connect(context, server, target));
}

TEST_P(TlsResumption, server_that_forgot_everything_gets_a_whole_handshake) {
  TlsContext context(policy);
  RigServer first(wish);
  EXPECT_FALSE(connect(context, first));
  RigServer second(wish);
  EXPECT_FALSE(connect(context, second));
  EXPECT_TRUE(connect(context, second));
}

TEST_P(TlsResumption, resumed_session_speaks_the_protocol_of_its_own_handshake) {
  const std::string_view protocols[] = {"h2", "http/1.1"};
  TlsTarget target = rig_target();
  target.protocols = protocols;
  wish.protocols = {"h2"};
  TlsContext context(policy);
  RigServer server(wish);
  for (const bool resumed : {false, true}) {
    RigClient client(context, target);
    RigConnection connection(server);
    meet(client, connection);
    EXPECT_EQ(client.session.resumed(), resumed);
    EXPECT_EQ(client.session.protocol(), "h2");
  }
}

TEST_P(TlsResumption, pins_hold_for_resumed_sessions_as_well) {
  policy.pinned_keys = {TlsPins::of(*certificate.certificate)};
  TlsContext context(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(context, server));
  EXPECT_TRUE(connect(context, server));
}

TEST_P(TlsResumption, unverified_sessions_are_resumed_too) {
  policy = {};
  policy.insecure_skip_verification = true;
  TlsContext context(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(context, server));
  EXPECT_TRUE(connect(context, server));
}

TEST_P(TlsResumption, session_whose_handshake_came_to_nothing_is_not_tried_again) {
  wish.tickets = 1;
  TlsContext context(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(context, server));
  {
    RigClient client(context, rig_target());
    client.take();  // and the connection breaks
  }
  EXPECT_FALSE(connect(context, server));
}

TEST_P(TlsResumption, parallel_connections_never_show_one_ticket_of_1_3_twice) {
  wish.tickets = 2;
  TlsContext context(policy);
  RigServer server(wish);
  EXPECT_FALSE(connect(context, server));
  RigClient first(context, rig_target()), second(context, rig_target()),
      third(context, rig_target());
  int resumed = 0;
  for (RigClient* client : {&first, &second, &third}) {
    RigConnection connection(server);
    while (!client->session.established()) {
      connection.give(client->take());
      client->give(connection.take());
    }
    resumed += client->session.resumed() ? 1 : 0;
  }
  EXPECT_EQ(resumed, is_1_3() ? 2 : 3);
}

/// A session as a server would hand it out.
SessionHandle some_session(int version) {
  SessionHandle session(SSL_SESSION_new());
  const unsigned char id[] = {1, 2, 3};
  SSL_SESSION_set1_id(session.get(), id, sizeof id);
  SSL_SESSION_set_protocol_version(session.get(), version);
  SSL_SESSION_set_timeout(session.get(), 3600);
  return session;
}

TEST(TlsTickets, newest_is_taken_first_and_one_of_1_3_once_only) {
  TlsTickets tickets;
  SSL_SESSION* added[3];
  for (SSL_SESSION*& one : added) {
    SessionHandle session = some_session(TLS1_3_VERSION);
    one = session.get();
    tickets.put("a", std::move(session), kRigNow);
  }
  EXPECT_EQ(tickets.take("b", kRigNow), nullptr);
  for (int i = 2; i >= 0; --i) EXPECT_EQ(tickets.take("a", kRigNow).get(), added[i]);
  EXPECT_EQ(tickets.take("a", kRigNow), nullptr);
  EXPECT_EQ(tickets.size(), 0U);
}

TEST(TlsTickets, one_of_1_2_stays) {
  TlsTickets tickets;
  tickets.put("a", some_session(TLS1_2_VERSION), kRigNow);
  const SessionHandle first = tickets.take("a", kRigNow);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(tickets.take("a", kRigNow), first);
  EXPECT_EQ(tickets.size(), 1U);
}

TEST(TlsTickets, are_good_from_their_first_second_to_their_last) {
  for (const std::int64_t seconds : {-1, 0, 3600, 3601}) {
    TlsTickets tickets;
    tickets.put("a", some_session(TLS1_3_VERSION), kRigNow);
    const base::WallTime then{kRigNow.ns + seconds * 1'000'000'000};
    EXPECT_EQ(tickets.take("a", then) != nullptr, seconds >= 0 && seconds <= 3600) << seconds;
  }
}

TEST(TlsTickets, live_a_week_at_most) {
  TlsTickets tickets;
  SessionHandle session = some_session(TLS1_2_VERSION);
  SSL_SESSION_set_timeout(session.get(), 365 * 24 * 3600);
  tickets.put("a", std::move(session), kRigNow);
  EXPECT_NE(tickets.take("a", rig_time(7)), nullptr);
  EXPECT_EQ(tickets.take("a", rig_time(8)), nullptr);
}

TEST(TlsTickets, one_origin_keeps_a_few_and_all_together_not_many_more) {
  TlsTickets tickets;
  for (int i = 0; i < 100; ++i) tickets.put("a", some_session(TLS1_3_VERSION), kRigNow);
  EXPECT_EQ(tickets.size(), TlsTickets::kMostPerOrigin);
  for (std::size_t i = 0; i < 2 * TlsTickets::kMost; ++i)
    tickets.put(std::to_string(i), some_session(TLS1_3_VERSION), kRigNow);
  EXPECT_EQ(tickets.size(), TlsTickets::kMost);
  EXPECT_EQ(tickets.take("a", kRigNow), nullptr);
  EXPECT_EQ(tickets.take("0", kRigNow), nullptr);
  EXPECT_NE(tickets.take(std::to_string(2 * TlsTickets::kMost - 1), kRigNow), nullptr);
}

TEST(TlsTickets, what_cannot_be_resumed_is_not_kept) {
  TlsTickets tickets;
  tickets.put("a", SessionHandle(SSL_SESSION_new()), kRigNow);
  EXPECT_EQ(tickets.size(), 0U);
}

TEST(TlsCertificateTimes, seconds_are_rounded_down_on_both_sides_of_1970) {
  EXPECT_EQ(seconds_of({0}), 0);
  EXPECT_EQ(seconds_of({1'999'999'999}), 1);
  EXPECT_EQ(seconds_of({-1}), -1);
  EXPECT_EQ(seconds_of({-1'000'000'000}), -1);
  EXPECT_EQ(seconds_of({-1'000'000'001}), -2);
  EXPECT_EQ(expiry_s(*make_certificate({}).certificate), kRigNow_s + kRigDay_s);
}

}  // namespace
}  // namespace holdfast::wire
