// One accepted HTTP/2 connection: judges the client's frames, lets the rulebook choose, plays the
// plans of all streams side by side, and writes the journal. Its frames are its own, so that it can
// misbehave where a library would not let it. Owned by Peer; driven by its facts; speaks in orders.
// Never calls out, never reads a clock.
//
// Invariants: 1. At most one Send is unanswered, and its bytes lie in out_, which does not change
// until then. 2. An act of a stream (close, reset, wait...) begins only when every byte of that
// stream before it was sent. 3. While a stream has a frame half written (holder_), nobody else
// writes. 4. conn.close is written exactly once, and no order comes after it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/h2/hpack.h"
#include "fault_server/h2/input.h"
#include "fault_server/h2/stream.h"
#include "fault_server/session/peer_shared.h"
#include "fault_server/session/session.h"

namespace fault {

class H2Connection : public Session {
 public:
  H2Connection(PeerShared& shared, Accepted accepted);
  ~H2Connection() override;

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
    H2OpKind kind = H2OpKind::kFault;
    std::uint32_t stream = 0;
    std::uint64_t exchange = 0;
    std::string text;
    std::uint64_t made = 0, body = 0;  // of the stream at that place
  };
  using Streams = std::map<std::uint32_t, std::unique_ptr<H2Stream>>;

  void progress(Now now);
  void open_with(Choice& choice, Now now);
  void begin_own_fault(Step step, Now now);

  // h2_connection_input.cc
  void consume(Now now);
  bool may_consume() const;
  bool strike_head_if_due(Now now);
  bool race_if_due(Now now);
  void take(H2Event& event, Now now);
  void apply_settings(const std::vector<H2Setting>& settings, Now now);
  void answer_ping(std::string_view opaque, Now now);
  void widen(const H2Event& event, Now now);
  void begin_request(H2Event& event, Now now);
  bool turn_away(const H2Event& event, const Exchange& exchange, Now now);
  void meet_rules(H2Stream& stream, Now now);
  void take_body(const H2Event& event, Now now);
  void end_request(H2Stream& stream, Now now);
  void client_reset(const H2Event& event, Now now);
  void fail(std::uint32_t code, std::string_view text, Now now);
  void give_back(H2Stream& stream, Now now);
  void give_back_connection();
  std::uint64_t readable(const H2Stream& stream, Now now) const;
  Instant reads_again(const H2Stream& stream, Now now) const;
  void read_on(Now now);
  void update_reading();

  // h2_connection_play.cc
  void play(Now now);
  void advance(H2Stream& stream, Now now);
  bool start(H2Stream& stream, Now now);
  bool produce(H2Stream& stream, H2Op& op, Now now);
  std::uint64_t budget(H2Stream& stream, bool head, Now now);
  void spend(H2Stream& stream, std::uint64_t bytes, bool head, Now now);
  bool produce_head(H2Stream& stream, H2Op& op, Now now);
  bool produce_body(H2Stream& stream, H2Op& op, Now now);
  bool produce_end(H2Stream& stream, H2Op& op, Now now);
  bool produce_bytes(H2Stream& stream, H2Op& op, Now now);
  bool produce_feed(H2Stream& stream, H2Op& op, Now now);
  std::uint64_t window_of(const H2Stream& stream) const;
  void write(H2Stream& stream, std::string_view bytes);
  void write_data(H2Stream& stream, std::string_view content, bool end);
  void end_stream(H2Stream& stream);
  void flush_control();
  void send_next();

  // h2_connection_acts.cc
  bool act(H2Stream& stream, H2Op& op, Now now);
  void reset_stream(H2Stream& stream, std::uint32_t code, Now now);
  /// False when it has put an end to `stream`.
  bool go_away(const H2Goaway& goaway, H2Stream* stream, Now now);
  void send_goaway(std::uint32_t last, const H2Goaway& goaway);
  void drop_streams_above(std::uint32_t last, Now now);
  void begin_grace(Now now);
  void end_grace(Now now);
  void send_settings(std::vector<H2Setting> settings, std::uint64_t times, Now now);
  void adopt(H2Habit habit);
  /// The stream's answer is not continued; a frame under way is finished first.
  void cancel(H2Stream& stream, std::string why, Now now);
  void drop(H2Stream& stream, Now now);
  void forget(H2Stream& stream, Now now);
  void watch();
  void close_if_drained(Now now);

