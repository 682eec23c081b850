// Which requests go through an HTTP proxy (RFC 9110 §7.3.2, §9.3.6). A plain struct. Thread: any
// (values).
#pragma once

#include <string>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

/// http URLs are sent to their proxy in absolute form, https ones through a tunnel made by CONNECT,
/// so that the proxy sees no byte of them. Connections through different proxies never mix.
struct ProxyPolicy {
  /// "http://[user:password@]host[:port]", port 8080 unless given; empty: no proxy. Credentials
  /// become Proxy-Authorization: Basic (RFC 7617), sent to the proxy and to nobody else.
  std::string http_proxy;   ///< for http URLs
  std::string https_proxy;  ///< for https URLs; the proxy itself is spoken to in cleartext
  /// Hosts that are gone to directly, as NO_PROXY has them: "example.org" and ".example.org" mean
  /// the name and all below it, "10.0.0.0/8" addresses written as such, "host:8080" one port, "*"
  /// everything.
  std::vector<std::string> no_proxy;

  /// From the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, or in lower case, which goes first;
  /// ALL_PROXY where neither is set. Upper-case HTTP_PROXY is not heeded where REQUEST_METHOD is
  /// set, since a CGI's client could have set it ("httpoxy").
  HOLDFAST_EXPORT static ProxyPolicy from_environment();

  bool empty() const { return http_proxy.empty() && https_proxy.empty(); }
};

}  // namespace holdfast
