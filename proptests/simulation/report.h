// What a run left behind: what each request's user saw, what the server's journal says, what the
// world counted. The judges (checks.h) look at nothing else. Thread: any (values).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "fault_server/journal/journal.h"
#include "holdfast/error.h"
#include "holdfast/response.h"
#include "holdfast/stats.h"
#include "proptests/simulation/heard.h"
#include "proptests/simulation/proxy_rig.h"
#include "sim/driver.h"

namespace proof {

using holdfast::Duration;
using holdfast::base::Instant;

/// One request as its user saw it. Instants count from the world's start.
struct Seen {
  enum class Event : std::uint8_t { interim, head, body, complete };

  std::size_t plan = 0;  ///< index in Case::requests
  bool nested = false;   ///< sent from a callback of that request
  holdfast::engine::ExchangeId id;
  Instant submitted;
  std::optional<Instant> head_at, ended, cancelled;
  /// While it was under way; never resumed: until its end.
  struct Pause {
    Instant from;
    std::optional<Instant> until;
  };
  std::vector<Pause> pauses;
  std::vector<Event> events;
  std::uint32_t completions = 0;
  bool inside_submit = false;                  ///< something was called before submit had returned
  bool heard_after_cancel = false;             ///< something other than the completion
  bool heard_while_paused = false;             ///< likewise
  std::string streamed;                        ///< storing: since the last restart
  std::size_t largest_piece = 0;               ///< of what was streamed or stored
  bool stored = false;                         ///< a content to store has begun
  std::optional<holdfast::ResponseHead> head;  ///< as streamed
  std::optional<holdfast::Response> response;
  std::optional<holdfast::Error> error;
  std::string story;  ///< what the observer heard of it (heard.h)
  // Of its body's source:
  std::uint32_t opened = 0;
  std::optional<Instant> first_read;
  bool source_waits = false;  ///< it had nothing when it was read last

  const holdfast::Timeline& timeline() const {
    return response ? response->timeline : error->timeline;
  }
  bool settled() const { return response.has_value() || error.has_value(); }
  /// Went elsewhere: what its plan says is only where it began (journey.h knows the rest).
  bool redirected() const {
    return settled() && timeline().size() != 0 && timeline().last().hop != 0;
  }
  /// The response's status line and fields, however they came.
  const holdfast::ResponseHead* answer() const {
    if (response && response->status != 0) return &*response;
    return head ? &*head : nullptr;
  }
  const std::string& body() const {
    const bool kept = stored && response->is_success();
    return head || kept ? streamed : response->body;
  }
};

struct Report {
  std::deque<Seen> seen;  ///< in the order of submission
  std::vector<holdfast::sim::StoodStill> stood_still;
  std::vector<holdfast::sim::StoodStill> disk_waits;  ///< of these, and what fell into others
  std::vector<fault::Entry> journal;
  std::uint64_t journal_dropped = 0;
  std::vector<ProxyRig::Request> proxied;  ///< what a proxy was asked, in order
  std::string proxy_read;                  ///< all that its clients sent it
  std::vector<std::string> proxy_complaints;
  holdfast::sim::DriverStats driver;
  std::vector<std::string> violations;
  holdfast::ClientStats stats;
  Heard heard;
  std::uint32_t open_when_settled = 0;  ///< connections left after the last request and an expiry
  bool settled_early = false;           ///< everything had ended before the end was forced
  bool came_to_rest = false;            ///< finished() after the shutdown
  std::size_t client_sockets_left = 0, lookups_left = 0;
  std::uint64_t world_events = 0, crowded_instant = 0;
  std::uint64_t bytes_carried = 0;
  Duration most_overdue{0};
  std::optional<Instant> shut_down_at;  ///< the first time, not gracefully
  std::optional<Instant> rested_at;     ///< after that: nothing of the client was left
  Instant ended;
  std::uint64_t hash = 0;
  std::string trace;
};

/// The name a request carries in X-Request-Id.
inline std::string name_of(std::size_t seen) { return "q" + std::to_string(seen); }

}  // namespace proof
