#include "wire/h1/writer.h"

#include <gtest/gtest.h>
#include <llhttp.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::wire {
namespace {

H1RequestHead head_of(std::string_view method) {
  H1RequestHead head;
  head.method = method;
  head.target = "/a?b=c";
  head.authority = "example.org:8080";
  return head;
}

std::string written(const H1RequestHead& head) {
  std::string out;
  append_request_head(out, head);
  return out;
}

TEST(H1Writer, request_without_fields_is_a_line_and_a_host) {
  EXPECT_EQ(written(head_of("GET")), "GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\n\r\n");
}

TEST(H1Writer, fields_follow_host_in_order_with_defaults_first) {
  const Headers defaults = {{"Accept", "*/*"}, {"X-A", "1"}};
  const Headers fields = {{"X-B", "2"}, {"x-c", ""}, {"X-B", "3"}};
  H1RequestHead head = head_of("GET");
  head.fields = &fields;
  head.defaults = &defaults;
  head.user_agent = "holdfast/1";
  head.idempotency_key = "k-1";
  EXPECT_EQ(written(head),
            "GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: holdfast/1\r\n"
            "Accept: */*\r\nX-A: 1\r\nX-B: 2\r\nx-c: \r\nX-B: 3\r\nIdempotency-Key: k-1\r\n\r\n");
}

TEST(H1Writer, own_field_replaces_defaults_of_its_name_in_any_case) {
  const Headers defaults = {{"ACCEPT", "a"}, {"accept", "b"}, {"X", "1"}};
  const Headers fields = {{"Accept", "own"}, {"user-agent", "mine"}, {"idempotency-KEY", "given"}};
  H1RequestHead head = head_of("GET");
  head.fields = &fields;
  head.defaults = &defaults;
  head.user_agent = "holdfast/1";
  head.idempotency_key = "generated";
  EXPECT_EQ(written(head),
            "GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nX: 1\r\nAccept: own\r\n"
            "user-agent: mine\r\nidempotency-KEY: given\r\n\r\n");
}

TEST(H1Writer, host_comes_first_from_the_fields_then_the_defaults_then_the_authority) {
  const Headers fields = {{"A", "1"}, {"hOST", "own.example"}};
  const Headers defaults = {{"Host", "default.example"}, {"User-Agent", "default"}};
  H1RequestHead head = head_of("GET");
  head.user_agent = "holdfast/1";
  head.defaults = &defaults;
  EXPECT_EQ(written(head),
            "GET /a?b=c HTTP/1.1\r\nHost: default.example\r\nUser-Agent: default\r\n\r\n");
  head.fields = &fields;
  EXPECT_EQ(written(head),
            "GET /a?b=c HTTP/1.1\r\nHost: own.example\r\nUser-Agent: default\r\nA: 1\r\n\r\n");
}

TEST(H1Writer, empty_authority_still_gives_a_host) {
  H1RequestHead head;
  head.method = "OPTIONS";
  head.target = "*";
  EXPECT_EQ(written(head), "OPTIONS * HTTP/1.1\r\nHost: \r\n\r\n");
}

TEST(H1Writer, framing_is_written_once_and_as_the_method_asks) {
  const auto framing = [](std::string_view method, std::optional<std::uint64_t> length,
                          bool chunked) {
    H1RequestHead head = head_of(method);
    head.content_length = length;
    head.chunked = chunked;
    const std::string out = written(head);
    const std::size_t host_end = out.find("8080\r\n") + 6;
    return out.substr(host_end, out.size() - host_end - 2);
  };
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "post", "FROB"}) {
    EXPECT_EQ(framing(method, {}, false), "") << method;
  }
  for (const char* method : {"POST", "PUT", "PATCH", "QUERY"}) {
    EXPECT_EQ(framing(method, {}, false), "Content-Length: 0\r\n") << method;
  }
  EXPECT_EQ(framing("GET", 0, false), "Content-Length: 0\r\n");
  EXPECT_EQ(framing("PUT", 12345, false), "Content-Length: 12345\r\n");
  EXPECT_EQ(framing("PUT", std::numeric_limits<std::uint64_t>::max(), false),
            "Content-Length: 18446744073709551615\r\n");
  EXPECT_EQ(framing("POST", {}, true), "Transfer-Encoding: chunked\r\n");
}

TEST(H1Writer, head_is_appended_to_what_the_buffer_holds) {
  std::string out = "before";
  append_request_head(out, head_of("GET"));
  append_request_head(out, head_of("GET"));
  EXPECT_EQ(out, "before" + written(head_of("GET")) + written(head_of("GET")));
}

