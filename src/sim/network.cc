// The functions that the ends call. network_events.cc handles the resulting events.
#include "sim/network.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace holdfast::sim {

Network::HostKey Network::key_of(const PeerAddress& address) {
  HostKey key;
  key.family = address.family;
  std::memcpy(key.bytes.data(), address.bytes, address.family == 4 ? 4 : 16);
  return key;
}

Network::HostState Network::state_of(const PeerAddress& address) const {
  if (hosts_up_) return HostState::up;
  const auto host = hosts_.find(key_of(address));
  return host == hosts_.end() ? HostState::up : host->second.state;
}

bool Network::is_lost(Link& link) {
  if (!link.lost && state_of(link.remote) == HostState::black_hole) link.lost = true;
  return link.lost;
}

void Network::listen(const PeerAddress& at, Server& server) {
  hosts_[key_of(at)].ports[at.port] = {&server, true};
}

PeerAddress Network::door(std::string_view path) {
  auto found = doors_.find(path);
  if (found == doors_.end()) {
    found = doors_.emplace(path, static_cast<std::uint32_t>(doors_.size() + 1)).first;
  }
  PeerAddress address;
  address.family = kDoorFamily;
  std::memcpy(address.bytes, &found->second, sizeof found->second);
  return address;
}

void Network::set_listening(const PeerAddress& at, bool listening) {
  hosts_[key_of(at)].ports[at.port].listening = listening;
  trace_.add(clock_.mono(), "net", listening ? "listen" : "unlisten", 0, at.port);
}

void Network::set_host(const PeerAddress& at, HostState state) {
  hosts_[key_of(at)].state = state;
  hosts_up_ = false;
  trace_.add(clock_.mono(), "net", "host state", 0, static_cast<std::uint64_t>(state));
}

std::uint64_t Network::serial(LinkId id) const {
  const Link* link = links_.find(id);
  return link == nullptr ? 0 : link->serial;
}

LinkSide* Network::open_side(LinkId id, End end) {
  Link* link = links_.find(id);
  if (link == nullptr || !link->side(end).open) return nullptr;
  return &link->side(end);
}

Duration Network::latency(const Link& link) {
  const auto low = static_cast<std::uint64_t>(link.profile.min_latency.count());
  const auto high = static_cast<std::uint64_t>(link.profile.max_latency.count());
  return Duration(static_cast<std::int64_t>(low >= high ? low : rng_.between(low, high)));
}

void Network::plan(base::Instant at, What what, LinkId id, End end) {
  Event event;
  event.at = at;
  event.target = this;
  event.what = static_cast<std::uint32_t>(what) * 2 + static_cast<std::uint32_t>(end);
  event.index = id.index;
  event.generation = id.generation;
  queue_.push(event);
}

LinkId Network::connect(Dialer& dialer, const PeerAddress& to) {
  const LinkId id = links_.take();
  Link& link = links_[id];
  for (LinkSide& side : link.sides) {
    side.in.clear();
    side.drop_out();
    side.who = nullptr;
    side.open = side.fin_sent = side.fin_wanted = side.finishing = side.broken = false;
    side.eof_told = side.reset_told = side.read_planned = side.write_planned = false;
    side.reading = true;
  }
  link.state = Link::State::connecting;
  link.serial = ++serial_;
  link.profile = profile_;
  link.remote = to;
  link.lost = false;
  link.local =
      PeerAddress{4, static_cast<std::uint16_t>(32768 + serial_ % 28000), 0, {10, 255, 0, 1}};
  LinkSide& side = link.side(End::client);
  side.who = &dialer;
  side.open = true;
  ++open_[static_cast<std::size_t>(End::client)];
  if (trace_.mode() != Trace::Mode::off) trace(link, End::client, "connect", 0, to.to_string());

  const base::Instant at = clock_.mono() + latency(link);
  const bool vanishes = is_lost(link) || (profile_.syn_lost > 0 && rng_.chance(profile_.syn_lost));
  if (vanishes) {
    link.lost = true;
  } else if (state_of(to) == HostState::unreachable) {
    plan(at, What::refused, id, End::client);
  } else {
    plan(at, What::syn, id, End::server);
  }
  return id;
}

std::size_t Network::write(LinkId id, End end, std::string_view head, std::string_view body) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr || side->fin_sent || side->fin_wanted || side->finishing) return 0;
  if (side->broken) {
    plan_read(id, *side, end);  // reports the broken pipe one turn later
    return 0;
  }
  if (side->out_empty()) side->drop_out();
  if (!head.empty()) side->out.push_back(head);
  if (!body.empty()) side->out.push_back(body);
  return pump(id, links_[id], end);
}

/// Sends as much of `out` as the system's buffer has space for.
std::size_t Network::pump(LinkId id, Link& link, End from) {
  LinkSide& side = link.side(from);
  Pipe& pipe = link.other(from).in;
  std::size_t accepted = 0;
  while (!side.out_empty()) {
    const std::size_t held = pipe.held();
    const std::size_t room = link.profile.send_buffer > held ? link.profile.send_buffer - held : 0;
    if (room == 0) return accepted;
    std::string_view& next = side.out[side.out_first];
    const std::string_view taken = next.substr(0, room);
    send_data(id, link, from, taken);
    accepted += taken.size();
    next.remove_prefix(taken.size());
    if (next.empty()) ++side.out_first;
  }
  side.drop_out();
  if (side.fin_wanted || side.finishing) send_fin(id, link, from);
  if (side.finishing && side.open) let_go(id, link, from);
  return accepted;
}

