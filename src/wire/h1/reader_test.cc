#include "wire/h1/reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/h1/transcript_rig.h"

namespace holdfast::wire {
namespace {

using ReaderEvent = H1Reader::Event;
using Head = Transcript::Head;

/// A good response: its bytes, and what must come of them.
struct Sample {
  const char* name;
  std::string_view method;
  std::string bytes;
  bool until_close;  // completed by the peer's close only
  Transcript expected;
};

Transcript make(Head head, std::string body, bool reusable) {
  Transcript t;
  t.heads.push_back(std::move(head));
  t.body = std::move(body);
  t.ends = 1;
  t.reusable = reusable;
  return t;
}

Head ok(Fields fields) { return {200, 1, 1, "OK", std::move(fields)}; }

std::vector<Sample> framing_samples() {
  const std::string line = "HTTP/1.1 200 OK\r\n";
  Transcript trailers = make(ok({{"Transfer-Encoding", "chunked"}}), "abcdefghijklmnopqrs", true);
  trailers.trailers = {{"Digest", "x"}, {"Content-Length", "7"}};
  Transcript interims = make(ok({{"Content-Length", "2"}}), "hi", true);
  interims.interims = {{100, 1, 1, "Continue", {}},
                       {103, 1, 1, "Early Hints", {{"Link", "</a>"}}},
                       {199, 1, 1, "", {}}};
  return {
      {"content_length", "GET", line + "Content-Length: 5\r\n\r\nhello", false,
       make(ok({{"Content-Length", "5"}}), "hello", true)},
      {"content_length_zero", "GET", line + "Content-Length: 0\r\n\r\n", false,
       make(ok({{"Content-Length", "0"}}), "", true)},
      {"body_with_line_ends_and_nul", "GET",
       line + "content-length: 7\r\n\r\n" + std::string("\r\n\n \0\r\r", 7), false,
       make(ok({{"content-length", "7"}}), std::string("\r\n\n \0\r\r", 7), true)},
      {"chunked_with_extensions_and_trailers", "GET",
       line + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0010;c=\"d e\";a=b\r\n" +
           "defghijklmnopqrs\r\n000;last\r\nDigest: x\r\nContent-Length: 7\r\n\r\n",
       false, trailers},
      {"chunked_data_with_line_ends", "GET",
       line + "Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\r\r\n3\r\n \n\n\r\n0\r\n\r\n", false,
       make(ok({{"Transfer-Encoding", "chunked"}}), "\r\n\r\r \n\n", true)},
      {"chunked_case_and_space", "GET", line + "TRANSFER-ENCODING:  Chunked \r\n\r\n0\r\n\r\n",
       false, make(ok({{"TRANSFER-ENCODING", "Chunked"}}), "", true)},
      {"interims_first", "POST",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
       "HTTP/1.1 199 \r\n\r\n" +
           line + "Content-Length: 2\r\n\r\nhi",
       false, interims},
      {"until_close", "GET", line + "Server: x\r\n\r\nall the rest\r\n\r\n", true,
       make(ok({{"Server", "x"}}), "all the rest\r\n\r\n", false)},
      {"until_close_empty", "GET", line + "\r\n", true, make(ok({}), "", false)},
  };
}

std::vector<Sample> bodiless_samples() {
  return {
      {"head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", false,
       make(ok({{"Content-Length", "5000"}}), "", true)},
      {"head_chunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false,
       make(ok({{"Transfer-Encoding", "chunked"}}), "", true)},
      {"head_without_length", "HEAD", "HTTP/1.1 404 No\r\n\r\n", false,
       make({404, 1, 1, "No", {}}, "", true)},
      {"no_content", "DELETE", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false,
       make({204, 1, 1, "No Content", {{"Content-Length", "5"}}}, "", true)},
      {"not_modified", "GET", "HTTP/1.1 304 \r\nContent-Length: 5\r\n\r\n", false,
       make({304, 1, 1, "", {{"Content-Length", "5"}}}, "", true)},
      {"tunnel", "CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false,
       make(ok({{"Content-Length", "5"}}), "", false)},
      {"no_tunnel", "CONNECT", "HTTP/1.1 403 \r\nContent-Length: 2\r\n\r\nno", false,
       make({403, 1, 1, "", {{"Content-Length", "2"}}}, "no", true)},
  };
}

std::vector<Sample> connection_samples() {
  const std::string zero = "Content-Length: 0\r\n";
  const auto connection = [](const char* value) {
    return Fields{{"Content-Length", "0"}, {"Connection", value}};
  };
  Transcript keep =
      make(ok({{"Content-Length", "0"}, {"keep-alive", "timeout=5, max=\"99\""}}), "", true);
  keep.keep_alive_timeout_s = 5;
  keep.keep_alive_max = 99;
  return {
      {"close", "GET", "HTTP/1.1 200 OK\r\n" + zero + "Connection: x, Close\r\n\r\n", false,
       make(ok(connection("x, Close")), "", false)},
      {"old_version", "GET", "HTTP/1.0 200 OK\r\n" + zero + "\r\n", false,
       make({200, 1, 0, "OK", {{"Content-Length", "0"}}}, "", false)},
      {"old_version_keep_alive", "GET",
       "HTTP/1.0 200 OK\r\n" + zero + "Connection: Keep-Alive\r\n\r\n", false,
       make({200, 1, 0, "OK", connection("Keep-Alive")}, "", true)},
      {"old_version_both", "GET",
       "HTTP/1.0 200 OK\r\n" + zero + "Connection: keep-alive, close\r\n\r\n", false,
       make({200, 1, 0, "OK", connection("keep-alive, close")}, "", false)},
      {"old_version_chunked", "GET",
       "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
       "1\r\nx\r\n0\r\n\r\n",
       false,
       make({200, 1, 0, "OK", {{"Connection", "keep-alive"}, {"Transfer-Encoding", "chunked"}}},
            "x", false)},
      {"keep_alive_hints", "GET",
       "HTTP/1.1 200 OK\r\n" + zero + "keep-alive: timeout=5, max=\"99\"\r\n\r\n", false, keep},
      {"upgrade_offered", "GET",
       "HTTP/1.1 200 OK\r\n" + zero + "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", false,
       make(ok({{"Content-Length", "0"}, {"Connection", "upgrade"}, {"Upgrade", "h2c"}}), "",
            true)},
  };
}

std::vector<Sample> syntax_samples() {
  const std::string high =
      "HTTP/1.1 599 \xfc"
      "ber\tso\r\nContent-Length: 0\r\n\r\n";
  return {
      {"no_reason_no_space", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", false,
       make({200, 1, 1, "", {{"Content-Length", "0"}}}, "", true)},
      {"odd_reason", "GET", high, false,
       make({599,
             1,
             1,
             "\xfc"
             "ber\tso",
             {{"Content-Length", "0"}}},
            "", true)},
      {"spaces_around_values", "GET",
       "HTTP/1.1 200 OK\r\nA: \t b \t c \t\r\nEmpty:\r\nBlank:  \r\nContent-Length: 0 \r\n\r\n",
       false,
       make(ok({{"A", "b \t c"}, {"Empty", ""}, {"Blank", ""}, {"Content-Length", "0"}}), "",
            true)},
      {"repeated_fields_stay_apart", "GET",
       "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n", false,
       make(ok({{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}, {"Content-Length", "0"}}), "", true)},
  };
}

std::vector<Sample> samples() {
  std::vector<Sample> all = framing_samples();
  for (auto more : {bodiless_samples(), connection_samples(), syntax_samples()}) {
    for (Sample& sample : more) all.push_back(std::move(sample));
  }
  return all;
}

void expect_good(const Sample& sample, const Reading& reading) {
  EXPECT_EQ(reading.transcript, sample.expected)
      << "error: " << name(reading.transcript.error) << ", " << reading.aftermath.detail;
  EXPECT_TRUE(reading.aftermath.views_in_input);
}

Reading read(const Sample& sample, const std::vector<std::string_view>& pieces) {
  H1Reader reader;
  return read_pieces(reader, sample.method, {}, pieces, sample.until_close);
}

TEST(H1Reader, sample_given_whole_is_read) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    expect_good(sample, read(sample, {sample.bytes}));
  }
}

