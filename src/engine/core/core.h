// The state machine behind Engine, split by decision: submit.cc (what is accepted), attempt.cc
// (tries and their ends), redirect.cc (where an answer sends a request next), cookies.cc (what the
// jar gives and gets), routes.cc (which way it goes), prepare.cc (the hook before each attempt),
// dial.cc (how a connection is opened), look.cc (is an idle one still good), tunnel.cc (through a
// proxy), secure.cc (TLS, and writes
// whose bytes have to be made), transmit.cc and receive.cc (HTTP/1.1), h2_streams.cc, h2_receive.cc
// and h2_health.cc (HTTP/2), upload.cc (uploads that outlast the response), expect.cc (bodies that
// wait for 100), content.cc (codings undone, responses stored), timers.cc (what is overdue),
// stall.cc (the driver stood still), watch.cc (what is counted and told). The pool
// decides who gets which connection. Thread: one owner.
//
// Invariants:
//  1. An exchange is in exactly one place: the pool's line (waiting), a stream of a connection
//     (active), the list of a connection that is being looked at (looking), the deadline heap alone
//     (preparing, opening, backoff; with hop_due, hopping_ besides), or the orders (done). One that
//     is `early` is between two attempts all the same.
//  2. A stream's exchange and x.connection (with x.slot) point at each other or at nothing.
//  3. A connection's close is ordered before the completion of the exchange it carried, so that no
//     write order outlives the bytes it borrows.
//  4. A timer may be armed too early, never too late; when it fires the true deadline is computed.
//     It is armed by settle(), when poll() has no more orders: only then does a driver ask for the
//     next one.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline_heap.h"
#include "base/ring.h"
#include "base/rng.h"
#include "base/slot_map.h"
#include "engine/core/connection.h"
#include "engine/core/exchange.h"
#include "engine/engine.h"
#include "engine/pool/pool.h"
#include "policy/budget.h"
#include "policy/decide.h"
#include "policy/redirect.h"
#include "wire/content/decoder.h"
#include "wire/h1/writer.h"
#include "wire/tls/context.h"

namespace holdfast::engine {

/// RFC 9113 §7: what a stream is ended with when nobody wants its response any more.
inline constexpr std::uint32_t kH2Cancel = 8;
/// RFC 9110 §15.2.1.
inline constexpr std::uint16_t kContinue = 100;

class Core {
 public:
  Core(ClientOptions options, KeyEntropy keys);

  /// Every call of the engine begins by one of these. A command may come from the callback that is
  /// looking at a completed exchange; a fact or a poll may not.
  void at_command(base::Now now) { now_ = now; }
  void at_fact(base::Now now) {
    now_ = now;
    if (completed_) forget_completed();
  }
  const ClientOptions& options() const { return options_; }

  // submit.cc
  ExchangeId submit(Request&& request, const ExchangeSpec& spec);
  void shut_down(bool gracefully);

  // attempt.cc
  void cancel(ExchangeId id);

  // dial.cc
  void resolved(ConnectionId id, std::span<const PeerAddress> addresses, ErrorCode error,
                int os_error);
  void connected(ConnectionId id);
  void connect_failed(ConnectionId id, ErrorCode error, int os_error);
  void closed(ConnectionId id);

  // transmit.cc
  void written(ConnectionId id, std::size_t bytes);
  void body_opened(ExchangeId id, std::uint32_t attempt, http::OpenedBody&& opened);
  void body_ready(ExchangeId id);
  void provide_body(ExchangeId id, std::uint32_t attempt, std::string_view bytes,
                    Engine::BodyState state);

  // receive.cc
  void received(ConnectionId id, std::string_view bytes);
  void ended(ConnectionId id);
  void failed(ConnectionId id, ErrorCode error, int os_error, bool write_uncertain);
  void pause(ExchangeId id);
  void resume(ExchangeId id);

  // content.cc
  void store_failed(ExchangeId id, std::string detail);

  // look.cc
  void looked(ConnectionId id);

  // timers.cc, stall.cc
  void timeout(base::Instant polled);
  void stalled(Duration span);
  base::Instant next_deadline() const { return deadlines_.next(); }

  bool poll(Action& action);

  Exchange* find(ExchangeId id) { return exchanges_.find(id); }
  std::size_t live_exchanges() const { return exchanges_.size(); }
  bool finished() const { return shut_ && exchanges_.empty() && pool_.empty(); }
  Pool& pool() { return pool_; }
  const Pool& pool() const { return pool_; }
  void set_notes(bool on) { notes_wanted_ = on; }
  void set_hook(bool on) { hook_ = on; }

  // prepare.cc
  bool plan_of(ExchangeId id, std::uint32_t attempt, AttemptView& view);
  void prepared(ExchangeId id, std::uint32_t attempt, Engine::HookAnswer answer, Headers* fields,
                std::string detail);