void Network::send_data(LinkId id, Link& link, End from, std::string_view bytes) {
  bytes_carried_ += bytes.size();
  trace(link, from, "send", bytes.size(), bytes);
  link.other(from).in.append(bytes);
  while (!bytes.empty()) {
    std::size_t piece = link.profile.max_segment;
    if (link.profile.min_segment < piece) piece = rng_.between(link.profile.min_segment, piece);
    piece = std::min(std::max<std::size_t>(piece, 1), bytes.size());
    send_segment(id, link, from, {{}, piece, Pipe::Segment::Kind::data});
    bytes.remove_prefix(piece);
  }
}

void Network::send_segment(LinkId id, Link& link, End from, Pipe::Segment segment) {
  const End to = from == End::client ? End::server : End::client;
  Pipe& pipe = link.other(from).in;
  base::Instant leaves = clock_.mono();
  if (link.profile.bytes_per_second != 0) {
    if (pipe.line_free > leaves) leaves = pipe.line_free;
    const double seconds =
        static_cast<double>(segment.bytes) / static_cast<double>(link.profile.bytes_per_second);
    leaves = leaves + Duration(static_cast<std::int64_t>(seconds * 1e9));
    pipe.line_free = leaves;
  }
  const base::Instant at = leaves + latency(link);
  segment.arrives = at < pipe.last_arrival ? pipe.last_arrival : at;
  pipe.last_arrival = segment.arrives;
  const bool first = pipe.under_way.empty();
  pipe.under_way.push(segment);
  if (first) plan(segment.arrives, What::arrive, id, to);
}

void Network::send_fin(LinkId id, Link& link, End from) {
  LinkSide& side = link.side(from);
  if (side.fin_sent || side.broken) return;
  side.fin_sent = true;
  trace(link, from, "send fin");
  send_segment(id, link, from, {{}, 0, Pipe::Segment::Kind::fin});
}

void Network::send_rst(LinkId id, Link& link, End from) {
  LinkSide& side = link.side(from);
  side.broken = true;
  side.drop_out();
  if (!link.other(from).open) return;
  trace(link, from, "send rst");
  const double chance = link.profile.reset_overtakes;
  if (chance > 0 && rng_.chance(chance)) {
    plan(clock_.mono() + latency(link), What::overtake, id,
         from == End::client ? End::server : End::client);
  } else {
    send_segment(id, link, from, {{}, 0, Pipe::Segment::Kind::rst});
  }
}

void Network::read_stop(LinkId id, End end) {
  if (LinkSide* side = open_side(id, end)) side->reading = false;
}

void Network::read_start(LinkId id, End end) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr || side->reading) return;
  side->reading = true;
  plan_read(id, *side, end);
}

Network::Found Network::look(LinkId id, End end, std::string& bytes) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr || !side->reading) return Found::nothing;
  Link& link = links_[id];
  Pipe& pipe = side->in;
  if (pipe.arrived != 0) {
    trace(link, end, "read", pipe.arrived);
    bytes.assign(pipe.front(pipe.arrived));
    pipe.consume(std::exchange(pipe.arrived, 0));
    make_room(id, link, end);
    return Found::bytes;
  }
  if (side->broken) {
    if (std::exchange(side->reset_told, true)) return Found::nothing;
    trace(link, end, "broken");
    return Found::reset;
  }
  if (!pipe.fin_arrived || std::exchange(side->eof_told, true)) return Found::nothing;
  trace(link, end, "eof");
  return Found::eof;
}

void Network::suspend(const Endpoint& who, base::Instant until) {
  for (Suspended& one : suspended_) {
    if (one.who == &who) {
      one.until = until;
      return;
    }
  }
  suspended_.push_back({&who, until});
}

void Network::shut_down_write(LinkId id, End end) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr || side->fin_sent || side->broken) return;
  side->fin_wanted = true;
  if (side->out_empty()) send_fin(id, links_[id], end);
}

void Network::close(LinkId id, End end) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr) return;
  Link& link = links_[id];
  trace(link, end, "close");
  side->drop_out();
  if (link.state == Link::State::connected || end == End::server) {
    if (side->in.arrived != 0) {
      send_rst(id, link, end);
    } else {
      send_fin(id, link, end);
    }
  }
  let_go(id, link, end);
}

void Network::finish(LinkId id, End end) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr) return;
  side->finishing = true;
  if (!side->out_empty() && !side->broken) return;
  Link& link = links_[id];
  trace(link, end, "close");
  send_fin(id, link, end);
  let_go(id, link, end);
}

void Network::reset(LinkId id, End end) {
  LinkSide* side = open_side(id, end);
  if (side == nullptr) return;
  Link& link = links_[id];
  if (!side->broken) send_rst(id, link, end);
  let_go(id, link, end);
}

/// Closes the end's socket. Bytes that it sent before are still delivered.
void Network::let_go(LinkId id, Link& link, End end) {
  LinkSide& side = link.side(end);
  side.open = false;
  side.who = nullptr;
  --open_[static_cast<std::size_t>(end)];
  // During a handshake its events still need the link.
  const bool settled = link.state != Link::State::connecting || link.lost;
  if (!link.other(end).open && settled) dead_.push_back(id);
}

void Network::sweep() {
  for (const LinkId id : dead_) {
    if (links_.find(id) != nullptr) links_.erase(id);
  }
  dead_.clear();
}

}  // namespace holdfast::sim
