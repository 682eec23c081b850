// The events of the network. Every event names its link by a generational id; events of closed
// links are ignored.
#include <algorithm>

#include "sim/network.h"

namespace holdfast::sim {

void Network::fire(const Event& event) {
  const LinkId id{event.index, event.generation};
  Link* link = links_.find(id);
  if (link == nullptr) return;
  const End end = static_cast<End>(event.what % 2);
  switch (static_cast<What>(event.what / 2)) {
    case What::syn:
      on_syn(id, *link);
      break;
    case What::connected:
      on_connected(id, *link);
      break;
    case What::refused:
      on_refused(id, *link);
      break;
    case What::arrive:
      on_arrive(id, *link, end);
      break;
    case What::overtake:
      on_rst(id, *link, end, true);
      break;
    case What::read:
      on_read(id, *link, end);
      break;
    case What::write:
      on_write(id, *link, end);
      break;
  }
  if (!dead_.empty()) sweep();
}

void Network::on_syn(LinkId id, Link& link) {
  if (is_lost(link)) {
    if (!link.side(End::client).open) dead_.push_back(id);
    return;
  }
  const base::Instant back = clock_.mono() + latency(link);
  Host::Port* port = nullptr;
  if (const auto host = hosts_.find(key_of(link.remote)); host != hosts_.end()) {
    const auto found = host->second.ports.find(link.remote.port);
    if (found != host->second.ports.end()) port = &found->second;
  }
  if (port == nullptr || !port->listening || port->server->refuses(link.remote, link.local)) {
    trace(link, End::server, "refuse");
    plan(back, What::refused, id, End::client);
    return;
  }
  trace(link, End::server, "accept");
  LinkSide& side = link.side(End::server);
  side.who = port->server;
  side.open = true;
  ++open_[static_cast<std::size_t>(End::server)];
  link.side(End::client).in.last_arrival = back;
  plan(back, What::connected, id, End::client);
  port->server->accepted(id, link.remote, link.local);
}

base::Instant Network::awake_at(const LinkSide& side) const {
  for (const Suspended& one : suspended_) {
    if (one.who == side.who) return one.until;
  }
  return {};
}

/// Whether the client at `side` is suspended; if so, postpones `what` until it is not.
bool Network::postponed(LinkId id, const LinkSide& side, What what) {
  if (suspended_.empty() || !side.open) return false;
  const base::Instant at = awake_at(side);
  if (at <= clock_.mono()) return false;
  plan(at, what, id, End::client);
  return true;
}

void Network::on_connected(LinkId id, Link& link) {
  if (postponed(id, link.side(End::client), What::connected)) return;
  link.state = Link::State::connected;
  LinkSide& side = link.side(End::client);
  if (!side.open) {
    // The client has closed: the handshake completes without a socket.
    send_rst(id, link, End::client);
    if (!link.side(End::server).open) dead_.push_back(id);
    return;
  }
  if (is_lost(link)) {
    link.state = Link::State::connecting;  // the SYN-ACK was lost
    return;
  }
  trace(link, End::client, "connected");
  static_cast<Dialer*>(side.who)->connected(id);
  // While the client was suspended, the first bytes of the server can have arrived.
  const bool more = side.in.arrived != 0 || side.in.fin_arrived || side.in.rst_arrived;
  if (more && side.open) plan_read(id, side, End::client);
}

void Network::on_refused(LinkId id, Link& link) {
  if (postponed(id, link.side(End::client), What::refused)) return;
  link.state = Link::State::failed;
  LinkSide& side = link.side(End::client);
  if (!side.open) {
    dead_.push_back(id);
    return;
  }
  const bool unreachable = state_of(link.remote) == HostState::unreachable;
  const bool no_file = link.remote.family == kDoorFamily && !hosts_.contains(key_of(link.remote));
  trace(link, End::client, unreachable ? "unreachable" : "refused");
  static_cast<Dialer*>(side.who)->connect_failed(
      id, unreachable ? ErrorCode::connect_unreachable : ErrorCode::connect_refused,
      unreachable ? 113 : (no_file ? 2 : 111));  // EHOSTUNREACH, ENOENT, ECONNREFUSED
}

void Network::on_arrive(LinkId id, Link& link, End at) {
  LinkSide& side = link.side(at);
  Pipe& pipe = side.in;
  if (pipe.under_way.empty()) return;  // a reset overtook it
  const Pipe::Segment segment = pipe.under_way.pop();
  if (!pipe.under_way.empty()) plan(pipe.under_way.front().arrives, What::arrive, id, at);
  if (is_lost(link)) return;
  switch (segment.kind) {
    case Pipe::Segment::Kind::data:
      on_data(id, link, at, segment.bytes);
      break;
    case Pipe::Segment::Kind::rst:
      on_rst(id, link, at, false);
      break;
    case Pipe::Segment::Kind::fin:
      pipe.fin_arrived = true;
      on_read(id, link, at);
      break;
  }
}

void Network::on_data(LinkId id, Link& link, End at, std::size_t bytes) {
  LinkSide& side = link.side(at);
  if (!side.open) {
    side.in.consume(bytes);
    make_room(id, link, at);
    const bool swallow = side.finishing && link.profile.lingering_close;
    if (!swallow && !side.broken) send_rst(id, link, at);
    return;
  }
  side.in.arrived += bytes;
  if (side.finishing) {  // a clean close: input is discarded
    side.in.consume(side.in.arrived);
    side.in.arrived = 0;
    make_room(id, link, at);
    return;
  }
  on_read(id, link, at);
}

void Network::on_rst(LinkId id, Link& link, End at, bool overtaking) {
  LinkSide& side = link.side(at);
  // An end that neither reads nor writes does not notice the reset yet.
  const bool notices = side.reading || !side.out_empty();
  side.broken = true;
  side.drop_out();
  if (overtaking) side.in.drop_everything();
  if (!side.open) return;
  if (side.finishing) return let_go(id, link, at);
  trace(link, at, "rst arrives");
  side.in.rst_arrived = true;
  if (notices) on_read(id, link, at);
}

/// The end at `at` has read: a sender that waits for buffer space is notified one latency later.
void Network::make_room(LinkId id, Link& link, End at) {
  LinkSide& sender = link.other(at);
  if (!sender.open || sender.out_empty() || sender.write_planned) return;
  sender.write_planned = true;
  plan(clock_.mono() + latency(link), What::write, id,
       at == End::client ? End::server : End::client);
}

void Network::plan_read(LinkId id, LinkSide& side, End at) {
  if (side.read_planned) return;
  side.read_planned = true;
  soon(What::read, id, at);
}

/// Delivers the next event of the end: one piece of data, the end of the stream, or the reset. An
/// end that does not read gets none, except that writing to a broken link fails.
void Network::on_read(LinkId id, Link& link, End at) {
  LinkSide& side = link.side(at);
  side.read_planned = false;
  if (!side.open || side.finishing || (at == End::client && link.state != Link::State::connected)) {
    return;
  }
  if (!side.reading && !side.broken) return;
  if (at == End::client && postponed(id, side, What::read)) {
    side.read_planned = true;
    return;
  }
  Pipe& pipe = side.in;
  if (pipe.arrived != 0 && side.reading) {
    std::size_t piece = std::min<std::size_t>(pipe.arrived, link.profile.max_read);
    if (pipe.arrived > 1 && link.profile.max_read < 64 * 1024) piece = rng_.between(1, piece);
    pipe.arrived -= piece;
    // Removed from the pipe first, as from a socket: the reader may look() at what follows.
    given_.assign(pipe.front(piece));
    pipe.consume(piece);
    trace(link, at, "read", piece);
    side.who->bytes(id, given_);
    const bool more = pipe.arrived != 0 || pipe.fin_arrived || pipe.rst_arrived;
    if (more && side.open) plan_read(id, side, at);
    make_room(id, link, at);
    return;
  }
  if (side.broken && !side.reset_told) {
    side.reset_told = true;
    trace(link, at, "broken");
    side.who->reset(id);
  } else if (pipe.fin_arrived && !side.eof_told && side.reading && !side.broken) {
    side.eof_told = true;
    trace(link, at, "eof");
    side.who->eof(id);
  }
}

void Network::on_write(LinkId id, Link& link, End at) {
  LinkSide& side = link.side(at);
  side.write_planned = false;
  if (side.out_empty() || side.broken) return;
  if (at == End::client && postponed(id, side, What::write)) {
    side.write_planned = true;
    return;
  }
  Endpoint* who = side.who;  // pump() clears it when it completes a pending close
  const std::size_t accepted = pump(id, link, at);
  if (accepted == 0) return;
  trace(link, at, "sent", accepted);
  who->sent(id, accepted);
}

}  // namespace holdfast::sim