  // watch.cc
  ClientStats stats() const;

 private:
  // submit.cc
  bool accept(Exchange& x);
  bool accept_url(Exchange& x);
  bool accept_policy(Exchange& x);
  static void refuse(Exchange& x, ErrorCode code, std::string detail);
  void authorize(Exchange& x);
  void settle_idempotency_key(Exchange& x);

  // routes.cc
  static bool has_own_way(const Request& request);
  DotSegments dots_of(const Request& request) const;
  bool accept_routes(Exchange& x, const RequestPolicy& own);
  policy::RoutePtr route_for(const Exchange& x) const;
  static Route route_of(const policy::RoutePtr& via);
  Pool::Sharing sharing_for(const Exchange& x, const policy::RoutePtr& via) const;
  OriginId find_origin(Exchange& x, const policy::RoutePtr& via);
  void head_for_route(wire::H1RequestHead& head, const Exchange& x);

  // attempt.cc
  static void clear_attempt(Exchange& x);
  void start_attempt(ExchangeId id, Exchange& x, bool fresh);
  void queue_early(ExchangeId id, Exchange& x, bool fresh);
  void begin_attempt(ExchangeId id, Exchange& x);
  void enter_line(ExchangeId id, Exchange& x, bool fresh);
  void attach(Connection& c, ExchangeId id);
  void put_on(Connection& c, ExchangeId id, Exchange& x);
  static Phase phase_of(const Connection& dialing);
  void note_tls(const Connection& c, Exchange& x) const;
  void fail_attempt(ExchangeId id, Exchange& x, ErrorCode code, int os_error, std::string detail,
                    const policy::Evidence& evidence, const ResponseHead* refusal = nullptr);
  bool retry_status(Connection& c, Stream& s, Exchange& x, const ResponseHead& head);
  void leave_stream(Connection& c, Stream& s, Exchange& x);
  void schedule_retry(ExchangeId id, Exchange& x, const policy::Verdict& verdict);
  void succeed(ExchangeId id, Stream& s, Exchange& x);
  void give_up(ExchangeId id, Exchange& x, ErrorCode code, StopReason reason);
  void abandon(ExchangeId id, Exchange& x);
  static Error& fail(Exchange& x, Error error, StopReason reason);
  void complete(ExchangeId id, Exchange& x);
  policy::Situation situation_of(const Exchange& x) const;
  static policy::Evidence evidence_of(const Stream& s);
  Stream& stream_of(Exchange& x);
  static void close_record(Exchange& x, const Stream& s);

  // redirect.cc
  bool follow_redirect(Connection& c, Stream& s, Exchange& x, const ResponseHead& head);
  void fail_redirect(Connection& c, Stream& s, Exchange& x, ErrorCode code, std::string detail);
  void begin_hop(Exchange& x, policy::RedirectVerdict& verdict);
  void start_hops();

  // cookies.cc
  void keep_cookies(const Exchange& x, const Headers& fields);
  void add_cookies(const Exchange& x);

  // prepare.cc
  void ask_hook(ExchangeId id, Exchange& x, bool fresh);
  static std::string hook_complaint(const Exchange& x, const Headers& fields);

  // watch.cc
  Note& add_note(Note::Kind kind, Action& action);
  Note& note(Note::Kind kind, ExchangeId id, const Exchange& x);
  void describe(const Connection& c, OriginId origin, Note& note);
  void end_attempt(ExchangeId id, Exchange& x);
  void count_retry(ExchangeId id, Exchange& x, const policy::Verdict& verdict);
  void end_request(ExchangeId id, Exchange& x);
  void check_wait(ExchangeId id, Exchange& x);
  void check_waits(ConnectionId id);
  void end_wait(ExchangeId id, Exchange& x);
  void note_opened(Connection& c);
  void note_reused(const Connection& c, ExchangeId id, const Exchange& x);
  void note_closed(const Connection& c, OriginId origin, CloseCause cause);

  // dial.cc
  void run_pool();
  void begin_dial(ConnectionId id, OriginId origin);
  void dial_path(Connection& c);
  static void add_literal(Connection& c, std::string_view host, std::uint16_t port);
  void try_next_address(Connection& c);
  void dial_done(Connection& c, bool http2);
  void dial_failed(Connection& c, ErrorCode code, int os_error, std::string detail = {});
  void say_farewell(Connection& c);
  void become_idle(Connection& c);
  static void shrink(Connection& c);
  void release(Connection& c, bool reusable);
  void lose(Connection& c, CloseCause cause);
  Connection* find_connection(ConnectionId id);

  // look.cc
  bool must_look(const Connection& c) const;
  bool has_expired(const Connection& c) const;
  void look_first(Connection& c, ExchangeId id, Exchange& x);
  void look_elsewhere(Connection& c);

