#include "proptests/simulation/proxy_rig.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace proof {

namespace {

constexpr std::string_view kOpen = "HTTP/1.1 200 Connection established\r\nVia: rig\r\n\r\n";
constexpr std::string_view kHints =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
constexpr std::string_view kRefusal =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
    "Content-Length: 4\r\n\r\nwho?";
constexpr std::string_view kBusy = "HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nlater";
constexpr std::string_view kNoOrigin = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";

/// The value of a field in a raw head; empty if there is none.
std::string field(const std::string& head, std::string_view name) {
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = std::string_view(head).substr(at, end - at);
    if (line.starts_with(name) && line.substr(name.size(), 2) == ": ") {
      return std::string(line.substr(name.size() + 2));
    }
    at = end + 2;
  }
  return {};
}

/// Without that field, as a proxy hands a head on.
std::string without(std::string head, std::string_view name) {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == head.npos) return head;
  return head.erase(at, head.find("\r\n", at + 2) - at);
}

}  // namespace

ProxyRig::ProxyRig(holdfast::sim::World& world, const holdfast::PeerAddress& at,
                   std::vector<ProxyAct> acts, ProxyWords words, Find find)
    : world_(world),
      acts_(std::move(acts)),
      words_(std::move(words)),
      find_(std::move(find)),
      inner_(*this),
      outer_(*this) {
  if (acts_.empty()) acts_.push_back(ProxyAct::relays);
  if (words_.opening.empty()) words_.opening = kOpen;
  if (words_.refusal.empty()) words_.refusal = kRefusal;
  world_.network().listen(at, inner_);
}

// --- Output --------------------------------------------------------------------------------------

void ProxyRig::say(Outlet& outlet, End end, std::string_view bytes) {
  if (outlet.gone || outlet.last) return;
  outlet.waiting.append(bytes);
  flush(outlet, end);
}

void ProxyRig::flush(Outlet& outlet, End end) {
  while (outlet.link && !outlet.gone && outlet.left == 0 && !outlet.waiting.empty()) {
    outlet.flying = std::exchange(outlet.waiting, {});
    outlet.left = outlet.flying.size();
    outlet.left -= world_.network().write(outlet.link, end, outlet.flying);
  }
  if (!outlet.last || outlet.left != 0 || !outlet.waiting.empty()) return;
  if (end == End::client || outlet.gone) return drop(outlet, end);
  outlet.gone = true;
  world_.network().finish(outlet.link, end);
}

void ProxyRig::took(Outlet& outlet, End end, std::size_t bytes) {
  outlet.left -= bytes;
  flush(outlet, end);
}

/// Everything said so far, then FIN.
void ProxyRig::finish(Outlet& outlet, End end) {
  if (outlet.gone || outlet.last) return;
  outlet.last = true;
  flush(outlet, end);
}

void ProxyRig::drop(Outlet& outlet, End end) {
  if (std::exchange(outlet.gone, true) || !outlet.link) return;
  world_.network().close(outlet.link, end);
}

// --- The client's side ---------------------------------------------------------------------------

void ProxyRig::Inner::accepted(LinkId link, const holdfast::PeerAddress&,
                               const holdfast::PeerAddress&) {
  Channel& channel = rig.channels_.emplace_back();
  channel.serial = rig.channels_.size();
  channel.client.link = link;
  rig.by_client_[key(link)] = &channel;
}

void ProxyRig::Inner::bytes(LinkId link, std::string_view bytes) {
  Channel& channel = *rig.by_client_[key(link)];
  rig.read_.append(bytes);
  if (channel.deaf || channel.client.gone) return;
  if (channel.tunnel) return rig.say(channel.origin, End::client, bytes);
  channel.input.append(bytes);
  rig.understand(channel);
}

void ProxyRig::Inner::sent(LinkId link, std::size_t bytes) {
  rig.took(rig.by_client_[key(link)]->client, End::server, bytes);
}

void ProxyRig::Inner::eof(LinkId link) {
  Channel& channel = *rig.by_client_[key(link)];
  rig.drop(channel.client, End::server);
  rig.finish(channel.origin, End::client);
}

void ProxyRig::Inner::reset(LinkId link) {
  Channel& channel = *rig.by_client_[key(link)];
  rig.drop(channel.client, End::server);
  rig.drop(channel.origin, End::client);
}

/// Heads and bodies of requests, one after another.
void ProxyRig::understand(Channel& channel) {
  while (!channel.input.empty() && !channel.client.gone && !channel.deaf) {
    if (channel.tunnel) {
      complaints_.emplace_back("bytes came before the tunnel was open");
      return;
    }
    if (channel.content_left != 0) {
      const auto size = static_cast<std::size_t>(
          std::min<std::uint64_t>(channel.content_left, channel.input.size()));
      say(channel.origin, End::client, std::string_view(channel.input).substr(0, size));
      channel.input.erase(0, size);
      channel.content_left -= size;
      continue;
    }
    const std::size_t end = channel.input.find("\r\n\r\n");
    if (end == channel.input.npos) return;
    const std::string head = channel.input.substr(0, end + 4);
    channel.input.erase(0, end + 4);
    if (!take_head(channel, head)) return;
  }
}

