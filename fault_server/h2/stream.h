// One stream of an HTTP/2 connection of the fault server: the exchange it carries, its plan, and
// how far it has got. Plain state, driven by H2Connection. Thread: one owner; does not move.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/instant.h"
#include "base/rng.h"
#include "fault_server/h2/plan.h"
#include "fault_server/session/exchange.h"

namespace fault {

struct H2Stream {
  std::uint32_t id = 0;  // 0: no stream, but the fault of the connection itself
  Exchange exchange;     // but for its plan, which is HTTP/1.1's

  // The request as it comes in.
  bool ended = false;            // by the client; complete once it has been read as well
  std::uint64_t received = 0;    // of our window, padding included
  std::uint64_t given_back = 0;  // of it
  bool holds_window = false;

  // The answer as it goes out.
  H2Plan plan;
  std::size_t op = 0;
  std::uint64_t op_repeats = 0;
  std::string head;         // HEADERS made but not all written
  std::size_t head_at = 0;  // of it
  std::uint64_t body_made = 0;
  std::uint64_t body_sent = 0;  // content in frames that have left
  std::string feed;             // events not yet in a frame
  std::int64_t window = 0;      // what the client lets us send
  std::uint64_t made = 0;       // bytes of this stream's frames
  std::uint64_t sent = 0;       // of those that have left at the last mark
  std::uint64_t begins_at = 0;  // positions on the connection: its first byte,
  std::uint64_t ends_at = 0;    // and behind its last so far
  holdfast::base::Instant hold_until;
  holdfast::base::Instant rate_free_at;
  std::optional<std::uint64_t> piece_left;
  bool pacing_head = false;
  std::uint64_t turn_bytes = 0;  // written in this turn
  bool silent = false;
  bool asks_again = false;
  bool cancelled = false;  // goes once the frame under way is finished
  std::string cancelled_why;
  std::size_t marks_due = 0;  // not yet fired
  bool done = false;          // to be forgotten
  holdfast::base::Rng rng{0};
};

}  // namespace fault
