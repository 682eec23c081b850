#include "fault_server/tls/line.h"

#include <algorithm>
#include <utility>

namespace fault {
namespace {

// What a client may say while its handshake is held up; then it is not listened to for that long.
constexpr std::uint64_t kMostEarly = 256 * 1024;

}  // namespace

TlsLine::TlsLine(PeerShared& shared, Accepted accepted, TlsContext& context, TlsTerms terms,
                 SessionMaker make_session)
    : Session(std::move(accepted)),
      shared_(shared),
      context_(context),
      terms_(std::move(terms)),
      make_session_(make_session) {}

TlsLine::~TlsLine() = default;

void TlsLine::open(Now now) {
  last_ = now;
  hold_until_ = now.mono;
  if (accepted_.choice && is_tls_step(accepted_.choice->step)) take_step(now);
  // Whoever is to meet this certificate or this version must not get past them by resuming.
  const std::string scope = accepted_.listener + " " +
                            std::string(certificate_word(terms_.certificate)) + " " +
                            std::to_string(terms_.max_version);
  engine_ = std::make_unique<TlsEngine>(context_, terms_, scope, now.wall);
}

// --- Facts ---------------------------------------------------------------------------------------

void TlsLine::handle_bytes(std::string_view bytes, Now now) {
  last_ = now;
  bytes_in_ += bytes.size();
  if (silent_ || failed_ || stage_ == Stage::kClosing || stage_ == Stage::kClosed) return;
  engine_->feed(bytes);
  if (stage_ == Stage::kHandshake) {
    if (std::exchange(changes_terms_, false)) note_fault(now);
    if (bytes_in_ > kMostEarly && !std::exchange(deaf_, true)) order(Order::Kind::kReadStop);
    return shake(now);
  }
  read_on(now);
  advance(now);
}

void TlsLine::handle_sent(std::size_t bytes, Now now) {
  last_ = now;
  if (stage_ == Stage::kClosed) return;
  bytes = std::min(bytes, in_flight_);
  in_flight_ -= bytes;
  sent_ += bytes;
  std::size_t plaintext = 0;
  while (!credits_.empty() && credits_.front().until <= sent_) {
    plaintext += credits_.front().plaintext;
    credits_.pop_front();
  }
  if (plaintext != 0 && session_ && !session_->closed()) session_->handle_sent(plaintext, now);
  advance(now);
}

void TlsLine::handle_eof(Now now) {
  last_ = now;
  if (stage_ == Stage::kClosing || stage_ == Stage::kClosed) return;
  if (stage_ == Stage::kHandshake) {
    note_close(ClosedBy::kClient, CloseHow::kFin, now);
    return finish(Order::Kind::kCloseFin);
  }
  if (!told_end_) note("client closed without close_notify", now);
  session_->handle_eof(now);
}

void TlsLine::handle_reset(Now now) {
  last_ = now;
  if (stage_ == Stage::kClosed) return;
  if (stage_ == Stage::kHandshake) note_close(ClosedBy::kClient, CloseHow::kRst, now);
  if (stage_ == Stage::kOpen) session_->handle_reset(now);
  stage_ = Stage::kClosed;
}

void TlsLine::handle_timeout(Now now) {
  last_ = now;
  advance(now);
  if (stage_ == Stage::kOpen && !session_->closed()) session_->handle_timeout(now);
}

void TlsLine::handle_served(std::uint64_t ticket, Now now) {
  last_ = now;
  if (stage_ == Stage::kOpen) session_->handle_served(ticket, now);
}

void TlsLine::handle_news(Now now) {
  last_ = now;
  if (stage_ == Stage::kOpen) session_->handle_news(now);
}

void TlsLine::kill(KillHow how, Now now) {
  last_ = now;
  killed_ = true;
  if (stage_ == Stage::kOpen) {
    alerts_when_killed_ = how == KillHow::kTlsAlert;
    return session_->kill(how, now);
  }
  if (stage_ == Stage::kClosed) return;
  const bool resets = how == KillHow::kRst;
  if (stage_ == Stage::kHandshake) {
    note_close(ClosedBy::kFault, resets ? CloseHow::kRst : CloseHow::kFin, now);
  }
  finish(resets ? Order::Kind::kCloseRst : Order::Kind::kCloseFin);
}

Instant TlsLine::deadline(Now now) const {
  Instant at = stage_ == Stage::kOpen ? session_->deadline(now) : Instant::never();
  if (in_flight_ == 0 && !silent_ && hold_until_ > now.mono) at = earlier(at, hold_until_);
  return at;
}

// --- The handshake -------------------------------------------------------------------------------

void TlsLine::shake(Now now) {
  // What the client says while a flight of ours is late is looked at once that has been said.
  while (stage_ == Stage::kHandshake && then_ == Then::kNothing && held_.empty() && !shaken_ &&
         !failed_) {
    const TlsEngine::Progress progress = engine_->handshake();
    std::string output = engine_->take_output();
    if (progress == TlsEngine::Progress::kFailed) {
      queue(output);
      fail(now);
      break;
    }
    shaken_ = progress == TlsEngine::Progress::kDone;
    if (!output.empty()) release(std::move(output), now);
    if (progress == TlsEngine::Progress::kWants) break;
  }
  advance(now);
}

// A flight is ready: it is said, or late, or a fault comes in its place or in its middle.
void TlsLine::release(std::string flight, Now now) {
  ++flights_;
  if (strikes_in(flight.size())) {
    const std::uint64_t left = strike_at_ ? *strike_at_ - said_ : 0;
    queue(std::string_view(flight).substr(0, static_cast<std::size_t>(left)));
    then_ = Then::kStrike;
    return;
  }
  said_ += flight.size();
  if (!delays_flight()) return queue(flight);
  note_fault(now);
  held_ = std::move(flight);
  hold_until_ = now.mono + own_->step.delay->a;
}

void TlsLine::begin_session(Now now) {
  note_handshake(now);
  stage_ = Stage::kOpen;
  if (std::exchange(deaf_, false)) order(Order::Kind::kReadStart);
  accepted_.tls = true;
  accepted_.at = now.mono;
  accepted_.alpn = engine_->alpn();
  accepted_.sni = engine_->sni();
  session_ = make_session_(shared_, accepted_);
  session_->open(now);
  read_on(now);
}

void TlsLine::read_on(Now now) {
  while (stage_ == Stage::kOpen && !session_->closed() && !told_end_) {
    const TlsEngine::Read read = engine_->read();
    if (read.kind == TlsEngine::Read::Kind::kData) {
      session_->handle_bytes(read.data, now);
      continue;
    }
    queue(engine_->take_output());
    if (read.kind == TlsEngine::Read::Kind::kFailed) return fail(now);
    if (read.kind == TlsEngine::Read::Kind::kNothing) break;
    told_end_ = true;
    session_->handle_eof(now);
  }
}

// The client's alert, a record that cannot be read, a handshake without agreement. What OpenSSL has
// to say about it is said, then comes the FIN.
void TlsLine::fail(Now now) {
  failed_ = true;
  note_handshake(now);
  if (session_) {
    session_->handle_reset(now);
  } else if (engine_->alert_received()) {
    note_close(ClosedBy::kClient, CloseHow::kAlert, now);
  } else {
    note_close(own_ ? ClosedBy::kFault : ClosedBy::kServer,
               engine_->alert_sent() ? CloseHow::kAlert : CloseHow::kFin, now);
  }
  stage_ = Stage::kClosing;
  then_ = Then::kClose;
}

// --- Orders --------------------------------------------------------------------------------------

void TlsLine::obey(const Order& wish) {
  if (stage_ == Stage::kClosed) return;
  switch (wish.kind) {
    case Order::Kind::kSend:
      for (std::string_view rest = wish.bytes; !rest.empty();) {
        const std::string_view record = rest.substr(0, kRecordBytes);
        send_record(record);
        rest.remove_prefix(record.size());
      }
      break;
    case Order::Kind::kShutdownWrite:
      if (!cuts_) engine_->close_notify();
      queue(engine_->take_output());
      then_ = Then::kShutdown;
      break;
    case Order::Kind::kCloseFin:
      close_tls(wish);
      break;
    case Order::Kind::kCloseRst:
      if (!alerts_when_killed_) return finish(Order::Kind::kCloseRst);
      close_tls(wish);
      break;
    default:
      return order(wish.kind);
  }
  advance(last_);
}

void TlsLine::send_record(std::string_view plaintext) {
  engine_->write(plaintext);
  queue(engine_->take_output());
  credits_.push_back({queued_, plaintext.size()});
}

void TlsLine::close_tls(const Order& wish) {
  // Whoever is made to go does not wait for a client that reads nothing.
  if (killed_ && in_flight_ != 0) return finish(Order::Kind::kCloseFin);
  if (wish.tls_end == Order::TlsEnd::kAlert || alerts_when_killed_) {
    engine_->alert(wish.tls_end == Order::TlsEnd::kAlert ? wish.alert : kAlertInternalError);
  } else if (wish.tls_end == Order::TlsEnd::kNotify && !cuts_) {
    engine_->close_notify();
  } else if (cuts_ && own_) {
    note_fault(last_);
  }
  queue(engine_->take_output());
  stage_ = Stage::kClosing;
  then_ = Then::kClose;
}

void TlsLine::queue(std::string_view ciphertext) {
  queue_ += ciphertext;
  queued_ += ciphertext.size();
}

// As far as it goes: the next write, or what was waiting for the last one.
void TlsLine::advance(Now now) {
  while (stage_ != Stage::kClosed && in_flight_ == 0 && !silent_ && now.mono >= hold_until_) {
    const bool was_held = !held_.empty();
    if (was_held) queue(std::exchange(held_, {}));
    if (!queue_.empty()) {
      wire_ = std::exchange(queue_, {});
      in_flight_ = wire_.size();
      order(Order::Kind::kSend, wire_);
    }
    if (stage_ == Stage::kHandshake && then_ == Then::kNothing && shaken_) {
      if (strike_at_) {  // beyond the handshake: at its end
        then_ = Then::kStrike;
        continue;
      }
      begin_session(now);
      continue;
    }
    if (was_held) return shake(now);
    if (in_flight_ != 0 || then_ == Then::kNothing) return;
    const Then next = std::exchange(then_, Then::kNothing);
    if (next == Then::kStrike) strike(now);
    if (next == Then::kShutdown) order(Order::Kind::kShutdownWrite);
    if (next == Then::kClose) return finish(Order::Kind::kCloseFin);
  }
}

void TlsLine::finish(Order::Kind kind) {
  stage_ = Stage::kClosed;
  order(kind);
}

void TlsLine::order(Order::Kind kind, std::string_view bytes) {
  Order& made = shared_.wire.push();
  made = Order{};
  made.kind = kind;
  made.connection = id();
  made.bytes = bytes;
}

}  // namespace fault
