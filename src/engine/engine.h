// The contract in the middle: a state machine that decides and never acts. Facts and commands go in
// as calls, orders come out by poll(). It never calls out (no callback, no virtual, no socket, no
// clock, no entropy): the same object runs on libuv (src/uv) and in the simulation (src/sim).
//
// Rules for a driver:
//  1. After every fact or command drain poll(), then make sure a timer fires at next_deadline(),
//     which is only up to date then.
//     While draining, commands may be called between two polls; facts may not.
//  2. A body view delivered by Action::body lives until the next handle_* or poll(). A write's
//  views
//     live until the handle_written that covers them, or until the connection's close order is
//     carried out.
//  3. A stale id is ignored. Every close order is answered by one handle_closed.
//  4. Exactly one `complete` per submitted exchange, and no order for it afterwards. Its `response`
//     or `error` lives until the next poll().
//  5. The same options, seed, key entropy and inputs give the same orders, byte for byte.
//  6. A close order is carried out when the descriptor is closed: from then on no write order names
//     the connection and the views of earlier ones are not read. Until then a write may still come,
//     even in the drain after handle_failed (TLS's close_notify, HTTP/2's GOAWAY); a driver whose
//     socket is broken may drop it.
//  7. Sockets come before timers (SPEC R6): between the moment at which a deadline has passed and
//     the handle_timeout that judges it, every socket is read. A driver that stood still (a blocked
//     loop, a stopped process) reports the time by handle_stalled, before any timer is judged.
// Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "body/body_feed.h"
#include "engine/action.h"
#include "engine/ids.h"
#include "holdfast/options.h"
#include "holdfast/request.h"
#include "holdfast/response.h"
#include "holdfast/stats.h"

namespace holdfast::engine {

/// What generated Idempotency-Keys are made of. Two clients must never send the same key, so it is
/// no part of the options, whose seed may be fixed: a driver on real sockets passes the system's
/// entropy, a simulation draws it from its world's seed.
struct KeyEntropy {
  std::uint64_t high = 0, low = 0;
};

/// How a request is to be answered.
struct ExchangeSpec {
  bool streaming = false;
  bool interim = false;  ///< order `interim` for 1xx heads (a streaming exchange always does)
  /// The content of a 2xx is ordered away by `restart` and `body`, and for all that the exchange is
  /// retried like a buffered one. That of other responses is in the completion. Not with streaming.
  bool storing = false;
  /// Storing to where nothing can be taken back (a device, a FIFO): once bytes of the content have
  /// been ordered away, no further attempt is made.
  bool write_through = false;
  void* user = nullptr;  ///< comes back with every order of the exchange
};

/// What the hook before an attempt is shown; the views live until the next call of the engine.
struct AttemptView {
  std::string_view method;
  const Url* url = nullptr;
  const Headers* headers = nullptr;  ///< the request's own fields
  std::uint16_t hop = 0;
};

class Engine {
 public:
  /// `options.seed` must not be 0 here: entropy is the driver's business.
  Engine(ClientOptions options, KeyEntropy keys);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // --- Commands -------------------------------------------------------------------------------
  /// Never completes inside the call: even an invalid request ends by an order.
  ExchangeId submit(Request&& request, const ExchangeSpec& spec, base::Now now);
  void cancel(ExchangeId id, base::Now now);
  /// Streaming: nothing more is delivered until resume(); back-pressure reaches the wire.
  void pause(ExchangeId id);
  void resume(ExchangeId id, base::Now now);
  /// A source that had nothing has bytes now: need_body is ordered again.
  void body_ready(ExchangeId id, base::Now now);
  /// Answers open_body: the attempt goes ahead, or the exchange ends with body_source_failed.
  /// Ignored when that attempt does not wait for it.
  void body_opened(ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened, base::Now now);
  /// Answers need_body with what the source gave. `bytes` live as a write's views do; with `failed`
  /// they are the reason, and may be empty. Ignored when `attempt` is no longer the current one.
  enum class BodyState : std::uint8_t { more, end, failed };
  void provide_body(ExchangeId id, std::uint32_t attempt, std::string_view bytes, BodyState state,
                    base::Now now);
  /// What a storing exchange was ordered to keep cannot be kept: it ends with file_failed.
  void store_failed(ExchangeId id, std::string detail, base::Now now);
  /// What `prepare` asks about; false when that attempt does not wait for an answer any more.
  bool plan_of(ExchangeId id, std::uint32_t attempt, AttemptView& view);
  /// Answers `prepare`: the attempt goes ahead, with `fields` instead of the request's own where
  /// given (moved from), or ends the exchange with attempt_refused and `detail`. Ignored when that
  /// attempt does not wait for an answer.
  enum class HookAnswer : std::uint8_t { proceed, reject };
  void prepared(ExchangeId id, std::uint32_t attempt, HookAnswer answer, Headers* fields,
                std::string detail, base::Now now);
  /// The body of a live exchange, so that the driver can open its source; null if stale.
  Body* body_of(ExchangeId id);
  /// Ends every exchange with client_closed and closes every connection; later submits end
  /// likewise.
  void shut_down(base::Now now);
  /// Takes no new exchange; closes what is idle, and everything once the last exchange has ended.
  void shut_down_gracefully(base::Now now);

