// Bodies that wait for 100 (Continue) (RFC 9110 §10.1.1).
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

const std::string kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";

class Words final : public BodySource {
 public:
  explicit Words(int* reads = nullptr) : counter_(reads) {}
  Read read(char* into, std::size_t) override {
    if (counter_ != nullptr) ++*counter_;
    std::ranges::copy(std::string_view("words"), into);
    return {++reads_ == 2 ? State::end : State::more, 5};
  }

 private:
  int* counter_;
  int reads_ = 0;
};

Request expecting(Body body, const std::string& method = "PUT") {
  Request request;
  request.method = method;
  request.url = "http://10.0.0.1/";
  request.body = std::move(body);
  request.expect_continue = true;
  return request;
}

std::string body_sent(Rig& rig, std::size_t socket = 0) {
  const std::string& sent = rig.socket(socket).sent;
  return sent.substr(sent.find("\r\n\r\n") + 4);
}

/// The head of a request that expects is out.
void ask_expecting(Rig& rig, Body body, std::size_t socket = 0, const std::string& method = "PUT") {
  rig.send(expecting(std::move(body), method));
  rig.connect(socket);
  EXPECT_NE(rig.socket(socket).sent.find("\r\nExpect: 100-continue\r\n"), std::string::npos);
  rig.accept_writes(socket);
  EXPECT_EQ(body_sent(rig, socket), "");
}

TEST(expect, the_body_follows_upon_100) {
  Rig rig;
  ask_expecting(rig, "body");
  rig.receive(0, kGoOn);
  EXPECT_EQ(body_sent(rig), "body");
  rig.serve(0, kOk);
  EXPECT_EQ(rig.ended().response->body, "hi");
  EXPECT_EQ(rig.engine().stats().idle, 1U);
  EXPECT_GT(rig.ended().timeline().last().sent, Duration{-1});
}

TEST(expect, a_source_is_not_read_before_100_and_its_pieces_follow_in_chunks) {
  Rig rig;
  int reads = 0;
  ask_expecting(rig, Body::factory([&] { return std::make_unique<Words>(&reads); }));
  EXPECT_EQ(reads, 0);
  rig.receive(0, kGoOn);
  rig.accept_writes(0);
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(body_sent(rig), "5\r\nwords\r\n5\r\nwords\r\n0\r\n\r\n");
  rig.receive(0, kOk);
  EXPECT_TRUE(rig.ended().response);
}

TEST(expect, other_interim_responses_do_not_count) {
  Rig rig;
  ask_expecting(rig, "body");
  rig.receive(0, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n");
  EXPECT_EQ(body_sent(rig), "");
  rig.receive(0, kGoOn);
  EXPECT_EQ(body_sent(rig), "body");
}

TEST(expect, a_silent_server_is_waited_for_as_long_as_the_option_says) {
  ClientOptions options;
  options.timeouts.expect_continue = 3s;
  Rig rig(options);
  ask_expecting(rig, "body");
  rig.pass(2999ms);
  EXPECT_EQ(body_sent(rig), "");
  rig.pass(1ms);
  EXPECT_EQ(body_sent(rig), "body");
  rig.receive(0, kGoOn);  // late, and of no use any more
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended().response);
}

TEST(expect, the_wait_counts_from_when_the_head_was_accepted) {
  Rig rig;
  rig.send(expecting("body"));
  rig.connect(0);
  rig.pass(2s);
  rig.accept_writes(0);
  rig.pass(999ms);
  EXPECT_EQ(body_sent(rig), "");
  rig.pass(1ms);
  EXPECT_EQ(body_sent(rig), "body");
}

TEST(expect, neither_write_nor_read_timeout_counts_while_it_waits) {
  ClientOptions options;
  options.timeouts.expect_continue = kOff;
  Rig rig(options);
  ask_expecting(rig, "body");
  rig.pass(1h);
  EXPECT_FALSE(rig.has_ended());
  rig.receive(0, kGoOn);
  rig.accept_writes(0);
  rig.pass(9999ms);
  EXPECT_FALSE(rig.has_ended());
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended().response);
}

TEST(expect, the_attempt_timeout_does) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  options.timeouts.expect_continue = kOff;
  options.timeouts.attempt = 20s;
  Rig rig(options);
  ask_expecting(rig, "body");
  rig.pass(20s);
  ASSERT_TRUE(rig.has_ended());
  EXPECT_EQ(rig.ended().error->code, ErrorCode::attempt_timeout);
  EXPECT_EQ(rig.ended().error->phase, Phase::write);
}

TEST(expect, after_a_final_response_none_of_the_body_is_sent_and_the_connection_is_closed) {
  for (const char* status : {"200 OK", "401 Unauthorized"}) {
    Rig rig;
    ask_expecting(rig, "body");
    rig.receive(0, "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 2\r\n\r\nno");
    ASSERT_TRUE(rig.ended().response) << status;
    EXPECT_EQ(rig.ended().response->body, "no");
    EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
    rig.pass(60s);
    EXPECT_EQ(body_sent(rig), "");
    // The server may or may not wait for the body: what came next would be taken for it.
    EXPECT_EQ(rig.closing().size(), 1U);
    EXPECT_LT(rig.ended().timeline().last().sent, Duration{0});
  }
}