  // tunnel.cc
  void begin_tunnel(Connection& c);
  void tunnel_answered(Connection& c, std::string_view bytes);
  void tunnel_decided(Connection& c, bool surplus);
  static const ResponseHead* refusal_of(Connection& c, ErrorCode code);

  // secure.cc
  bool ensure_tls();
  void begin_tls(Connection& c);
  void shake_hands(Connection& c);
  void received_sealed(Connection& c, std::string_view bytes);
  enum class Refill : std::uint8_t { more, dry, broken };
  Refill refill(Connection& c);
  bool says_more(Connection& c);
  void pump(Connection& c);
  void seal_request(Connection& c);
  void frame_requests(Connection& c);
  void outbox_written(Connection& c, std::size_t bytes);

  // h2_streams.cc
  void attach_stream(Connection& c, ExchangeId id, Exchange& x);
  void note_progress(Connection& c);
  void note_accepted(Connection& c);
  void stream_sent(H2Stream& s, Exchange& x);
  void give_body(Connection& c, H2Stream& s, Exchange& x, std::string_view bytes, bool last);
  static void free_stream(Connection& c, H2Stream& s);
  void drop_stream(Connection& c, H2Stream& s, std::uint32_t code);
  void drain_stream(Connection& c, H2Stream& s);
  void break_stream(Connection& c, H2Stream& s, ErrorCode code, std::string detail,
                    const policy::Evidence& evidence);

  // h2_receive.cc
  void parse_h2(Connection& c);
  bool flush_roused(Connection& c);
  bool flush(Connection& c, H2Stream& s, Exchange& x);
  bool on_h2_coded(Connection& c, H2Stream& s, Exchange& x, std::string_view coded);
  bool on_h2_interim(Connection& c, H2Stream& s);
  bool on_h2_head(Connection& c, H2Stream& s);
  bool on_h2_body(Connection& c, H2Stream& s);
  bool on_h2_end(Connection& c, H2Stream& s);
  void on_h2_reset(Connection& c, H2Stream& s);
  void finish_stream(Connection& c, H2Stream& s, Exchange& x);
  void end_stream(Connection& c, H2Stream& s, Exchange& x);

  // h2_health.cc
  void on_settings(Connection& c);
  void on_goaway(Connection& c);
  static ErrorCode refusal_of(std::uint32_t goaway_code);
  void suspect(Connection& c, const Stream& s);
  void clear_suspicion(Connection& c);
  void h2_due(Connection& c);
  void break_link(Connection& c, ErrorCode code, int os_error, const std::string& detail,
                  std::uint32_t h2_code = 0, bool write_uncertain = false);

  // request_head.cc
  void fill_head(wire::H1RequestHead& head, Exchange& x);
  void add_field(std::string_view name, std::string_view value);

  // upload.cc
  static bool upload_goes_on(const Connection& c, const Stream& s, const Exchange& x);
  void read_past_response(Connection& c, Exchange& x);
  void upload_done(Exchange& x);
  void upload_reset(Connection& c, H2Stream& s);
  void give_up_upload(Exchange& x);

  // transmit.cc, expect.cc
  void send_request(Connection& c, Exchange& x);
  void order_write(Connection& c, std::string_view head, std::string_view body);
  void ask_for_body(ExchangeId id, Exchange& x);
  void piece_written(Connection& c);
  static bool expects_continue(const Exchange& x);
  bool repeat_without_expect(Connection& c, Stream& s, Exchange& x, const ResponseHead& head);
  void await_continue(Connection& c, Stream& s, Exchange& x);
  void on_continue(Connection& c, Stream& s, Exchange& x);
  void send_withheld(Connection& c, Stream& s, Exchange& x);
  void request_sent(Stream& s, Exchange& x);
  void open_body(ExchangeId id, Exchange& x, bool fresh);
  static std::optional<std::uint64_t> body_length(const Exchange& x);
  static bool has_content(const Exchange& x);
  static bool body_replayable(const Exchange& x);
  static std::string body_complaint(const Stream& s, const Exchange& x, std::string_view bytes,
                                    Engine::BodyState state);

  // receive.cc
  bool note_received(Connection& c, std::size_t bytes);
  void advance(Connection& c);
  void parse(Connection& c);
  bool on_interim(Connection& c, Exchange* x);
  bool on_head(Connection& c, Exchange* x);
  bool on_body(Connection& c, Exchange* x);
  bool on_coded(Connection& c, Exchange& x, std::string_view coded);
  void on_end(Connection& c, Exchange* x, bool closed = false);
  bool may_be_reused(Connection& c);
  void end_exchange(Connection& c, Exchange& x);
  void on_input_exhausted(Connection& c);
  bool accept_head(Connection& c, Stream& s, Exchange& x, ResponseHead& head);
  void broke(Connection& c, ErrorCode code, int os_error, std::string detail);
  void break_off(Connection& c, ErrorCode code, int os_error, std::string detail,
                 const policy::Evidence& evidence);
  void hold_input(Connection& c);
  void note_peer_hints(Connection& c);

