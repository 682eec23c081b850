// Content decoding (SPEC H6): what is asked for, what is undone, and what becomes of a coding that
// is cut, broken or a bomb. The codings themselves are wire's subject.
#include <gtest/gtest.h>

#include <string>

#include "engine/core/engine_rig.h"
#include "wire/content/decoder_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

std::string answer(std::string_view coding, std::string_view content,
                   const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Encoding: " + std::string(coding) +
         "\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n" +
         std::string(content);
}
const std::string kText = wire::sample(5000, 7);

/// The value of a field in what was sent; "(none)" without one.
std::string sent_field(const std::string& sent, const std::string& name) {
  const std::size_t at = sent.find("\r\n" + name + ": ");
  if (at == sent.npos) return "(none)";
  const std::size_t begin = at + name.size() + 4;
  return sent.substr(begin, sent.find("\r\n", begin) - begin);
}

Request to_host() {
  Request request;
  request.url = "http://10.0.0.1/";
  return request;
}

/// The pieces that were handed over.
std::vector<std::string> pieces(const Rig& rig) {
  std::vector<std::string> found;
  for (const std::string& event : rig.events()) {
    if (event.starts_with("body ")) found.push_back(event.substr(5));
  }
  return found;
}
std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return all;
}

TEST(content, every_coding_is_asked_for_and_undone) {
  Rig rig;
  int tag = 0;
  for (const char* encoding : wire::encodings()) {
    rig.get("http://10.0.0.1/", ++tag);
    if (tag == 1) rig.connect(0);
    EXPECT_EQ(sent_field(rig.socket(0).sent, "Accept-Encoding"), wire::accept_encoding());
    rig.serve(0, answer(wire::coding_of(encoding), wire::encode(encoding, kText)));
    const Response& response = *rig.ended(tag).response;
    EXPECT_TRUE(response.body == kText) << encoding;
    EXPECT_TRUE(response.decoded);
    // As sent.
    EXPECT_EQ(response.headers.get("Content-Encoding"), wire::coding_of(encoding));
  }
  EXPECT_EQ(rig.dials(), 1U);
}

TEST(content, a_field_of_the_users_own_is_all_that_is_asked_for_and_codings_are_undone_still) {
  ClientOptions options;
  options.default_headers.add("accept-encoding", "br");
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  EXPECT_EQ(sent_field(rig.socket(0).sent, "accept-encoding"), "br");
  EXPECT_EQ(sent_field(rig.socket(0).sent, "Accept-Encoding"), "(none)");
  rig.serve(0, answer("gzip", wire::encode("gzip", kText)));
  EXPECT_TRUE(rig.ended(1).response->body == kText);
}

TEST(content, a_request_for_a_part_asks_for_no_coding_and_a_part_is_left_as_it_is) {
  Rig rig;
  Request request = to_host();
  request.headers.add("range", "bytes=0-9");
  rig.send(std::move(request), 1);
  rig.connect(0);
  EXPECT_EQ(sent_field(rig.socket(0).sent, "Accept-Encoding"), "identity");
  const std::string part = wire::encode("gzip", kText).substr(0, 10);
  rig.serve(0, answer("gzip", part, "206 Partial Content"));
  EXPECT_EQ(rig.ended(1).response->body, part);
  EXPECT_FALSE(rig.ended(1).response->decoded);
}

TEST(content, switched_off_nothing_is_asked_for_and_nothing_undone) {
  const std::string coded = wire::encode("gzip", kText);
  for (const bool by_request : {false, true}) {
    ClientOptions options;
    options.decode.enabled = by_request;
    Rig rig(options);
    Request request = to_host();
    if (by_request) {
      auto policy = std::make_shared<RequestPolicy>();
      policy->decode.emplace().enabled = false;
      request.policy = policy;
    }
    rig.send(std::move(request), 1);
    rig.connect(0);
    EXPECT_EQ(sent_field(rig.socket(0).sent, "Accept-Encoding"), "(none)");
    rig.serve(0, answer("gzip", coded));
    EXPECT_TRUE(rig.ended(1).response->body == coded);
    EXPECT_FALSE(rig.ended(1).response->decoded);
  }
}

TEST(content, an_unknown_coding_is_handed_over_as_it_came) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, answer("gzip, aes128gcm", "secret"));
  EXPECT_EQ(rig.ended().response->body, "secret");
  EXPECT_FALSE(rig.ended().response->decoded);
}

