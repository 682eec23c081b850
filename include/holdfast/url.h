// URLs as RFC 3986 has them, reduced to what an HTTP client needs. Thread: any (values).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"
#include "holdfast/result.h"

namespace holdfast {

/// An absolute http or https URL, taken apart. Made by `parse` or `resolve` only, so that a Url in
/// hand is valid: the scheme is lower-case, the host is lower-case and free of forbidden bytes, an
/// IPv6 literal has lost its brackets, the port is set, the path is not empty, and path and query
/// hold no byte that may not stand on a request line.
class HOLDFAST_EXPORT Url {
 public:
  /// Dot segments stay as given. Errors: invalid_url, unsupported_scheme; the detail names the URL
  /// (redacted), what is wrong and the remedy.
  static Result<Url> parse(std::string_view text);

  /// `reference` against this base by RFC 3986 §5.2, strictly: dot segments are removed, and a
  /// reference with a scheme of its own takes nothing from the base (SPEC H5).
  Result<Url> resolve(std::string_view reference) const;

  const std::string& scheme() const noexcept { return scheme_; }
  const std::string& host() const noexcept { return host_; }  ///< without brackets
  std::uint16_t port() const noexcept { return port_; }
  bool port_is_default() const noexcept { return port_ == (scheme_ == "https" ? 443 : 80); }
  const std::string& userinfo() const noexcept { return userinfo_; }  ///< still percent-encoded
  /// Path and query as they stand on the request line ("/a?b=c"); never empty.
  const std::string& target() const noexcept { return target_; }
  std::string_view path() const noexcept;
  std::string_view query() const noexcept;  ///< without "?"; empty if none

  /// What the Host field says: brackets for IPv6, the port only where it is not the default.
  std::string authority() const;
  /// scheme://host:port, the key of connections.
  std::string origin() const;
  /// The whole URL (no fragment).
  std::string to_string() const;
  /// For logs and errors: no userinfo, query values replaced by "…" (SPEC H4).
  std::string redacted() const;

 private:
  std::string scheme_, userinfo_, host_, target_;
  std::uint16_t port_ = 0;
};

/// Userinfo and query values of any text that looks like a URL, hidden; for error messages about
/// text that did not parse.
HOLDFAST_EXPORT std::string redact_url(std::string_view text);

/// A name and its value, as queries and forms have them; any bytes. Order and repetition are kept.
struct Parameter {
  std::string name;
  std::string value;
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
