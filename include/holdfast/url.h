// URLs (RFC 3986), as far as an HTTP client needs them. Thread: any; plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"
#include "holdfast/result.h"

namespace holdfast {

/// Whether the path segments "." and "..", also written "%2e", are removed (RFC 3986 §5.2.4) or
/// sent as they are.
enum class DotSegments : std::uint8_t { remove, keep };

/// An absolute http or https URL, parsed and normalised (H7). Only parse() and resolve() make one,
/// so every Url is valid, and parsing its to_string() gives an equal Url.
///
/// Scheme and host are in lower case. A host with non-ASCII characters is converted by libidn2 (UTS
/// #46, non-transitional) if the library was built with it, and refused otherwise. IP addresses are
/// in canonical form: `[0:0:0:0:0:0:0:1]` becomes `::1` (RFC 5952). A host made of numbers only
/// ("127.1", "0x7f.1") is the IPv4 address that it stands for, or refused. In path and query,
/// blanks, non-ASCII bytes, a "%" without two hexadecimal digits and the delimiters that browsers
/// encode are percent-encoded; everything that RFC 3986 allows is kept byte for byte. Blanks around
/// the URL are ignored. Control characters, CR, LF and NUL included, are refused anywhere.
class HOLDFAST_EXPORT Url {
 public:
  /// Parses an absolute URL. Errors: `invalid_url`, `unsupported_scheme`; the detail names the URL
  /// (redacted), the part that is wrong and the remedy.
  static Result<Url> parse(std::string_view text, DotSegments dots = DotSegments::remove);

  /// Resolves a reference against this URL as base (RFC 3986 §5.2, strict): a reference with a
  /// scheme takes nothing from the base (H5). `dots` applies to a reference with a whole path of
  /// its own; when the path is merged with the base's, dot segments are always removed. Errors: as
  /// parse().
  Result<Url> resolve(std::string_view reference, DotSegments dots = DotSegments::remove) const;

  /// Returns "http" or "https".
  const std::string& scheme() const noexcept { return scheme_; }
  /// Returns the host, without brackets and zone.
  const std::string& host() const noexcept { return host_; }
  /// Returns the network interface of an IPv6 address, as name or number: "eth0" in
  /// `http://[fe80::1%25eth0]/` (RFC 6874; "%eth0" is accepted too). It selects where to connect
  /// and is never sent. Empty: none.
  const std::string& zone() const noexcept { return zone_; }
  /// Returns the port; the scheme's default (80, 443) if the URL has none.
  std::uint16_t port() const noexcept { return port_; }
  /// Returns whether the port is the scheme's default.
  bool port_is_default() const noexcept { return port_ == (scheme_ == "https" ? 443 : 80); }
  /// Returns "user:password" as in the URL, percent-encoded; empty if there is none.
  const std::string& userinfo() const noexcept { return userinfo_; }
  /// Returns path and query as sent in the request line: "/a?b=c". Never empty.
  const std::string& target() const noexcept { return target_; }
  /// Returns the path, which begins with "/". The view lives as long as this Url.
  std::string_view path() const noexcept;
  /// Returns the query without "?"; empty if there is none. The view lives as long as this Url.
  std::string_view query() const noexcept;

  /// Returns the value of the Host field: IPv6 in brackets, no zone, the port only if it is not the
  /// default.
  std::string authority() const;
  /// Returns "scheme://host:port" with the zone: what connections are pooled by.
  std::string origin() const;
  /// Returns the whole URL. It has no fragment.
  std::string to_string() const;
  /// Returns the URL for logs and errors: without userinfo, and with "…" in place of query values
  /// (H4).
  std::string redacted() const;

 private:
  std::string bracketed(bool with_zone) const;

  std::string scheme_, userinfo_, host_, zone_, target_;
  std::uint16_t port_ = 0;
};

/// Returns `text` without userinfo and with "…" in place of query values, for any text that looks
/// like a URL. For messages about text that could not be parsed.
HOLDFAST_EXPORT std::string redact_url(std::string_view text);

/// A name and value of a query or form; any bytes.
struct Parameter {
  std::string name{};   ///< before encoding
  std::string value{};  ///< before encoding
};
/// Parameters in order; names can repeat.
using Parameters = std::vector<Parameter>;

/// Returns `text` with everything percent-encoded except RFC 3986's unreserved characters (§2.3); a
/// space becomes `%20`. For one segment of a path, or a name or value of a query.
HOLDFAST_EXPORT std::string percent_encode(std::string_view text);
/// Returns `url`, absolute or relative, with the encoded parameters added to its query, before the
/// fragment. The rest of it is not changed.
HOLDFAST_EXPORT std::string with_query(std::string_view url, const Parameters& parameters);
/// Returns the parameters as application/x-www-form-urlencoded, as browsers write it (WHATWG URL
/// §5.2): a space becomes "+".
HOLDFAST_EXPORT std::string form_encode(const Parameters& parameters);

}  // namespace holdfast