TEST(content, responses_without_content_are_not_looked_at) {
  Rig rig;
  Request head = to_host();
  head.method = "HEAD";
  rig.send(std::move(head), 1);
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n");
  EXPECT_EQ(rig.ended(1).response->status, 200);
  EXPECT_FALSE(rig.ended(1).response->decoded);
  rig.get("http://10.0.0.1/", 2);
  rig.serve(0, "HTTP/1.1 304 X\r\nContent-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(rig.ended(2).response->status, 304);
  // No bytes at all are an empty content under every coding.
  rig.get("http://10.0.0.1/", 3);
  rig.serve(0, answer("gzip", ""));
  EXPECT_EQ(rig.ended(3).response->body, "");
}

TEST(content, a_whole_body_with_a_cut_coding_is_undecodable_and_not_retried) {
  Rig rig;
  rig.get();
  rig.connect(0);
  const std::string coded = wire::encode("gzip", kText);
  rig.serve(0, answer("gzip", coded.substr(0, coded.size() - 9)));
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::content_undecodable);
  EXPECT_EQ(rig.ended().error->replay, ReplayClass::permanent);
  EXPECT_EQ(rig.ended().error->phase, Phase::body);
  EXPECT_EQ(rig.ended().error->attempts(), 1U);
  EXPECT_NE(rig.ended().error->detail.find("gzip"), std::string::npos);
  EXPECT_EQ(rig.engine().stats().idle, 1U);  // its framing was in order
}

TEST(content, where_only_the_close_ends_it_a_cut_coding_is_a_cut_response_and_retried) {
  Rig rig;
  rig.get();
  rig.connect(0);
  const std::string coded = wire::encode("gzip", kText);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + coded.substr(0, 50));
  rig.fin(0);
  EXPECT_FALSE(rig.has_ended());
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.serve(1, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + coded);
  rig.fin(1);
  EXPECT_TRUE(rig.ended().response->body == kText);
  EXPECT_EQ(rig.ended().timeline()[0].error, ErrorCode::response_truncated);
}

TEST(content, more_codings_than_anybody_needs_are_refused_at_the_head) {
  for (const bool streaming : {false, true}) {
    Rig rig;
    rig.send(to_host(), 0, streaming);
    rig.connect(0);
    rig.serve(0, answer("gzip, gzip, gzip, gzip", "x"));
    ASSERT_TRUE(rig.ended().error);
    EXPECT_EQ(rig.ended().error->code, ErrorCode::content_undecodable);
    EXPECT_TRUE(rig.events().empty());
  }
}

TEST(content, a_buffered_body_is_bounded_as_decoded) {
  ClientOptions options;
  options.limits.max_body_bytes = kText.size();
  Rig rig(options);
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, answer("gzip", wire::encode("gzip", kText)));
  EXPECT_TRUE(rig.ended(1).response->body == kText);
  rig.get("http://10.0.0.1/", 2);
  rig.serve(0, answer("gzip", wire::encode("gzip", kText + "!")));
  ASSERT_TRUE(rig.ended(2).error);
  EXPECT_EQ(rig.ended(2).error->code, ErrorCode::body_too_large);
  EXPECT_EQ(rig.ended(2).error->attempts(), 1U);
}

TEST(content, a_bomb_is_stopped_by_the_ratio_streamed_or_not) {
  const std::string bomb = wire::encode("gzip", std::string(8 << 20, 'x'));
  for (const bool streaming : {false, true}) {
    ClientOptions options;
    options.decode.max_ratio = 100;
    options.decode.ratio_grace_bytes = 1 << 16;
    Rig rig(options);
    rig.send(to_host(), 0, streaming);
    rig.connect(0);
    rig.serve(0, answer("gzip", bomb));
    ASSERT_TRUE(rig.ended().error);
    EXPECT_EQ(rig.ended().error->code, ErrorCode::expansion_too_large);
    EXPECT_LT(joined(pieces(rig)).size(), 2U << 20);
  }
}

TEST(content, nonsense_in_a_requests_own_policy_is_refused) {
  Rig rig;
  Request request = to_host();
  auto policy = std::make_shared<RequestPolicy>();
  policy->decode.emplace().max_window_bytes = 0;
  request.policy = policy;
  rig.send(std::move(request));
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::invalid_option);
  EXPECT_NE(rig.ended().error->detail.find("decode.max_window_bytes"), std::string::npos);
}

TEST(content, a_streamed_body_comes_decoded_in_bounded_pieces) {
  Rig rig;
  rig.send(to_host(), 0, true);
  rig.connect(0);
  const std::string content(1 << 20, 'x');
  rig.serve(0, answer("gzip", wire::encode("gzip", content)));  // one read
  ASSERT_TRUE(rig.ended().response);
  EXPECT_TRUE(joined(pieces(rig)) == content);
  for (const std::string& piece : pieces(rig)) EXPECT_LE(piece.size(), 64U << 10);
}

