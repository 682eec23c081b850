// The vocabulary of scripts: every action and every modifier, in one table used by both parsers,
// by --help-script and by error messages. A word that is not here does not exist. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fault_server/script/script.h"

namespace fault {

/// What a modifier's value looks like.
enum class ValueKind : std::uint8_t {
  kCount,         // 3
  kBytes,         // 512, 64k, 1M; per second for rates
  kDuration,      // 200ms, never negative
  kSignedSpan,    // -1h
  kDistribution,  // 200ms | 50..400ms | logn(90ms,0.4) | exp(80ms)
  kPace,          // 1/50ms, 5/s
  kSpan,          // 1..7
  kWord,          // one of `choices`
  kWordList,      // some of `choices`, comma-separated, each with an optional :n
  kStatusList,    // 503 | 200*8,503*2
  kInterimList,   // 100x3,102,103xendless
  kLength,        // +10 | -10 | 42 | none
  kBody,          // random:4096 | fill:10 | text:hello | echo | none
  kRetryAfter,    // see retry_after_value.h
  kH2Code,        // REFUSED_STREAM, or a number
  kH2Setting,     // MAX_CONCURRENT_STREAMS, or a number
  kH2Last,        // previous | current | graceful | 7
  kTlsAlert,      // handshake_failure, or a number
  kText,          // anything, quoted where needed
};

/// Which actions take a modifier: a set of bits, one per ActionKind.
using ActionSet = std::uint32_t;
constexpr ActionSet bit(ActionKind action) { return 1U << static_cast<unsigned>(action); }

struct ActionWord {
  std::string_view word;  // "reset"; "503" stands for kStatus; "h2." and "tls." take a name
  ActionKind action;
  Phase default_place;  // where it strikes when no @place is given
  ActionSet phases;     // bits 1 << Phase that @place may name
  std::string_view help;
};

struct ModifierWord {
  std::string_view word;
  ValueKind kind;
  ActionSet actions;
  std::string_view choices;  // kWord, kWordList: "fin|reset"
  std::string_view bare;     // what the word means without "="; empty: a value is required
  std::string_view help;
};

std::span<const ActionWord> action_words();
std::span<const ModifierWord> modifier_words();

/// nullptr when there is no such modifier for this action (a word may serve several actions with
/// different kinds: rate= is bytes per second on an answer, requests per time on a limiter).
const ModifierWord* find_modifier(std::string_view word, ActionKind action);
const ActionWord& action_word(ActionKind action);

std::string_view phase_word(Phase phase);
std::optional<Phase> parse_phase(std::string_view word);

/// Where the step strikes: its @place, else the action's default.
Place place_of(const Step& step);

/// nullopt when `value` suits the modifier; else what was expected, for a person.
std::optional<std::string> complaint_about(const ModifierWord& word, std::string_view value);

/// The table as text, for --help-script: at most 100 columns.
std::string script_help();

/// The candidate nearest to `word` by edit distance, or "" when none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace fault
