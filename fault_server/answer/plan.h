// What will happen on the wire for one exchange, as an ordered list of operations: bytes, waits,
// and the fault at its place. Made once from a step and an answer; played by the connection.
// Values only; no time, no connection. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fault_server/answer/emit.h"
#include "fault_server/journal/journal.h"
#include "fault_server/rules/rulebook.h"

namespace fault {

enum class OpKind : std::uint8_t {
  // Bytes, which may share one write.
  kBytes,    // `bytes`, `count` times (0: without end)
  kBody,     // content up to `count` bytes
  kGarbage,  // `count` random bytes
  // Marks: happen when everything before them has left.
  kHeadDone,
  kBodyDone,
  kAnswerDone,
  kFault,  // journal `bytes`
  // Acts: begin when everything before them has left.
  kWait,   // `wait`; with `count` != 0 a next request cancels this and all that follows
  kClose,  // FIN both ways
  kReset,
  kTlsAlert,  // the fatal alert `count`, then FIN
  kTlsCut,    // FIN without close_notify
  kShutdown,  // FIN out
  kStopReading,
  kSilence,   // nothing more, ever; the client has to leave
  kFeed,      // journal entries after number `count`, as they come, as server-sent events
  kAskAgain,  // the admin interface is asked again when there is news, or after `wait`
  kRace,      // when the next request is in flight: FIN, or a reset if `count` != 0
};

/// Which part of an answer bytes belong to, for pacing.
enum class Section : std::uint8_t { kStatus, kHeaders, kBody, kAfter };

struct Op {
  OpKind kind = OpKind::kBytes;
  Section section = Section::kAfter;
  std::string bytes;
  std::uint64_t count = 1;
  Duration wait{0};
  ClosedBy by = ClosedBy::kFault;
};

struct Pacing {
  std::optional<Pace> trickle;        // head: so many bytes every so often
  std::optional<Pace> body;           // content: the same
  std::optional<std::uint64_t> rate;  // bytes/s of everything
  std::optional<Span> slice;          // sizes of writes
};

/// What a step asks of the speed of its answer.
Pacing pacing_of(const Step& step, const Answer& answer);

/// How long whatever was answered has been idle when @idle strikes: the answer has then arrived.
constexpr Duration kSettled{10'000'000};

struct Plan {
  std::vector<Op> ops;
  BodyStream body;
  Pacing pacing;
  std::uint64_t chance = 0;  // for slices and garbage
  int status = 0;            // of the answer
  Fields headers;
  double retry_after_s = -1;
  bool has_answer = false;
};

struct PlanInput {
  const Choice* choice = nullptr;
  const Step* step = nullptr;  // what is played: the choice's, or what a limiter made of it
  Answer answer;
  AnswerContext context;
  bool fault_before_answer = false;  // the request was struck at @reqbody
};
Plan make_plan(PlanInput input);

/// Just the fault of a step, for places before an answer (@accept, @head, @reqbody).
std::vector<Op> strike(const Step& step);

/// A request that was never matched against rules gets this: status, text, then the close.
Plan refusal_plan(int status, const std::string& text, const AnswerContext& context);

/// Whether the body that an answer has by default is long enough to be interrupted at the step's
/// place; else a longer one takes its place.
void suit_body(const Step& step, Answer& answer);

}  // namespace fault
