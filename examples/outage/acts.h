// The client side of the demo: four acts during the outage, printed live.
#pragma once

#include <string>

namespace outage {

/// Runs the acts against the server at `base_url`; returns how many requests ended other than
/// promised.
int play(const std::string& base_url);

}  // namespace outage
