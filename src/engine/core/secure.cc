// TLS, and writes whose bytes have to be made: what stands between the protocols and the wire. A
// handshake is part of the dial (T1). Sealing and framing wait while a write is under way, so that
// a slow peer costs one write's memory and no more.
#include <algorithm>
#include <array>

#include "engine/core/core.h"
#include "http/ip_address.h"

namespace holdfast::engine {

namespace {

/// Of one write: large enough to fill the socket, small enough to hold twice.
constexpr std::size_t kWriteBytes = 64 * 1024;
/// Of plaintext sealed at a time: a TLS record's worth.
constexpr std::size_t kSealBytes = 16 * 1024;

constexpr std::array<std::string_view, 2> kProtocols = {"h2", "http/1.1"};

}  // namespace

/// The trust store is read when the first https request needs it. Says whether TLS can be used.
bool Core::ensure_tls() {
  if (tls_ == nullptr) tls_ = std::make_unique<wire::TlsContext>(options_.tls);
  return tls_->complaint().empty();
}

void Core::begin_tls(Connection& c) {
  c.state = Connection::State::securing;
  const OriginId origin = pool_.origin_of(c.id);
  const bool http2 = pool_.sharing_asked(origin) != Pool::Sharing::never;
  wire::TlsTarget target;
  target.host = http::without_zone(pool_.host_of(origin));
  target.port = pool_.port_of(origin);
  target.protocols = std::span(kProtocols).subspan(http2 ? 0 : 1);
  target.now = now_.wall;
  c.tls = std::make_unique<wire::TlsSession>(*tls_, target);
  pump(c);
  arm(c);
}

void Core::note_tls(const Connection& c, Exchange& x) const {
  x.record.tls_minor = static_cast<std::uint8_t>((c.tls->version() & 0xFF) - 1);
  x.record.tls_resumed = c.tls->resumed();
  x.record.tls_unverified = options_.tls.insecure_skip_verification;
}

void Core::shake_hands(Connection& c) {
  for (;;) {
    switch (c.tls->next(c.sealed)) {
      case wire::TlsSession::Event::established: {
        // A request that is waiting leaves in one write with the handshake's last flight.
        const ConnectionId id = c.id;
        dial_done(c, c.tls->protocol() == "h2");
        if (find_connection(id) != nullptr) pump(c);
        if (find_connection(id) != nullptr) advance(c);  // what came along behind it
        return;
      }
      case wire::TlsSession::Event::error:
        c.tls_failed = true;
        return dial_failed(c, c.tls->error(), 0, c.tls->detail());
      case wire::TlsSession::Event::closed:
        return dial_failed(c, ErrorCode::connection_closed, 0, "the peer closed the handshake");
      case wire::TlsSession::Event::data:  // cannot come before `established`
      case wire::TlsSession::Event::need_more:
        return pump(c);
    }
  }
}

void Core::received_sealed(Connection& c, std::string_view bytes) {
  if (!c.sealed_stash.empty() || !c.stash.empty()) {
    c.sealed_stash.append(bytes);
    return;
  }
  c.sealed = bytes;
  if (c.state == Connection::State::securing) return shake_hands(c);
  advance(c);
}

/// Plaintext for the parser, once it has used up what it had.
Core::Refill Core::refill(Connection& c) {
  if (c.tls == nullptr) return Refill::dry;
  for (;;) {
    const wire::TlsSession::Event event = c.tls->next(c.sealed);
    if (c.sealed.empty()) c.sealed_stash.clear();
    switch (event) {
      case wire::TlsSession::Event::established:
        break;
      case wire::TlsSession::Event::data:
        c.input = c.tls->data();
        return note_received(c, c.input.size()) ? Refill::more : Refill::broken;
      case wire::TlsSession::Event::closed:
        // RFC 8446 §6.1: nothing follows, whether or not the socket is closed as well.
        c.tls_closed = c.eof = true;
        [[fallthrough]];
      case wire::TlsSession::Event::need_more:
        return Refill::dry;
      case wire::TlsSession::Event::error:
        c.tls_failed = true;
        pump(c);  // the alert
        broke(c, c.tls->error(), 0, c.tls->detail());
        return Refill::broken;
    }
  }
}

/// Whether anything but TLS's own talk follows what has been opened so far.
bool Core::says_more(Connection& c) {
  if (c.tls == nullptr) return false;
  for (;;) {
    const wire::TlsSession::Event event = c.tls->next(c.sealed);
    if (c.sealed.empty()) c.sealed_stash.clear();
    if (event == wire::TlsSession::Event::need_more) return false;
    if (event == wire::TlsSession::Event::closed) c.tls_closed = c.eof = true;
    if (event == wire::TlsSession::Event::error) c.tls_failed = true;
    if (event != wire::TlsSession::Event::established) return true;
  }
}

/// Makes and orders the next write, unless one is under way or there is nothing to say.
void Core::pump(Connection& c) {
  Outbox& out = c.outbox;
  if (out.flying != 0 || c.state == Connection::State::closing) return;
  out.bytes.clear();
  if (c.tls) c.tls->take(out.bytes);
  if (c.may_speak()) {
    if (c.h2) {
      frame_requests(c);
    } else {
      seal_request(c);
    }
  }
  if (out.bytes.empty()) return;
  out.flying = out.bytes.size();
  Action& action = order(Action::Kind::write);
  action.connection = c.id;
  action.head = out.bytes;
}

void Core::seal_request(Connection& c) {
  Outbox& out = c.outbox;
  if (c.upload_stopped) return;
  while (out.bytes.size() < kWriteBytes && !(out.head.empty() && out.body.empty())) {
    std::string_view& from = out.head.empty() ? out.body : out.head;
    const std::string_view piece = from.substr(0, kSealBytes);
    c.tls->seal(piece, out.bytes);
    from.remove_prefix(piece.size());
    out.sealed += piece.size();
  }
}

void Core::frame_requests(Connection& c) {
  Outbox& out = c.outbox;
  std::string& frames = c.tls ? frames_ : out.bytes;
  frames.clear();  // without TLS nothing stands before them
  c.h2->session.take(frames, kWriteBytes);
  out.framed += frames.size();
  if (c.tls) {
    for (std::string_view rest = frames; !rest.empty();) {
      c.tls->seal(rest.substr(0, kSealBytes), out.bytes);
      rest.remove_prefix(std::min(kSealBytes, rest.size()));
    }
  }
  note_progress(c);
}

void Core::outbox_written(Connection& c, std::size_t bytes) {
  Outbox& out = c.outbox;
  HF_CHECK(bytes <= out.flying);
  out.flying -= bytes;
  if (c.h2) {
    if (out.flying == 0) {
      out.accepted = out.framed;
      note_accepted(c);
      pump(c);
    }
    return;
  }
  c.last_accepted = now();
  std::size_t plain = 0;
  if (out.sealed != 0) {
    // Which plaintext a part of a record stands for cannot be said: what counts is that it is not
    // nothing, and all of it when all is accepted.
    plain = out.flying == 0 ? out.sealed : std::min(bytes, out.sealed - 1);
    out.sealed -= plain;
    c.handed += plain;
    c.outstanding -= plain;
  }
  if (out.flying != 0) return;
  if (plain != 0 && c.outstanding == 0 && c.state == Connection::State::busy) piece_written(c);
  pump(c);
}

/// What is said before an orderly close (RFC 9113 §6.8, RFC 8446 §6.1), if it can be said at once.
void Core::say_farewell(Connection& c) {
  Outbox& out = c.outbox;
  if (out.flying != 0 || c.eof) return;
  out.bytes.clear();
  if (c.tls) c.tls->take(out.bytes);
  if (c.may_speak()) {
    if (c.h2) {
      c.h2->session.say_goodbye();
      std::string& frames = c.tls ? frames_ : out.bytes;
      frames.clear();
      c.h2->session.take(frames, kWriteBytes);
      if (c.tls && !frames.empty()) c.tls->seal(frames.substr(0, kSealBytes), out.bytes);
    }
    if (c.tls) c.tls->close_notify(out.bytes);
  }
  if (out.bytes.empty()) return;
  out.flying = out.bytes.size();
  Action& action = order(Action::Kind::write);
  action.connection = c.id;
  action.head = out.bytes;
}

}  // namespace holdfast::engine
