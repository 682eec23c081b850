// Logs and errors show neither userinfo nor query values of a URL (H4).
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "holdfast/url.h"

namespace holdfast {
namespace {

TEST(Redaction, of_a_url_keeps_the_names_of_parameters) {
  EXPECT_EQ(Url::parse("http://u:p@Host:81/a/@b?key=1&token&x=&sig=a=b")->redacted(),
            "http://host:81/a/@b?key=…&…&…&sig=…");
  EXPECT_EQ(redact_url("http://u:p@host/?a=1#frag"), "http://host/?a=…");
  EXPECT_EQ(redact_url("https://[::1]:8443/"), "https://[::1]:8443/");
}

TEST(Redaction, a_token_with_its_padding_is_no_name) {
  EXPECT_EQ(redact_url("http://host/?c2VjcmV0=="), "http://host/?…");
  EXPECT_EQ(redact_url("http://host/?c2VjcmV0="), "http://host/?…");
}

TEST(Redaction, of_relative_references) {
  EXPECT_EQ(redact_url("/@scope/name?v=1"), "/@scope/name?v=…");
  EXPECT_EQ(redact_url("a/b?c=d&e=f"), "a/b?c=…&e=…");
  EXPECT_EQ(redact_url("u:p@host/x"), "host/x");
  EXPECT_EQ(redact_url("//u:p@host/x"), "//host/x");
  EXPECT_EQ(redact_url(""), "");
}

TEST(Redaction, a_password_with_raw_delimiters_is_hidden_whole) {
  for (const char* text :
       {"http://u:pw/SECRET@host/", "http://u:pw?SECRET@host/", "http://u:pw#SECRET@host/",
        "http://u:SECRET/pw@host/", "http://u:SECRET?pw@host/", "http://u:SECRET#pw@host/",
        "u:SECRET/pw@host/", "u:pw//SECRET@host", "u:SECRET://pw@host", "u:SECRET@host//x",
        "http:/u:SECRET@host/", "http:u:SECRET@host/", "http:///u:SECRET@host/",
        "http://u:SECRET@ho st/", "http://u:SECRET@host:x/@y", "ftp://u:SECRET@host/",
        "ftp://u:SECRET?x@host/", "http://u:a@SECRET@host/"}) {
    EXPECT_EQ(redact_url(text).find("SECRET"), std::string::npos) << redact_url(text);
    const Result<Url> url = Url::parse(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().message().find("SECRET"), std::string::npos) << url.error().message();
  }
}

TEST(Redaction, is_bounded) {
  const std::string much(100000, 'x');
  EXPECT_LT(redact_url(much).size(), 1000U);
  EXPECT_LT(redact_url(much + "://" + much + "@" + much).size(), 1000U);
  EXPECT_LT(redact_url("http://a/" + much + "?" + much + "=1").size(), 1000U);
  std::string query = "http://a/?";
  for (int i = 0; i < 10000; ++i) query += "a=1&";
  EXPECT_LT(redact_url(query).size(), 1000U);
  EXPECT_LT(Url::parse(much + "://a").error().message().size(), 1000U);
}

RC_GTEST_PROP(Redaction, shows_printable_ascii_and_ellipses_only, (const std::string& text)) {
  for (const char* before : {"", "http://", "http://a/", "http://a/?", "/?b"}) {
    std::string shown = redact_url(before + text);
    for (std::size_t at; (at = shown.find("…")) != shown.npos;) shown.erase(at, 3);
    for (const char c : shown) RC_ASSERT((c >= 0x20 && c < 0x7F));
  }
}

/// Letters that occur in no other part of the URLs below, so finding them is finding a leak.
rc::Gen<std::string> secret() {
  return rc::gen::map(rc::gen::container<std::string>(12, rc::gen::elementOf(std::string("QXYZ"))),
                      [](const std::string& text) { return "Q" + text; });
}

void assert_hidden(const Result<Url>& url, const std::string& hidden) {
  const std::string shown = url.ok() ? url->redacted() : url.error().message();
  RC_ASSERT(shown.find(hidden) == std::string::npos);
}

void assert_hidden(const std::string& text, const std::string& hidden) {
  RC_ASSERT(redact_url(text).find(hidden) == std::string::npos);
  assert_hidden(Url::parse(text), hidden);
  // When resolved, "user@host" without a scheme is a path; then it contains no secret.
  const Result<Url> resolved = Url::parse("http://b/")->resolve(text);
  const bool is_path = resolved.ok() && resolved->path().find(hidden) != std::string::npos;
  RC_ASSERT(!is_path || text.starts_with(hidden) || text.starts_with("u") ||
            text.starts_with("\xC3"));
  if (!is_path) assert_hidden(resolved, hidden);
}

RC_GTEST_PROP(Redaction, never_shows_userinfo_whatever_else_is_wrong, ()) {
  const std::string hidden = *secret();
  assert_hidden(
      *rc::gen::element<std::string>("http://", "https://", "ftp://", "//", "") +
          *rc::gen::element<std::string>("", "u:", "u", "u%zz:", "u :", "\xC3\xBC:") + hidden +
          *rc::gen::element<std::string>("", ":", ":p", "%", " ", "\n", "\\", "[", "@") + "@" +
          *rc::gen::element<std::string>("host", "host:1", "host:x", "", "[::1]", "[::1",
                                         "h\xC3\xBCst", "ho st") +
          *rc::gen::element<std::string>("", "/", "/a b", "/%", "/?c=%", "#f", "/@d"),
      hidden);
}

RC_GTEST_PROP(Redaction, never_shows_a_password_with_raw_delimiters, ()) {
  const std::string hidden = *secret();
  const std::string raw = *rc::gen::element<std::string>("/", "?", "#", "//", "?a=", "#/");
  const std::string password = *rc::gen::element<std::string>(hidden + raw, "p" + raw + hidden);
  assert_hidden(*rc::gen::element<std::string>("http://", "https://", "") + "u:" + password +
                    "@host" + *rc::gen::element<std::string>("", "/", "/a b", "/?c=d"),
                hidden);
}

RC_GTEST_PROP(Redaction, never_shows_query_values_whatever_else_is_wrong, ()) {
  const std::string hidden = *secret();
  assert_hidden(*rc::gen::element<std::string>("http://host", "http://u:p@host:x", "ftp://host",
                                               "http://ho st", "/a", "a", "") +
                    *rc::gen::element<std::string>("?", "/?", "/%?", "/?a=1&", "/?&&") +
                    *rc::gen::element<std::string>("k=", "k==", "", "=", "k=a=", "k=a?", "k= ") +
                    hidden + *rc::gen::element<std::string>("", "&b=c", "=", "==", "%", "#f"),
                hidden);
}

}  // namespace
}  // namespace holdfast
