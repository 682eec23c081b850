#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "holdfast/url.h"

namespace holdfast {

bool operator==(const Parameter& a, const Parameter& b) {
  return a.name == b.name && a.value == b.value;
}
void showValue(const Parameter& parameter, std::ostream& out) {
  rc::show(std::make_pair(parameter.name, parameter.value), out);
}

namespace {

int digit(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

/// Decodes like a server, by RFC 3986 or by the rules of forms; independent of the code under test.
std::string decoded(std::string_view text, bool form) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Parameters parsed_query(std::string_view text, bool form) {
  Parameters all;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    all.push_back({decoded(pair.substr(0, equals), form), decoded(pair.substr(equals + 1), form)});
  }
  return all;
}

rc::Gen<Parameters> any_parameters() {
  const auto text = rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("ab &=+%#?/\r\n\"~*-_."))));
  return rc::gen::container<Parameters>(rc::gen::construct<Parameter>(text, text));
}

RC_GTEST_PROP(query, comes_back_as_it_was_given_behind_any_url, ()) {
  const Parameters parameters = *any_parameters();
  const std::string base = *rc::gen::element<std::string>("http://h/p", "/p", "", "p/q");
  const std::string fragment = *rc::gen::element<std::string>("", "#top", "#?a&b");
  const std::string text = with_query(base + fragment, parameters);
  RC_ASSERT(text.ends_with(fragment));
  const std::string url = text.substr(0, text.size() - fragment.size());
  if (parameters.empty()) {
    RC_ASSERT(url == base);
    return;
  }
  RC_ASSERT(url.starts_with(base + "?"));
  RC_ASSERT(parsed_query(std::string_view(url).substr(base.size() + 1), false) == parameters);
  RC_ASSERT(url.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "-._~%=&?:/") == url.npos);
  if (base.starts_with("http")) RC_ASSERT(Url::parse(text).ok());
}

RC_GTEST_PROP(query, adding_one_by_one_is_adding_all_at_once, ()) {
  const Parameters parameters = *any_parameters();
  std::string url = "/p?a=b#f";
  for (const Parameter& one : parameters) url = with_query(url, {one});
  RC_ASSERT(url == with_query("/p?a=b#f", parameters));
}

RC_GTEST_PROP(form_encode, comes_back_as_it_was_given, ()) {
  const Parameters parameters = *any_parameters();
  const std::string text = form_encode(parameters);
  RC_ASSERT(parsed_query(text, true) == parameters);
  RC_ASSERT(text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "*-._%=&+") == text.npos);
}

TEST(query, spaces_and_pluses_cannot_be_confused) {
  EXPECT_EQ(with_query("/x", {{"q", "a b+c"}}), "/x?q=a%20b%2Bc");
  EXPECT_EQ(form_encode({{"q", "a b+c"}}), "q=a+b%2Bc");
}

TEST(query, unreserved_characters_stay_and_the_others_do_not) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("*/?#[]@!$&'()+,;=%:"),
            "%2A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2B%2C%3B%3D%25%3A");
  EXPECT_EQ(percent_encode("caf\xC3\xA9"), "caf%C3%A9");
  EXPECT_EQ(form_encode({{"AZaz09*-._", "~"}}), "AZaz09*-._=%7E");
}

TEST(query, an_existing_query_is_kept_and_not_encoded_again) {
  EXPECT_EQ(with_query("/x?a=%20b", {{"c", "d"}}), "/x?a=%20b&c=d");
  EXPECT_EQ(with_query("/x?", {{"c", "d"}}), "/x?c=d");
  EXPECT_EQ(with_query("/x?a&", {{"c", "d"}}), "/x?a&c=d");
  EXPECT_EQ(with_query("/x#?", {{"c", "d"}}), "/x?c=d#?");
}

TEST(query, empty_names_and_values_are_still_there) {
  EXPECT_EQ(with_query("/x", {{"", ""}, {"a", ""}}), "/x?=&a=");
  EXPECT_EQ(form_encode({{"", ""}, {"a", ""}}), "=&a=");
  EXPECT_EQ(form_encode({}), "");
}

}  // namespace
}  // namespace holdfast
