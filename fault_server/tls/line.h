// What stands between the wire and a session on a TLS listener: hands the session plaintext, turns
// its orders into records, and plays the faults of TLS itself (tls.NAME, @tls). The session begins
// when the handshake is over; until then, and where it never comes to that, this is the connection
// and writes its journal. Owned by Peer. Never calls out, never reads a clock.
//
// Invariants: 1. At most one Send is unanswered, and its bytes lie in wire_. 2. The session is told
// that plaintext was sent when the whole record with it was. 3. An act (the next flight, a strike,
// a FIN) begins only when every byte before it was sent. 4. conn.close is written by the session
// once there is one.
//
// Places. Flights count from 1: what the server says without waiting for the client. @tls:n is n
// bytes into what the server says in its handshake; 0, the default, is after the ClientHello.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/script/tls_terms.h"
#include "fault_server/session/peer_shared.h"
#include "fault_server/session/session.h"
#include "fault_server/tls/engine.h"

namespace fault {

class TlsLine : public Session {
 public:
  /// `make_session` is called once the handshake is over.
  TlsLine(PeerShared& shared, Accepted accepted, TlsContext& context, TlsTerms terms,
          SessionMaker make_session);
  ~TlsLine() override;

  void open(Now now) override;
  void handle_bytes(std::string_view bytes, Now now) override;
  void handle_sent(std::size_t bytes, Now now) override;
  void handle_eof(Now now) override;
  void handle_reset(Now now) override;
  void handle_timeout(Now now) override;
  void handle_served(std::uint64_t ticket, Now now) override;
  void handle_news(Now now) override;
  void kill(KillHow how, Now now) override;

  bool closed() const override { return stage_ == Stage::kClosed; }
  Instant deadline(Now now) const override;
  std::uint64_t requests() const override { return session_ ? session_->requests() : 0; }
  std::uint64_t bytes_in() const override { return session_ ? session_->bytes_in() : bytes_in_; }
  std::uint64_t bytes_out() const override { return session_ ? session_->bytes_out() : sent_; }

  /// An order of the session's.
  void obey(const Order& order);

 private:
  enum class Stage : std::uint8_t { kHandshake, kOpen, kClosing, kClosed };
  enum class Then : std::uint8_t { kNothing, kStrike, kShutdown, kClose };
  // Plaintext inside the records up to a position of the ciphertext.
  struct Credit {
    std::uint64_t until = 0;
    std::size_t plaintext = 0;
  };

  // tls_line.cc
  void shake(Now now);
  void release(std::string flight, Now now);
  void begin_session(Now now);
  void read_on(Now now);
  void fail(Now now);
  void send_record(std::string_view plaintext);
  void close_tls(const Order& order);
  void queue(std::string_view ciphertext);
  void advance(Now now);
  void order(Order::Kind kind, std::string_view bytes = {});
  void finish(Order::Kind kind);

  // tls_line_strike.cc
  void take_step(Now now);
  bool strikes_in(std::size_t flight_bytes) const;
  bool delays_flight() const;
  void strike(Now now);
  void fall_silent(bool reads);
  void note_fault(Now now);
  void note_handshake(Now now);
  void note(std::string text, Now now);
  void note_close(ClosedBy by, CloseHow how, Now now);

  PeerShared& shared_;
  TlsContext& context_;
  TlsTerms terms_;
  SessionMaker make_session_;
  std::optional<Choice> own_;  // what TLS itself plays
  std::unique_ptr<TlsEngine> engine_;
  std::unique_ptr<Session> session_;
  Stage stage_ = Stage::kHandshake;
  Now last_;  // time of the last fact

  // The handshake.
  bool shaken_ = false;
  std::uint64_t flights_ = 0;
  std::uint64_t said_ = 0;                   // bytes of flights that were released
  std::optional<std::uint64_t> strike_at_;   // bytes said
  std::optional<std::uint64_t> stall_from_;  // flight
  bool silent_ = false;
  bool struck_ = false;         // only the wait before it is still to pass
  bool changes_terms_ = false;  // which is not yet in the journal
  bool cuts_ = false;           // ends without close_notify, always

  // In.
  std::uint64_t bytes_in_ = 0;
  bool told_end_ = false;  // close_notify has come
  bool failed_ = false;
  bool deaf_ = false;  // until the session begins

  // Out.
  std::string held_;  // a flight that is late
  Instant hold_until_;
  std::string queue_, wire_;
  std::size_t in_flight_ = 0;
  std::uint64_t queued_ = 0, sent_ = 0;  // in all
  std::deque<Credit> credits_;
  Then then_ = Then::kNothing;
  bool killed_ = false, alerts_when_killed_ = false;
};

}  // namespace fault
