// Every option acts: one example each of those that the engine itself carries out. (Backoff,
// Retry-After and the retry rules are policy's, the limits on heads are wire's, the lookups' are
// uv's.)
#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

ClientOptions once() {
  ClientOptions options;
  options.retry.max_attempts = 1;
  return options;
}

/// One request as far as the connection having taken it.
void ask(Rig& rig, std::size_t connection, int tag = 0, bool dial = true) {
  rig.get("http://10.0.0.1/", tag);
  if (dial) rig.connect(connection);
  rig.accept_writes(connection);
}

TEST(options, first_byte_timeout_counts_from_the_last_byte_sent) {
  ClientOptions options = once();
  options.timeouts.first_byte = 1s;
  Rig rig(options);
  ask(rig, 0);
  rig.pass(999ms);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(1ms);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::first_byte_timeout);
}

TEST(options, first_byte_timeout_is_over_once_the_response_begins) {
  ClientOptions options = once();
  options.timeouts.first_byte = 1s;
  Rig rig(options);
  ask(rig, 0);
  rig.receive(0, "H");
  rig.pass(9999ms);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(1ms);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::read_timeout);
}

TEST(options, attempt_timeout_bounds_one_attempt_and_is_retried) {
  ClientOptions options;
  options.retry.max_attempts = 2;
  options.timeouts.attempt = 3s;
  options.timeouts.connect = options.timeouts.write = options.timeouts.pool = 2s;
  options.timeouts.read = 3s;
  Rig rig(options);
  ask(rig, 0);
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  for (int i = 0; i < 5; ++i) {  // trickles: the read timeout never fires
    rig.pass(500ms);
    rig.receive(0, "x");
  }
  rig.pass(500ms);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended().timeline()[0].error, ErrorCode::attempt_timeout);
  EXPECT_EQ(rig.ended().response->status, 200);
}

TEST(options, minimum_throughput_ends_a_trickle) {
  ClientOptions options = once();
  options.timeouts.min_bytes_per_second = 100;
  options.timeouts.throughput_window = 2s;
  Rig rig(options);
  ask(rig, 0);
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
  rig.receive(0, std::string(250, 'x'));
  rig.pass(2s);  // 125 bytes a second: fine
  EXPECT_FALSE(rig.has_ended());
  rig.receive(0, std::string(150, 'x'));
  rig.pass(2s);  // 75
  EXPECT_EQ(rig.ended().error->code, ErrorCode::throughput_too_low);
}

TEST(options, a_connection_past_its_lifetime_takes_no_further_request) {
  ClientOptions options;
  options.pool.max_lifetime = 10s;
  options.pool.lifetime_jitter = 0;
  Rig rig(options);
  ask(rig, 0, 1);
  rig.pass(9s);
  rig.receive(0, kOk);
  EXPECT_EQ(rig.engine().stats().idle, 1U);
  rig.pass(1s);
  EXPECT_EQ(rig.engine().stats().closed_lifetime, 1U);
}

TEST(options, lifetime_jitter_makes_each_connection_s_own_lifetime_shorter) {
  ClientOptions options;
  options.pool.max_lifetime = 10s;
  options.pool.lifetime_jitter = 0.5;
  Rig rig(options);
  for (int tag = 0; tag < 8; ++tag) rig.get("http://10.0.0.1/", tag);
  for (std::size_t n = 0; n < 8; ++n) rig.connect(n);
  for (std::size_t n = 0; n < 8; ++n) rig.serve(n, kOk);
  rig.pass(4999ms);
  EXPECT_EQ(rig.closing().size(), 0U);
  rig.pass(2500ms);
  EXPECT_GT(rig.closing().size(), 0U);
  EXPECT_LT(rig.closing().size(), 8U);
  rig.pass(2501ms);
  EXPECT_EQ(rig.closing().size(), 8U);
}

TEST(options, max_requests_per_connection_is_kept) {
  ClientOptions options;
  options.pool.max_requests_per_connection = 2;
  Rig rig(options);
  ask(rig, 0, 1);
  rig.receive(0, kOk);
  EXPECT_EQ(rig.closing().size(), 0U);
  ask(rig, 0, 2, false);
  rig.receive(0, kOk);
  EXPECT_EQ(rig.closing().size(), 1U);
}

