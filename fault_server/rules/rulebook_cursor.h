// One cursor in one script: which group of alternatives is next, what chance makes of it, and how
// a finished run is read back as a script without chance. Owned by the rulebook. Pure: the same
// seed, rule, scope and ordinal always draw the same. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fault_server/script/script.h"

namespace fault {

struct Cursor {
  std::size_t step = 0;       // where the next group begins; past the end: the tail decides
  std::uint32_t used = 0;     // how often that group was served already
  std::uint64_t ordinal = 0;  // matches so far
  void rewind() {
    step = 0;
    used = 0;
  }
};

/// What one match takes from a script.
struct Taken {
  Step step;  // decided: one status, fixed delays, no probability, once
  std::uint32_t index = 0;
  std::optional<double> draw;
  std::uint64_t chance = 0;
};

/// Advances; nullopt when the script has ended with `drop` (and the cursor did not move).
std::optional<Taken> advance(Cursor& cursor, const Script& script, std::uint64_t seed,
                             std::string_view rule, std::string_view scope);

/// Whether anything in the script is drawn that freezing would have to pin down.
bool has_chance(const Script& script);

/// The steps that a cursor has served, drawn again from the same chances. Ends with `drop` where
/// the original had dropped out, else with 404: the recording is over.
Script recorded(const Script& script, const Cursor& cursor, std::uint64_t seed,
                std::string_view rule, std::string_view scope);

}  // namespace fault
