// Examples of the contract, one situation each. The properties over generated runs stand in
// proptests/; these say by name what must not change.
#include "engine/engine.h"

#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

std::string status(int code, const std::string& fields = "") {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\nContent-Length: 0\r\n" + fields + "\r\n";
}

TEST(engine, a_get_is_sent_and_answered) {
  Rig rig;
  rig.get("http://10.0.0.1:8080/a?b=c");
  rig.connect(0);
  EXPECT_EQ(rig.socket(0).sent.substr(0, 38), "GET /a?b=c HTTP/1.1\r\nHost: 10.0.0.1:80");
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->body, "hi");
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
  EXPECT_EQ(rig.engine().stats().idle, 1U);
}

TEST(engine, credentials_in_the_url_become_basic_authorization_and_stay_out_of_errors) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  Rig rig(options);
  rig.get("http://a:b@10.0.0.1/", 1);
  rig.connect(0);
  EXPECT_NE(rig.socket(0).sent.find("\r\nAuthorization: Basic YTpi\r\n"), std::string::npos);
  rig.accept_writes(0);
  rig.rst(0);
  EXPECT_EQ(rig.ended(1).error->message().find("a:b"), std::string::npos);
  Request request;
  request.url = "http://a:b@10.0.0.1/";
  request.headers.add("authorization", "Bearer own");
  rig.send(std::move(request), 2);
  rig.connect(1);
  EXPECT_EQ(rig.socket(1).sent.find("Basic"), std::string::npos);
}

TEST(engine, the_connection_is_used_again) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.get("http://10.0.0.1/", 2);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.dials(), 1U);
  EXPECT_TRUE(rig.ended(2).timeline().last().reused);
}

TEST(engine, a_503_is_retried_after_the_backoff) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, status(503));
  EXPECT_FALSE(rig.has_ended());
  rig.pass(799ms);
  EXPECT_EQ(rig.socket(0).owed, 0U);
  rig.pass(202ms);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
  EXPECT_EQ(rig.ended().timeline().last().delay_source, DelaySource::backoff);
}

TEST(engine, retry_after_is_waited_for_in_full) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, status(429, "Retry-After: 7\r\n"));
  rig.pass(6999ms);
  EXPECT_EQ(rig.socket(0).owed, 0U);
  rig.pass(1ms);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().timeline().last().delay_source, DelaySource::retry_after);
}

TEST(engine, five_attempts_are_made_and_the_last_response_is_returned) {
  Rig rig;
  rig.get();
  rig.connect(0);
  for (int attempt = 1; attempt <= 5; ++attempt) {
    rig.serve(0, status(500));
    rig.pass(std::chrono::seconds(1 << (attempt - 1)));
  }
  EXPECT_EQ(rig.ended().response->status, 500);
  EXPECT_EQ(rig.ended().timeline().attempts(), 5U);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::attempts_exhausted);
}

TEST(engine, a_post_that_meets_a_reset_is_not_sent_again) {
  Rig rig;
  rig.post("order");
  rig.connect(0);
  rig.accept_writes(0);
  rig.rst(0);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::connection_reset);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::method_not_replayable);
  rig.answer_closes();
  rig.pass(60s);
  EXPECT_EQ(rig.dials(), 1U);
}

TEST(engine, a_post_on_a_stale_connection_is_not_sent_again) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.post("order", 2);
  rig.accept_writes(0);
  rig.fin(0);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::connection_closed);
  EXPECT_EQ(rig.ended(2).error->replay, ReplayClass::probably_unprocessed);
  EXPECT_EQ(rig.dials(), 1U);
}

TEST(engine, a_get_on_a_stale_connection_is_replayed_at_once_on_a_fresh_one) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.get("http://10.0.0.1/", 2);
  rig.accept_writes(0);
  rig.rst(0);
  ASSERT_EQ(rig.dials(), 2U);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended(2).timeline().attempts(), 2U);
  EXPECT_EQ(rig.ended(2).timeline().last().delay_source, DelaySource::immediate);
  EXPECT_FALSE(rig.ended(2).timeline().last().reused);
}

TEST(engine, a_body_cut_short_is_fetched_again_and_never_spliced) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  rig.fin(0);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended().response->body, "hi");
  EXPECT_EQ(rig.ended().timeline()[0].error, ErrorCode::response_truncated);
}