TEST(H1Writer, chunk_heads_are_hexadecimal_lines) {
  std::string out;
  append_chunk_head(out, 1);
  append_chunk_head(out, 0xabc);
  append_chunk_head(out, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(out, "1\r\nabc\r\nffffffffffffffff\r\n");
}

TEST(RequestComplaint, good_requests_have_none) {
  EXPECT_EQ(request_complaint("GET", {}), "");
  EXPECT_EQ(request_complaint("get-IT!", {{"Host", "x"}, {"A", "b\tc \xff"}, {"A", ""}}), "");
}

TEST(RequestComplaint, bad_methods_are_named) {
  for (const std::string_view method :
       {std::string_view(""), std::string_view("G ET"), std::string_view("GET\r\nX: y"),
        std::string_view("GET\0", 4), std::string_view("GE/T"), std::string_view("\xc3\xa4")}) {
    const std::string complaint = request_complaint(method, {});
    EXPECT_NE(complaint.find("is not a token"), complaint.npos) << complaint;
    EXPECT_EQ(complaint.find_first_of("\r\n"), complaint.npos);
    EXPECT_EQ(complaint.find('\0'), complaint.npos);
  }
  EXPECT_NE(request_complaint("G\nT", {}).find("\"G\\x0aT\""), std::string::npos);
  EXPECT_LT(request_complaint(std::string(10'000, ' '), {}).size(), 300U);
}

TEST(RequestComplaint, fields_that_are_ours_to_write_are_refused_in_any_case_with_a_remedy) {
  for (const char* name : {"content-length", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "TE",
                           "Trailer", "Upgrade", "Proxy-Connection", "Expect"}) {
    const std::string complaint = request_complaint("GET", {{"A", "b"}, {name, "secret"}});
    EXPECT_NE(complaint.find("remove it"), complaint.npos) << name << ": " << complaint;
    EXPECT_EQ(complaint.find("secret"), complaint.npos);
  }
}

TEST(RequestComplaint, fields_that_could_split_or_spoil_the_message_are_refused) {
  const std::string nul("a\0b", 3);
  for (const std::string_view value :
       {std::string_view("a\r\nX: y"), std::string_view("a\n"), std::string_view("\ra"),
        std::string_view(nul), std::string_view("a\x1b[0m"), std::string_view("\x7f")}) {
    const std::string complaint = request_complaint("GET", {{"Cookie", value}});
    EXPECT_NE(complaint.find("Cookie"), complaint.npos) << complaint;
    EXPECT_EQ(complaint.find("[0m"), complaint.npos);
  }
  for (const char* name : {"", "a b", "a:", "a\r\nb", "\xc3\xa4"}) {
    EXPECT_NE(request_complaint("GET", {{name, "x"}}), "") << name;
  }
}

TEST(RequestComplaint, host_may_be_given_once) {
  EXPECT_EQ(request_complaint("GET", {{"host", "a"}}), "");
  EXPECT_NE(request_complaint("GET", {{"host", "a"}, {"Host", "a"}}), "");
}

/// A request as llhttp reads it, field texts joined over its callbacks.
struct Parsed {
  std::string method, target, name, value;
  std::vector<std::pair<std::string, std::string>> fields;
  int messages = 0;
};

Parsed& parsed_of(llhttp_t* parser) { return *static_cast<Parsed*>(parser->data); }

/// True if all bytes are exactly one request head without content.
bool parse(std::string_view bytes, Parsed& parsed) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_method = [](llhttp_t* p, const char* at, std::size_t size) {
    parsed_of(p).method.append(at, size);
    return 0;
  };
  settings.on_url = [](llhttp_t* p, const char* at, std::size_t size) {
    parsed_of(p).target.append(at, size);
    return 0;
  };
  settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
    parsed_of(p).name.append(at, size);
    return 0;
  };
  settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
    parsed_of(p).value.append(at, size);
    return 0;
  };
  settings.on_header_value_complete = [](llhttp_t* p) {
    Parsed& self = parsed_of(p);
    self.fields.emplace_back(std::exchange(self.name, {}), std::exchange(self.value, {}));
    return 0;
  };
  settings.on_message_complete = [](llhttp_t* p) { return ++parsed_of(p).messages > 1 ? -1 : 0; };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &parsed;
  return llhttp_execute(&parser, bytes.data(), bytes.size()) == HPE_OK &&
         llhttp_finish(&parser) == HPE_OK;
}

rc::Gen<std::string> text_of(const std::string& alphabet) {
  return rc::gen::container<std::string>(
      rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, alphabet.size()),
                      [alphabet](std::size_t i) { return rc::gen::just(alphabet[i]); }));
}

/// Names and values of which some are good and some are attacks.
Headers any_attacking_fields() {
  Headers headers;
  const auto count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    headers.add("x" + *text_of("abcABC-_!09abcABC-_!09 :\r\n"),
                *text_of(std::string("abc ,\"=:abc ,\"=:abc\xff\r\n\0\x01", 24)));
  }
  return headers;
}

RC_GTEST_PROP(H1WriterProperty, what_has_no_complaint_is_read_by_a_strict_parser_as_it_was_meant,
              ()) {
  const Headers fields = any_attacking_fields();
  const std::string method = *rc::gen::element<std::string>("GET", "PUT", "POST", "DELETE");
  RC_PRE(request_complaint(method, fields).empty());
  H1RequestHead head = head_of(method);
  head.fields = &fields;
  const std::string out = written(head);

  std::vector<std::pair<std::string, std::string>> expected = {{"Host", "example.org:8080"}};
  for (const HeaderField field : fields) {
    const std::size_t start = std::min(field.value.find_first_not_of(' '), field.value.size());
    expected.emplace_back(field.name, field.value.substr(start));
  }
  if (method == "PUT" || method == "POST") expected.emplace_back("Content-Length", "0");
  Parsed parsed;
  RC_ASSERT(parse(out, parsed));
  RC_ASSERT(parsed.messages == 1);
  RC_ASSERT(parsed.method == method);
  RC_ASSERT(parsed.target == "/a?b=c");
  RC_ASSERT(parsed.fields == expected);
}

RC_GTEST_PROP(H1WriterProperty, line_breaks_and_nul_never_pass_the_complaint, ()) {
  const Headers fields = any_attacking_fields();
  bool dangerous = false;
  for (const HeaderField field : fields) {
    for (const std::string_view text : {field.name, field.value}) {
      dangerous = dangerous || text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
    }
  }
  if (dangerous) RC_ASSERT(!request_complaint("GET", fields).empty());
}

}  // namespace
}  // namespace holdfast::wire
