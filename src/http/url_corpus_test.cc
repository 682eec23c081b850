// Inputs of the WHATWG URL standard and its tests that concern an HTTP client, with the resulting
// URL. A row states where this client differs from browsers.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "holdfast/url.h"
#include "http/idn.h"

namespace holdfast {
namespace {

struct CorpusRow {
  const char* input;
  const char* result;  // nullptr: refused
};

void expect_rows(std::initializer_list<CorpusRow> rows, const char* base) {
  for (const CorpusRow& row : rows) {
    const Result<Url> url =
        base == nullptr ? Url::parse(row.input) : Url::parse(base)->resolve(row.input);
    EXPECT_EQ(url.ok(), row.result != nullptr) << row.input;
    if (!url.ok() || row.result == nullptr) continue;
    EXPECT_EQ(url->to_string(), row.result) << row.input;
  }
}

TEST(UrlCorpus, absolute) {
  expect_rows(
      {
          {"http://example\t.org", nullptr},  // browsers drop tabs and line breaks
          {"http://example.org/foo bar", "http://example.org/foo%20bar"},
          {"   http://example.org   ", "http://example.org/"},
          {"http://user:pass@foo:21/bar;par?b#c", "http://user:pass@foo:21/bar;par?b"},
          {"https:foo.com", nullptr},    // browsers: https://foo.com/
          {"http:/foo.com", nullptr},    // browsers: http://foo.com/
          {"http:///foo.com", nullptr},  // browsers: http://foo.com/; a program that writes
                                         // this has probably lost the host
          {"http:\\\\foo.com", nullptr},
          {"http://f:00000000000080/c", "http://f/c"},
          {"http://f:b/c", nullptr},
          {"http://f: /c", nullptr},
          {"http://f:fifty-two/c", nullptr},
          {"http://f:65536/c", nullptr},
          {"http://f:/c", "http://f/c"},
          {"http://::@c@d:2", nullptr},  // browsers: http://:%3A%40c@d:2/
          {"http://example.com/foo/%2e%2", "http://example.com/foo/%2e%252"},
          {"http://example.com/foo/%2e./%2e%2e/.%2e/%2e.bar", "http://example.com/%2e.bar"},
          {"http://example.com////../..", "http://example.com//"},
          {"http://example.com/foo/bar//../..", "http://example.com/foo/"},
          {"http://example.com/foo%2", "http://example.com/foo%252"},  // browsers leave a lone %
          {"http://example.com/foo%2zbar", "http://example.com/foo%252zbar"},
          {"http://example.com/foo%41%7a", "http://example.com/foo%41%7a"},
          {"http://example.com/(%28:%3A%29)", "http://example.com/(%28:%3A%29)"},
          {"http://example.com/foo\\bar", "http://example.com/foo%5Cbar"},  // browsers: /foo/bar
          {"http://example.com/~${x}", "http://example.com/~$%7Bx%7D"},
          {"http://example.com/?q=\"asdf\"", "http://example.com/?q=%22asdf%22"},
          {"http://example.com/?q='x'", "http://example.com/?q='x'"},  // browsers: %27
          {"http://example.com/\xE4\xBD\xA0\xE5\xA5\xBD", "http://example.com/%E4%BD%A0%E5%A5%BD"},
          {"http://www/foo%00bar", "http://www/foo%00bar"},
          {"http://exa%23mple.org", nullptr},
          {"http://exa mple.org", nullptr},
          {"http://a<b", nullptr},
          {"http://a^b", nullptr},
          {"http://ho%7Cst/", nullptr},
          {"http://%00.com", nullptr},
          {"http://GOO%20goo.com", nullptr},
          {"http://?q", nullptr},
          {"http://user:pass@/", nullptr},
          {"http://hello%00", nullptr},
          {"http://192.168.0.257", nullptr},
          {"http://192.0x00A80001", "http://192.168.0.1/"},
          {"http://192.168.257", "http://192.168.1.1/"},
          {"http://192.168.257.", "http://192.168.1.1/"},
          {"http://0x.0x.0", "http://0.0.0.0/"},
          {"http://256", "http://0.0.1.0/"},
          {"http://1.2.3.08", nullptr},
          {"http://1.2.3.", "http://1.2.0.3/"},
          {"http://foo.0x4", "http://foo.0x4/"},  // browsers refuse a name that ends in a number
          {"http://[1::2]:3:4", nullptr},
          {"http://2001::1", nullptr},
          {"http://[::127.0.0.1]", "http://[::127.0.0.1]/"},
          {"http://[::127.0.0.1.]", nullptr},
          {"http://[0:0:0:0:0:0:13.1.68.3]", "http://[::13.1.68.3]/"},
          {"http://[2001::1]:80", "http://[2001::1]/"},
          {"http://[1:0::]", "http://[1::]/"},
          {"http://[0:1:2:3:4:5:6:7:8]", nullptr},
          {"http://[::1%lo]", "http://[::1%25lo]/"},  // browsers have no zones
          {"http://[www.google.com]/", nullptr},
          {"http://[google.com]", nullptr},
          {"ftp://example.com/", nullptr},
          {"data:text/plain,hi", nullptr},
          {"javascript:alert(1)", nullptr},
          {"blob:https://example.com/x", nullptr},
          {"//x", nullptr},
          {"", nullptr},
      },
      nullptr);
}

TEST(UrlCorpus, relative) {
  expect_rows(
      {
          {"foo.com", "http://example.org/foo/foo.com"},
          {"/", "http://example.org/"},
          {"", "http://example.org/foo/bar"},
          {"#frag", "http://example.org/foo/bar"},
          {"?", "http://example.org/foo/bar?"},
          {"//", nullptr},
          {"///test", nullptr},  // browsers: http://test/
          {"//server/file", "http://server/file"},
          {"\\x", "http://example.org/foo/%5Cx"},  // browsers: http://example.org/x
          {"\\\\evil\\x", "http://example.org/foo/%5C%5Cevil%5Cx"},  // browsers: http://evil/x
          {"/a/ /c", "http://example.org/a/%20/c"},
          {"/a%2fc", "http://example.org/a%2fc"},
          {"/%7Ffp3%3Eju%3Dduvgw%3Dd", "http://example.org/%7Ffp3%3Eju%3Dduvgw%3Dd"},
          {":foo.com/", "http://example.org/foo/:foo.com/"},
          {":a", "http://example.org/foo/:a"},
          {"http:foo", nullptr},  // browsers: http://example.org/foo/foo
          {"..", "http://example.org/"},
          {"../../../../x", "http://example.org/x"},
          {"./..//x", "http://example.org//x"},
          {"/..//x", "http://example.org//x"},
          {"%2e%2E/x", "http://example.org/x"},
          {"x?y=100%", "http://example.org/foo/x?y=100%25"},
          {"x\x01", nullptr},
          {"x\r\nSet-Cookie: a=b", nullptr},
          {"https://example.org:80/", "https://example.org:80/"},
      },
      "http://example.org/foo/bar");
}

TEST(UrlCorpus, international_hosts) {
  if (!http::converts_names()) {
    const Result<Url> url = Url::parse(
        "http://b\xC3\xBC"
        "cher.example/");
    ASSERT_FALSE(url.ok());
    EXPECT_NE(url.error().detail.find("punycode"), std::string::npos);
    return;
  }
  expect_rows(
      {
          {"http://b\xC3\xBC"
           "cher.example/",
           "http://xn--bcher-kva.example/"},
          {"http://B\xC3\x9C"
           "CHER.example/",
           "http://xn--bcher-kva.example/"},
          {"http://bu\xCC\x88"
           "cher.example/",
           "http://xn--bcher-kva.example/"},  // NFC
          {"http://b%C3%BCcher.example/", "http://xn--bcher-kva.example/"},
          {"http://fa\xC3\x9F.ExAmPlE/", "http://xn--fa-hia.example/"},  // non-transitional
          {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"},
          {"http://www.foo\xE3\x80\x82"
           "bar.com",
           "http://www.foo.bar.com/"},
          {"http://\xEF\xBC\x90\xEF\xBC\xB8\xEF\xBD\x83\xEF\xBC\x90.1", "http://192.0.0.1/"},
          {"http://\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD:81/",
           "http://xn--6qqa088eba:81/"},
          {"http://a\xEF\xBC\x85"
           "41.com",
           nullptr},                              // a full-width % is not an escape
          {"http://\xE2\x84\x80.com/", nullptr},  // "a/c" in one character
          {"http://a\xEF\xBC\x8F"
           "b.com/",
           nullptr},  // a full-width slash
          {"http://a\xEF\xBC\xA0"
           "b.com/",
           nullptr},                      // a full-width @
          {"http://\xC2\xAD/", nullptr},  // nothing remains of a soft hyphen
          {"http://b\xFC"
           "cher.example/",
           nullptr},  // not UTF-8
          {"http://a\xE2\x80\xAE"
           "b/",
           nullptr},
      },
      nullptr);
}

}  // namespace
}  // namespace holdfast
