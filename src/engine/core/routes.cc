// Which way a request goes: what it says itself goes before what the client says, a Unix socket
// before a proxy. And what the head of a request owes to the way it takes.
#include "engine/core/core.h"
#include "http/ip_address.h"

namespace holdfast::engine {

namespace {

constexpr std::string_view kProxyAuthorization = "Proxy-Authorization";

bool is_forward(const policy::Route* via) {
  return via != nullptr && via->kind == policy::Route::Kind::forward;
}

}  // namespace

bool Core::has_own_way(const Request& request) {
  const RequestPolicy* own = request.policy.get();
  return own != nullptr && (own->proxy || own->unix_socket || own->http2);
}

DotSegments Core::dots_of(const Request& request) const {
  const RequestPolicy* own = request.policy.get();
  const bool as_is = own != nullptr && own->path_as_is ? *own->path_as_is : options_.path_as_is;
  return as_is ? DotSegments::keep : DotSegments::remove;
}

bool Core::accept_routes(Exchange& x, const RequestPolicy& own) {
  if (!own.proxy && !own.unix_socket) return true;
  policy::Complaints complaints;
  policy::check_routes(complaints, own.proxy ? *own.proxy : ProxyPolicy{},
                       own.unix_socket ? &*own.unix_socket : nullptr);
  const auto found = complaints.take();
  if (found.empty()) return true;
  refuse(x, ErrorCode::invalid_option, to_string(found));
  return false;
}

policy::RoutePtr Core::route_for(const Exchange& x) const {
  const RequestPolicy* own = x.request.policy.get();
  if (own == nullptr || (!own->proxy && !own->unix_socket)) return router_.route_to(x.url);
  const policy::Router router(own->proxy ? *own->proxy : options_.proxy,
                              own->unix_socket ? *own->unix_socket : options_.unix_socket);
  return router.route_to(x.url);
}

/// The route as the timeline has it.
Route Core::route_of(const policy::RoutePtr& via) {
  if (via == nullptr) return Route::direct;
  switch (via->kind) {
    case policy::Route::Kind::forward:
    case policy::Route::Kind::unusable:
      return Route::proxy;
    case policy::Route::Kind::tunnel:
      return Route::tunnel;
    case policy::Route::Kind::unix_socket:
      return Route::unix_socket;
  }
  return Route::direct;
}

/// Whether the request's connection may turn out to carry others besides (HTTP/2). A forward proxy
/// is spoken to in HTTP/1.1: no proxy says beforehand that it would take anything else.
Pool::Sharing Core::sharing_for(const Exchange& x, const policy::RoutePtr& via) const {
  const RequestPolicy* own = x.request.policy.get();
  const Http2 use = own != nullptr && own->http2 ? *own->http2 : options_.http2.use;
  if (x.http1_only || use == Http2::off) return Pool::Sharing::never;
  if (x.url.scheme() == "https") return Pool::Sharing::unknown;
  if (is_forward(via.get())) return Pool::Sharing::never;
  return use == Http2::prior_knowledge ? Pool::Sharing::always : Pool::Sharing::never;
}

OriginId Core::find_origin(Exchange& x, const policy::RoutePtr& via) {
  x.usual_way = !x.http1_only && !has_own_way(x.request);
  const Url& url = x.url;
  // Connections through different interfaces lead to different peers.
  const std::string zoned = url.zone().empty() ? std::string() : url.host() + "%" + url.zone();
  const std::string& host = zoned.empty() ? url.host() : zoned;
  return pool_.origin(url.scheme(), host, url.port(), sharing_for(x, via), via);
}

/// An address to try if `host` is a literal. The driver turns the name of a zone into a scope when
/// it connects: interfaces come and go.
void Core::add_literal(Connection& c, std::string_view host, std::uint16_t port) {
  const auto literal = http::parse_zoned_ip(host, port);
  if (!literal) return;
  c.addresses.push_back(literal->address);
  if (literal->zone.empty() && c.zones.empty()) return;
  c.zones.resize(c.addresses.size());
  c.zones.back() = literal->zone;
}

/// A forward proxy is told the whole URL (RFC 9112 §3.2.2) and who asks. Nobody else is told the
/// latter (RFC 9110 §11.7.2): where a proxy is configured, a Proxy-Authorization field is left out
/// of what goes to an origin, be it through a tunnel or because the host is exempt.
void Core::head_for_route(wire::H1RequestHead& head, const Exchange& x) {
  const policy::Route* via = connections_[x.connection.index]->via.get();
  if (is_forward(via)) {
    absolute_target_.assign("http://").append(x.authority).append(x.url.target());
    head.target = absolute_target_;
    if (!via->authorization.empty()) add_field(kProxyAuthorization, via->authorization);
    return;
  }
  const RequestPolicy* own = x.request.policy.get();
  const bool proxies = own != nullptr && own->proxy ? !own->proxy->empty() : router_.has_proxies();
  if (!proxies) return;
  const Headers** const parts[] = {&head.fields, &head.defaults};
  for (std::size_t i = 0; i < 2; ++i) {
    const Headers*& part = *parts[i];
    if (part == nullptr || !part->contains(kProxyAuthorization)) continue;
    stripped_[i] = *part;
    stripped_[i].remove(kProxyAuthorization);
    part = &stripped_[i];
  }
}

}  // namespace holdfast::engine