TEST(H1Reader, sample_given_byte_by_byte_is_read_the_same) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    expect_good(sample, read(sample, byte_by_byte(sample.bytes)));
  }
}

TEST(H1Reader, sample_split_at_every_position_is_read_the_same) {
  for (const Sample& sample : samples()) {
    const std::string_view bytes = sample.bytes;
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
      SCOPED_TRACE(std::string(sample.name) + " split at " + std::to_string(at));
      expect_good(sample, read(sample, {bytes.substr(0, at), bytes.substr(at)}));
    }
  }
}

TEST(H1Reader, bytes_after_the_response_stay_in_the_input) {
  const std::string surplus = "HTTP/1.1 200 OK\r\n\r\n";
  for (const Sample& sample : samples()) {
    if (sample.until_close) continue;
    SCOPED_TRACE(sample.name);
    const std::string bytes = sample.bytes + surplus;
    const Reading whole = read(sample, {bytes});
    expect_good(sample, whole);
    EXPECT_EQ(whole.aftermath.left, surplus);
    const Reading dribbled = read(sample, byte_by_byte(bytes));
    expect_good(sample, dribbled);
    EXPECT_EQ(dribbled.aftermath.left, surplus);
  }
}

// A body delimited by the close is the exception by its definition: once its head is complete,
// every prefix is a whole response (RFC 9112 §8 admits that truncation cannot be seen there).
TEST(H1Reader, every_prefix_cut_by_fin_is_a_failure_never_an_end) {
  for (const Sample& sample : samples()) {
    const std::string_view bytes = sample.bytes;
    const std::size_t head_end = bytes.find("\r\n\r\n") + 4;
    const std::size_t size = sample.until_close ? head_end : bytes.size();
    for (std::size_t cut = 0; cut < size; ++cut) {
      SCOPED_TRACE(std::string(sample.name) + " cut at " + std::to_string(cut));
      H1Reader reader;
      const Reading reading = read_pieces(reader, sample.method, {}, {bytes.substr(0, cut)}, true);
      EXPECT_EQ(reading.transcript.ends, 0);
      EXPECT_EQ(reading.transcript.error,
                cut == 0 ? ErrorCode::connection_closed : ErrorCode::response_truncated);
      EXPECT_FALSE(reading.aftermath.detail.empty());
      EXPECT_FALSE(reader.reusable());
    }
  }
}

