// A Set-Cookie value taken apart (RFC 6265bis §5.6). What it means for a jar is the jar's business.
// Pure. Thread: any.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::http {

struct SetCookie {
  /// `expires_s` of a cookie that says nothing of its end: as long as the jar lives.
  static constexpr std::int64_t kSession = std::numeric_limits<std::int64_t>::max();
  /// And of one that is to go at once (Max-Age of zero or below).
  static constexpr std::int64_t kAtOnce = std::numeric_limits<std::int64_t>::min();

  std::string name;  ///< may be empty, then `value` is not
  std::string value;
  std::int64_t expires_s = kSession;  ///< seconds since 1970; Max-Age goes before Expires
  /// The last of each; without its leading dot and in lower case. Empty: as if there were none.
  std::string domain;
  std::string path;  ///< empty unless it begins with '/'
  bool secure = false;
  bool http_only = false;
};

/// nullopt for what is to be ignored as a whole: control characters, neither name nor value, or
/// more than 4096 bytes of both. Attributes that are unknown, unreadable or longer than 1024 bytes
/// are left out; SameSite is not read. No end is later than 400 days after `now_s`.
std::optional<SetCookie> parse_set_cookie(std::string_view text, std::int64_t now_s);

}  // namespace holdfast::http