  // --- Facts ----------------------------------------------------------------------------------
  /// `error` is none, dns_not_found, dns_temporary or out_of_resources.
  void handle_resolved(ConnectionId id, std::span<const PeerAddress> addresses, ErrorCode error,
                       int os_error, base::Now now);
  void handle_connected(ConnectionId id, base::Now now);
  void handle_connect_failed(ConnectionId id, ErrorCode error, int os_error, base::Now now);
  void handle_bytes(ConnectionId id, std::string_view bytes, base::Now now);
  /// `bytes` more of the outstanding write were accepted by the system.
  void handle_written(ConnectionId id, std::size_t bytes, base::Now now);
  /// The peer closed its side (FIN).
  void handle_eof(ConnectionId id, base::Now now);
  /// The connection broke while reading or writing. `write_uncertain`: part of the outstanding
  /// write may have been accepted beyond what handle_written said.
  void handle_failed(ConnectionId id, ErrorCode error, int os_error, bool write_uncertain,
                     base::Now now);
  void handle_closed(ConnectionId id, base::Now now);
  /// Judges the deadlines up to `polled`. All sockets have been read since `polled`.
  void handle_timeout(base::Now now, base::Instant polled);
  void handle_timeout(base::Now now) { handle_timeout(now, now.mono); }
  /// The driver stood still for `span` until now. Each timeout under way gets that time again,
  /// except `total`; a backoff is not extended.
  void handle_stalled(Duration span, base::Now now);
  /// The look at the connection's socket is over, and what lay in the socket has been reported.
  void handle_looked(ConnectionId id, base::Now now);

  // --- Orders ---------------------------------------------------------------------------------
  bool poll(Action& action, base::Now now);
  base::Instant next_deadline() const;

  // --- To look at -----------------------------------------------------------------------------
  /// Orders a note for everything that note.h lists, from now on.
  void set_notes(bool on);
  /// Orders `prepare` before every attempt that begins from now on.
  void set_hook(bool on);
  ClientStats stats() const;
  std::vector<OriginStats> origin_stats() const;
  /// What there is so far of a response that is buffered or stored (then without its content); null
  /// if the id is stale or no head has come.
  const Response* response_of(ExchangeId id) const;
  std::size_t live_exchanges() const;
  /// Shut down, nothing live, nothing open: the driver may let go.
  bool finished() const;
  /// Whether an exchange is under way (what a driver keeps its loop alive for).
  bool busy() const { return live_exchanges() != 0; }
  const ClientOptions& options() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::engine
