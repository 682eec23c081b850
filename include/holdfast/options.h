// Everything a client can be told when it is made. Thread: any (values).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/cookies.h"
#include "holdfast/decode.h"
#include "holdfast/export.h"
#include "holdfast/headers.h"
#include "holdfast/http2.h"
#include "holdfast/policy.h"
#include "holdfast/proxy.h"
#include "holdfast/redirect.h"
#include "holdfast/tls.h"

namespace holdfast {

/// An address to use for a host and port instead of looking the name up. The name is still what
/// Host, SNI and the certificate go by.
struct HostAddress {
  std::string host{};
  std::uint16_t port = 0;  ///< 0: any
  /// An IP literal without brackets; IPv6 with its zone where it needs one ("fe80::1%eth0").
  std::string address{};
};

struct ClientOptions {
  /// Relative URLs of requests are resolved against this (H5, RFC 3986 §5). Empty: all absolute.
  std::string base_url{};
  /// true: "." and ".." segments in the paths of requests and redirects are sent as they are, where
  /// these bring their whole path (DotSegments::keep). false: they are removed (SPEC H7).
  bool path_as_is = false;
  /// Sent with each request unless the request has a field of the same name (H5).
  Headers default_headers{};
  /// The User-Agent field unless default_headers or the request has one; empty: none.
  std::string user_agent = "holdfast";
  RetryPolicy retry{};
  TimeoutPolicy timeouts{};
  PoolPolicy pool{};
  LimitPolicy limits{};
  TlsPolicy tls{};
  Http2Policy http2{};
  DecodePolicy decode{};
  RedirectPolicy redirects{};
  ProxyPolicy proxy{};
  /// The path of a Unix domain socket that every connection goes to instead of the URL's host and
  /// port, which still stand in Host, SNI and certificates. Empty: none. No proxy is used then.
  std::string unix_socket{};
  /// Cookies are sent and kept where there is a jar; null: no cookies. A request's own Cookie field
  /// goes before the jar's.
  std::shared_ptr<CookieJar> cookies{};

  /// Names looked up are kept this long; the system does not tell their true lifetime. 0: not kept.
  Duration dns_cache_ttl = std::chrono::seconds(5);
  /// A failed look-up may be answered from the cache up to this much later.
  Duration dns_stale_ttl = std::chrono::seconds(60);
  /// Look-ups that may run at once: they share libuv's few threads with file I/O.
  std::uint32_t dns_concurrency = 2;

  /// Several for one host are tried in turn.
  std::vector<HostAddress> resolve{};

  /// Backoff jitter and connection lifetimes are drawn from this; 0: from the system's entropy.
  /// Generated Idempotency-Keys are not: two clients with one seed never send the same key.
  std::uint64_t seed = 0;
  /// libuv writes raise SIGPIPE when a peer has reset: unless the process already handles it, the
  /// signal is ignored process-wide when the first client is made. false: you see to it.
  bool ignore_sigpipe = true;

  /// Every complaint at once; a client made from options with complaints fails every request with
  /// invalid_option and says them all.
  HOLDFAST_EXPORT std::vector<Complaint> validate() const;
};

}  // namespace holdfast
