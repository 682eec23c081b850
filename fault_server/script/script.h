// A fault script as a tree: what both spellings (one line, JSON) parse to and print from, and what
// the C++ builder makes. Values only; no I/O, no cursor, no clock. Thread: any.
//
//   script := step (";" step)* [";" tail]        step := ["p=" prob] action mod* ["x" count]
//
// A fault is where x what: `Place` says where in the life of an exchange, `Action` says what.
//
// Alternatives. Consecutive steps with `p=` and the step without it that follows form one group:
// one draw decides, each `p=` being the unconditional chance of its step, and the step without
// (or `pass`, when the script ends first) gets the rest. The cursor counts groups, and `x` belongs
// to the step that closes a group: `p=.2 reset; p=.1 503; 200 x5; close`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/time.h"

namespace fault {

using holdfast::Duration;

/// The life of a connection and its exchanges, in order.
enum class Phase : std::uint8_t {
  kAccept,
  kTls,
  kHead,
  kReqBody,
  kStatus,
  kHeaders,
  kBody,
  kEnd,
  kIdle
};

/// Where a fault strikes: a phase, and how far into it. A percentage is of the body's length.
struct Place {
  Phase phase = Phase::kStatus;
  std::uint64_t offset = 0;
  bool percent = false;
  friend bool operator==(const Place&, const Place&) = default;
};

/// A duration drawn afresh at each use (from the hashed chance, so it does not depend on order).
struct Distribution {
  enum class Kind : std::uint8_t { kFixed, kUniform, kLogNormal, kExponential };
  Kind kind = Kind::kFixed;
  Duration a{0};     // fixed value, lower bound, or median / mean
  Duration b{0};     // upper bound of kUniform
  double sigma = 0;  // of kLogNormal
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

enum class ActionKind : std::uint8_t {
  kStatus,     // answer with `status` (and whatever the modifiers ask for)
  kPass,       // answer as if no rule had matched (built-in path, else 200)
  kReset,      // a real RST
  kClose,      // FIN, both ways closed
  kHalfClose,  // FIN out, still reading
  kStall,      // from the place on: nothing is written any more, nothing is closed
  kGarbage,    // random bytes from the place on, then close
  kTruncate,   // a body announced whole and cut short by FIN (at half unless the place says where)
  kRefuse,     // connections: the SYN meets a closed listener (RST)
  kRaw,        // `name` holds bytes (with \r \n \xHH escapes) written instead of a response
  kLimit,      // a limiter that really limits: token bucket / sliding window / concurrency
  kOverload,   // the overload model: workers, queue, service time
  kGoaway,
  kRst,
  kH2,
  kTls,  // `name` of an HTTP/2 or TLS fault
};

/// One step of a script. What is not asked for is absent, so that printing gives back what was
/// written. `extra` holds every key=value modifier by its name; its vocabulary is one table
/// (script_words) which both parsers consult, so an unknown key is an error with a suggestion.
struct Step {
  std::optional<double> probability;
  ActionKind action = ActionKind::kStatus;
  int status = 200;  // kStatus
  std::string name;  // kRaw bytes; kH2/kTls/kGoaway detail
  std::optional<Place> at;
  std::optional<std::string> retry_after;  // ra=: see retry_after_value.h for the vocabulary
  std::optional<Distribution> delay;       // delay=: before the place (default: before the head)
  std::optional<std::uint64_t> rate_bytes_per_s;  // rate= on answers: bandwidth cap
  std::optional<std::uint64_t> chunk_bytes;       // chunk=n/dur: dribble
  Duration chunk_gap{0};
  std::vector<std::pair<std::string, std::string>> headers;   // h.Name=value / JSON "headers"
  std::vector<std::pair<std::string, std::string>> trailers;  // t.Name=value / JSON "trailers"
  std::vector<std::pair<std::string, std::string>> extra;     // everything else, in order
  std::uint32_t times = 1;                                    // x count
  friend bool operator==(const Step&, const Step&) = default;
};

/// What follows the last step.
enum class Tail : std::uint8_t { kStay, kLoop, kDrop, kFail404 };

struct Script {
  std::vector<Step> steps;
  Tail tail = Tail::kStay;
  friend bool operator==(const Script&, const Script&) = default;
};

}  // namespace fault
