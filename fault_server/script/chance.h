// Chance without state: every draw is a hash of (seed, rule, key, ordinal), so it does not depend
// on what other keys or rules did before. Thread: any.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "fault_server/script/values.h"

namespace fault {

/// The source of every draw for the `ordinal`-th match (from 1) of `rule` by `key`.
std::uint64_t chance_of(std::uint64_t seed, std::string_view rule, std::string_view key,
                        std::uint64_t ordinal);

/// Uniform in [0, 1) from one chance, for one purpose: `unit(choice.chance, "p")`.
double unit(std::uint64_t chance, std::string_view purpose);

/// Draws a duration; never negative. kFixed draws nothing.
Duration sample(const Distribution& distribution, holdfast::base::Rng& rng);

/// Picks by weight with `u` in [0, 1). `choices` is not empty and has a weight above 0.
int pick(const std::vector<WeightedStatus>& choices, double u);

}  // namespace fault
