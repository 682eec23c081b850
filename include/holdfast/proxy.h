// Which requests go through an HTTP proxy (RFC 9110 §7.3.2, §9.3.6). A plain struct. Thread: any
// (values).
#pragma once

#include <string>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

/// http URLs are sent to their proxy in absolute form, over HTTP/1.1 whatever Http2Policy says;
/// https ones through a tunnel made by CONNECT, so that the proxy learns host and port and sees no
/// byte of them. Connections through different proxies, or as different users of one, never mix;
/// those to a forward proxy are kept apart by origin as well, which costs some more of them.
///
/// A tunnel is part of connecting (TimeoutPolicy::connect, Phase::tunnel). A response that refuses
/// one goes through the retry policy as an origin's does (SPEC R3, B3, B8); no byte of the request
/// has left. 408, 429 and statuses from 500 on are proxy_unavailable, retried where
/// RetryPolicy::statuses has them, after the wait that the response asks for. Others are
/// proxy_refused and final (407, too) unless `statuses` lists them.
///
/// A Proxy-Authorization field of the request or of the default headers goes to a forward proxy, in
/// place of the credentials below; it makes no tunnels, and is left out of what goes to an origin
/// through one or past the proxy.
/// A forward proxy replaces a Host field of your own by the URL's (RFC 9112 §3.2.2). The name that
/// is looked up, and that ClientOptions::resolve acts on, is the proxy's, not the origin's.
struct ProxyPolicy {
  /// "http://[user:password@]host[:port]", port 8080 unless given; "http://" may be left out;
  /// empty: no proxy. Credentials become Proxy-Authorization: Basic (RFC 7617), sent to the proxy
  /// and to nobody else.
  std::string http_proxy{};   ///< for http URLs
  std::string https_proxy{};  ///< for https URLs; the proxy itself is spoken to in cleartext
  /// Hosts that are gone to directly, as NO_PROXY has them: "example.org" and ".example.org" mean
  /// the name and all below it, "10.0.0.0/8" addresses written as such (no name is looked up for
  /// it), "host:8080" one port, "*" everything. Each is an element of its own. No host is exempt by
  /// itself: localhost goes through the proxy as well (as with curl).
  std::vector<std::string> no_proxy{};

  /// false: validate() refuses a proxy that cannot be used, such as "socks5://host", and with it
  /// all requests. true: only the requests that would go through it fail, with invalid_option.
  bool check_on_use = false;

  /// From the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, or in lower case, which goes first;
  /// ALL_PROXY where neither is set. One that is set and empty means "none". Upper-case HTTP_PROXY
  /// is ignored where REQUEST_METHOD is set, since a CGI's client could have set it ("httpoxy").
  ///
  /// The environment is written for many programs (SPEC C8): entries of NO_PROXY that mean nothing
  /// here ("10.*", "<local>") are left out, and `check_on_use` is set.
  HOLDFAST_EXPORT static ProxyPolicy from_environment();

  bool empty() const { return http_proxy.empty() && https_proxy.empty(); }
};

}  // namespace holdfast
