// Responses that are legal and that this reader, or other clients, once refused or changed
// (INVARIANTS 63): each by name, and any that the grammar can produce, however they are cut.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "wire/h1/response_arbitrary.h"
#include "wire/h1/transcript_rig.h"

namespace holdfast::wire {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kInChunks = kOk + "Transfer-Encoding: chunked\r\n\r\n";

Reading read_cut(std::string_view bytes, std::string_view method,
                 const std::vector<std::string_view>& pieces, bool fin) {
  H1Reader reader;
  const LimitPolicy limits;
  EXPECT_FALSE(bytes.empty());
  return read_pieces(reader, method, limits, pieces, fin);
}

/// The transcript, which does not depend on the cut.
Transcript read_every_way(std::string_view bytes, std::string_view method = "GET",
                          bool fin = false) {
  const Reading whole = read_cut(bytes, method, {bytes}, fin);
  EXPECT_EQ(whole.transcript, read_cut(bytes, method, byte_by_byte(bytes), fin).transcript);
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    EXPECT_EQ(whole.transcript,
              read_cut(bytes, method, {bytes.substr(0, at), bytes.substr(at)}, fin).transcript)
        << "cut at " << at;
  }
  EXPECT_EQ(whole.aftermath.detail, "");
  EXPECT_TRUE(whole.aftermath.views_in_input);
  return whole.transcript;
}

TEST(H1Legal, framing_fields_of_a_response_without_a_body_are_not_judged) {
  const std::vector<std::string> framings = {
      "Content-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n",
      "Content-Length: 5, 5\r\n",
      "Content-Length: x\r\n",
      "Content-Length:\r\n",
      "Content-Length: 5\r\n\t\r\n",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding:\r\n chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
  };
  struct Bodiless {
    std::string_view method;
    std::string line;
  };
  const std::vector<Bodiless> kinds = {{"HEAD", kOk},
                                       {"GET", "HTTP/1.1 204 No Content\r\n"},
                                       {"GET", "HTTP/1.1 304 Not Modified\r\n"},
                                       {"CONNECT", kOk},
                                       {"CONNECT", "HTTP/1.0 299 Tunnel\r\n"}};
  for (const Bodiless& kind : kinds) {
    for (const std::string& framing : framings) {
      SCOPED_TRACE(std::string(kind.method) + " " + kind.line + framing);
      const Transcript t = read_every_way(kind.line + framing + "\r\n", kind.method);
      EXPECT_EQ(t.ends, 1);
      EXPECT_EQ(t.body, "");
    }
  }
  for (const std::string& framing : framings) {
    SCOPED_TRACE(framing);
    const Transcript t = read_every_way("HTTP/1.1 103 Early Hints\r\n" + framing + "\r\n" + kOk +
                                        "Content-Length: 2\r\n\r\nhi");
    EXPECT_EQ(t.interims.size(), 1U);
    EXPECT_EQ(t.body, "hi");
  }
}

