// Links, machines, names and TLS of a virtual world.
#include <gtest/gtest.h>

#include "testing/world_rig.h"

namespace holdfast::testing {
namespace {

using namespace std::chrono_literals;

TEST(WorldLink, latency_is_paid_for_connecting_and_for_asking) {
  World world;
  world.set_link({.latency = 50ms});
  world.serve("http://far.example");
  Client client = world.client(at("http://far.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200", outcome.text.substr(0, 3));
  EXPECT_GE(world.now(), 200ms);
  EXPECT_LT(world.now(), 202ms) << "the lookup is all there is besides";
}

TEST(WorldLink, a_narrow_link_makes_a_body_take_its_time) {
  World world;
  world.set_link({.bytes_per_second = 10'000});
  world.serve("http://a.example", {"200 body=random:100000"});
  Client client = world.client(without_retries("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ(4U + 100'000U, outcome.text.size()) << outcome.text.substr(0, 50);
  EXPECT_GE(world.now(), 10s);
  EXPECT_LT(world.now(), 11s);
}

TEST(WorldLink, a_response_in_single_bytes_is_put_together) {
  World world;
  world.set_link({.min_segment_bytes = 1, .max_segment_bytes = 1});
  world.serve("http://a.example", {"200 body=text:piecemeal"});
  Client client = world.client(without_retries("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 piecemeal", outcome.text);
}

TEST(WorldLink, an_attempt_to_connect_that_is_lost_times_out) {
  World world;
  world.set_link({.lost_connects = 1});
  world.serve("http://a.example");
  Client client = world.client(without_retries("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("connect_timeout", outcome.text);
  EXPECT_GE(world.now(), 5s);
}

TEST(WorldHost, one_that_refuses_is_tried_again_and_reached_when_it_is_up) {
  World world;
  world.serve("http://a.example");
  world.set_host("a.example", Host::refuses);
  world.after(1500ms, [&] { world.set_host("a.example", Host::up); });
  Client client = world.client(at("http://a.example"));
  std::string causes;
  client.on_attempt([&](const AttemptNotice& notice) {
    causes += std::string(name(notice.record->error)) + " ";
  });
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200", outcome.text.substr(0, 3));
  EXPECT_EQ("connect_refused connect_refused ", causes);
  EXPECT_EQ(1U, world.journal().size());
}

TEST(WorldHost, one_without_a_route_is_unreachable) {
  World world;
  world.serve("http://a.example");
  world.set_host("a.example", Host::unreachable);
  Client client = world.client(without_retries("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("connect_unreachable", outcome.text);
}

TEST(WorldHost, one_that_falls_silent_in_the_middle_of_a_body_meets_the_read_timeout) {
  World world;
  world.set_link({.bytes_per_second = 1000});
  world.serve("http://a.example", {"200 body=random:10000"});
  Client client = world.client(without_retries("http://a.example"));
  world.after(2s, [&] { world.set_host("a.example", Host::silent); });
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("read_timeout", outcome.text);
  EXPECT_GE(world.now(), 10s);
  EXPECT_LT(world.now(), 13s);
}

TEST(WorldHost, a_machine_is_all_of_its_ports_and_what_is_served_there_later) {
  World world;
  world.serve("http://a.example");
  world.set_host("a.example", Host::refuses);
  world.serve("http://a.example:8080");
  world.serve("http://b.example");
  Client client = world.client(without_retries(""));
  Outcome one, two, other;
  client.get("http://a.example/", one.callback());
  client.get("http://a.example:8080/", two.callback());
  client.get("http://b.example/", other.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("connect_refused", one.text);
  EXPECT_EQ("connect_refused", two.text);
  EXPECT_EQ("200", other.text.substr(0, 3));
}

TEST(WorldHost, a_rule_may_refuse_single_connections) {
  World world;
  world.serve("http://a.example", {"connection 1 : refuse", "200"});
  Client client = world.client(at("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ(2U, outcome.attempts);
  EXPECT_EQ(1U, world.refusals("http://a.example"));
  EXPECT_EQ(1U, world.connections("http://a.example"));
}

TEST(WorldLookup, a_temporary_failure_is_tried_again) {
  World world;
  world.serve("http://a.example");
  world.fail_lookups("a.example", {Lookup::temporary, Lookup::temporary});
  Client client = world.client(at("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200", outcome.text.substr(0, 3));
  EXPECT_EQ(3U, outcome.attempts);
}

TEST(WorldLookup, a_name_that_does_not_exist_is_final) {
  World world;
  world.serve("http://a.example");
  world.fail_lookups("a.example", {Lookup::not_found});
  Client client = world.client();
  Outcome gone, never, found;
  client.get("http://a.example/", gone.callback());
  client.get("http://nobody.example/", never.callback());
  EXPECT_TRUE(world.run());
  client.get("http://a.example/", found.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("dns_not_found", gone.text);
  EXPECT_EQ(1U, gone.attempts);
  EXPECT_EQ("dns_not_found", never.text);
  EXPECT_EQ("200", found.text.substr(0, 3));
}

TEST(WorldLookup, silence_of_the_name_service_meets_the_connect_timeout) {
  World world;
  world.serve("http://a.example");
  world.fail_lookups("a.example", {Lookup::silent});
  Client client = world.client(without_retries("http://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("connect_timeout", outcome.text);
}

// --- TLS and HTTP/2 ------------------------------------------------------------------------------

TEST(WorldTls, https_is_verified_and_speaks_http2_on_one_connection) {
  World world;
  world.serve("https://api.example", {"200 body=text:secret"});
  Client client = world.client(at("https://api.example"));
  Outcome outcomes[5];
  for (Outcome& outcome : outcomes) client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ("200 secret", outcome.text);
    EXPECT_EQ(2, outcome.http_major);
  }
  EXPECT_EQ(1U, world.connections("https://api.example"));
}

TEST(WorldTls, a_server_without_http2_speaks_http1) {
  World world;
  world.serve("https://api.example", {}, {.alpn = {"http/1.1"}});
  Client client = world.client(at("https://api.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ(1, outcome.http_major);
}

TEST(WorldTls, http2_over_cleartext_where_the_client_knows) {
  World world;
  world.serve("http://api.example", {"GET / : rst code=REFUSED_STREAM; 200 body=text:two"});
  ClientOptions options = at("http://api.example");
  options.http2.use = Http2::prior_knowledge;
  Client client = world.client(options);
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200 two", outcome.text) << world.failure_report();
  EXPECT_EQ(2, outcome.http_major);
  EXPECT_EQ(2U, outcome.attempts);
}

TEST(WorldTls, a_bad_certificate_is_rejected_before_a_request_is_sent) {
  for (const char* kind : {"expired", "not-yet-valid", "self-signed", "wrong-host", "unknown-ca"}) {
    World world;
    world.serve("https://api.example", {}, {.certificate = kind});
    Client client = world.client(at("https://api.example"));
    Outcome outcome;
    client.get("/", outcome.callback());
    EXPECT_TRUE(world.run());
    EXPECT_EQ("certificate_rejected", outcome.text) << kind;
    EXPECT_EQ(1U, outcome.attempts);
    EXPECT_TRUE(world.journal().empty());
  }
}

TEST(WorldTls, whom_the_options_trust_is_whom_the_client_trusts) {
  World world;
  world.serve("https://a.example");
  world.serve("https://b.example");
  ClientOptions options = without_retries("");
  options.tls.ca_pem = world.certificates("https://a.example").ca_pem;
  Client client = world.client(options);
  Outcome a, b;
  client.get("https://a.example/", a.callback());
  client.get("https://b.example/", b.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200", a.text.substr(0, 3));
  EXPECT_EQ("certificate_rejected", b.text);
}

TEST(WorldTls, a_calendar_years_ahead_makes_the_certificate_expire) {
  World world;
  world.serve("https://a.example");
  world.jump_calendar(std::chrono::hours(24) * 365 * 20);
  Client client = world.client(at("https://a.example"));
  Outcome outcome;
  client.get("/", outcome.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("certificate_rejected", outcome.text);
}

TEST(WorldTls, a_server_that_demands_a_client_certificate_takes_its_own) {
  World world;
  world.serve("https://a.example", {}, {.client_certificate = "demand"});
  const Certificates own = world.certificates("https://a.example");
  ClientOptions options = without_retries("https://a.example");
  Client stranger = world.client(options);
  options.tls.certificate_pem = own.client_certificate_pem;
  options.tls.key_pem = own.client_key_pem;
  Client known = world.client(options);
  Outcome refused, served;
  stranger.get("/", refused.callback());
  known.get("/", served.callback());
  EXPECT_TRUE(world.run());
  EXPECT_EQ("200", served.text.substr(0, 3));
  EXPECT_NE("200", refused.text.substr(0, 3));
  EXPECT_EQ(1U, world.journal().size());
}

TEST(WorldTls, the_same_seed_is_the_same_run_over_tls_as_well) {
  const auto play = [] {
    World world(3);
    world.set_link({.jitter = 1ms});
    world.serve("https://a.example", {"503; reset@body:100; 200 body=random:1000"});
    Client client = world.client(at("https://a.example"));
    client.get("/", {});
    EXPECT_TRUE(world.run());
    return world.trace_hash();
  };
  EXPECT_EQ(play(), play());
}

}  // namespace
}  // namespace holdfast::testing
