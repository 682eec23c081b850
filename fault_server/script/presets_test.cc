#include "fault_server/script/presets.h"

#include <gtest/gtest.h>

#include <set>

#include "fault_server/script/scenario.h"

namespace fault {
namespace {

TEST(Presets, all_six_are_valid_scenarios_that_print_back) {
  std::set<std::string_view> names;
  for (const Preset& entry : presets()) {
    names.insert(entry.name);
    const auto scenario = preset(entry.name);
    ASSERT_TRUE(scenario) << entry.name;
    EXPECT_TRUE(validate(*scenario).empty()) << entry.name << ": " << validate(*scenario).front();
    EXPECT_EQ(*parse_scenario(scenario_to_json(*scenario)), *scenario) << entry.name;
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"flaky-wifi", "dying-pod", "overloaded",
                                               "draining-lb", "rate-limited-api", "hostile"}));
}

TEST(Presets, an_unknown_name_is_answered_with_the_known_ones) {
  EXPECT_FALSE(preset("flaky-wfi"));
  EXPECT_NE(preset_complaint("flaky-wfi").find("did you mean flaky-wifi?"), std::string::npos);
}

}  // namespace
}  // namespace fault
