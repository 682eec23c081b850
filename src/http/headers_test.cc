#include "holdfast/headers.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

using Model = std::vector<std::pair<std::string, std::string>>;

Model fields_of(const Headers& headers) {
  Model fields;
  for (const HeaderField field : headers) fields.emplace_back(field.name, field.value);
  return fields;
}

TEST(Headers, names_compare_without_case_and_keep_their_spelling) {
  const Headers headers{{"Content-Type", "text/plain"}};
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_TRUE(headers.contains("CONTENT-TYPE"));
  EXPECT_FALSE(headers.contains("Content_Type"));
  EXPECT_EQ(fields_of(headers), (Model{{"Content-Type", "text/plain"}}));
}

TEST(Headers, only_ascii_letters_fold) {
  EXPECT_TRUE(same_name("aZ-1", "Az-1"));
  EXPECT_FALSE(same_name("a", "ab"));
  EXPECT_FALSE(same_name("@", "`"));  // 0x20 apart, like a letter's two cases
  EXPECT_FALSE(same_name("[", "{"));
  EXPECT_FALSE(same_name("\xC4", "\xE4"));
}

TEST(Headers, set_replaces_all_of_a_name_and_goes_last) {
  Headers headers{{"a", "1"}, {"B", "2"}, {"A", "3"}, {"c", "4"}};
  headers.set("a", "5");
  EXPECT_EQ(fields_of(headers), (Model{{"B", "2"}, {"c", "4"}, {"a", "5"}}));
}

TEST(Headers, repeated_fields_are_joined_in_order) {
  const Headers headers{{"Via", "a"}, {"x", "y"}, {"via", ""}, {"VIA", "b, c"}};
  EXPECT_EQ(headers.joined("via"), "a, , b, c");
  EXPECT_EQ(headers.get("via"), "a");
  EXPECT_EQ(headers.joined("absent"), "");
}

TEST(Headers, repeated_fields_stay_apart_where_asked_for) {
  const Headers headers{{"Set-Cookie", "a=1; Expires=Mon, 01 Jan"}, {"x", "y"}, {"set-cookie", ""}};
  EXPECT_EQ(headers.values("SET-COOKIE"),
            (std::vector<std::string_view>{"a=1; Expires=Mon, 01 Jan", ""}));
  EXPECT_TRUE(headers.values("absent").empty());
}

TEST(Headers, an_empty_value_is_not_an_absent_field) {
  const Headers headers{{"a", ""}};
  EXPECT_EQ(headers.get("a"), "");
  EXPECT_EQ(headers.get("b"), std::nullopt);
}

TEST(Headers, what_was_moved_from_is_empty_and_of_use) {
  for (const char* value : {"1", "long enough that no string keeps it inside of itself"}) {
    Headers from{{"a", value}};
    Headers to(std::move(from));
    EXPECT_EQ(fields_of(to), (Model{{"a", value}}));
    EXPECT_TRUE(from.empty());    // NOLINT: looked at on purpose
    EXPECT_EQ(from.bytes(), 0U);  // NOLINT
    EXPECT_TRUE(from.begin() == from.end());
    from.add("b", value);
    to = std::move(from);
    EXPECT_EQ(fields_of(to), (Model{{"b", value}}));
    EXPECT_TRUE(from.empty());    // NOLINT: looked at on purpose
    EXPECT_EQ(from.bytes(), 0U);  // NOLINT
  }
}

TEST(Headers, a_copy_stands_alone) {
  Headers from{{"a", "1"}, {"b", "2"}};
  Headers to(from);
  from.add("c", "3");
  EXPECT_EQ(fields_of(to), (Model{{"a", "1"}, {"b", "2"}}));
  to = from;  // larger than its buffer
  EXPECT_EQ(fields_of(to), fields_of(from));
  const Headers& same = to;
  to = same;
  EXPECT_EQ(fields_of(to), fields_of(from));
  to = Headers();
  to = Headers{{"d", "4"}};
  from = to;  // smaller than its buffer
  EXPECT_EQ(fields_of(from), (Model{{"d", "4"}}));
  EXPECT_EQ(from.size(), 1U);
  const Headers none;
  from = none;
  EXPECT_TRUE(from.empty());
  EXPECT_TRUE(Headers(none).empty());
}

TEST(Headers, room_that_was_reserved_changes_nothing_else) {
  Headers headers{{"a", "1"}};
  headers.reserve(1000);
  const char* const at = (*headers.begin()).name.data();
  for (int i = 0; i < 50; ++i) headers.add("b", "2");
  EXPECT_EQ((*headers.begin()).name.data(), at) << "the buffer was moved although it had space";
  EXPECT_EQ(headers.size(), 51U);
}

TEST(Headers, self_move_changes_nothing) {
  Headers headers{{"a", "1"}};
  Headers& same = headers;
  headers = std::move(same);
  EXPECT_EQ(fields_of(headers), (Model{{"a", "1"}}));
}