TEST(options, the_peer_s_keep_alive_hints_are_honoured) {
  Rig rig;
  ask(rig, 0, 1);
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=5, max=1\r\n\r\n");
  rig.pass(3999ms);
  EXPECT_EQ(rig.closing().size(), 0U);
  ask(rig, 0, 2, false);
  rig.receive(0, kOk);  // that was the one request left
  EXPECT_EQ(rig.closing().size(), 1U);
  ask(rig, 1, 3);
  rig.receive(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\n\r\n");
  rig.pass(4s);  // a second before the peer would close it
  EXPECT_EQ(rig.closing().size(), 2U);
}

TEST(options, max_per_origin_leaves_room_for_other_origins) {
  ClientOptions options;
  options.pool.max_per_origin = 1;
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.get("http://10.0.0.1/", 2);
  rig.get("http://10.0.0.2/", 3);
  EXPECT_EQ(rig.dials(), 2U);
}

TEST(options, a_body_above_its_limit_is_refused) {
  ClientOptions options;
  options.limits.max_body_bytes = 5;
  Rig rig(options);
  ask(rig, 0);
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef");
  EXPECT_EQ(rig.ended().error->code, ErrorCode::body_too_large);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
}

TEST(options, an_unwanted_body_is_drained_up_to_its_bounds) {
  ClientOptions options;
  options.limits.drain_bytes = 10;
  options.limits.drain_time = 500ms;
  const std::string head = "HTTP/1.1 503 X\r\nContent-Length: 11\r\n\r\n";
  Rig within(options);
  ask(within, 0);
  within.receive(0, "HTTP/1.1 503 X\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_EQ(within.engine().stats().idle, 1U);
  Rig beyond(options);
  ask(beyond, 0);
  beyond.receive(0, head + "0123456789a");
  EXPECT_EQ(beyond.closing().size(), 1U);
  Rig slow(options);
  ask(slow, 0);
  slow.receive(0, head + "0");
  slow.pass(499ms);
  EXPECT_EQ(slow.closing().size(), 0U);
  slow.pass(1ms);
  EXPECT_EQ(slow.closing().size(), 1U);
}

TEST(options, a_request_s_own_drain_limits_bound_what_is_drained_of_its_response) {
  const auto ask_with = [](Rig& rig, std::uint64_t bytes, Duration time) {
    auto policy = std::make_shared<RequestPolicy>();
    policy->limits.emplace();
    policy->limits->drain_bytes = bytes;
    policy->limits->drain_time = time;
    Request request;
    request.url = "http://10.0.0.1/";
    request.policy = std::move(policy);
    rig.send(std::move(request));
    rig.connect(0);
    rig.accept_writes(0);
  };
  const std::string head = "HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\n";
  ClientOptions stingy;
  stingy.limits.drain_bytes = 10;
  Rig generous(stingy);
  ask_with(generous, 100, 1s);
  generous.receive(0, head + std::string(100, 'x'));
  EXPECT_EQ(generous.engine().stats().idle, 1U);
  Rig within;
  ask_with(within, 10, 1s);
  within.receive(0, head + std::string(11, 'x'));
  EXPECT_EQ(within.closing().size(), 1U);
  Rig quick;
  ask_with(quick, 100, 100ms);
  quick.receive(0, head + "x");
  quick.pass(99ms);
  EXPECT_EQ(quick.closing().size(), 0U);
  quick.pass(1ms);
  EXPECT_EQ(quick.closing().size(), 1U);
}

TEST(options, default_headers_and_user_agent_give_way_to_the_request_s_own) {
  ClientOptions options;
  options.default_headers.add("X-Team", "a");
  options.default_headers.add("Accept", "text/plain");
  options.user_agent = "mine/1";
  Rig rig(options);
  Request request;
  request.url = "http://10.0.0.1/";
  request.headers.add("accept", "application/json");
  rig.send(std::move(request));
  rig.connect(0);
  const std::string& sent = rig.socket(0).sent;
  EXPECT_NE(sent.find("X-Team: a\r\n"), sent.npos);
  EXPECT_NE(sent.find("User-Agent: mine/1\r\n"), sent.npos);
  EXPECT_NE(sent.find("accept: application/json\r\n"), sent.npos);
  EXPECT_EQ(sent.find("text/plain"), sent.npos);
}

TEST(options, base_url_joins_relative_references) {
  ClientOptions options;
  options.base_url = "http://10.0.0.1:81/v1/";
  Rig rig(options);
  rig.get("things?x=1", 1);
  rig.connect(0);
  EXPECT_EQ(rig.socket(0).sent.rfind("GET /v1/things?x=1 HTTP/1.1\r\nHost: 10.0.0.1:81\r\n", 0),
            0U);
  rig.get("http://10.0.0.2/", 2);
  EXPECT_EQ(rig.socket(1).address.to_string(), "10.0.0.2:80");
}

TEST(options, a_keyed_post_is_replayed_with_the_same_generated_key) {
  ClientOptions options;
  options.retry.non_idempotent = NonIdempotent::keyed;
  options.retry.generate_idempotency_key = true;
  Rig rig(options);
  rig.post("order");
  rig.connect(0);
  rig.accept_writes(0);
  rig.rst(0);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  EXPECT_NE(rig.socket(0).sent.find("Idempotency-Key: "), std::string::npos);
  EXPECT_EQ(rig.socket(0).sent, rig.socket(1).sent);
}

TEST(options, generated_keys_come_from_the_entropy_given_and_not_from_the_seed) {
  ClientOptions options;
  options.seed = 7;
  options.retry.non_idempotent = NonIdempotent::keyed;
  options.retry.generate_idempotency_key = true;
  const auto keys = [&](KeyEntropy entropy) {
    Rig rig(options, entropy);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < 2; ++i) {
      rig.post("order", static_cast<int>(i));
      rig.connect(i);
      const std::string& sent = rig.socket(i).sent;
      all.push_back(sent.substr(sent.find("Idempotency-Key: ") + 17, 36));
    }
    return all;
  };
  const std::vector<std::string> one = keys({1, 2}), other = keys({3, 2}), again = keys({1, 2});
  EXPECT_EQ(one, again);
  EXPECT_NE(one[0], one[1]);
  EXPECT_NE(one[0], other[0]);
  EXPECT_EQ(one[0][14], '4');
}

TEST(options, an_unsent_post_is_replayed_only_on_proof) {
  ClientOptions options;
  options.retry.non_idempotent = NonIdempotent::unsent;
  Rig refused(options);
  refused.post("order");
  refused.refuse(0);
  refused.answer_closes();
  refused.pass(1s);
  EXPECT_EQ(refused.dials(), 2U);
  Rig sent(options);
  sent.post("order");
  sent.connect(0);
  sent.rst(0, true);  // nothing reported as accepted, but something may have been
  EXPECT_TRUE(sent.has_ended());
}

TEST(options, a_request_s_own_policy_overrides_the_client_s) {
  Rig rig;
  auto policy = std::make_shared<RequestPolicy>();
  policy->retry.emplace().max_attempts = 1;
  policy->timeouts.emplace().read = 1s;
  policy->limits.emplace().max_body_bytes = 1;
  Request request;
  request.url = "http://10.0.0.1/";
  request.policy = policy;
  rig.send(request, 1);
  rig.connect(0);
  rig.accept_writes(0);
  rig.pass(1s);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::read_timeout);
  rig.send(request, 2);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::body_too_large);
  policy->retry->max_attempts = 0;
  rig.send(request, 3);
  EXPECT_EQ(rig.ended(3).error->code, ErrorCode::invalid_option);
}

