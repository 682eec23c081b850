// Cookies kept between requests, in memory (RFC 6265bis). Opt-in: ClientOptions::cookies. Thread:
// any; each call is one locked step.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

class Url;

/// One cookie as it is kept.
struct Cookie {
  std::string name{}, value{};
  std::string domain{};  ///< lower case, no leading dot
  std::string path{};
  std::int64_t expires_s = 0;  ///< seconds since 1970; of a session cookie the largest there is
  bool host_only = true;       ///< for `domain` itself, not for what is below it
  bool secure = false;
  bool http_only = false;
};

/// A jar may be shared by several clients. Nothing is written to disk. Domain attributes that are
/// public suffixes are refused by libpsl's list where the library was built with it, and by the
/// rule "at least one dot" where not (which takes "co.uk" for a site like any other).
///
/// At most 50 cookies of a domain and 3000 in all are kept, a cookie at most 400 days; what has
/// expired goes first, then what is not Secure, then what has not been used for longest. SameSite
/// is not heeded: there are no sites here, and every request is the user's own.
class HOLDFAST_EXPORT CookieJar {
 public:
  CookieJar();
  ~CookieJar();
  CookieJar(const CookieJar&) = delete;
  CookieJar& operator=(const CookieJar&) = delete;

  /// Takes a Set-Cookie value received from `url` at `now_s` (seconds since 1970). Says whether it
  /// was kept (or removed a cookie, as a past expiry does); what RFC 6265bis ignores is not.
  bool set(std::string_view url, std::string_view set_cookie, std::int64_t now_s);
  bool set(const Url& url, std::string_view set_cookie, std::int64_t now_s);
  /// What a request for `url` should say as Cookie; empty: nothing.
  std::string header_for(std::string_view url, std::int64_t now_s) const;
  std::string header_for(const Url& url, std::int64_t now_s) const;

  /// Copies, the oldest first.
  std::vector<Cookie> all() const;
  void clear();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast
