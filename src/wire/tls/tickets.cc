#include "wire/tls/tickets.h"

#include <algorithm>
#include <utility>

#include "wire/tls/certificate.h"

namespace holdfast::wire {
namespace {

/// How long the server (TLS 1.3, and tickets of 1.2) or else OpenSSL (session ids) lets a session
/// live. RFC 8446 §4.6.1: never longer than seven days.
std::int64_t lifetime_s(const SSL_SESSION& session) {
  constexpr std::int64_t kWeek = 7 * 24 * 3600;
  const auto hint = static_cast<std::int64_t>(SSL_SESSION_get_ticket_lifetime_hint(&session));
  const auto own = static_cast<std::int64_t>(SSL_SESSION_get_timeout(&session));
  return std::min(hint > 0 ? hint : own, kWeek);
}

bool is_single_use(const SSL_SESSION& session) {
  return SSL_SESSION_get_protocol_version(&session) >= TLS1_3_VERSION;
}

}  // namespace

void TlsTickets::put(const std::string& origin, SessionHandle session, base::WallTime now) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session.get(), &bytes, &size);
  if (size > kMostTicketBytes || SSL_SESSION_is_resumable(session.get()) != 1) return;

  Ticket ticket;
  ticket.first_s = seconds_of(now);
  ticket.last_s = ticket.first_s + lifetime_s(*session);
  // A resumed handshake shows no certificate. What vouched for the peer must not have expired
  // meanwhile.
  if (const X509* certificate = SSL_SESSION_get0_peer(session.get()); certificate != nullptr)
    ticket.last_s = std::min(ticket.last_s, expiry_s(*certificate));
  ticket.origin = origin;
  ticket.session = std::move(session);

  std::vector<Sequence>& own = by_origin_[origin];
  own.push_back(next_);
  by_age_.emplace(next_++, std::move(ticket));
  if (own.size() > kMostPerOrigin) drop(own.front());
  if (by_age_.size() > kMost) drop(by_age_.begin()->first);
}

SessionHandle TlsTickets::take(const std::string& origin, base::WallTime now) {
  const std::int64_t now_s = seconds_of(now);
  for (;;) {
    const auto own = by_origin_.find(origin);
    if (own == by_origin_.end()) return nullptr;
    const Sequence newest = own->second.back();
    Ticket& ticket = by_age_.at(newest);
    // A fatal alert makes OpenSSL take a session's worth back (RFC 5246 §7.2.2). A clock set back
    // says nothing reliable about ages.
    const bool good = ticket.first_s <= now_s && now_s <= ticket.last_s &&
                      SSL_SESSION_is_resumable(ticket.session.get()) == 1;
    if (good && !is_single_use(*ticket.session)) {
      SSL_SESSION_up_ref(ticket.session.get());
      return SessionHandle(ticket.session.get());
    }
    SessionHandle session = std::move(ticket.session);
    drop(newest);
    if (good) return session;
  }
}

void TlsTickets::drop(Sequence sequence) {
  const auto found = by_age_.find(sequence);
  const auto own = by_origin_.find(found->second.origin);
  std::erase(own->second, sequence);
  if (own->second.empty()) by_origin_.erase(own);
  by_age_.erase(found);
}

}  // namespace holdfast::wire
