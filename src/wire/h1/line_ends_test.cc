#include "wire/h1/line_ends.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

namespace holdfast::wire {
namespace {

bool good_by_definition(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char before = i == 0 ? '\0' : bytes[i - 1];
    if (bytes[i] == '\n' && before != '\r') return false;
    if (bytes[i] != '\n' && before == '\r') return false;
  }
  return true;
}

TEST(LineEnds, fault_is_found_at_every_place_of_texts_of_every_length) {
  for (std::size_t size = 1; size < 80; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char wrong : {'\r', '\n'}) {
        std::string text(size, 'x');
        text[at] = wrong;
        LineEnds line_ends;
        EXPECT_EQ(line_ends.check(text), good_by_definition(text)) << size << " " << at;
      }
      if (at + 2 > size) continue;
      std::string text(size, 'x');
      text.replace(at, 2, "\r\n");
      LineEnds line_ends;
      EXPECT_TRUE(line_ends.check(text)) << size << " " << at;
    }
  }
}

RC_GTEST_PROP(LineEnds, verdict_is_that_of_the_definition_however_the_text_is_cut, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::weightedElement<char>({{40, 'a'}, {3, '\r'}, {3, '\n'}}));
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  LineEnds line_ends;
  const bool first = line_ends.check(std::string_view(text).substr(0, at));
  const bool second = line_ends.check(std::string_view(text).substr(at));
  RC_ASSERT((first && second) == good_by_definition(text));
  RC_ASSERT(line_ends.at_line_end() == (!text.empty() && text.back() == '\n'));
}

}  // namespace
}  // namespace holdfast::wire
