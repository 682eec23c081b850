// URLs as RFC 3986 has them, reduced to what an HTTP client needs. Thread: any (values).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"
#include "holdfast/result.h"

namespace holdfast {

/// Whether "." and ".." segments of a path are resolved (RFC 3986 §5.2.4), those written "%2e"
/// included, or sent as they are.
enum class DotSegments : std::uint8_t { remove, keep };

/// An absolute http or https URL, taken apart and normalised (SPEC H7). Only `parse` and `resolve`
/// make one, so every Url is valid, and parsing its `to_string()` yields the same Url.
///
/// Scheme and host are lower case. A host beyond ASCII is converted by libidn2 (UTS #46,
/// non-transitional) where the build found it, and refused elsewhere. IP addresses are canonical:
/// "[0:0:0:0:0:0:0:1]" is "::1" (RFC 5952), and a host of numbers only ("127.1", "0x7f.1") is the
/// IPv4 address that it stands for, or refused. In path and query, blanks, bytes beyond ASCII, a
/// "%" without two hexadecimal digits and the delimiters that browsers encode are percent-encoded;
/// all that RFC 3986 allows stays byte for byte. Blanks around the URL are ignored. Control
/// characters, CR, LF and NUL among them, are refused wherever they stand.
class HOLDFAST_EXPORT Url {
 public:
  /// Errors: invalid_url, unsupported_scheme; the detail names the URL (redacted), the part of it
  /// that is wrong and the remedy.
  static Result<Url> parse(std::string_view text, DotSegments dots = DotSegments::remove);

  /// `reference` against this base by RFC 3986 §5.2, strictly: a reference with a scheme of its own
  /// takes nothing from the base (SPEC H5). `dots` applies to references that bring their whole
  /// path; the dot segments of one that is merged with the base's path are always removed. Errors:
  /// as parse().
  Result<Url> resolve(std::string_view reference, DotSegments dots = DotSegments::remove) const;

  const std::string& scheme() const noexcept { return scheme_; }
  /// Without brackets and zone.
  const std::string& host() const noexcept { return host_; }
  /// The network interface of an IPv6 address, a name or a number: "eth0" of
  /// "http://[fe80::1%25eth0]/" (RFC 6874; "%eth0" is read as well). It decides where the
  /// connection goes and is sent to nobody. Empty: none.
  const std::string& zone() const noexcept { return zone_; }
  std::uint16_t port() const noexcept { return port_; }
  bool port_is_default() const noexcept { return port_ == (scheme_ == "https" ? 443 : 80); }
  const std::string& userinfo() const noexcept { return userinfo_; }  ///< still percent-encoded
  /// Path and query as they stand on the request line ("/a?b=c"); never empty.
  const std::string& target() const noexcept { return target_; }
  std::string_view path() const noexcept;
  std::string_view query() const noexcept;  ///< without "?"; empty if none

  /// The value of the Host field: brackets for IPv6, no zone, the port only where it is not the
  /// default.
  std::string authority() const;
  /// scheme://host:port, with the zone; the key of connections.
  std::string origin() const;
  /// The whole URL (no fragment).
  std::string to_string() const;
  /// For logs and errors: no userinfo, query values replaced by "…" (SPEC H4).
  std::string redacted() const;

 private:
  std::string bracketed(bool with_zone) const;

  std::string scheme_, userinfo_, host_, zone_, target_;
  std::uint16_t port_ = 0;
};

/// Userinfo and query values of any text that looks like a URL, hidden; for error messages about
/// text that did not parse.
HOLDFAST_EXPORT std::string redact_url(std::string_view text);

/// A name and its value, as queries and forms have them; any bytes. Order and repetition are kept.
struct Parameter {
  std::string name{};
  std::string value{};
};
using Parameters = std::vector<Parameter>;

/// `text` with everything but RFC 3986's unreserved characters (§2.3) percent-encoded, a space as
/// %20: fit to be one segment of a path, or a name or value of a query.
HOLDFAST_EXPORT std::string percent_encode(std::string_view text);
/// `url`, absolute or a reference, with the parameters encoded and added to its query, before the
/// fragment. The rest of it is left as it stands.
HOLDFAST_EXPORT std::string with_query(std::string_view url, const Parameters& parameters);
/// application/x-www-form-urlencoded as browsers write it (WHATWG URL §5.2): a space as "+".
HOLDFAST_EXPORT std::string form_encode(const Parameters& parameters);

}  // namespace holdfast
