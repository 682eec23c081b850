// Parses a Set-Cookie value (RFC 6265bis §5.6). The jar decides what to do with it. Pure. Thread:
// any.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::http {

struct SetCookie {
  /// `expires_s` of a cookie without an expiry: it lives as long as the jar.
  static constexpr std::int64_t kSession = std::numeric_limits<std::int64_t>::max();
  /// `expires_s` of a cookie that expires at once (Max-Age of zero or below).
  static constexpr std::int64_t kAtOnce = std::numeric_limits<std::int64_t>::min();

  std::string name;  ///< can be empty; then `value` is not
  std::string value;
  std::int64_t expires_s = kSession;  ///< seconds since 1970; Max-Age overrides Expires
  /// The last Domain, lower case, without its leading dot. Empty is the same as absent.
  std::string domain;
  std::string path;  ///< the last Path; empty unless it begins with '/'
  bool secure = false;
  bool http_only = false;
};

/// nullopt if the cookie must be ignored: control characters, neither name nor value, or more than
/// 4096 bytes of both. Attributes that are unknown, invalid or longer than 1024 bytes are skipped;
/// SameSite is not read. The expiry is at most 400 days after `now_s`.
std::optional<SetCookie> parse_set_cookie(std::string_view text, std::int64_t now_s);

}  // namespace holdfast::http