  // content.cc
  void ask_for_codings(const Exchange& x);
  bool begin_content(Exchange& x, std::string& why);
  void forget_content(Exchange& x);
  static bool keep_body(Exchange& x, std::string_view body, ErrorCode& code, std::string& why);
  static bool undo(wire::Decoder& decoder, std::string_view coded, std::string& into,
                   ErrorCode& code, std::string& why);
  enum class Piece : std::uint8_t { none, ordered, broken };
  Piece deliver_decoded(ExchangeId id, Exchange& x, std::string_view coded, std::size_t& consumed);
  static bool content_is_whole(const Exchange& x, bool closed, ErrorCode& code, std::string& why);
  void hand_over_head(Connection& c, ExchangeId id, Exchange& x);
  void hand_over(ExchangeId id, Exchange& x, std::string_view content);

  // stall.cc
  Duration lost_since(base::Instant since, Duration span) const;
  void extend_dial(Connection& c, Duration span) const;
  void extend(StreamRun& s, Duration span) const;

  // timers.cc
  void arm(Connection& c);
  void arm(ExchangeId id, Exchange& x);
  void settle();
  base::Instant due(const Connection& c) const;
  base::Instant stream_due(const Stream& s, const Exchange& x) const;
  base::Instant due(ExchangeId id, const Exchange& x) const;
  void exchange_due(ExchangeId id, Exchange& x);
  void connection_due(Connection& c);
  void busy_connection_due(Connection& c);
  ErrorCode overdue(Stream& s, const TimeoutPolicy& timeouts, std::string& detail) const;
  static base::DeadlineHeap::Key key_of(ExchangeId id) { return id.index * 2; }
  static base::DeadlineHeap::Key key_of(ConnectionId id) { return id.index * 2 + 1; }

  Action& order(Action::Kind kind) {
    Action& action = orders_.push();
    action = Action{};
    action.kind = kind;
    return action;
  }
  Action& order(Action::Kind kind, ExchangeId id, Exchange& x) {
    Action& action = order(kind);
    action.exchange = id;
    action.user = x.user;
    return action;
  }
  void to_pending(Connection& c);
  void forget_completed();
  base::Instant now() const { return now_.mono; }

  ClientOptions options_;
  std::string complaints_;  // about the options; empty: none
  std::optional<Url> base_url_;
  policy::Router router_;                  // of the client's options
  std::unique_ptr<wire::TlsContext> tls_;  // made for the first https request
  policy::BudgetMeter budget_;
  base::Rng jitter_, lifetimes_;
  base::Rng key_high_, key_low_;  // the halves of generated keys
  base::Now now_;
  base::Instant polled_;       // what timeout() judges by: the sockets were read since
  base::Instant stood_still_;  // until then, the last time

  base::SlotMap<Exchange, ExchangeTag> exchanges_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by the pool's slot index
  Pool pool_;
  base::DeadlineHeap deadlines_;
  base::Ring<Action> orders_;
  base::Ring<Note> notes_;                       // of the note orders, in their order
  Note told_;                                    // polled last
  ClientStats counters_;                         // but for what stats() makes of them
  std::vector<ConnectionId> pending_;            // have input to parse on with
  std::vector<base::DeadlineHeap::Key> to_arm_;  // whom settle() looks at
  std::vector<ExchangeId> hopping_;  // follow a redirect once there is nothing else to order
  ExchangeId completed_;             // polled as complete, forgotten at the next call
  Response interim_;
  wire::DecoderShelf decoders_;
  std::unique_ptr<char[]> room_;      // a decoded piece while its consumer looks at it
  std::array<HeaderField, 6> added_;  // of the head being made
  std::size_t added_count_ = 0;
  std::string absolute_target_;       // of a head for a forward proxy
  Headers stripped_[2];               // a head's fields and defaults without what is the proxy's
  std::string cookies_;               // the Cookie field's value among them
  std::string frames_;                // HTTP/2 frames on their way into TLS records
  std::vector<ExchangeId> bereaved_;  // whose dial or connection has just failed
  std::vector<ExchangeId> assigned_;  // to a connection that has just been looked at
  std::uint64_t connection_serial_ = 0;
  bool notes_wanted_ = false;
  bool hook_ = false;
  bool shut_ = false;      // nothing is accepted any more
  bool draining_ = false;  // shut_, but what is under way may end
};

}  // namespace holdfast::engine