  // h2_connection_journal.cc
  Entry entry(EntryType type, const Exchange& exchange, std::uint32_t stream, Now now) const;
  void note_frame(std::string text, std::uint32_t stream, std::uint64_t exchange, Now now);
  void note_violation(const std::string& text, std::uint32_t stream, Now now);
  void note_request(const H2Stream& stream, std::string note, Now now);
  void note_request_end(H2Stream& stream, Now now);
  void note_choice(const H2Stream& stream, Now now);
  void mark(H2Stream& stream, H2OpKind kind, std::string text = "");
  void mark_control(std::string text, std::uint32_t stream = 0, std::uint64_t exchange = 0);
  void fire_marks(Now now);
  void note_mark(const Mark& mark, Now now);
  void note_answer(const Mark& mark, H2Stream& stream, Now now);
  void note_cut(H2Stream& stream, std::string why, Now now);
  void close(ClosedBy by, CloseHow how, Now now);
  void order(Order::Kind kind, std::string_view bytes = {});

  std::string_view unread() const { return std::string_view(input_).substr(input_at_); }
  H2Stream* find(std::uint32_t id);

  PeerShared& shared_;

  // What the rules for connections said.
  std::string rule_;
  std::optional<Step> own_step_;
  std::optional<std::uint64_t> head_strike_at_;
  std::optional<std::uint64_t> max_requests_;
  std::optional<Duration> idle_timeout_;
  Instant idle_since_;

  // In.
  H2Input judge_;
  std::string input_;
  std::size_t input_at_ = 0;
  std::uint64_t bytes_in_ = 0, consumed_ = 0, requests_ = 0;
  std::uint64_t taken_ = 0;    // of the connection's window, not yet given back
  bool hold_input_ = false;    // what comes is not looked at
  bool stop_reading_ = false;  // and not even taken from the kernel
  bool reading_ = true;        // what the shell was told
  bool eof_ = false;
  std::optional<CloseHow> race_;  // the next request meets this

  // Habits (h2.NAME).
  bool settings_sent_ = false;
  bool ignores_settings_ = false, ignores_pings_ = false, wrong_ping_acks_ = false;
  bool holds_windows_ = false, beyond_windows_ = false;
  bool muted_ = false;

  // Out.
  Streams streams_;
  H2Deflater deflater_;
  std::uint32_t frame_size_ = kH2MaxFrame;           // the client's
  std::int64_t initial_window_ = kH2DefaultWindow;   // the client's
  std::int64_t window_ = kH2DefaultWindow;           // what it lets us send in all
  std::uint64_t data_sent_ = 0, data_returned_ = 0;  // of the connection's window, by the client
  std::uint32_t table_size_ = 4096;
  std::uint32_t our_initial_window_ = kH2DefaultWindow;
  std::string out_;
  std::size_t out_at_ = 0;  // sent or in flight up to here
  std::size_t in_flight_ = 0;
  std::uint64_t produced_total_ = 0, sent_total_ = 0;
  std::string control_;              // frames of the connection that wait for their turn
  std::vector<Mark> control_marks_;  // positions within control_
  std::deque<Mark> marks_;
  std::optional<std::uint32_t> holder_;  // the stream inside a frame
  std::uint32_t last_turn_ = 0;

  // The end.
  std::optional<std::uint32_t> goaway_last_;  // streams above are not processed
  std::optional<Instant> grace_until_;        // the second GOAWAY is still to come
  bool draining_ = false;                     // closes when its streams are done
  Instant close_at_ = Instant::never();
  CloseHow close_how_ = CloseHow::kFin;
  ClosedBy close_by_ = ClosedBy::kFault;
  ClosedBy shut_by_ = ClosedBy::kNobody;
  bool closed_ = false;
};

}  // namespace fault
