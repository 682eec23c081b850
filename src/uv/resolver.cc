#include "uv/resolver.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "uv/errno_map.h"

namespace holdfast::uv {

void Resolver::resolve(engine::ConnectionId id, std::string_view host, std::uint16_t port,
                       base::Instant now) {
  auto at = known_.find(host);
  if (at == known_.end()) {
    make_room();
    at = known_.emplace(std::string(host), Name()).first;
  }
  Name& name = at->second;
  if (is_younger(name, options_.cache_ttl, now)) return answer({id, port}, name.addresses);
  name.waiters.push_back({id, port});
  if (name.state != Name::State::rest) return;
  name.state = Name::State::queued;
  queue_.push_back(at);
  start_queued(now);
}

void Resolver::cancel(engine::ConnectionId id) {
  for (auto at = known_.begin(); at != known_.end(); ++at) {
    Name& name = at->second;
    const auto gone = std::erase_if(name.waiters, [&](const Waiter& w) { return w.id == id; });
    if (gone == 0) continue;
    if (!name.waiters.empty()) return;
    if (name.state == Name::State::queued) {
      name.state = Name::State::rest;
      std::erase(queue_, at);
    } else if (name.state == Name::State::running && !queue_.empty()) {
      start_queued(sink_.lookup_ended());
    }
    return;
  }
}

void Resolver::shut_down() {
  names_.shut_down();
  queue_.clear();
  known_.clear();
  running_ = 0;
}

void Resolver::looked_up(NameService::Ticket ticket, int status,
                         std::span<const PeerAddress> addresses) {
  const auto at = std::find_if(known_.begin(), known_.end(), [&](const auto& entry) {
    return entry.second.state == Name::State::running && entry.second.ticket == ticket;
  });
  HF_CHECK(at != known_.end());
  --running_;
  const base::Instant now = sink_.lookup_ended();
  at->second.state = Name::State::rest;
  // Before the waiters are called: that can take a while, and other lookups are queued.
  start_queued(now);
  settle(at->second, status, addresses, now);
  sink_.lookup_settled();
}

bool Resolver::may_start() const {
  if (running_ < options_.concurrency) return true;
  std::uint32_t abandoned = 0;
  for (const auto& [host, name] : known_) {
    if (name.state == Name::State::running && name.waiters.empty()) ++abandoned;
  }
  return running_ - std::min(abandoned, kMaxAbandoned) < options_.concurrency;
}

void Resolver::start_queued(base::Instant now) {
  while (!queue_.empty() && may_start()) {
    const auto at = queue_.front();
    queue_.pop_front();
    Name& name = at->second;
    name.ticket = ++last_ticket_;
    const int status = names_.start(name.ticket, at->first, *this);
    if (status == 0) {
      name.state = Name::State::running;
      ++running_;
    } else {
      name.state = Name::State::rest;
      settle(name, status, {}, now);
    }
  }
}

/// Caches the result as far as allowed and passes it to all waiters.
void Resolver::settle(Name& name, int status, std::span<const PeerAddress> addresses,
                      base::Instant now) {
  const ErrorCode error = lookup_error(status);
  // A waiter can call this class again, so the name is in its final state from here on.
  const std::vector<Waiter> waiters = std::exchange(name.waiters, {});
  const bool passing = error == ErrorCode::dns_temporary || error == ErrorCode::out_of_resources;
  if (passing && is_younger(name, options_.cache_ttl + options_.stale_ttl, now)) {
    const std::vector<PeerAddress> stale = name.addresses;
    for (const Waiter& waiter : waiters) answer(waiter, stale);
    return;
  }
  name.known = error == ErrorCode::none && options_.cache_ttl.count() > 0;
  name.fetched = now;
  const std::vector<PeerAddress> fresh(addresses.begin(), addresses.end());
  name.addresses = fresh;
  for (const Waiter& waiter : waiters) {
    if (error == ErrorCode::none) {
      answer(waiter, fresh);
    } else {
      sink_.resolved(waiter.id, {}, error, os_error(status));
    }
  }
}

void Resolver::answer(Waiter waiter, const std::vector<PeerAddress>& addresses) {
  std::vector<PeerAddress> ported = addresses;
  for (PeerAddress& address : ported) address.port = waiter.port;
  sink_.resolved(waiter.id, ported, ErrorCode::none, 0);
}

void Resolver::make_room() {
  while (known_.size() >= kMaxNames) {
    auto oldest = known_.end();
    for (auto at = known_.begin(); at != known_.end(); ++at) {
      if (at->second.state != Name::State::rest) continue;
      if (oldest == known_.end() || at->second.fetched < oldest->second.fetched) oldest = at;
    }
    if (oldest == known_.end()) return;  // all are in use, so there are as many connections
    known_.erase(oldest);
  }
}

}  // namespace holdfast::uv