/// False when nothing more is to be understood.
bool ProxyRig::take_head(Channel& channel, const std::string& head) {
  Request request;
  request.connection = channel.serial;
  request.act = acts_[requests_.size() % acts_.size()];
  request.method = head.substr(0, head.find(' '));
  request.authorization = field(head, "Proxy-Authorization");
  request.id = field(head, "X-Request-Id");
  const bool connect = request.method == "CONNECT";
  std::string target = head.substr(request.method.size() + 1);
  target.resize(target.find(' '));
  if (!connect && !target.starts_with("http://")) complaints_.push_back("a target of " + target);
  const std::size_t scheme = connect ? 0 : 7;
  const std::size_t path = std::min(target.find('/', scheme), target.size());
  request.authority = target.substr(scheme, path - scheme);
  if (field(head, "Host") != request.authority) complaints_.emplace_back("another Host");
  if (!channel.authority.empty() && channel.authority != request.authority) {
    complaints_.push_back("one connection for " + channel.authority + " and " + request.authority);
  }
  channel.authority = request.authority;
  requests_.push_back(request);
  if (misbehave(channel, request.act, connect)) return false;
  if (!std::exchange(channel.dialed, true) && !dial(channel, request)) return false;
  if (connect) {
    channel.tunnel = true;
    return true;
  }
  if (!field(head, "Transfer-Encoding").empty()) complaints_.emplace_back("a chunked body");
  if (const std::string length = field(head, "Content-Length"); !length.empty()) {
    std::from_chars(length.data(), length.data() + length.size(), channel.content_left);
  }
  std::string handed_on = without(head, "Proxy-Authorization");
  handed_on.replace(request.method.size() + 1, target.size(),
                    path == target.size() ? "/" : target.substr(path));
  say(channel.origin, End::client, handed_on);
  return true;
}

/// True when that is all there is to it.
bool ProxyRig::misbehave(Channel& channel, ProxyAct act, bool connect) {
  channel.greeting = words_.opening;
  switch (act) {
    case ProxyAct::resets:
      channel.client.gone = true;
      world_.network().reset(channel.client.link, End::server);
      drop(channel.origin, End::client);
      return true;
    case ProxyAct::closes:
      finish(channel.client, End::server);
      drop(channel.origin, End::client);
      return true;
    case ProxyAct::talks_garbage:
      say(channel.client, End::server, "SSH-2.0-OpenSSH_9.2\r\n");
      channel.deaf = true;
      return true;
    case ProxyAct::stalls:
      return channel.deaf = true;
    default:
      break;
  }
  if (!connect) return false;
  switch (act) {
    case ProxyAct::refuses:
      say(channel.client, End::server, words_.refusal);
      if (words_.closes) finish(channel.client, End::server);
      return channel.deaf = true;
    case ProxyAct::unavailable:
      say(channel.client, End::server, kBusy);
      return channel.deaf = true;
    case ProxyAct::relays_in_pieces:
      channel.greeting = std::string(kHints) + words_.opening;
      return false;
    case ProxyAct::says_too_much:
      channel.greeting += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      return false;
    case ProxyAct::resets_later:
      channel.resets = true;
      return false;
    default:
      return false;
  }
}

bool ProxyRig::dial(Channel& channel, const Request& request) {
  const auto found = find_(request.authority, request.authorization);
  if (!found) {
    complaints_.push_back("nobody knows " + request.authority);
    return false;
  }
  const LinkId link = world_.network().connect(outer_, *found);
  by_origin_[key(link)] = &channel;  // what is said waits until it is connected
  return true;
}

// --- The origin's side ---------------------------------------------------------------------------

void ProxyRig::Outer::connected(LinkId link) {
  Channel& channel = *rig.by_origin_[key(link)];
  if (channel.client.gone) return rig.world_.network().close(link, End::client);
  channel.origin.link = link;
  if (channel.tunnel) rig.say(channel.client, End::server, channel.greeting);
  if (channel.tunnel && channel.resets) {
    // Behind the answer, so that the client has begun with TLS when it comes.
    rig.world_.after(std::chrono::milliseconds(2), [owner = &rig, &channel] {
      if (channel.client.gone) return;
      channel.client.gone = true;
      owner->world_.network().reset(channel.client.link, End::server);
      owner->drop(channel.origin, End::client);
    });
  }
  rig.flush(channel.origin, End::client);
}

void ProxyRig::Outer::connect_failed(LinkId link, holdfast::ErrorCode, int) {
  Channel& channel = *rig.by_origin_[key(link)];
  rig.world_.network().close(link, End::client);
  channel.origin.gone = true;
  rig.say(channel.client, End::server, kNoOrigin);
  rig.finish(channel.client, End::server);
}

void ProxyRig::Outer::bytes(LinkId link, std::string_view bytes) {
  rig.say(rig.by_origin_[key(link)]->client, End::server, bytes);
}

void ProxyRig::Outer::sent(LinkId link, std::size_t bytes) {
  rig.took(rig.by_origin_[key(link)]->origin, End::client, bytes);
}

void ProxyRig::Outer::eof(LinkId link) {
  Channel& channel = *rig.by_origin_[key(link)];
  rig.drop(channel.origin, End::client);
  rig.finish(channel.client, End::server);
}

void ProxyRig::Outer::reset(LinkId link) {
  Channel& channel = *rig.by_origin_[key(link)];
  rig.drop(channel.origin, End::client);
  if (std::exchange(channel.client.gone, true)) return;
  rig.world_.network().reset(channel.client.link, End::server);
}

}  // namespace proof
