// Which way a request's connection goes: straight to its origin, through an HTTP proxy, or to a
// Unix domain socket. Pure: options and a URL in, a route out. A router is parsed once; a client
// without proxies and sockets pays for none of this. Thread: any (values).
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
    forward,  ///< an http proxy that is handed whole requests
    tunnel,   ///< an http proxy that is asked for a tunnel (CONNECT)
    unix_socket,
    unusable,  ///< a proxy that cannot be used (ProxyPolicy::check_on_use): requests fail by it
  };
  Kind kind = Kind::forward;
  std::string host;  ///< of the proxy, without brackets
  std::uint16_t port = 0;
  std::string authorization;  ///< Proxy-Authorization, a secret; empty: none
  std::string path;           ///< of the socket; unusable: the complaint

  /// For people, without the secret: "http://proxy:8080", "unix:/run/x.sock".
  std::string name() const;
  std::uint64_t hash() const;
  friend bool operator==(const Route&, const Route&) = default;
};

/// Null: straight to the origin.
using RoutePtr = std::shared_ptr<const Route>;
/// Whether connections of one may carry requests of the other: credentials count as well.
bool same_route(const RoutePtr& a, const RoutePtr& b);

/// What is wrong with the options of a client or of one request, `unix_socket` null for none.
void check_routes(Complaints& complaints, const ProxyPolicy& proxy, const std::string* unix_socket);

class Router {
 public:
  Router() = default;
  /// The options are valid, except that the proxies of a policy with `check_on_use` may not be. A
  /// socket takes precedence over any proxy.
  Router(const ProxyPolicy& proxy, const std::string& unix_socket);

  bool has_proxies() const { return forward_ != nullptr || tunnel_ != nullptr; }
  RoutePtr route_to(const Url& url) const;

 private:
  RoutePtr socket_, forward_, tunnel_;
  std::vector<http::Exemption> exempt_;
};

}  // namespace holdfast::policy
