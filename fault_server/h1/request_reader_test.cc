#include "fault_server/h1/request_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace fault {
namespace {

using Event = RequestReader::Event;

/// Everything a reader says of `text`, given in pieces that end at `cuts` bytes each.
std::string read(std::string_view text, std::size_t piece) {
  RequestReader reader;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    std::string_view input = text.substr(at, piece);
    for (;;) {
      const Event event = reader.next(input);
      if (event == Event::kNeedMore) break;
      if (event == Event::kError) return out + "error: " + reader.problem();
      if (event == Event::kHead) {
        const RequestHead& head = reader.head();
        out += head.method + " " + head.target + " " + std::to_string(head.minor) +
               (head.keep_alive ? " keep" : " close") + (head.expects_continue ? " expect" : "");
        for (const auto& [name, value] : head.headers) out += " " + name + "=" + value;
        out += "\n[";
      }
      if (event == Event::kBody) out += reader.body();
      if (event == Event::kEnd) out += "]\n";
    }
  }
  return out;
}

constexpr std::string_view kThree =
    "GET /a?b HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nX-Spaced:  a b \t\r\n\r\n"
    "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n"
    "PUT /c HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello";

TEST(RequestReader, requests_are_read_one_after_the_other) {
  EXPECT_EQ(read(kThree, kThree.size()),
            "GET /a?b 1 keep Host=h X-Empty= X-Spaced=a b\n[]\n"
            "POST /b 1 keep expect Host=h Transfer-Encoding=chunked Expect=100-continue\n"
            "[abcdefg]\n"
            "PUT /c 0 close Content-Length=5\n[hello]\n");
}

RC_GTEST_PROP(RequestReader, the_cut_of_the_input_makes_no_difference, ()) {
  const auto piece = *rc::gen::inRange<std::size_t>(1, kThree.size());
  RC_ASSERT(read(kThree, piece) == read(kThree, kThree.size()));
}

TEST(RequestReader, a_method_is_any_token) {
  for (const std::string method : {"QUERY", "post", "M-SEARCH", "X", "get", "CONNECTED", "PRI",
                                   "SOURCE", "!#$%&'*+-.^_`|~1"}) {
    const std::string text = method + " /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      EXPECT_EQ(read(text, piece), method + " /a 1 keep Host=h Content-Length=2\n[hi]\n");
    }
  }
  const std::string tunnel = "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n";
  for (std::size_t piece = 1; piece <= tunnel.size(); ++piece) {
    EXPECT_EQ(read(tunnel, piece), "CONNECT h:443 1 keep Host=h:443\n[]\n");
  }
}

TEST(RequestReader, nothing_is_pardoned) {
  struct Case {
    std::string_view text, problem;
  };
  for (const Case& one : std::initializer_list<Case>{
           {"GET / HTTP/1.1\r\n\r\n", "no host field"},
           {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "more than one host"},
           {"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "folded"},
           {"GET / HTTP/1.1\nHost: a\n\n", ""},
           {"GET / HTTP/1.1\r\nHost: a\r\nA: b\x01\r\n\r\n", ""},
           {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "empty line"},
           {"GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", ""},
           {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", ""},
           {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "chunked body"},
           {" / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
           {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", ""},
           {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "one SP each"},
           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""},
           {"G\xC3 / HTTP/1.1\r\nHost: a\r\n\r\n", ""}}) {
    const std::string said = read(one.text, one.text.size());
    EXPECT_NE(said.find("error: "), std::string::npos) << one.text << "\n" << said;
    EXPECT_NE(said.find(one.problem), std::string::npos) << one.text << "\n" << said;
  }
}

TEST(RequestReader, a_head_without_end_is_refused) {
  RequestReader reader;
  std::string_view start = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(reader.next(start), Event::kNeedMore);
  const std::string line = "X-A: " + std::string(1000, 'a') + "\r\n";
  Event event = Event::kNeedMore;
  std::size_t fed = 0;
  while (event == Event::kNeedMore && fed < 10'000'000) {
    std::string_view input = line;
    fed += line.size();
    event = reader.next(input);
  }
  EXPECT_EQ(event, Event::kError);
  EXPECT_EQ(reader.problem_status(), 431);
}

}  // namespace
}  // namespace fault
