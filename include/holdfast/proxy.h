// HTTP proxies (RFC 9110 §7.3.2, §9.3.6). A plain struct. Thread: any; plain values.
#pragma once

#include <string>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

/// Which requests go through an HTTP proxy. Default: none.
///
/// A request to an http URL is sent to its proxy in absolute form, always over HTTP/1.1. A request
/// to an https URL goes through a tunnel opened by CONNECT: the proxy learns host and port and sees
/// none of the content. Connections by different proxies, or with different credentials for one
/// proxy, are never shared. Those to a forward proxy are also kept apart by origin, which costs
/// additional connections.
///
/// Opening a tunnel is part of connecting (TimeoutPolicy::connect, Phase::tunnel). A response that
/// refuses it is handled by the retry policy like an origin's (R3, B3, B8); no byte of the request
/// has been sent. 408, 429 and statuses from 500 on are `proxy_unavailable`, retried if
/// RetryPolicy::statuses lists them, after the wait that the response asks for. Others (407, for
/// example) are `proxy_refused`, retried only if `statuses` lists them.
///
/// A Proxy-Authorization field of the request or of the default headers replaces the credentials
/// below for a forward proxy. It is not used for tunnels, and it is not sent to an origin through a
/// tunnel or without a proxy. A forward proxy replaces a Host field of the caller by that of the
/// URL (RFC 9112 §3.2.2). The name that is looked up, and that ClientOptions::resolve applies to,
/// is the proxy's.
struct ProxyPolicy {
  /// Proxy for http URLs, "http://[user:password@]host[:port]". Default port: 8080. "http://" can
  /// be omitted. Empty: no proxy. The credentials are sent as Proxy-Authorization: Basic (RFC
  /// 7617), to the proxy only.
  std::string http_proxy{};
  /// Proxy for https URLs, in the same form. The connection to the proxy itself is cleartext.
  std::string https_proxy{};
  /// Hosts that are reached without a proxy, one per element, as in NO_PROXY: "example.org" and
  /// ".example.org" match the name and its subdomains, "10.0.0.0/8" matches addresses in URLs
  /// (names are not looked up for it), "host:8080" matches one port, "*" matches everything. No
  /// host is exempt by default: as in curl, localhost goes through the proxy too.
  std::vector<std::string> no_proxy{};

  /// false: validate() refuses a proxy that cannot be used, such as "socks5://host", and every
  /// request fails with `invalid_option`. true: only the requests that would use it fail.
  bool check_on_use = false;

  /// Returns the proxies of the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, or ALL_PROXY where
  /// neither of the first two is set. Lower-case names take precedence. A variable that is set and
  /// empty means no proxy. Upper-case HTTP_PROXY is ignored when REQUEST_METHOD is set, because the
  /// client of a CGI program can have set it ("httpoxy").
  ///
  /// Since the environment is written for many programs, entries of NO_PROXY that are not
  /// understood
  /// ("10.*", "<local>") are left out, and `check_on_use` is set (C8).
  HOLDFAST_EXPORT static ProxyPolicy from_environment();

  /// Returns whether there is no proxy for any URL.
  bool empty() const { return http_proxy.empty() && https_proxy.empty(); }
};

}  // namespace holdfast