TEST(H1Reader, one_reader_reads_many_responses_one_after_the_other) {
  H1Reader reader;
  for (int round = 0; round < 3; ++round) {
    for (const Sample& sample : samples()) {
      SCOPED_TRACE(sample.name);
      const LimitPolicy limits;
      const auto pieces =
          round == 1 ? byte_by_byte(sample.bytes) : std::vector<std::string_view>{sample.bytes};
      expect_good(sample, read_pieces(reader, sample.method, limits, pieces, sample.until_close));
    }
  }
}

TEST(H1Reader, reader_recovers_from_an_error_by_the_next_expect_response) {
  H1Reader reader;
  const LimitPolicy limits;
  reader.expect_response("GET", limits);
  std::string_view garbage = "garbage";
  EXPECT_EQ(reader.next(garbage), ReaderEvent::error);
  EXPECT_EQ(reader.next(garbage), ReaderEvent::error);
  EXPECT_EQ(reader.finish(), ReaderEvent::error);
  EXPECT_EQ(reader.error(), ErrorCode::protocol_error);
  const Sample sample = samples().front();
  expect_good(sample, read_pieces(reader, "GET", limits, {sample.bytes}));
}

TEST(H1Reader, bytes_that_nobody_asked_for_are_an_error) {
  H1Reader reader;
  std::string_view none;
  EXPECT_EQ(reader.next(none), ReaderEvent::need_more);
  std::string_view bytes = "HTTP/1.1 200 OK\r\n\r\n";
  EXPECT_EQ(reader.next(bytes), ReaderEvent::error);
  EXPECT_EQ(reader.error(), ErrorCode::protocol_error);
}