// The head had asked for a longer wait than we grant: its broken body is no reason to come sooner.
TEST(engine, a_response_that_was_not_to_be_retried_is_not_retried_when_its_body_breaks) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 503 X\r\nContent-Length: 9\r\nRetry-After: 400\r\n\r\nabc");
  rig.fin(0);
  ASSERT_TRUE(rig.has_ended());
  EXPECT_EQ(rig.ended().error->code, ErrorCode::response_truncated);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::retry_after_over_limit);
}

TEST(engine, every_timeout_names_its_phase) {
  ClientOptions once;
  once.retry.max_attempts = 1;
  Rig dns(once);
  dns.get("http://name.test/");
  dns.pass(5s);
  EXPECT_EQ(dns.ended().error->code, ErrorCode::connect_timeout);
  EXPECT_EQ(dns.ended().error->phase, Phase::dns);
  Rig connect(once);
  connect.get();
  connect.pass(5s);
  EXPECT_EQ(connect.ended().error->phase, Phase::connect);
  Rig write(once);
  write.get();
  write.connect(0);
  write.pass(5s);
  EXPECT_EQ(write.ended().error->code, ErrorCode::write_timeout);
  Rig read(once);
  read.get();
  read.connect(0);
  read.accept_writes(0);
  read.pass(10s);
  EXPECT_EQ(read.ended().error->code, ErrorCode::read_timeout);
  EXPECT_EQ(read.ended().error->phase, Phase::head);
  once.pool.max_connections = once.pool.max_idle = 1;
  Rig pool(once);
  pool.get("http://10.0.0.1/", 1);
  pool.connect(0);
  pool.get("http://10.0.0.1/", 2);
  pool.pass(2s);
  EXPECT_EQ(pool.ended(2).error->code, ErrorCode::pool_timeout);
  EXPECT_EQ(pool.ended(2).error->phase, Phase::pool);
  EXPECT_FALSE(pool.has_ended(1));
}

TEST(engine, the_deadline_ends_a_silent_attempt_and_leaves_no_timer) {
  ClientOptions options;
  options.timeouts.total = 3s;
  options.timeouts.connect = options.timeouts.write = options.timeouts.pool = 2s;
  options.timeouts.read = 3s;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  rig.accept_writes(0);
  rig.pass(3s);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::deadline_exceeded);
  rig.answer_closes();
  EXPECT_TRUE(rig.engine().next_deadline().is_never());
}

TEST(engine, every_address_is_tried_families_interleaved) {
  const auto v4 = [](std::uint8_t last) {
    PeerAddress a;
    a.family = 4;
    a.bytes[3] = last;
    return a;
  };
  PeerAddress v6;
  v6.family = 6;
  Rig rig;
  rig.get("http://name.test/");
  ASSERT_EQ(rig.lookups(), 1U);
  rig.resolve(0, std::vector<PeerAddress>{v4(1), v4(2), v6});
  rig.refuse(0);
  EXPECT_EQ(rig.socket(1).address.family, 6);
  rig.pass(2500ms);  // a black hole costs its share: half of what is left
  ASSERT_EQ(rig.dials(), 3U);
  EXPECT_EQ(rig.socket(2).address.bytes[3], 2);
  rig.connect(2);
  rig.serve(2, kOk);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
}

TEST(engine, bytes_on_an_idle_connection_close_it) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.receive(0, kOk);
  EXPECT_EQ(rig.closing().size(), 1U);
  rig.get("http://10.0.0.1/", 2);
  EXPECT_EQ(rig.dials(), 2U);
}

TEST(engine, surplus_bytes_leave_the_response_and_cost_the_connection) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, kOk + "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(rig.ended().response->body, "hi");
  EXPECT_EQ(rig.closing().size(), 1U);
}

TEST(engine, idle_connections_expire_by_the_timer) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, kOk);
  rig.pass(29'999ms);
  EXPECT_EQ(rig.closing().size(), 0U);
  rig.pass(1ms);
  EXPECT_EQ(rig.closing().size(), 1U);
  rig.answer_closes();
  EXPECT_EQ(rig.engine().stats().closed_idle_expiry, 1U);
}

TEST(engine, cancelling_anywhere_ends_the_exchange_once_and_frees_the_slot) {
  Rig rig;
  const ExchangeId dialing = rig.get("http://10.0.0.1/", 1);
  rig.cancel(dialing);
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::cancelled);
  rig.connect(0);  // the dial nobody wants any more goes idle
  EXPECT_EQ(rig.engine().stats().idle, 1U);
  const ExchangeId active = rig.get("http://10.0.0.1/", 2);
  rig.accept_writes(0);
  rig.cancel(active);
  rig.cancel(active);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::cancelled);
  rig.answer_closes();
  const ExchangeId backing_off = rig.get("http://10.0.0.1/", 3);
  rig.connect(1);
  rig.serve(1, status(503));
  rig.cancel(backing_off);
  EXPECT_EQ(rig.ended(3).error->phase, Phase::backoff);
  EXPECT_EQ(rig.engine().live_exchanges(), 0U);
}

TEST(engine, a_paused_consumer_holds_the_peer_back_and_gets_every_byte_in_order) {
  Rig rig;
  Request request;
  request.url = "http://10.0.0.1/";
  const ExchangeId id = rig.send(std::move(request), 0, true);
  rig.connect(0);
  rig.accept_writes(0);
  rig.receive(0, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab");
  rig.engine().pause(id);
  rig.drain();
  rig.receive(0, "cd");  // was on its way
  rig.receive(0, "ef");
  rig.fin(0);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(60s);  // the silence is ours: no read timeout
  rig.engine().resume(id, rig.now());
  rig.drain();
  EXPECT_TRUE(rig.has_ended());
  const std::vector<std::string> expected{"interim 103", "head 200", "body ab", "read_stop",
                                          "body cdef"};
  EXPECT_EQ(rig.events(), expected);
}

// Found by the simulation: what was kept during the pause was delivered twice.
TEST(engine, what_was_kept_during_a_pause_is_delivered_once) {
  Rig rig;
  Request request;
  request.url = "http://10.0.0.1/";
  const ExchangeId id = rig.send(std::move(request), 0, true);
  rig.connect(0);
  rig.accept_writes(0);
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  rig.engine().pause(id);
  rig.drain();
  rig.receive(0, "ab");
  rig.engine().resume(id, rig.now());
  rig.drain();
  rig.receive(0, "cd");
  EXPECT_TRUE(rig.has_ended());
  const std::vector<std::string> expected{"head 200", "read_stop", "body ab", "read_start",
                                          "body cd"};
  EXPECT_EQ(rig.events(), expected);
}

class Pieces : public BodySource {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  Read read(char* into, std::size_t) override {
    if (at_ == pieces_.size()) return {State::end, 0};
    const std::string& piece = pieces_[at_++];
    piece.copy(into, piece.size());
    return {State::more, piece.size()};
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

TEST(engine, a_source_of_unknown_length_is_sent_in_chunks) {
  Rig rig;
  Request request;
  request.method = "PUT";
  request.url = "http://10.0.0.1/";
  request.body = Body::factory([] {
    return std::make_unique<Pieces>(std::vector<std::string>{"abc", "de"});
  });
  rig.send(std::move(request));
  rig.connect(0);
  rig.accept_writes(0);
  const std::string& sent = rig.socket(0).sent;
  EXPECT_EQ(sent.substr(sent.find("\r\n\r\n") + 4), "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  rig.receive(0, kOk);
  EXPECT_TRUE(rig.ended().response.has_value());
}

TEST(engine, a_one_shot_body_that_was_begun_is_never_sent_again_and_never_shortened) {
  Rig rig;
  Request request;
  request.method = "PUT";
  request.url = "http://10.0.0.1/";
  request.body = Body::one_shot(std::make_unique<Pieces>(std::vector<std::string>{"abc"}), 10);
  rig.send(std::move(request));
  rig.connect(0);
  rig.accept_writes(0);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::body_source_failed);
  EXPECT_EQ(rig.closing().size(), 1U);
}

TEST(engine, shutting_down_ends_everything_once) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.get("http://name.test/", 2);
  rig.connect(0);
  rig.engine().shut_down(rig.now());
  rig.drain();
  EXPECT_EQ(rig.ended(1).error->code, ErrorCode::client_closed);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::client_closed);
  EXPECT_FALSE(rig.engine().finished());
  rig.answer_closes();
  EXPECT_TRUE(rig.engine().finished());
  rig.get("http://10.0.0.1/", 3);
  EXPECT_EQ(rig.ended(3).error->code, ErrorCode::client_closed);
}

TEST(engine, shutting_down_gracefully_lets_retries_end) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.engine().shut_down_gracefully(rig.now());
  rig.drain();
  rig.serve(0, status(503));
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended().response->status, 200);
  rig.answer_closes();
  EXPECT_TRUE(rig.engine().finished());
}

}  // namespace
}  // namespace holdfast::engine
