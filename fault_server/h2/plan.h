// What will happen on one HTTP/2 stream, as an ordered list of operations: frames, waits, and the
// fault at its place. Made once from the same steps and answers as an HTTP/1.1 plan; played by the
// connection, which alone knows windows and compresses fields. Values only; no time. Thread: any.
//
// What places mean: @status:n and @headers:n cut the HEADERS frame (from its first byte, and from
// the first byte of its field block) where the fault ends the connection; whatever does not end it
// happens before the frame. @body:n counts content. @end is after END_STREAM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/answer/emit.h"
#include "fault_server/answer/plan.h"
#include "fault_server/h2/frame.h"
#include "fault_server/journal/journal.h"

namespace fault {

enum class H2OpKind : std::uint8_t {
  // Frames and bytes, which may share one write.
  kHead,     // HEADERS of `fields`, `count` times (0: without end); `end`: END_STREAM; see `cut`
  kBody,     // DATA until `count` bytes of content are out; `end`: the last ends the stream
  kEnd,      // an empty DATA that ends the stream, or trailers if there are `fields`
  kBytes,    // `bytes` as they are, `count` times (0: without end)
  kGarbage,  // `count` random bytes
  // Marks: happen when everything before them has left.
  kHeadDone,
  kBodyDone,
  kAnswerDone,
  kFault,  // journal `bytes`
  kFrame,  // journal `bytes` as a frame that was sent
  // Acts: begin when everything before them has left.
  kWait,
  kClose,
  kReset,
  kShutdown,     // FIN out
  kStopReading,  // the whole connection
  kHoldWindow,   // content of this stream is taken, but its window not given back
  kSilence,      // this stream says nothing more
  kMute,         // nobody on this connection does
  kRst,          // RST_STREAM with `code`; the stream is over
  kGoaway,       // `goaway`
  kSettings,     // `settings`, `count` times
  kHabit,        // `habit`, from here on
  kFeed,         // as in plan.h
  kAskAgain,
  kRace,
};

/// How a connection behaves from a place on.
enum class H2Habit : std::uint8_t {
  kIgnoresPings,
  kWrongPingAcks,
  kIgnoresSettings,
  kHoldsWindows,   // no WINDOW_UPDATE any more
  kBeyondWindows,  // DATA whatever the client allows
  kForgetsFields,  // once: compression begins anew, whatever the client remembers
};

struct H2Goaway {
  enum class Last : std::uint8_t { kPrevious, kCurrent, kGraceful, kNumber };
  Last last = Last::kPrevious;
  std::uint32_t number = 0;
  std::uint32_t code = 0;
  std::uint64_t count = 1;
  std::string debug;
  Duration linger{0};
  enum class Then : std::uint8_t { kClose, kReset, kStay } then = Then::kClose;
};

struct H2Op {
  H2OpKind kind = H2OpKind::kBytes;
  std::string bytes;
  Fields fields;
  std::uint64_t count = 1;
  bool end = false;
  bool holds = false;                // kBytes: nobody else writes until the next one
  std::optional<std::uint64_t> cut;  // kHead: only so many bytes of its frames leave
  Duration wait{0};
  ClosedBy by = ClosedBy::kFault;
  std::uint32_t code = 0;
  H2Goaway goaway;
  std::vector<H2Setting> settings;
  H2Habit habit = H2Habit::kIgnoresPings;
};

struct H2Plan {
  std::vector<H2Op> ops;
  BodySource body;
  Pacing pacing;
  std::uint64_t chance = 0;
  int status = 0;
  Fields headers;  // as sent, without pseudo-fields
  double retry_after_s = -1;
  bool has_answer = false;
};

struct H2PlanInput {
  const Choice* choice = nullptr;
  const Step* step = nullptr;
  Answer answer;
  AnswerContext context;
  std::uint32_t stream = 0;
  bool request_complete = true;
  bool fault_before_answer = false;  // the request was struck at @reqbody
};
H2Plan make_h2_plan(H2PlanInput input);

/// An answer that was planned for HTTP/1.1 (the admin interface's).
H2Plan h2_plan_of(Plan plan);

/// Just the fault of a step, for places before an answer (@accept, @head, @reqbody).
std::vector<H2Op> h2_strike(const Step& step, std::uint32_t stream);

/// What of a step has no meaning on HTTP/2 and is left out: "reason", "chunked=bad-size".
std::vector<std::string> h2_left_out(const Step& step);

/// A status, headers and flaws as the fields of a HEADERS frame, whose names are lower case
/// (RFC 9113 §8.2.1).
Fields h2_fields(int status, const Fields& headers, const Step& step);

/// "rst@body:512", "h2.ping@status".
std::string h2_fault_text(const Step& step);

}  // namespace fault
