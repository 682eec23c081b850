#include "tool/nearest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace holdfast::tool {
namespace {

const std::vector<std::string> kWords = {"--max-attempts", "--max-redirs", "--output", "-o", "get",
                                         "timeouts.total"};

TEST(Nearest, a_slip_of_the_fingers_is_forgiven) {
  EXPECT_EQ(nearest("--max-attempt", kWords), "--max-attempts");
  EXPECT_EQ(nearest("--max-atempst", kWords), "--max-attempts");
  EXPECT_EQ(nearest("--otuput", kWords), "--output");
  EXPECT_EQ(nearest("gte", kWords), "get");
  EXPECT_EQ(nearest("gett", kWords), "get");
}

TEST(Nearest, the_end_of_a_dotted_name_and_the_beginning_of_one_alone_will_do) {
  EXPECT_EQ(nearest("total", kWords), "timeouts.total");
  EXPECT_EQ(nearest("--outp", kWords), "--output");
  EXPECT_EQ(nearest("--max", kWords), "") << "two words begin with it";
}

TEST(Nearest, what_is_far_from_all_means_none) {
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest("-X", kWords), "");
  EXPECT_EQ(nearest("--verify", kWords), "");
  EXPECT_EQ(nearest(std::string(1000, 'x'), kWords), "");
}

RC_GTEST_PROP(Nearest, one_letter_added_dropped_or_changed_is_always_forgiven, ()) {
  const auto word = *rc::gen::elementOf(std::vector<std::string>{"--max-attempts", "--max-redirs"});
  const auto at = *rc::gen::inRange<std::size_t>(0, word.size());
  const auto letter = *rc::gen::inRange('a', '{');
  std::string typed = word;
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      typed.insert(at, 1, letter);
      break;
    case 1:
      typed.erase(at, 1);
      break;
    default:
      typed[at] = letter;
  }
  RC_ASSERT(nearest(typed, kWords) == word);
}

}  // namespace
}  // namespace holdfast::tool
