// The options of a client. Thread: any; plain values.
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

/// A fixed address for a host and port, used instead of a DNS lookup. Host, SNI and the check of
/// the certificate still use the name.
struct HostAddress {
  std::string host{};      ///< in lower case
  std::uint16_t port = 0;  ///< 0: any
  /// An IP address without brackets; IPv6 with its zone where it needs one ("fe80::1%eth0").
  std::string address{};
};

/// The options of a client; each field's initializer is its default. set_option() (options_text.h)
/// sets them by name.
struct ClientOptions {
  /// Base of relative request URLs (H5, RFC 3986 §5). Empty: request URLs must be absolute.
  std::string base_url{};
  /// Keep "." and ".." segments in the paths of requests and redirects that have a whole path of
  /// their own (DotSegments::keep). false: remove them (H7).
  bool path_as_is = false;
  /// Fields sent with each request that has none of the same name (H5).
  Headers default_headers{};
  /// The User-Agent field, unless `default_headers` or the request has one. Empty: none.
  std::string user_agent = "holdfast";
  RetryPolicy retry{};         ///< which failures are retried, how often, and after which delay
  TimeoutPolicy timeouts{};    ///< timeouts and the deadline
  PoolPolicy pool{};           ///< limits of the connection pool
  LimitPolicy limits{};        ///< limits on a response
  TlsPolicy tls{};             ///< trust, client certificate and versions of TLS
  Http2Policy http2{};         ///< the use of HTTP/2
  DecodePolicy decode{};       ///< decoding of response content
  RedirectPolicy redirects{};  ///< whether redirects are followed
  ProxyPolicy proxy{};         ///< HTTP proxies
  /// Path of a Unix domain socket that replaces the URL's host and port, which are still used for
  /// Host, SNI and the certificate. No proxy is used then. Empty: none.
  std::string unix_socket{};
  /// Where cookies are stored and taken from; can be shared by several clients. A request's own
  /// Cookie field precedes the stored cookies. Null: no cookies.
  std::shared_ptr<CookieJar> cookies{};

  /// How long DNS results are cached; the system's resolver does not tell their own lifetime. 0:
  /// not cached.
  Duration dns_cache_ttl = std::chrono::seconds(5);
  /// How much longer a cached result can be used when a new lookup fails.
  Duration dns_stale_ttl = std::chrono::seconds(60);
  /// Most concurrent DNS lookups, 1 to 1024. They share libuv's few threads with file I/O.
  std::uint32_t dns_concurrency = 2;

  /// Addresses used instead of DNS lookups. Several for one host are tried in turn.
  std::vector<HostAddress> resolve{};

  /// Seed of the random numbers for backoff jitter and connection lifetimes. 0: from the system's
  /// entropy. Idempotency-Keys do not depend on it: two clients with one seed never send the same
  /// key.
  std::uint64_t seed = 0;
  /// Ignore SIGPIPE in the whole process when the first client is made, unless the process handles
  /// it already. Writing to a connection that the peer has reset raises it. false: the caller
  /// handles it.
  bool ignore_sigpipe = true;

  /// Returns every mistake in these options; empty if there is none. A client made from invalid
  /// options fails every request with `invalid_option` and the text of all mistakes.
  HOLDFAST_EXPORT std::vector<OptionError> validate() const;
};

}  // namespace holdfast