/// 417 comes to what ask_expecting() has sent; then `rig` waits for the second attempt.
void refuse_expectation(Rig& rig) {
  rig.receive(0, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
  rig.answer_closes();
}

TEST(expect, a_417_is_repeated_at_once_without_the_expectation_whatever_the_method) {
  for (const char* method : {"PUT", "POST"}) {
    Rig rig;
    ask_expecting(rig, "body", 0, method);
    refuse_expectation(rig);
    rig.connect(1);
    EXPECT_EQ(rig.socket(1).sent.find("Expect"), std::string::npos);
    EXPECT_EQ(body_sent(rig, 1), "body");
    rig.serve(1, kOk);
    ASSERT_TRUE(rig.ended().response) << method;
    EXPECT_EQ(rig.ended().response->status, 200);
    const Timeline& timeline = rig.ended().timeline();
    ASSERT_EQ(timeline.attempts(), 2U);
    EXPECT_EQ(timeline[0].status, 417);
    EXPECT_EQ(timeline[1].delay_source, DelaySource::immediate);
    EXPECT_EQ(timeline[1].delay, Duration{0});
  }
}

TEST(expect, a_417_is_repeated_with_a_one_shot_body_that_was_not_read) {
  Rig rig;
  ask_expecting(rig, Body::one_shot(std::make_unique<Words>(), 10), 0, "POST");
  refuse_expectation(rig);
  rig.connect(1);
  rig.accept_writes(1);
  EXPECT_EQ(body_sent(rig, 1), "wordswords");
}

TEST(expect, a_417_is_repeated_once_and_only_within_the_attempts) {
  Rig twice;
  ask_expecting(twice, "body");
  refuse_expectation(twice);
  twice.connect(1);
  twice.serve(1, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(twice.ended().response->status, 417);
  EXPECT_EQ(twice.ended().timeline().attempts(), 2U);
  ClientOptions options;
  options.retry.max_attempts = 1;
  Rig single(options);
  ask_expecting(single, "body");
  refuse_expectation(single);
  EXPECT_EQ(single.ended().response->status, 417);
  EXPECT_EQ(single.ended().response->body, "no");
}

TEST(expect, a_417_after_the_body_has_begun_is_the_response) {
  Rig rig;
  ask_expecting(rig, "body");
  rig.receive(0, kGoOn);
  rig.serve(0, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(rig.ended().response->status, 417);
  EXPECT_EQ(rig.ended().timeline().attempts(), 1U);
}

TEST(expect, nothing_follows_a_final_head_while_its_body_still_comes) {
  Rig rig;
  ask_expecting(rig, "body");
  rig.receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh");
  rig.pass(5s);
  EXPECT_EQ(body_sent(rig), "");
  rig.receive(0, "i");
  EXPECT_EQ(rig.ended().response->body, "hi");
}

TEST(expect, a_retry_repeats_the_handshake) {
  Rig rig;
  ask_expecting(rig, "body");
  rig.receive(0, "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.accept_writes(1);
  EXPECT_NE(rig.socket(1).sent.find("Expect: 100-continue"), std::string::npos);
  EXPECT_EQ(body_sent(rig, 1), "");
  rig.receive(1, kGoOn);
  EXPECT_EQ(body_sent(rig, 1), "body");
  rig.serve(1, kOk);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
}

TEST(expect, a_one_shot_body_that_was_not_asked_for_can_be_sent_again) {
  Rig rig;
  ask_expecting(rig, Body::one_shot(std::make_unique<Words>(), 10));
  rig.rst(0);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.accept_writes(1);
  rig.receive(1, kGoOn);
  rig.accept_writes(1);
  EXPECT_EQ(body_sent(rig, 1), "wordswords");
}

TEST(expect, the_head_alone_may_have_been_acted_upon) {
  Rig rig;
  ask_expecting(rig, "body", 0, "POST");
  rig.rst(0);
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->replay, ReplayClass::unknown);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::method_not_replayable);
}

TEST(expect, without_a_body_there_is_nothing_to_wait_for) {
  Rig rig;
  rig.send(expecting(Body()), 1);
  rig.send(expecting(Body("")), 2);
  rig.connect(0);
  rig.connect(1);
  for (const std::size_t n : {0U, 1U}) {
    EXPECT_EQ(rig.socket(n).sent.find("Expect"), std::string::npos);
    rig.serve(n, kOk);
  }
  EXPECT_TRUE(rig.ended(1).response && rig.ended(2).response);
}

TEST(expect, the_field_is_ours_to_write) {
  Rig rig;
  Request request = expecting("body");
  request.headers.add("Expect", "100-continue");
  rig.send(std::move(request));
  ASSERT_TRUE(rig.ended().error);
  EXPECT_NE(rig.ended().error->detail.find("Request::expect_continue"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::engine