/// Pauses at every piece.
TEST(content, a_pause_holds_what_one_read_decodes_to) {
  Rig rig;
  rig.pause_at_body = true;
  const ExchangeId id = rig.send(to_host(), 0, true);
  rig.connect(0);
  const std::string content = wire::sample(1 << 20, 3) + std::string(1 << 20, 'x');
  const std::string coded = wire::encode("gzip", content);
  const std::string response = answer("gzip", coded) + "";
  rig.accept_writes(0);
  rig.receive(0, response.substr(0, response.size() - 100));
  EXPECT_EQ(pieces(rig).size(), 1U);
  rig.receive(0, response.substr(response.size() - 100));  // was on its way
  std::size_t rounds = 0;
  while (!rig.has_ended()) {
    ASSERT_LT(++rounds, 10'000U);
    const std::size_t before = pieces(rig).size();
    rig.resume(id);
    ASSERT_LE(pieces(rig).size(), before + 1);
  }
  EXPECT_GT(rounds, 50U);
  EXPECT_TRUE(joined(pieces(rig)) == content);
  EXPECT_TRUE(rig.ended().response);
}

TEST(content, a_streamed_coding_that_breaks_ends_it_after_what_came_before) {
  Rig rig;
  rig.send(to_host(), 0, true);
  rig.connect(0);
  const std::string content = wire::sample(100'000, 9);
  std::string coded = wire::encode("gzip", content);
  coded[coded.size() - 6] = static_cast<char>(coded[coded.size() - 6] ^ 0x40);  // its checksum
  rig.serve(0, answer("gzip", coded));
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::content_undecodable);
  EXPECT_GT(joined(pieces(rig)).size(), 16U << 10);
  EXPECT_TRUE(content.starts_with(joined(pieces(rig))));
}

TEST(content, the_body_of_a_retried_status_is_read_over_undecoded) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, answer("gzip", "not gzip at all", "503 X"));
  rig.pass(1s);
  rig.serve(0, answer("gzip", wire::encode("gzip", kText)));
  EXPECT_TRUE(rig.ended().response->body == kText);
  EXPECT_EQ(rig.dials(), 1U);
}

// --- Stored --------------------------------------------------------------------------------------

TEST(content, a_stored_response_is_ordered_away_and_not_in_the_completion) {
  Rig rig;
  rig.store(to_host());
  rig.connect(0);
  rig.serve(0, answer("gzip", wire::encode("gzip", kText)));
  ASSERT_TRUE(rig.ended().response);
  EXPECT_EQ(rig.events().front(), "restart 200");
  EXPECT_TRUE(joined(pieces(rig)) == kText);
  EXPECT_EQ(rig.ended().response->body, "");
  EXPECT_EQ(rig.ended().response->status, 200);
}

TEST(content, a_stored_response_that_is_cut_is_stored_anew) {
  Rig rig;
  rig.store(to_host());
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none");
  rig.fin(0);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.serve(1, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  EXPECT_TRUE(rig.ended().response);
  EXPECT_EQ(rig.events(),
            (std::vector<std::string>{"restart 200", "body one", "restart 200", "body two"}));
}

TEST(content, what_is_written_through_is_not_fetched_again_once_a_byte_was_ordered_away) {
  Rig rig;
  rig.store(to_host(), 0, true);
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  rig.fin(0);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.serve(1, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome");
  rig.fin(1);
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::response_truncated);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::response_delivered);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
}

TEST(content, what_is_not_2xx_is_not_stored) {
  Rig rig;
  rig.store(to_host());
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 404 X\r\nContent-Length: 4\r\n\r\ngone");
  EXPECT_EQ(rig.ended().response->body, "gone");
  EXPECT_TRUE(rig.events().empty());
}

TEST(content, what_cannot_be_stored_ends_it_and_its_connection) {
  Rig rig;
  rig.store_fails = true;
  rig.store(to_host());
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none");
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::file_failed);
  EXPECT_EQ(rig.ended().error->phase, Phase::body);
  EXPECT_EQ(rig.ended().error->detail, "the disk is full");
  EXPECT_EQ(rig.ended().timeline().last().error, ErrorCode::file_failed);
  EXPECT_EQ(rig.closing().size(), 1U);
}

TEST(content, a_pause_before_the_connection_is_there_holds_the_server_back_all_the_same) {
  Rig rig;
  rig.pause_at_body = true;
  const ExchangeId id = rig.store(to_host());
  rig.engine().pause(id);
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  EXPECT_EQ(rig.events(), std::vector<std::string>{"read_stop"});
  rig.resume(id);
  rig.resume(id);
  EXPECT_TRUE(rig.ended().response);
}

}  // namespace
}  // namespace holdfast::engine