TEST(H1Reader, coalesced_responses_are_read_from_one_input) {
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const std::string bytes = one + "a" + one + "b" + one + "c";
  H1Reader reader;
  const LimitPolicy limits;
  std::string_view input = bytes;
  for (const char* body : {"a", "b", "c"}) {
    reader.expect_response("GET", limits);
    EXPECT_EQ(reader.next(input), ReaderEvent::head);
    EXPECT_FALSE(reader.reusable());
    EXPECT_EQ(reader.next(input), ReaderEvent::body);
    EXPECT_EQ(reader.body(), body);
    EXPECT_EQ(reader.next(input), ReaderEvent::end);
    EXPECT_TRUE(reader.reusable());
  }
  EXPECT_TRUE(input.empty());
}

TEST(H1Reader, end_needs_no_further_byte_once_the_message_is_complete) {
  H1Reader reader;
  const LimitPolicy limits;
  reader.expect_response("GET", limits);
  std::string_view input = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(reader.next(input), ReaderEvent::head);
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(reader.next(input), ReaderEvent::end);
  EXPECT_EQ(reader.next(input), ReaderEvent::need_more);
}

TEST(H1Reader, close_between_head_and_end_still_gives_the_end) {
  H1Reader reader;
  const LimitPolicy limits;
  reader.expect_response("HEAD", limits);
  std::string_view input = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
  EXPECT_EQ(reader.next(input), ReaderEvent::head);
  EXPECT_EQ(reader.finish(), ReaderEvent::end);
  EXPECT_EQ(reader.finish(), ReaderEvent::error);
  EXPECT_EQ(reader.error(), ErrorCode::connection_closed);
}

TEST(H1Reader, large_body_is_one_view_into_the_input) {
  const std::string body(100'000, 'x');
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body;
  H1Reader reader;
  const LimitPolicy limits;
  reader.expect_response("GET", limits);
  std::string_view input = bytes;
  EXPECT_EQ(reader.next(input), ReaderEvent::head);
  const char* const from = input.data();
  EXPECT_EQ(reader.next(input), ReaderEvent::body);
  EXPECT_EQ(reader.body().data(), from);
  EXPECT_EQ(reader.body().size(), body.size());
  EXPECT_EQ(reader.next(input), ReaderEvent::end);
}

TEST(H1Reader, interim_head_stays_valid_until_the_next_one) {
  H1Reader reader;
  const LimitPolicy limits;
  reader.expect_response("GET", limits);
  std::string_view input = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  EXPECT_EQ(reader.next(input), ReaderEvent::interim);
  EXPECT_EQ(reader.next(input), ReaderEvent::need_more);
  EXPECT_EQ(reader.head().status, 103);
  EXPECT_EQ(fields_of(reader.head().headers), (Fields{{"Link", "</a>"}}));
}

TEST(H1Reader, keep_alive_hints_belong_to_the_last_head) {
  H1Reader reader;
  const LimitPolicy limits;
  const std::string with = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=7\r\n\r\n";
  read_pieces(reader, "GET", limits, {with});
  EXPECT_EQ(reader.keep_alive_timeout_s(), 7);
  EXPECT_EQ(reader.keep_alive_max(), -1);
  read_pieces(reader, "GET", limits, {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
  EXPECT_EQ(reader.keep_alive_timeout_s(), -1);
}

}  // namespace
}  // namespace holdfast::wire
