// What H1Reader refuses (H1), and with which code: smuggling shapes, garbage, limits.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/h1/reader.h"
#include "wire/h1/transcript_rig.h"

namespace holdfast::wire {
namespace {

const std::string kLine = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kLine + "Transfer-Encoding: chunked\r\n\r\n";

struct Refused {
  const char* name;
  std::string bytes;
};

/// Each is refused as protocol_error within the bytes given, however they are cut.
void expect_refused(const std::vector<Refused>& table, std::string_view method = "GET",
                    const LimitPolicy& limits = {}, ErrorCode code = ErrorCode::protocol_error) {
  for (const Refused& refused : table) {
    SCOPED_TRACE(refused.name);
    const std::string_view bytes = refused.bytes;
    std::vector<std::vector<std::string_view>> cuts = {{bytes}, byte_by_byte(bytes)};
    if (bytes.size() < 300) {
      for (std::size_t at = 1; at < bytes.size(); ++at) {
        cuts.push_back({bytes.substr(0, at), bytes.substr(at)});
      }
    }
    for (const auto& pieces : cuts) {
      H1Reader reader;
      const Reading reading = read_pieces(reader, method, limits, pieces);
      EXPECT_EQ(name(reading.transcript.error), name(code)) << "first piece: " << pieces.front();
      EXPECT_EQ(reading.transcript.ends, 0);
      EXPECT_FALSE(reading.aftermath.detail.empty());
      EXPECT_FALSE(reader.reusable());
    }
  }
}

TEST(H1Refusal, status_line_that_is_none) {
  expect_refused({
      {"garbage", "\x01\x02\x03garbage\r\n\r\n"},
      {"http_0_9", "<html>hello</html>"},
      {"version_0_9", "HTTP/0.9 200 OK\r\n\r\n"},
      {"version_2_0", "HTTP/2.0 200 OK\r\n\r\n"},
      {"version_3_7", "HTTP/3.7 200 OK\r\n\r\n"},
      {"version_1_2", "HTTP/1.2 200 OK\r\n\r\n"},
      {"version_1_10", "HTTP/1.10 200 OK\r\n\r\n"},
      {"version_1", "HTTP/1 200 OK\r\n\r\n"},
      {"lower_case", "http/1.1 200 OK\r\n\r\n"},
      {"other_protocol", "HTCP/1.1 200 OK\r\n\r\n"},
      {"leading_empty_line", "\r\nHTTP/1.1 200 OK\r\n\r\n"},
      {"leading_space", " HTTP/1.1 200 OK\r\n\r\n"},
      {"status_99", "HTTP/1.1 99 Low\r\n\r\n"},
      {"status_0200", "HTTP/1.1 0200 OK\r\n\r\n"},
      {"status_00200", "HTTP/1.1 00200 OK\r\n\r\n"},
      {"status_20", "HTTP/1.1 20 Short\r\n\r\n"},
      {"status_099", "HTTP/1.1 099 Low\r\n\r\n"},
      {"status_2000", "HTTP/1.1 2000 Long\r\n\r\n"},
      {"status_000", "HTTP/1.1 000 Zero\r\n\r\n"},
      {"status_abc", "HTTP/1.1 abc What\r\n\r\n"},
      {"status_empty", "HTTP/1.1 \r\n\r\n"},
      {"status_signed", "HTTP/1.1 +200 OK\r\n\r\n"},
      {"status_cut", "HTTP/1.1 2 0 OK\r\n\r\n"},
      {"status_runs_into_reason", "HTTP/1.1 200OK\r\n\r\n"},
      {"two_spaces", "HTTP/1.1  200 OK\r\n\r\n"},
      {"no_space", "HTTP/1.1200 OK\r\n\r\n"},
      {"nul_in_reason", "HTTP/1.1 200 O" + std::string(1, '\0') + "K\r\n\r\n"},
      {"escape_in_reason", "HTTP/1.1 200 \x1b[31m\r\n\r\n"},
      {"http_2_preface", std::string("\0\0\x12\x04\0\0\0\0\0", 9)},
  });
}

TEST(H1Refusal, tls_answer_is_named_as_such) {
  const Reading reading = read_whole("\x15\x03\x03");
  EXPECT_EQ(reading.transcript.error, ErrorCode::protocol_error);
  EXPECT_NE(reading.aftermath.detail.find("TLS"), std::string::npos);
}

TEST(H1Refusal, line_ends_other_than_crlf_and_folded_framing) {
  expect_refused({
      {"bare_lf_after_status", "HTTP/1.1 200 OK\nA: b\r\n\r\n"},
      {"bare_lf_after_status_without_reason", "HTTP/1.1 200\nA: b\r\n\r\n"},
      {"bare_lf_after_value", kLine + "A: b\nB: c\r\n\r\n"},
      {"bare_lf_after_empty_value", kLine + "A:\nB: c\r\n\r\n"},
      {"bare_lf_at_the_end", kLine + "A: b\r\n\n"},
      {"bare_lf_only", "HTTP/1.1 200 OK\n\n"},
      {"bare_cr_after_status", "HTTP/1.1 200 OK\rA: b\r\n\r\n"},
      {"bare_cr_in_value", kLine + "A: b\rC: d\r\n\r\n"},
      {"two_cr", kLine + "A: b\r\r\n\r\n"},
      {"cr_and_something_at_the_end", kLine + "\rX"},
      {"folded_first_line", kLine + " A: b\r\n\r\n"},
      {"bare_lf_before_a_fold", kLine + "A: b\n c\r\n\r\n"},
      {"bare_cr_before_a_fold", kLine + "A: b\r c\r\n\r\n"},
      {"folded_coding", kLine + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
      {"folded_coding_behind_blanks",
       kLine + "Transfer-Encoding: \t \r\n \r\n\t chunked\r\n\r\n0\r\n\r\n"},
      {"folded_list_of_codings", kLine + "Transfer-Encoding: ,\r\n chunked\r\n\r\n0\r\n\r\n"},
      {"coding_with_a_blank_fold", kLine + "Transfer-Encoding: chunked\r\n \r\n\r\n0\r\n\r\n"},
      {"folded_length", kLine + "Content-Length:\r\n 5\r\n\r\nhello"},
      {"length_folded_amid_its_digits", kLine + "Content-Length: 1\r\n 2\r\n\r\nhello"},
      {"length_with_a_blank_fold", kLine + "Content-Length: 5\r\n\t\r\n\r\nhello"},
  });
}

TEST(H1Refusal, fields_that_are_none) {
  expect_refused({
      {"no_colon", kLine + "Abc\r\n\r\n"},
      {"no_name", kLine + ": b\r\n\r\n"},
      {"space_before_colon", kLine + "A : b\r\n\r\n"},
      {"tab_before_colon", kLine + "A\t: b\r\n\r\n"},
      {"space_in_name", kLine + "A B: c\r\n\r\n"},
      {"space_before_colon_of_length", kLine + "Content-Length : 5\r\n\r\nhello"},
      {"bracket_in_name", kLine + "A(b): c\r\n\r\n"},
      {"nul_in_name", kLine + std::string("A\0b: c\r\n\r\n", 10)},
      {"nul_in_value", kLine + std::string("A: b\0c\r\n\r\n", 10)},
      {"control_in_value", kLine + "A: b\x01\r\n\r\n"},
      {"high_byte_in_name", kLine + "\xc3\xa4: b\r\n\r\n"},
  });
}

TEST(H1Refusal, content_length_that_is_doubtful) {
  const auto with = [](const std::string& value) {
    return kLine + "Content-Length: " + value + "\r\n\r\nhello";
  };
  expect_refused({
      {"signed", with("+5")},
      {"negative", with("-5")},
      {"hex", with("0x5")},
      {"fraction", with("5.0")},
      {"inner_space", with("5 5")},
      {"list_of_equals", with("5, 5")},
      {"list", with("5, 6")},
      {"trailing_comma", with("5,")},
      {"empty", with("")},
      {"word", with("five")},
      {"one_past_64_bits", with("18446744073709551616")},
      {"far_past_64_bits", with(std::string(60, '9'))},
      {"repeated", kLine + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
      {"conflicting", kLine + "Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello"},
      {"with_chunked", kLine + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"after_chunked", kLine + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
      {"with_other_coding", kLine + "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n"},
      {"with_empty_coding", kLine + "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello"},
  });
}

TEST(H1Refusal, transfer_encoding_other_than_one_chunked) {
  const auto with = [](const std::string& value) {
    return kLine + "Transfer-Encoding: " + value + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  };
  expect_refused({
      {"identity", with("identity")},
      {"gzip", with("gzip")},
      {"gzip_chunked", with("gzip, chunked")},
      {"chunked_identity", with("chunked, identity")},
      {"chunked_twice", with("chunked, chunked")},
      {"chunked_blank_chunked", with("chunked chunked")},
      {"commas_only", with(", ,")},
      {"list_with_an_unknown_one", with("x, , chunked")},
      {"xchunked", with("xchunked")},
      {"chunkedx", with("chunkedx")},
      {"quoted", with("\"chunked\"")},
      {"parameter", with("chunked;q=1")},
      {"vertical_tab", with("\x0b"
                            "chunked")},
      {"empty", with("")},
      {"two_fields", kLine + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"two_fields_one_known",
       kLine + "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n"},
  });
}

TEST(H1Refusal, chunks_that_are_none) {
  expect_refused({
      {"size_of_letters", kChunked + "xyz\r\n"},
      {"size_missing", kChunked + "\r\nabc"},
      {"size_signed", kChunked + "+3\r\nabc\r\n"},
      {"size_prefixed", kChunked + "0x3\r\nabc\r\n"},
      {"size_of_blanks", kChunked + "  \r\nabc\r\n"},
      {"size_of_two_numbers", kChunked + "3 3\r\nabc\r\n"},
      {"size_folded", kChunked + "3\r\n ;ab\r\nabc\r\n"},
      {"size_of_an_extension", kChunked + ";a=b\r\nabc\r\n"},
      {"extension_after_comma", kChunked + "3,a=b\r\nabc\r\n"},
      {"extension_value_missing", kChunked + "3;a=\r\nabc\r\n"},
      {"extension_value_of_two_words", kChunked + "3;a=b c\r\nabc\r\n"},
      {"extension_name_of_two_words", kChunked + "3;a b\r\nabc\r\n"},
      {"extension_quote_without_end", kChunked + "3;a=\"b\r\nabc\r\n"},
      {"extension_quote_and_more", kChunked + "3;a=\"b\"c\r\nabc\r\n"},
      {"extension_escaped_cr", kChunked + "3;a=\"b\\\r\nabc\r\n"},
      {"extension_escaped_control", kChunked + "3;a=\"\\\x01\"\r\nabc\r\n"},
      {"size_one_past_64_bits", kChunked + "10000000000000000\r\n"},
      {"size_far_past_64_bits", kChunked + "ffffffffffffffffffffff\r\n"},
      {"size_line_by_lf", kChunked + "3\nabc\r\n0\r\n\r\n"},
      {"size_line_by_cr", kChunked + "3\r\rabc\r\n0\r\n\r\n"},
      {"extension_by_lf", kChunked + "3;a=b\nabc\r\n0\r\n\r\n"},
      {"extension_with_control", kChunked + "3;a\x01=b\r\nabc\r\n"},
      {"data_end_missing", kChunked + "3\r\nabc0\r\n\r\n"},
      {"data_end_by_lf", kChunked + "3\r\nabc\n0\r\n\r\n"},
      {"data_end_by_cr", kChunked + "3\r\nabc\r0\r\n\r\n"},
      {"data_longer_than_said", kChunked + "3\r\nabcdef\r\n0\r\n\r\n"},
      {"trailer_without_colon", kChunked + "0\r\nabc\r\n\r\n"},
      {"trailer_by_lf", kChunked + "0\r\nA: b\n\r\n"},
      {"trailer_folded_first", kChunked + "0\r\n A: b\r\n\r\n"},
      {"trailer_space_before_colon", kChunked + "0\r\nA : b\r\n\r\n"},
      {"trailers_end_by_lf", kChunked + "0\r\nA: b\r\n\n"},
      {"end_by_lf", kChunked + "0\r\n\n"},
      {"end_by_cr", kChunked + "0\r\n\rX"},
      {"last_size_by_lf", kChunked + "0\n\r\n"},
  });
}

TEST(H1Refusal, switching_protocols_that_nobody_asked_for) {
  expect_refused({
      {"with_upgrade", "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"},
      {"without", "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
      {"after_100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 S\r\n\r\n"},
  });
}

TEST(H1Refusal, garbage_after_an_interim_head) {
  expect_refused({{"empty_line", "HTTP/1.1 100 Continue\r\n\r\n\r\n" + kLine + "\r\n"},
                  {"body", "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nhi" + kLine}});
}

std::string interims(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += "HTTP/1.1 102 P\r\n\r\n";
  return bytes;
}

TEST(H1Limits, interim_heads_up_to_the_limit_on_their_bytes_pass_and_one_byte_more_is_refused) {
  LimitPolicy limits;
  limits.max_interim_bytes = interims(3).size();
  const std::string last = kLine + "Content-Length: 0\r\n\r\n";
  EXPECT_EQ(read_whole(interims(3) + last, "GET", limits).transcript.ends, 1);
  expect_refused({{"four", interims(4)}}, "GET", limits, ErrorCode::interim_too_large);
  limits.max_interim_bytes -= 1;
  expect_refused({{"three", interims(3)}}, "GET", limits, ErrorCode::interim_too_large);
  limits.max_interim_bytes = 0;
  expect_refused({{"none_allowed", interims(1)}}, "GET", limits, ErrorCode::interim_too_large);
  EXPECT_NE(read_whole(interims(1), "GET", limits).aftermath.detail.find("max_interim_bytes"),
            std::string::npos);
}

TEST(H1Limits, thousands_of_small_interim_heads_pass_by_default) {
  const Reading reading = read_whole(interims(10'000) + kLine + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(reading.transcript.ends, 1);
  EXPECT_EQ(reading.transcript.interims.size(), 10'000U);
}

TEST(H1Limits, each_interim_head_has_the_limit_on_heads_for_itself) {
  LimitPolicy limits;
  limits.max_head_bytes = 100;
  const std::string field = "A: " + std::string(60, 'a') + "\r\n";
  const std::string bytes = "HTTP/1.1 103 E\r\n" + field + "\r\nHTTP/1.1 103 E\r\n" + field +
                            "\r\n" + kLine + "Content-Length: 0\r\n\r\n";
  EXPECT_EQ(read_whole(bytes, "GET", limits).transcript.ends, 1);
  limits.max_head_bytes = 80;
  expect_refused({{"the_first", bytes}}, "GET", limits, ErrorCode::head_too_large);
}

TEST(H1Limits, head_of_exactly_the_limit_passes_and_one_byte_more_is_too_large) {
  const std::string bytes = kLine + "Content-Length: 0\r\n\r\n";
  LimitPolicy limits;
  limits.max_head_bytes = bytes.size();
  EXPECT_EQ(read_whole(bytes, "GET", limits).transcript.ends, 1);
  limits.max_head_bytes = bytes.size() - 1;
  expect_refused({{"one_byte", bytes}}, "GET", limits, ErrorCode::head_too_large);
  limits.max_head_bytes = 1;
  expect_refused({{"tiny_limit", bytes}}, "GET", limits, ErrorCode::head_too_large);
}

TEST(H1Limits, body_does_not_count_against_the_limit_on_the_head) {
  LimitPolicy limits;
  limits.max_head_bytes = 100;
  const std::string bytes = kLine + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'x');
  EXPECT_EQ(read_whole(bytes, "GET", limits).transcript.ends, 1);
  std::string chunks = kChunked;
  for (int i = 0; i < 1000; ++i) chunks += "1\r\nx\r\n";
  EXPECT_EQ(read_whole(chunks + "0\r\n\r\n", "GET", limits).transcript.body.size(), 1000U);
}

TEST(H1Limits, head_too_large_in_every_part_of_it) {
  LimitPolicy limits;
  limits.max_head_bytes = 200;
  const std::string many(300, 'a');
  expect_refused({{"reason", "HTTP/1.1 200 " + many},
                  {"name", kLine + many},
                  {"value", kLine + "A: " + many},
                  {"blanks", kLine + "A:" + std::string(300, ' ')},
                  {"trailers", kChunked + "0\r\nA: " + many}},
                 "GET", limits, ErrorCode::head_too_large);
}

TEST(H1Limits, endless_chunk_line_is_refused_at_the_limit) {
  LimitPolicy limits;
  limits.max_head_bytes = 200;
  const std::string many(300, 'a');
  expect_refused({{"extension_name", kChunked + "3;" + many},
                  {"extension_value", kChunked + "3;a=" + many},
                  {"complete_line", kChunked + "3;a=" + many + "\r\nabc\r\n0\r\n\r\n"},
                  {"on_the_last_chunk", kChunked + "0;a=" + many + "\r\n\r\n"},
                  {"leading_zeros", kChunked + std::string(300, '0')}},
                 "GET", limits);
}

TEST(H1Limits, fields_up_to_the_count_pass_and_one_more_is_too_many) {
  LimitPolicy limits;
  limits.max_header_count = 4;
  const std::string four = kLine + "A: 1\r\nB: 2\r\nC: 3\r\nTransfer-Encoding: chunked\r\n";
  EXPECT_EQ(read_whole(four + "\r\n0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", "GET", limits)
                .transcript.ends,
            1);
  expect_refused({{"head", four + "E: 5\r\n\r\n"},
                  {"trailers", four + "\r\n0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\n\r\n"}},
                 "GET", limits, ErrorCode::head_too_large);
}

TEST(H1Limits, complaint_about_a_limit_names_the_option) {
  LimitPolicy limits;
  limits.max_head_bytes = 10;
  const Reading reading = read_whole(kLine, "GET", limits);
  EXPECT_NE(reading.aftermath.detail.find("limits.max_head_bytes"), std::string::npos);
  EXPECT_NE(reading.aftermath.detail.find("10 bytes"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::wire
