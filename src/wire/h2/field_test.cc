// Fields of responses, against nghttp2's own checks and by name.
#include "wire/h2/field.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace holdfast::wire {
namespace {

TEST(H2Field, ordinary_fields_are_allowed) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"a", ""},          {"x-long_name!", "any text, with spaces\tand tabs; \"quotes\""},
      {"te", "trailers"}, {"set-cookie", "\xc3\xa9 is no ASCII and yet a value"},
      {"upgraded", "x"},  {"host", "x"},
  };
  for (const auto& [name, value] : fields) {
    EXPECT_EQ(h2_field_complaint(name, value), nullptr) << name;
  }
}

TEST(H2Field, others_are_not) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"", "x"},
      {"A", "x"},
      {"a b", "x"},
      {":", "x"},
      {"a", " x"},
      {"a", "x\t"},
      {"a", " "},
      {"a", "x\ny"},
      {"a", std::string("0123456789\0", 11)},
      {"a", "\x7f"},
      {"te", "gzip"},
      {"connection", "close"},
      {"upgrade", "h3"},
      {"keep-alive", "max"},
      {"proxy-connection", "x"},
      {"transfer-encoding", "chunked"},
  };
  for (const auto& [name, value] : fields) {
    EXPECT_NE(h2_field_complaint(name, value), nullptr) << name << "=" << value;
  }
}

TEST(H2Field, a_complaint_names_the_field_in_print) {
  EXPECT_EQ(h2_complaint_text("wrong", "a\nb\xff"), "wrong: \"a?b?\"");
  EXPECT_EQ(h2_shown(std::string(500, 'x')).size(), 80U);
}

RC_GTEST_PROP(H2Field, values_are_judged_as_by_the_library, ()) {
  auto value = *rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
      {{1, rc::gen::arbitrary<char>()}, {9, rc::gen::element<char>('a', ' ', '\t', '~', '\xff')}}));
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(value.data());
  const bool allowed = nghttp2_check_header_value_rfc9113(bytes, value.size()) != 0;
  RC_ASSERT((h2_field_complaint("a", value) == nullptr) == allowed);
}

}  // namespace
}  // namespace holdfast::wire