TEST(H1Legal, a_connection_whose_framing_is_doubtful_is_not_used_again) {
  const auto reusable = [](const std::string& bytes) {
    return read_every_way(bytes, "HEAD").reusable;
  };
  EXPECT_TRUE(reusable(kOk + "Content-Length: 5\r\n\r\n"));
  EXPECT_TRUE(reusable(kOk + "Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_FALSE(reusable(kOk + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_FALSE(reusable(kOk + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_FALSE(reusable("HTTP/1.1 103 E\r\nContent-Length: x\r\n\r\n" + kOk + "\r\n"));
}

TEST(H1Legal, a_refused_tunnel_has_a_body_like_any_other_response) {
  const Transcript t = read_every_way(
      "HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", "CONNECT");
  EXPECT_EQ(t.body, "no");
  EXPECT_TRUE(t.reusable);
}

TEST(H1Legal, statuses_up_to_999_are_responses_like_any_other) {
  for (const int status : {600, 601, 799, 999}) {
    const Transcript t = read_every_way("HTTP/1.1 " + std::to_string(status) +
                                        " Odd\r\nContent-Length: 4\r\n\r\nbody");
    ASSERT_EQ(t.heads.size(), 1U);
    EXPECT_EQ(t.heads[0].status, status);
    EXPECT_EQ(t.body, "body");
    EXPECT_TRUE(t.reusable);
  }
}

TEST(H1Legal, size_lines_of_chunks_in_every_form) {
  const std::vector<std::string> lines = {
      "3",
      "3 ",
      "3\t \t",
      " 3",
      "  3  ",
      "0000000000000000000000000003",
      "3;a",
      "3;a=b",
      "3;a=b;c=d;e",
      "3;a=\"b\"",
      "3;a=\"b c;d\\\"e\\\\\";f=\"\"",
      "3;a=\"\xe4\t\"",
      "3 ; a = b ; c ; d = \"e\" ",
      "3\t;\ta\t=\tb\t",
      "3;",
      "3;;a",
      "3; ;",
      "3;!#$%&'*+-.^_`|~=!#$%&'*+-.^_`|~",
  };
  for (const std::string& line : lines) {
    SCOPED_TRACE(line);
    EXPECT_EQ(read_every_way(kInChunks + line + "\r\nabc\r\n0\r\n\r\n").body, "abc");
    const std::string last = std::string(line).replace(line.find('3'), 1, "0");
    EXPECT_EQ(read_every_way(kInChunks + "3\r\nabc\r\n" + last + "\r\n\r\n").body, "abc");
    const Transcript t =
        read_every_way(kInChunks + "3\r\nabc\r\n" + last + "\r\nDigest: x\r\n\r\n");
    EXPECT_EQ(t.trailers, (Fields{{"Digest", "x"}}));
  }
}

TEST(H1Legal, a_fold_is_read_as_one_space) {
  const auto value_of = [](const std::string& lines) {
    const Transcript t = read_every_way(kOk + "A:" + lines + "\r\nContent-Length: 0\r\n\r\n");
    return t.heads.size() == 1 && t.heads[0].fields.size() == 2 ? t.heads[0].fields[0].second : "?";
  };
  EXPECT_EQ(value_of(" b\r\n c"), "b c");
  EXPECT_EQ(value_of(" b\r\n\tc"), "b c");
  EXPECT_EQ(value_of(" b \t\r\n \t c"), "b c");
  EXPECT_EQ(value_of(" b\r\n c\r\n d"), "b c d");
  EXPECT_EQ(value_of("\r\n c"), "c");
  EXPECT_EQ(value_of(" \r\n  \r\n\tc"), "c");
  EXPECT_EQ(value_of(" b\r\n \r\n c"), "b c");
  EXPECT_EQ(value_of(" b\r\n "), "b");
  EXPECT_EQ(value_of("\r\n "), "");
  EXPECT_EQ(value_of(" b\r\n c: d"), "b c: d");
  EXPECT_EQ(value_of(" b\r\n Content-Length: 7"), "b Content-Length: 7");
}

TEST(H1Legal, folds_are_read_in_trailers_and_in_connection_options) {
  const Transcript t = read_every_way(kOk +
                                      "Connection: x,\r\n close\r\nTransfer-Encoding: chunked\r\n"
                                      "\r\n0\r\nA: b\r\n c\r\n\r\n");
  EXPECT_EQ(t.trailers, (Fields{{"A", "b c"}}));
  EXPECT_FALSE(t.reusable);
}

TEST(H1Legal, lists_may_have_empty_elements) {
  for (const char* codings :
       {", chunked", "chunked ,", ",,\tchunked,,", ",Chunked", "\t,chunked\t, \t"}) {
    SCOPED_TRACE(codings);
    const Transcript t =
        read_every_way(kOk + "Transfer-Encoding:" + codings + "\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    EXPECT_EQ(t.body, "x");
    EXPECT_TRUE(t.reusable);
  }
  for (const char* options : {", close", "close ,", ",,Close,,"}) {
    EXPECT_FALSE(
        read_every_way(kOk + "Content-Length: 0\r\nConnection:" + options + "\r\n\r\n").reusable);
  }
}

TEST(H1Legal, blanks_and_tabs_around_framing_values_and_leading_zeros) {
  for (const char* length :
       {"5", " 5", "\t5\t", "  5  ", "005", "0000000000000000000000000000000005"}) {
    EXPECT_EQ(read_every_way(kOk + "Content-Length:" + length + "\r\n\r\nhello").body, "hello");
  }
  EXPECT_EQ(read_every_way(kOk + "Transfer-Encoding:\tchunked\t\r\n\r\n1\r\nx\r\n0\r\n\r\n").body,
            "x");
}

TEST(H1Legal, fields_of_trailers_do_not_frame) {
  const Transcript t = read_every_way(
      kInChunks + "0\r\nContent-Length: x\r\nContent-Length: y\r\nTransfer-Encoding: z\r\n\r\n");
  EXPECT_EQ(t.trailers.size(), 3U);
  EXPECT_TRUE(t.reusable);
}

// --- Any of them ---------------------------------------------------------------------------------

/// From everything in each case: rapidcheck widens ranges from case to case.
const Pick kByRapidcheck = [](std::size_t bound) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, bound));
};

std::vector<std::string_view> cut_anywhere(std::string_view bytes) {
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    const std::size_t size =
        std::min<std::size_t>(bytes.size(), 1 + *rc::gen::inRange<std::size_t>(0, 60));
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

RC_GTEST_PROP(H1LegalProperty, inv_63_any_legal_response_is_delivered_however_it_is_cut, ()) {
  const LegalResponse response = legal_response(kByRapidcheck);
  RC_TAG(response.expected.trailers.empty() ? "no trailers" : "trailers");
  RC_LOG() << response.method << "\n" << response.bytes;
  const std::string_view bytes = response.bytes;
  H1Reader reader;
  const LimitPolicy limits;
  for (const auto& pieces :
       {std::vector<std::string_view>{bytes}, byte_by_byte(bytes), cut_anywhere(bytes)}) {
    const Reading reading =
        read_pieces(reader, response.method, limits, pieces, response.ends_by_close);
    RC_LOG() << reading.aftermath.detail;
    RC_ASSERT(reading.transcript == response.expected);
    RC_ASSERT(reading.aftermath.views_in_input);
    RC_ASSERT(reading.aftermath.left.empty());
  }
}

TEST(H1LegalProperty, inv_63_five_thousand_legal_responses_are_delivered) {
  base::Rng rng(20261128);
  const Pick pick = [&](std::size_t bound) {
    return static_cast<std::size_t>(rng.between(0, bound - 1));
  };
  H1Reader reader;
  const LimitPolicy limits;
  for (int i = 0; i < 5000; ++i) {
    const LegalResponse response = legal_response(pick);
    const std::string_view bytes = response.bytes;
    const std::size_t at = pick(bytes.size());
    const std::vector<std::string_view> pieces = {bytes.substr(0, at), bytes.substr(at)};
    const Reading reading =
        read_pieces(reader, response.method, limits, pieces, response.ends_by_close);
    ASSERT_EQ(reading.transcript, response.expected) << reading.aftermath.detail << "\n"
                                                     << response.method << "\n"
                                                     << response.bytes;
  }
}

}  // namespace
}  // namespace holdfast::wire