TEST(Headers, a_field_may_be_made_of_views_into_the_same_headers) {
  for (const std::string& value : {std::string("v"), std::string(100, 'v')}) {
    Headers headers{{"a", value}};
    Model model{{"a", value}};
    for (int i = 0; i < 20; ++i) {
      const HeaderField first = *headers.begin();
      headers.add(first.name, first.value);
      model.push_back(model.front());
      ASSERT_EQ(fields_of(headers), model);
    }
    const HeaderField first = *headers.begin();
    headers.set(first.name, first.value);
    EXPECT_EQ(fields_of(headers), (Model{{"a", value}}));
    EXPECT_EQ(headers.remove((*headers.begin()).name), 1U);
    EXPECT_TRUE(headers.empty());
  }
}

TEST(Headers, fields_fit_for_the_wire_raise_no_complaint) {
  EXPECT_EQ(Headers().complaint(), "");
  EXPECT_EQ((Headers{{"X-!#$%&'*+-.^_`|~09azAZ", ""}, {"b", "\t \x7F\xFF\x01"}}).complaint(), "");
}

TEST(Headers, a_name_that_is_no_token_is_named_up_to_the_culprit) {
  const auto complaint = [](std::string_view name) { return Headers{{name, "v"}}.complaint(); };
  const std::string end = "\" is not a token: use letters, digits and hyphens";
  EXPECT_EQ(complaint(""), "the field name \"" + end);
  EXPECT_EQ(complaint("a b"), "the field name \"a …" + end);
  EXPECT_EQ(complaint("a\r\nb: c"), "the field name \"a?…" + end);
  EXPECT_EQ(complaint("caf\xC3\xA9"), "the field name \"caf?…" + end);
  EXPECT_EQ(complaint("Authorization: Bearer secret"), "the field name \"Authorization:…" + end);
}

TEST(Headers, a_value_that_would_split_the_message_is_refused_and_not_repeated) {
  using namespace std::string_view_literals;
  const auto complaint = [](std::string_view value) {
    return Headers{{"ok", "fine"}, {"Token", value}}.complaint();
  };
  EXPECT_EQ(complaint("secret\r\nX: y"), "the value of Token has a carriage return: remove it");
  EXPECT_EQ(complaint("secret\nX: y"), "the value of Token has a line feed: remove it");
  EXPECT_EQ(complaint("secret\0"sv), "the value of Token has a NUL byte: remove it");
}

RC_GTEST_PROP(Headers, complain_just_when_a_field_is_unfit, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
      {{20, rc::gen::elementOf(std::string("abcXYZ-019"))}, {1, rc::gen::arbitrary<char>()}}));
  const std::string name = *text, value = *text;
  const bool fit = is_token(name) && value.find_first_of(std::string("\r\n\0", 3)) == value.npos;
  RC_CLASSIFY(fit);
  const std::string complaint = Headers{{name, value}}.complaint();
  RC_ASSERT(complaint.empty() == fit);
}

RC_GTEST_PROP(Headers, tokens_are_just_what_rfc_9110_5_6_2_lists, (unsigned char byte)) {
  const std::string tchar =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const char c = static_cast<char>(byte);
  const bool listed = tchar.find(c) != tchar.npos;
  RC_ASSERT(is_token(std::string(1, c)) == listed);
  RC_ASSERT(is_token(std::string("ab") + c) == listed);
  RC_ASSERT(!is_token(""));
}

RC_GTEST_PROP(Headers, agree_with_a_vector_of_pairs, ()) {
  const auto names = rc::gen::element<std::string>("a", "A", "b", "B", "Content-Type", "", "\xE4");
  Headers headers;
  Model model;
  const auto drop = [&model](const std::string& name) {
    return std::erase_if(model, [&](const auto& field) { return same_name(field.first, name); });
  };
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, std::string, std::string>>>(
      rc::gen::tuple(rc::gen::inRange(0, 10), names, rc::gen::arbitrary<std::string>()));
  for (const auto& [kind, name, value] : steps) {
    if (kind < 6) {
      headers.add(name, value);
      model.emplace_back(name, value);
    } else if (kind < 8) {
      headers.set(name, value);
      drop(name);
      model.emplace_back(name, value);
    } else if (kind < 9) {
      RC_ASSERT(headers.remove(name) == drop(name));
    } else {
      Headers copy = headers;
      headers.clear();
      RC_ASSERT(headers.empty());
      headers = std::move(copy);
    }
    RC_ASSERT(fields_of(headers) == model);
    RC_ASSERT(headers.size() == model.size());
    RC_ASSERT(headers.empty() == model.empty());
    const auto found = std::find_if(model.begin(), model.end(), [&name = name](const auto& field) {
      return same_name(field.first, name);
    });
    RC_ASSERT(headers.contains(name) == (found != model.end()));
    if (found != model.end()) RC_ASSERT(headers.get(name) == found->second);
    std::string joined;
    for (auto field = found; field != model.end(); ++field) {
      if (!same_name(field->first, name)) continue;
      joined += (field == found ? "" : ", ") + field->second;
    }
    RC_ASSERT(headers.joined(name) == joined);
  }
}

}  // namespace
}  // namespace holdfast
