#include "fault_server/script/words.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <sstream>

#include "fault_server/script/line.h"

namespace fault {
namespace {

TEST(Words, every_action_and_phase_is_found_by_its_name) {
  for (unsigned a = 0; a <= static_cast<unsigned>(ActionKind::kTls); ++a) {
    EXPECT_FALSE(action_word(static_cast<ActionKind>(a)).word.empty());
  }
  for (unsigned p = 0; p <= static_cast<unsigned>(Phase::kIdle); ++p) {
    EXPECT_EQ(parse_phase(phase_word(static_cast<Phase>(p))), static_cast<Phase>(p));
  }
  EXPECT_FALSE(parse_phase("nowhere"));
}

TEST(Words, no_modifier_has_two_meanings_for_one_action) {
  for (unsigned a = 0; a <= static_cast<unsigned>(ActionKind::kTls); ++a) {
    std::set<std::string_view> seen;
    for (const ModifierWord& word : modifier_words()) {
      if ((word.actions & bit(static_cast<ActionKind>(a))) == 0) continue;
      EXPECT_TRUE(seen.insert(word.word).second) << word.word;
    }
  }
}

TEST(Words, what_a_bare_word_means_is_a_value_it_takes) {
  for (const ModifierWord& word : modifier_words()) {
    if (word.bare.empty()) continue;
    EXPECT_FALSE(complaint_about(word, word.bare)) << word.word;
  }
}

TEST(Words, places_have_defaults_where_none_is_given) {
  EXPECT_EQ(place_of(*parse_step("reset")), (Place{Phase::kStatus, 0, false}));
  EXPECT_EQ(place_of(*parse_step("truncate")), (Place{Phase::kBody, 50, true}));
  EXPECT_EQ(place_of(*parse_step("refuse")).phase, Phase::kAccept);
  EXPECT_EQ(place_of(*parse_step("reset@body:7")), (Place{Phase::kBody, 7, false}));
}

TEST(Words, the_help_names_every_word_and_keeps_to_100_columns) {
  const std::string help = script_help();
  for (const ActionWord& action : action_words()) {
    if (action.action == ActionKind::kStatus) continue;
    EXPECT_NE(help.find("\n  " + std::string(action.word)), std::string::npos) << action.word;
  }
  for (const ModifierWord& word : modifier_words()) {
    EXPECT_NE(help.find("\n  " + std::string(word.word)), std::string::npos) << word.word;
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Words, the_nearest_word_is_near_or_none) {
  constexpr std::array<std::string_view, 4> kWords = {"reset", "close", "keep-alive", "ra"};
  EXPECT_EQ(nearest_word("rest", kWords), "reset");
  EXPECT_EQ(nearest_word("keep", kWords), "keep-alive");
  EXPECT_EQ(nearest_word("explode", kWords), "");
  EXPECT_EQ(nearest_word("", kWords), "");
}

}  // namespace
}  // namespace fault
