// One accepted HTTP/1.1 connection: reads requests, lets the rulebook choose, plays one plan after
// the other in the order of the requests, and writes the journal. Owned by Peer; driven by its
// facts; speaks in orders. Never calls out, never reads a clock.
//
// Invariants: 1. At most one Send is unanswered, and its bytes lie in out_, which does not change
// until then. 2. An act (close, reset, wait...) begins only when every byte before it was sent.
// 3. conn.close is written exactly once, and no order comes after it. 4. Input that a fault leaves
// unread stays in input_, so that unread_bytes is the truth.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "fault_server/h1/request_reader.h"
#include "fault_server/script/tls_alert.h"
#include "fault_server/session/exchange.h"
#include "fault_server/session/peer_shared.h"
#include "fault_server/session/session.h"

namespace fault {

class Connection : public Session {
 public:
  Connection(PeerShared& shared, Accepted accepted);
  ~Connection() override;

  void open(Now now) override;
  void handle_bytes(std::string_view bytes, Now now) override;
  void handle_sent(std::size_t bytes, Now now) override;
  void handle_eof(Now now) override;
  void handle_reset(Now now) override;
  void handle_timeout(Now now) override;
  void handle_served(std::uint64_t ticket, Now now) override;
  void handle_news(Now now) override;
  void kill(KillHow how, Now now) override;

  bool closed() const override { return closed_; }
  Instant deadline(Now now) const override;
  std::uint64_t requests() const override { return requests_; }
  std::uint64_t bytes_in() const override { return bytes_in_; }
  std::uint64_t bytes_out() const override { return sent_total_; }

 private:
  struct Mark {
    std::uint64_t position = 0;
    OpKind kind = OpKind::kFault;
    std::string text;
  };

  void progress(Now now);
  void open_with(Choice& choice, Now now);

  // connection_input.cc
  void consume(Now now);
  bool may_consume() const;
  std::size_t allowance(Now now);
  void begin_request(Now now);
  void choose(Exchange& exchange, Now now);
  void take_body(std::string_view bytes);
  void end_request(Now now);
  void refuse_malformed(Now now);
  bool strike_if_due();
  void strike_connection();
  void update_reading();

  // connection_play.cc
  void play(Now now);
  bool start(Exchange& exchange, Now now);
  void fill(Exchange& exchange, Now now);
  bool fill_op(Exchange& exchange, Op& op, std::size_t most, Now now);
  void fill_bytes(const Op& op, std::uint64_t& budget);
  const Pace* pace_of(const Exchange& exchange, const Op& op) const;
  bool act(Exchange& exchange, Now now);
  bool race(const Op& op, Now now);
  bool feed(Op& op);
  bool finish(Exchange& exchange, Now now);
  void send_next();

  // connection_journal.cc
  Entry entry(EntryType type, const Exchange& exchange, Now now) const;
  void note_request(const Exchange& exchange, Now now);
  void note_request_end(Exchange& exchange, Now now);
  void fire_marks(Now now);
  void note_mark(const Mark& mark, Exchange& exchange, Now now);
  void note_cut(Exchange& exchange, Now now);
  void note_raced(Now now);
  void close(ClosedBy by, CloseHow how, Now now);
  void end_tls(Order::TlsEnd end, TlsAlert alert, Now now);
  void order(Order::Kind kind, std::string_view bytes = {});

  std::string_view unread() const { return std::string_view(input_).substr(input_at_); }
  std::uint64_t unsent() const { return produced_total_ - sent_total_; }

  PeerShared& shared_;

  // What the rules for connections said.
  std::string rule_;
  std::optional<Step> own_step_;
  std::optional<std::uint64_t> head_strike_at_;
  std::optional<std::uint64_t> max_requests_;
  std::optional<Duration> idle_timeout_;
  Instant idle_since_;

  // In.
  RequestReader reader_;
  std::string input_;
  std::size_t input_at_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint64_t requests_ = 0;
  bool hold_input_ = false;    // what comes is not looked at
  bool stop_reading_ = false;  // and not even taken from the kernel
  bool reading_ = true;        // what the shell was told
  bool eof_ = false;
  Instant read_again_ = Instant::never();

  // Out.
  std::deque<Exchange> exchanges_;  // the first is being answered, the last may be coming in
  std::string out_;
  std::size_t out_at_ = 0;  // sent or in flight up to here
  std::size_t in_flight_ = 0;
  std::uint64_t produced_total_ = 0, sent_total_ = 0;
  std::deque<Mark> marks_;
  std::size_t op_ = 0;
  std::uint64_t op_repeats_ = 0;
  std::size_t op_offset_ = 0;
  Instant hold_until_;
  bool yields_to_next_ = false;  // the wait under way ends when a next request comes
  bool silent_ = false;
  bool asks_again_ = false;
  bool pacing_head_ = false;
  std::optional<std::uint64_t> piece_left_;
  Instant rate_free_at_;
  holdfast::base::Rng rng_{0};
  ClosedBy shut_by_ = ClosedBy::kNobody;
  Order::TlsEnd tls_end_ = Order::TlsEnd::kNotify;
  TlsAlert alert_ = 0;
  bool closed_ = false;
};

}  // namespace fault
