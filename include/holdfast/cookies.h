// Cookies kept in memory between requests (RFC 6265bis). Used when ClientOptions::cookies is set.
// Thread: any; each call is atomic.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

class Url;

/// A stored cookie.
struct Cookie {
  std::string name{},    ///< as received
      value{};           ///< as received
  std::string domain{};  ///< lower case, no leading dot
  std::string path{};    ///< sent for this path and those below it
  /// Expiry in seconds since 1970; the largest value for a session cookie.
  std::int64_t expires_s = 0;
  bool host_only = true;   ///< sent to `domain` itself only, not to its subdomains
  bool secure = false;     ///< sent over https only
  bool http_only = false;  ///< the attribute HttpOnly
};

/// A store of cookies, which several clients can share. Nothing is written to disk.
///
/// A Domain attribute that is a public suffix is refused, by libpsl's list if the library was built
/// with it. Otherwise a domain needs at least one dot, which accepts "co.uk".
///
/// The limits are 50 cookies per domain, 3000 in total, and 400 days per cookie. Above them expired
/// cookies are removed first, then those without Secure, then the least recently used. SameSite is
/// ignored, because there are no sites here: every request is the caller's own.
class HOLDFAST_EXPORT CookieJar {
 public:
  /// An empty store.
  CookieJar();
  ~CookieJar();
  CookieJar(const CookieJar&) = delete;
  CookieJar& operator=(const CookieJar&) = delete;

  /// Stores the cookie of a Set-Cookie value received from `url` at `now_s` (seconds since 1970).
  /// Returns true if it was stored, or removed a cookie by an expiry in the past; false if
  /// RFC 6265bis ignores it.
  bool set(std::string_view url, std::string_view set_cookie, std::int64_t now_s);
  /// As above.
  bool set(const Url& url, std::string_view set_cookie, std::int64_t now_s);
  /// Returns the Cookie field for a request to `url`; empty if there is none.
  std::string header_for(std::string_view url, std::int64_t now_s) const;
  /// As above.
  std::string header_for(const Url& url, std::int64_t now_s) const;

  /// Returns copies of all cookies, oldest first.
  std::vector<Cookie> all() const;
  /// Removes all cookies.
  void clear();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast
