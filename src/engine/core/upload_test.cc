// A complete response that comes before the end of the upload (SPEC R13, invariant 57).
#include <gtest/gtest.h>

#include <string>

#include "engine/core/engine_rig.h"
#include "wire/h2/session_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;
using wire::H2Peer;

/// Yields `count_` words; waits or fails where the test asks for it.
class Script final : public BodySource {
 public:
  struct Control {
    bool pending = false;
    bool failing = false;
    int reads = 0;
  };
  Script(Control& control, int count) : control_(control), count_(count) {}
  Read read(char* into, std::size_t) override {
    if (control_.failing) return {State::failed, 0};
    if (control_.pending) return {State::pending, 0};
    std::string_view("words").copy(into, 5);
    return {++control_.reads == count_ ? State::end : State::more, 5};
  }

 private:
  Control& control_;
  int count_;
};

Request put(Body body) {
  Request request;
  request.method = "PUT";
  request.url = "http://10.0.0.1/";
  request.body = std::move(body);
  return request;
}

std::string body_on_wire(Rig& rig) {
  const std::string& sent = rig.socket(0).sent;
  return sent.substr(sent.find("\r\n\r\n") + 4);
}

/// The system takes a part of what is outstanding.
void accept_part(Rig& rig, std::size_t bytes) {
  rig.socket(0).owed -= bytes;
  rig.engine().handle_written(rig.socket(0).id, bytes, rig.now());
  rig.drain();
}

/// A PUT of a million bytes of which the head and the first 64 KiB have left.
void begin_upload(Rig& rig, bool streaming = false) {
  rig.send(put(std::string(1'000'000, 'x')), 0, streaming);
  rig.connect(0);
  accept_part(rig, 64 * 1024);
}

void expect_incomplete(Rig& rig) {
  ASSERT_TRUE(rig.has_ended());
  ASSERT_TRUE(rig.ended().response) << name(rig.ended().error->code);
  EXPECT_EQ(rig.ended().response->status, 200);
  EXPECT_FALSE(rig.ended().response->request_complete);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
  EXPECT_EQ(rig.closing().size(), 1U);
}

TEST(upload, a_complete_response_does_not_end_it) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, kOk);
  EXPECT_FALSE(rig.has_ended());
  EXPECT_TRUE(rig.closing().empty());
  rig.accept_writes(0);
  ASSERT_TRUE(rig.ended().response);
  EXPECT_EQ(rig.ended().response->body, "hi");
  EXPECT_TRUE(rig.ended().response->request_complete);
  EXPECT_GT(rig.ended().timeline().last().bytes_sent, 1'000'000U);
  EXPECT_GE(rig.ended().timeline().last().sent, Duration{0});
  EXPECT_EQ(rig.engine().stats().idle, 1U) << "the connection is as good as after any exchange";
}

TEST(upload, the_usual_order_is_complete_too) {
  Rig rig;
  rig.post("body");
  rig.connect(0);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended().response->request_complete);
}

TEST(upload, a_source_is_read_to_its_end_in_chunks) {
  Rig rig;
  Script::Control control;
  rig.send(put(Body::one_shot(std::make_unique<Script>(control, 4))));
  rig.connect(0);
  rig.accept_one_write(0);
  rig.receive(0, kOk);
  rig.accept_one_write(0);
  EXPECT_FALSE(rig.has_ended());
  rig.accept_writes(0);
  EXPECT_EQ(body_on_wire(rig), "5\r\nwords\r\n5\r\nwords\r\n5\r\nwords\r\n5\r\nwords\r\n0\r\n\r\n");
  EXPECT_TRUE(rig.ended().response->request_complete);
}

TEST(upload, a_source_that_waits_is_waited_for) {
  Rig rig;
  Script::Control control;
  control.pending = true;
  const ExchangeId id = rig.send(put(Body::one_shot(std::make_unique<Script>(control, 1), 5)));
  rig.connect(0);
  rig.accept_writes(0);
  rig.receive(0, kOk);
  rig.pass(1h);
  EXPECT_FALSE(rig.has_ended());
  control.pending = false;
  rig.engine().body_ready(id, rig.now());
  rig.drain();
  rig.accept_writes(0);
  EXPECT_EQ(body_on_wire(rig), "words");
  EXPECT_TRUE(rig.ended().response->request_complete);
}

TEST(upload, a_streamed_response_is_handed_over_at_once_and_ends_with_the_upload) {
  Rig rig;
  begin_upload(rig, true);
  rig.receive(0, kOk);
  EXPECT_EQ(rig.events(), (std::vector<std::string>{"head 200", "body hi"}));
  EXPECT_FALSE(rig.has_ended());
  rig.accept_writes(0);
  EXPECT_TRUE(rig.ended().response->request_complete);
}

TEST(upload, a_consumer_that_pauses_behind_the_response_is_not_called_before_it_resumes) {
  Rig rig;
  rig.pause_at_body = true;
  const ExchangeId id = rig.send(put(std::string(1'000'000, 'x')), 0, true);
  rig.connect(0);
  accept_part(rig, 64 * 1024);
  rig.receive(0, kOk);
  rig.accept_writes(0);
  EXPECT_FALSE(rig.has_ended());
  rig.resume(id);
  EXPECT_TRUE(rig.ended().response->request_complete);
}

TEST(upload, the_servers_close_ends_it) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, kOk);
  rig.fin(0);
  expect_incomplete(rig);
}

TEST(upload, the_servers_reset_ends_it) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, kOk);
  rig.rst(0, true);
  expect_incomplete(rig);
}

TEST(upload, connection_close_ends_it_with_the_response) {
  for (const char* field : {"Connection: close", "Connection: Keep-Alive, close\t"}) {
    Rig rig;
    begin_upload(rig);
    rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + std::string(field) + "\r\n\r\nhi");
    expect_incomplete(rig);
  }
}

TEST(upload, http_1_0_without_keep_alive_has_not_said_close) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_FALSE(rig.has_ended());
  rig.accept_writes(0);
  EXPECT_TRUE(rig.ended().response->request_complete);
  EXPECT_EQ(rig.closing().size(), 1U);
}

TEST(upload, a_response_that_the_close_delimits_ends_it) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, "HTTP/1.1 200 OK\r\n\r\nhi");
  rig.fin(0);
  expect_incomplete(rig);
}

TEST(upload, an_error_status_stops_it) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  ASSERT_TRUE(rig.ended().response);
  EXPECT_EQ(rig.ended().response->status, 413);
  EXPECT_FALSE(rig.ended().response->request_complete);
}

TEST(upload, a_body_that_the_server_did_not_ask_for_makes_the_request_incomplete) {
  Rig rig;
  Request request = put("body");
  request.expect_continue = true;
  rig.send(std::move(request));
  rig.connect(0);
  rig.serve(0, kOk);
  expect_incomplete(rig);
}

TEST(upload, the_write_timeout_ends_it_with_the_response) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, kOk);
  rig.pass(4999ms);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(1ms);
  expect_incomplete(rig);
}

TEST(upload, only_the_write_timeout_counts_behind_the_response) {
  ClientOptions options;
  options.timeouts.min_bytes_per_second = 1000;
  options.timeouts.throughput_window = 1s;
  options.timeouts.read = 1s;
  Rig rig(options);
  begin_upload(rig);
  rig.receive(0, kOk);
  for (int i = 0; i < 100; ++i) {
    rig.pass(4s);
    accept_part(rig, 1000);
  }
  EXPECT_FALSE(rig.has_ended());
}

TEST(upload, the_attempts_time_and_the_deadline_leave_the_response) {
  for (const bool total : {true, false}) {
    ClientOptions options;
    options.timeouts.write = kOff;
    (total ? options.timeouts.total : options.timeouts.attempt) = 20s;
    Rig rig(options);
    begin_upload(rig);
    rig.receive(0, kOk);
    rig.pass(20s);
    expect_incomplete(rig);
  }
}

TEST(upload, a_source_that_fails_is_an_error_although_the_response_is_complete) {
  Rig rig;
  Script::Control control;
  rig.send(put(Body::factory([&] { return std::make_unique<Script>(control, 4); })));
  rig.connect(0);
  rig.accept_one_write(0);
  rig.receive(0, kOk);
  control.failing = true;
  rig.accept_writes(0);
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::body_source_failed);
  EXPECT_EQ(rig.ended().error->phase, Phase::write);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
  EXPECT_EQ(rig.ended().timeline().last().status, 200);
}

TEST(upload, a_cancel_is_a_cancel) {
  Rig rig;
  const ExchangeId id = rig.send(put(std::string(1'000'000, 'x')));
  rig.connect(0);
  accept_part(rig, 64 * 1024);
  rig.receive(0, kOk);
  rig.cancel(id);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::cancelled);
}

TEST(upload, what_follows_the_response_costs_the_connection_and_nothing_else) {
  Rig rig;
  begin_upload(rig);
  rig.receive(0, kOk + "HTTP/1.1 200 OK\r\n");
  rig.receive(0, "and more");
  EXPECT_FALSE(rig.has_ended());
  rig.accept_writes(0);
  EXPECT_EQ(rig.ended().response->body, "hi");
  EXPECT_TRUE(rig.ended().response->request_complete);
  EXPECT_EQ(rig.closing().size(), 1U);
}

// --- HTTP/2 --------------------------------------------------------------------------------------

/// An engine that speaks HTTP/2 in cleartext, and the other end.
class H2Upload : public ::testing::Test {
 protected:
  explicit H2Upload(std::size_t bytes = 1'000'000) : rig(prior_knowledge()) {
    id = rig.send(put(std::string(bytes, 'x')));
    rig.connect(0);
    rig.receive(0, peer.settings());
    carry();
  }
  static ClientOptions prior_knowledge() {
    ClientOptions options;
    options.http2.use = Http2::prior_knowledge;
    return options;
  }
  /// What was written reaches the peer.
  void carry() {
    for (std::size_t before = ~std::size_t{0}; before != rig.socket(0).sent.size();) {
      before = rig.socket(0).sent.size();
      rig.accept_writes(0);
    }
    const std::string& sent = rig.socket(0).sent;
    peer.read(std::string_view(sent).substr(carried_));
    carried_ = sent.size();
  }
  std::string response() { return peer.headers(1, wire::status(200)) + peer.data(1, "hi", true); }
  std::size_t uploaded() const { return peer.upload_of(1).size(); }
  void open_window() {
    rig.receive(0, peer.window_update(0, 1'000'000) + peer.window_update(1, 1'000'000));
    carry();
  }
  void expect_cut() {
    ASSERT_TRUE(rig.has_ended());
    ASSERT_TRUE(rig.ended().response) << name(rig.ended().error->code);
    EXPECT_EQ(rig.ended().response->body, "hi");
    EXPECT_FALSE(rig.ended().response->request_complete);
    EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
  }

  H2Peer peer;
  Rig rig;
  ExchangeId id;

 private:
  std::size_t carried_ = 0;
};

TEST_F(H2Upload, goes_on_after_the_whole_response) {
  EXPECT_EQ(uploaded(), 65'535U);
  rig.receive(0, response());
  EXPECT_FALSE(rig.has_ended());
  open_window();
  EXPECT_EQ(uploaded(), 1'000'000U);
  ASSERT_TRUE(rig.ended().response);
  EXPECT_TRUE(rig.ended().response->request_complete);
  EXPECT_EQ(peer.count(wire::kRstStream), 0U);
  EXPECT_EQ(rig.engine().stats().idle, 1U);
}

TEST_F(H2Upload, is_declined_by_a_reset_with_no_error) {
  rig.receive(0, response() + peer.rst(1, 0));
  expect_cut();
  carry();
  EXPECT_EQ(peer.count(wire::kRstStream), 0U);
  EXPECT_EQ(rig.engine().stats().idle, 1U) << "the connection goes on";
}

TEST_F(H2Upload, is_ended_by_any_other_reset_and_the_response_counts) {
  rig.receive(0, response());
  rig.receive(0, peer.rst(1, 2));
  expect_cut();
  EXPECT_EQ(rig.ended().timeline().last().h2_error, 2U);
}

TEST_F(H2Upload, is_ended_by_the_end_of_the_connection) {
  for (const bool orderly : {true, false}) {
    Rig other(prior_knowledge());
    other.send(put(std::string(1'000'000, 'x')));
    other.connect(0);
    other.accept_writes(0);
    H2Peer end;
    other.receive(0, end.settings() + end.headers(1, wire::status(200), true));
    EXPECT_FALSE(other.has_ended());
    if (orderly) {
      other.fin(0);
    } else {
      other.rst(0);
    }
    ASSERT_TRUE(other.has_ended());
    ASSERT_TRUE(other.ended().response) << orderly;
    EXPECT_FALSE(other.ended().response->request_complete);
    EXPECT_EQ(other.closing().size(), 1U);
  }
}

TEST_F(H2Upload, is_ended_by_a_goaway_below_it) {
  rig.receive(0, response());
  rig.receive(0, peer.goaway(0, 0));
  expect_cut();
}

TEST_F(H2Upload, is_given_up_when_the_window_stays_closed) {
  rig.receive(0, response());
  rig.pass(4999ms);
  EXPECT_FALSE(rig.has_ended());
  rig.pass(1ms);
  expect_cut();
  carry();
  EXPECT_EQ(peer.last(wire::kRstStream)->number(), 8U);
}

// --- The evidence of HTTP/2 attempts (SPEC R6) ---------------------------------------------------

TEST_F(H2Upload, that_a_goaway_refuses_shows_its_stream_and_the_last_one) {
  rig.receive(0, peer.goaway(0, 0));
  rig.cancel(id);
  const AttemptRecord& first = rig.ended().timeline()[0];
  EXPECT_EQ(first.replay, ReplayClass::unprocessed);
  EXPECT_EQ(first.h2_stream_id, 1U);
  EXPECT_EQ(first.goaway_last_id, 0);
  EXPECT_NE(to_string(first).find(", stream 1, GOAWAY's last stream 0]"), std::string::npos)
      << to_string(first);
}

TEST_F(H2Upload, that_is_reset_shows_its_stream) {
  rig.receive(0, peer.rst(1, 7));
  rig.cancel(id);
  const AttemptRecord& first = rig.ended().timeline()[0];
  EXPECT_EQ(first.h2_stream_id, 1U);
  EXPECT_EQ(first.goaway_last_id, -1);
}

/// What is left of a retried response is bounded by the request's own limits (P6), which the
/// request takes with it when it ends.
TEST(h2_drain, is_bounded_by_the_requests_own_limits) {
  ClientOptions options;
  options.http2.use = Http2::prior_knowledge;
  options.retry.max_attempts = 2;
  Rig rig(options);
  auto policy = std::make_shared<RequestPolicy>();
  policy->limits.emplace();
  policy->limits->drain_bytes = 10;
  Request request;
  request.url = "http://10.0.0.1/";
  request.policy = std::move(policy);
  const ExchangeId id = rig.send(std::move(request));
  rig.connect(0);
  rig.accept_writes(0);
  H2Peer peer;
  rig.receive(0, peer.settings() + peer.headers(1, wire::status(503)));
  rig.cancel(id);  // its policy goes with it
  rig.receive(0, peer.data(1, "0123456789"));
  rig.accept_writes(0);
  peer.read(rig.socket(0).sent);
  EXPECT_EQ(peer.count(wire::kRstStream), 0U);
  const std::size_t read = rig.socket(0).sent.size();
  rig.receive(0, peer.data(1, "a"));
  rig.accept_writes(0);
  peer.read(std::string_view(rig.socket(0).sent).substr(read));
  EXPECT_EQ(peer.count(wire::kRstStream), 1U);
}

}  // namespace
}  // namespace holdfast::engine