TEST(options, a_request_with_a_budget_of_its_own_is_refused) {
  ClientOptions options;
  options.retry.budget = {0.2, 5};
  Rig rig(options);
  auto policy = std::make_shared<RequestPolicy>();
  Request request;
  request.url = "http://10.0.0.1/";
  request.policy = policy;
  policy->retry.emplace().budget = {0.2, 6};
  rig.send(request, 1);
  ASSERT_TRUE(rig.ended(1).error);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::invalid_option);
  EXPECT_NE(rig.ended(1).error->detail.find("retry.budget is ratio 0.2, burst 6"),
            std::string::npos)
      << rig.ended(1).error->detail;
  // The client's, and the default's, which a policy has that was made for its other fields.
  policy->retry->budget = options.retry.budget;
  rig.send(request, 2);
  EXPECT_FALSE(rig.has_ended(2));
  policy->retry->budget = {};
  rig.send(request, 3);
  EXPECT_FALSE(rig.has_ended(3));
}

TEST(options, invalid_options_fail_every_request_and_name_all_complaints) {
  ClientOptions options;
  options.retry.max_attempts = 0;
  options.timeouts.read = Duration(-1);
  Rig rig(options);
  rig.get();
  EXPECT_EQ(rig.ended().error->code, ErrorCode::invalid_option);
  EXPECT_NE(rig.ended().error->detail.find("max_attempts"), std::string::npos);
  EXPECT_NE(rig.ended().error->detail.find("read"), std::string::npos);
}

/// Every way a response can be cut, at every byte, by FIN and by RST: never a success (H1).
TEST(cut, a_response_cut_at_any_byte_is_never_a_success) {
  const std::string responses[] = {
      kOk, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"};
  for (const std::string& response : responses) {
    for (std::size_t cut = 0; cut < response.size(); ++cut) {
      for (const bool by_reset : {false, true}) {
        Rig rig(once());
        ask(rig, 0);
        if (cut != 0) rig.receive(0, response.substr(0, cut));
        by_reset ? rig.rst(0) : rig.fin(0);
        ASSERT_TRUE(rig.has_ended()) << cut;
        ASSERT_TRUE(rig.ended().error.has_value()) << cut << " of " << response;
        const ErrorCode expected = by_reset   ? ErrorCode::connection_reset
                                   : cut == 0 ? ErrorCode::connection_closed
                                              : ErrorCode::response_truncated;
        EXPECT_EQ(rig.ended().error->code, expected) << cut << " of " << response;
      }
    }
  }
}

/// A body that only the close delimits: a FIN is its end, a reset is not.
TEST(cut, a_body_delimited_by_the_close_is_whole_only_by_fin) {
  for (const bool by_reset : {false, true}) {
    Rig rig(once());
    ask(rig, 0);
    rig.receive(0, "HTTP/1.1 200 OK\r\n\r\nabc");
    by_reset ? rig.rst(0) : rig.fin(0);
    EXPECT_EQ(rig.ended().error.has_value(), by_reset);
  }
}

}  // namespace
}  // namespace holdfast::engine
