// Ready-made scenarios for --preset. Each is an ordinary scenario: print it, edit it, keep it.
// Thread: any.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fault_server/script/scenario.h"

namespace fault {

struct Preset {
  std::string_view name;
  std::string_view help;
};
std::span<const Preset> presets();

/// nullopt when there is no such preset (see preset_complaint for the words).
std::optional<Scenario> preset(std::string_view name);
/// "no preset 'flaky'; there are: flaky-wifi, ... ; did you mean flaky-wifi?"
std::string preset_complaint(std::string_view name);

}  // namespace fault
