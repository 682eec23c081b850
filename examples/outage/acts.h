// The demo's client side: four acts against the outage, told live.
#pragma once

#include <string>

namespace outage {

/// Plays the acts against the server at `base_url`; how many requests ended otherwise than
/// promised.
int play(const std::string& base_url);

}  // namespace outage
