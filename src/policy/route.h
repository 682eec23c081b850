// The route of a request's connection: directly to the origin, through an HTTP proxy, or to a Unix
// domain socket. Pure: options and a URL in, a route out. A Router is parsed once; it costs nothing
// for a client without proxies and sockets. Thread: any (values).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/proxy.h"
#include "holdfast/url.h"
#include "http/exemption.h"
#include "policy/complaints.h"

namespace holdfast::policy {

struct Route {
  enum class Kind : std::uint8_t {
    forward,  ///< an http proxy that gets whole requests
    tunnel,   ///< an http proxy that opens a tunnel (CONNECT)
    unix_socket,
    unusable,  ///< an invalid proxy (ProxyPolicy::check_on_use): its requests fail
  };
  Kind kind = Kind::forward;
  std::string host;  ///< of the proxy, without brackets
  std::uint16_t port = 0;
  std::string authorization;  ///< Proxy-Authorization, a secret; empty: none
  std::string path;           ///< of the socket; unusable: the error text

  /// For display, without the credentials: "http://proxy:8080", "unix:/run/x.sock".
  std::string name() const;
  std::uint64_t hash() const;
  friend bool operator==(const Route&, const Route&) = default;
};

/// Null: directly to the origin.
using RoutePtr = std::shared_ptr<const Route>;
/// Whether connections of one may carry requests of the other; the credentials must be equal, too.
bool same_route(const RoutePtr& a, const RoutePtr& b);

/// Checks the options of a client or of one request; `unix_socket` is null for none.
void check_routes(Complaints& complaints, const ProxyPolicy& proxy, const std::string* unix_socket);

class Router {
 public:
  Router() = default;
  /// The options must be valid, except for the proxies of a policy with `check_on_use`. A socket
  /// takes precedence over any proxy.
  Router(const ProxyPolicy& proxy, const std::string& unix_socket);

  bool has_proxies() const { return forward_ != nullptr || tunnel_ != nullptr; }
  RoutePtr route_to(const Url& url) const;

 private:
  RoutePtr socket_, forward_, tunnel_;
  std::vector<http::Exemption> exempt_;
};

}  // namespace holdfast::policy
