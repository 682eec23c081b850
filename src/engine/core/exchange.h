// One user request, its whole life: what was asked, how it stands, what is built up as its answer.
// Plain data; the rules are in core's files (submit, attempt, transmit, receive).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "engine/core/content.h"
#include "engine/ids.h"
#include "engine/pool/pool.h"
#include "holdfast/body.h"
#include "holdfast/error.h"
#include "holdfast/request.h"
#include "holdfast/response.h"
#include "holdfast/url.h"

namespace holdfast::engine {

const Body& no_body();  // redirect.cc

/// The part that starts afresh with every request.
struct ExchangeRun {
  enum class State : std::uint8_t {
    preparing,  ///< the hook before the attempt has not answered: holds nothing but a timer
    opening,    ///< the driver opens the source of the attempt's body: holds nothing else
    waiting,    ///< in the pool's line: for a slot, or for its dial
    looking,    ///< has a place on a connection whose socket is read before the first write
    active,     ///< a connection is its own
    backoff,    ///< between two attempts: holds nothing but a timer (B7)
    done,       ///< its completion is ordered
  };

  State state = State::waiting;
  bool streaming = false;  ///< the content is handed over as it comes; storing: since a 2xx head
  bool storing = false;
  bool write_through = false;
  bool interim = false;  ///< 1xx heads are wanted
  bool paused = false;
  bool delivered = false;  ///< a head was handed to the streaming caller
  bool stale_replay_used = false;
  bool misdirected_used = false;
  bool has_idempotency_key = false;
  bool fresh = false;          ///< this attempt needs a fresh connection
  bool wake_fresh = false;     ///< the attempt after the backoff, or hook, needs a fresh connection
  bool early = false;          ///< prepares or waits before its backoff is over (at `wake`)
  bool altered = false;        ///< `altered_headers` are this attempt's fields
  bool hop_due = false;        ///< a redirect is followed: the next hop starts with the next poll
  bool folded = false;         ///< the client's default fields stand among the request's own
  bool to_arm = false;         ///< stands in the core's list of those whose deadlines may be new
  bool source_single = false;  ///< the source cannot give the same bytes again
  bool body_begun = false;     ///< a source was asked for bytes, in whatever attempt
  bool bodiless = false;       ///< a redirect made it a GET: `request.body` is not sent any more
  void* user = nullptr;

  const RetryPolicy* retry = nullptr;
  const TimeoutPolicy* timeouts = nullptr;
  const LimitPolicy* limits = nullptr;
  const RedirectPolicy* redirects = nullptr;
  const DecodePolicy* decode = nullptr;

  base::Instant submitted;
  base::Instant deadline = base::Instant::never();  ///< T2
  base::Instant attempt_deadline = base::Instant::never();
  base::Instant pool_deadline = base::Instant::never();  ///< of the wait for a slot (T1)
  Duration pool_left{0};  ///< of the attempt's pool timeout, while it does not wait for a slot
  base::Instant wake = base::Instant::never();        ///< end of a backoff
  base::Instant wait_began = base::Instant::never();  ///< stands in line without a dial since
  std::uint64_t place = 0;  ///< in the pool's line: kept by a pool timeout's retry; 0: none
  std::optional<std::uint64_t> source_length;  ///< as the attempt's source was opened
  std::uint32_t attempt = 0;        ///< counts through all hops, as body sources are told apart
  std::uint32_t earlier_tries = 0;  ///< of `attempt`, those of hops that are over (R1)
  std::uint16_t hop = 0;            ///< redirects followed
  std::uint32_t backoffs = 0;
  Duration previous_delay{0};
  StopReason stop = StopReason::success;
  ConnectionId connection;
  std::uint32_t slot = 0;   ///< HTTP/2: its stream on `connection`
  bool http1_only = false;  ///< the peer has required HTTP/1.1
};

struct Exchange : ExchangeRun {
  Request request;
  // What the slot's last request asked for is often what the next one asks for: the text is kept
  // with what it parsed to.
  std::string url_text;
  Url url;
  std::string authority;
  OriginId origin;        ///< of `url`; may have gone stale in the pool
  bool usual_way = true;  ///< `origin` is as the client's options have it, not one request's
  DotSegments dots{};     ///< `url_text` was parsed with this
  std::vector<std::string> sent_to;  ///< places that RedirectPolicy::resend_unsafe has left
  std::string generated_key;         ///< Idempotency-Key, the same for all attempts
  Headers altered_headers;           ///< by the hook, for the attempt under way
  AttemptRecord record;              ///< of the attempt under way
  Response response;                 ///< with the timeline of all, until the exchange completes
  Content content;                   ///< of `response`, while it comes
  std::unique_ptr<Error> error;      ///< what it failed by; slots of those that do well have none

  bool failed() const { return error != nullptr; }
  Timeline& timeline() { return response.timeline; }
  Duration since_submit(base::Instant at) const { return at - submitted; }
  /// What is sent. A body that a redirect has dropped stays where it is until the exchange ends: a
  /// write that is being given up may still look at it.
  const Body& body() const { return bodiless ? no_body() : request.body; }
};

}  // namespace holdfast::engine
