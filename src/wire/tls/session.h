// One TLS connection, client side, without its socket: ciphertext in, events and plaintext out,
// plaintext in, ciphertext out (SPEC H3). By OpenSSL through a BIO of ours that reads straight from
// the bytes given and writes straight to the caller's buffer. Knows no retries, no sockets, no
// clock: certificates are judged at the time it is given. Thread: one owner. Does not move.
//
// Invariants: 1. `established` comes at most once, and only after the peer was verified (chain,
// name, pins); nothing given to seal() leaves before it. 2. After `error` nothing but take() is
// possible (the alert that tells the peer). 3. A data event's view lives until the next call of
// next() of any session of the same context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "holdfast/error.h"

namespace holdfast::wire {

class TlsContext;

struct TlsTarget {
  std::string_view host;   ///< as in the URL: a name (SNI and name check) or an IP literal without
                           ///< brackets (IP SAN check, no SNI)
  std::uint16_t port = 0;  ///< with `host` and the protocols: whose sessions may be resumed
  std::span<const std::string_view> protocols;  ///< ALPN, best first; may be empty
  base::WallTime now;                           ///< when certificates have to be valid
};

class TlsSession {
 public:
  enum class Event : std::uint8_t {
    need_more,    ///< all bytes are consumed (of a record cut in two, too)
    established,  ///< the handshake is complete and the peer is who it should be
    data,         ///< data() holds plaintext
    closed,       ///< close_notify: the peer sends no more, and that is the truth
    error,        ///< error() and detail() say what
  };

  /// The first flight is in take() at once. `context` must outlive the session.
  TlsSession(TlsContext& context, const TlsTarget& target);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Consumes from the front of `input` up to the next event. To be called until need_more (or
  /// closed or error), and may be called with empty input: OpenSSL holds what was read ahead.
  Event next(std::string_view& input);
  /// Of the last data event.
  std::string_view data() const;

  /// Appends the ciphertext of `plain` to `out`. Only when established. May hold bytes back (they
  /// come by take() after a later next()) while a message of TLS's own is there by half.
  void seal(std::string_view plain, std::string& out);
  /// Appends what the protocol itself has to say: flights, alerts, answers to key updates. To be
  /// called after the constructor and after every next().
  void take(std::string& out);
  /// Appends our close_notify.
  void close_notify(std::string& out);

  bool established() const;
  std::string_view protocol() const;  ///< picked by ALPN; empty if none was
  std::uint16_t version() const;      ///< 0x0303, 0x0304; 0 before established
  bool resumed() const;
  /// The peer has asked for renegotiation (TLS 1.2), which is always declined, and has sent no data
  /// since: if it ends the connection now, this is why (tls_handshake_failed). Else empty.
  std::string_view renegotiation_complaint() const;

  /// certificate_rejected (detail: the reason, for a wrong name also the names there are),
  /// tls_handshake_failed (the peer speaks no TLS, or no version, cipher or certificate of ours
  /// suits it: an alert's name; or it insists on renegotiation), connection_aborted (a fatal alert
  /// in mid-stream), protocol_error (records that do not decrypt or make no sense, after the
  /// handshake).
  ErrorCode error() const;
  const std::string& detail() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::wire
