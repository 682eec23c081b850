// The rules of the jar: which cookies are stored (RFC 6265bis §5.7), sent (§5.8) and evicted.
// Cookies are stored by domain, so a request searches as many lists as its host has labels.
// Invariants:
//  1. No two cookies of a list share name, path and host-only flag.
//  2. A list holds at most kMostOfDomain cookies, all lists together kMostInAll, and no list is
//     empty.
#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "holdfast/cookies.h"
#include "holdfast/headers.h"
#include "holdfast/url.h"
#include "http/ip_address.h"
#include "http/public_suffix.h"
#include "http/set_cookie.h"

namespace holdfast {

// In a named namespace, because State has members of these types.
namespace jar {

struct Kept {
  Cookie cookie;
  std::uint64_t created = 0;  ///< sequence number of its creation; kept when it is set again
  std::uint64_t used = 0;     ///< sequence number of its last use
};
using Kin = std::vector<Kept>;  ///< the cookies of one domain

}  // namespace jar

namespace {

using jar::Kept;
using jar::Kin;

constexpr std::size_t kMostOfDomain = 50;
constexpr std::size_t kMostInAll = 3000;

bool is_ip(std::string_view host) { return http::parse_ip(host, 0).has_value(); }

/// §5.1.3.
bool domain_matches(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.' && !is_ip(host);
}

/// §5.1.4.
bool path_matches(std::string_view asked, std::string_view path) {
  if (!asked.starts_with(path)) return false;
  return asked.size() == path.size() || path.ends_with('/') || asked[path.size()] == '/';
}

std::string_view default_path(std::string_view asked) {
  const std::size_t last = asked.rfind('/');
  return last == 0 || last == asked.npos ? std::string_view("/") : asked.substr(0, last);
}

bool starts_with_name(std::string_view text, std::string_view start) {
  return same_name(text.substr(0, start.size()), start);
}

/// Checks the requirements of a name's prefix (§4.1.3). The value of a nameless cookie must not
/// start with such a prefix.
bool keeps_prefix_promises(const Cookie& cookie, bool path_given) {
  constexpr std::string_view kSecure = "__Secure-", kHost = "__Host-";
  if (cookie.name.empty()) {
    return !starts_with_name(cookie.value, kSecure) && !starts_with_name(cookie.value, kHost);
  }
  if (starts_with_name(cookie.name, kSecure)) return cookie.secure;
  if (starts_with_name(cookie.name, kHost)) {
    return cookie.secure && cookie.host_only && path_given && cookie.path == "/";
  }
  return true;
}

/// Sets the cookie's domain; false if the host must not set a cookie for `domain`.
bool settle_domain(Cookie& cookie, const std::string& host, std::string domain) {
  const bool ascii = std::all_of(domain.begin(), domain.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  // A name with a trailing dot is a different name, and the list of suffixes has none of those.
  if (!ascii || domain.ends_with('.')) return false;
  if (!domain.empty() && !is_ip(domain) && http::is_public_suffix(domain)) {
    if (domain != host) return false;
    domain.clear();
  }
  if (!domain.empty() && !domain_matches(host, domain)) return false;
  cookie.host_only = domain.empty() || is_ip(domain);
  cookie.domain = domain.empty() ? host : domain;
  return true;
}

bool is_expired(const Cookie& cookie, std::int64_t now_s) { return cookie.expires_s <= now_s; }

/// The cookie of `kin` to evict: non-Secure before Secure, then the least recently used.
Kin::iterator least_wanted(Kin& kin) {
  return std::min_element(kin.begin(), kin.end(), [](const Kept& a, const Kept& b) {
    return std::pair(a.cookie.secure, a.used) < std::pair(b.cookie.secure, b.used);
  });
}

}  // namespace

struct CookieJar::State {
  mutable std::mutex mutex;
  std::map<std::string, Kin, std::less<>> domains;
  std::size_t count = 0;
  std::uint64_t sequence = 0;
  std::int64_t next_expiry_s = http::SetCookie::kSession;  ///< no cookie expires earlier

  /// Calls `visit` with every list that can have cookies for the host, the host's own list first.
  template <class Visit>
  void each_kin(std::string_view host, Visit visit) {
    const bool ip = is_ip(host);
    for (std::string_view domain = host;;) {
      if (const auto found = domains.find(domain); found != domains.end()) visit(found->second);
      const std::size_t dot = domain.find('.');
      if (ip || dot == domain.npos) return;
      domain.remove_prefix(dot + 1);
    }
  }

  void forget_expired(std::int64_t now_s) {
    if (now_s < next_expiry_s) return;
    next_expiry_s = http::SetCookie::kSession;
    for (auto at = domains.begin(); at != domains.end();) {
      count -= std::erase_if(at->second,
                             [&](const Kept& kept) { return is_expired(kept.cookie, now_s); });
      for (const Kept& kept : at->second) note_expiry(kept.cookie);
      at = at->second.empty() ? domains.erase(at) : std::next(at);
    }
  }

  void note_expiry(const Cookie& cookie) {
    next_expiry_s = std::min(next_expiry_s, cookie.expires_s);
  }

  /// §5.7, "leave secure cookies alone": a cookie from an insecure connection neither replaces nor
  /// shadows a Secure one.
  bool shadows_secure(const Cookie& fresh) const {
    for (const auto& [domain, kin] : domains) {
      if (!domain_matches(domain, fresh.domain) && !domain_matches(fresh.domain, domain)) continue;
      for (const Kept& kept : kin) {
        if (kept.cookie.secure && kept.cookie.name == fresh.name &&
            path_matches(fresh.path, kept.cookie.path)) {
          return true;
        }
      }
    }
    return false;
  }

  /// Stores the cookie in place of an equal one, or removes that if `fresh` has expired. Returns
  /// whether the cookie is stored now or one was removed.
  bool store(Cookie&& fresh, std::int64_t now_s) {
    const std::string domain = fresh.domain;
    Kin& kin = domains[domain];
    const auto like = std::find_if(kin.begin(), kin.end(), [&](const Kept& kept) {
      return kept.cookie.name == fresh.name && kept.cookie.path == fresh.path &&
             kept.cookie.host_only == fresh.host_only;
    });
    const bool found = like != kin.end();
    bool changed = true;
    if (is_expired(fresh, now_s)) {
      changed = found;
      if (found) remove(kin, like);
    } else if (note_expiry(fresh); found) {
      like->cookie = std::move(fresh);
      like->used = ++sequence;
    } else {
      changed = add(kin, std::move(fresh));
    }
    if (kin.empty()) domains.erase(domain);
    if (count > kMostInAll) remove_oldest();
    return changed;
  }

  /// Returns whether the new cookie was kept.
  bool add(Kin& kin, Cookie&& fresh) {
    const std::uint64_t now = ++sequence;
    kin.push_back({std::move(fresh), now, now});
    ++count;
    if (kin.size() <= kMostOfDomain) return true;
    const auto victim = least_wanted(kin);
    const bool stays = victim->created != now;
    remove(kin, victim);
    return stays;
  }

  void remove(Kin& kin, Kin::iterator which) {
    kin.erase(which);
    --count;
  }

  /// No domain is over its own limit here, so only the last use matters.
  void remove_oldest() {
    auto where = domains.end();
    Kin::iterator which;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (auto at = domains.begin(); at != domains.end(); ++at) {
      for (auto kept = at->second.begin(); kept != at->second.end(); ++kept) {
        if (kept->used >= least) continue;
        least = kept->used;
        where = at;
        which = kept;
      }
    }
    if (where == domains.end()) return;
    remove(where->second, which);
    if (where->second.empty()) domains.erase(where);
  }
};

CookieJar::CookieJar() : state_(std::make_unique<State>()) {}
CookieJar::~CookieJar() = default;

bool CookieJar::set(std::string_view url, std::string_view set_cookie, std::int64_t now_s) {
  const Result<Url> parsed = Url::parse(url);
  return parsed.ok() && set(*parsed, set_cookie, now_s);
}

bool CookieJar::set(const Url& url, std::string_view set_cookie, std::int64_t now_s) {
  std::optional<http::SetCookie> given = http::parse_set_cookie(set_cookie, now_s);
  if (!given) return false;
  const bool https = url.scheme() == "https";
  if (given->secure && !https) return false;
  Cookie cookie;
  if (!settle_domain(cookie, url.host(), std::move(given->domain))) return false;
  const bool path_given = !given->path.empty();
  cookie.path = path_given ? std::move(given->path) : std::string(default_path(url.path()));
  cookie.name = std::move(given->name);
  cookie.value = std::move(given->value);
  cookie.expires_s = given->expires_s;
  cookie.secure = given->secure;
  cookie.http_only = given->http_only;
  if (!keeps_prefix_promises(cookie, path_given)) return false;

  const std::lock_guard lock(state_->mutex);
  state_->forget_expired(now_s);
  if (!https && state_->shadows_secure(cookie)) return false;
  return state_->store(std::move(cookie), now_s);
}

std::string CookieJar::header_for(std::string_view url, std::int64_t now_s) const {
  const Result<Url> parsed = Url::parse(url);
  return parsed.ok() ? header_for(*parsed, now_s) : std::string();
}

std::string CookieJar::header_for(const Url& url, std::int64_t now_s) const {
  const bool https = url.scheme() == "https";
  const std::string_view host = url.host(), path = url.path();
  const std::lock_guard lock(state_->mutex);
  std::vector<Kept*> fitting;
  state_->each_kin(host, [&](Kin& kin) {
    for (Kept& kept : kin) {
      const Cookie& cookie = kept.cookie;
      if (cookie.host_only && cookie.domain != host) continue;
      if (cookie.secure && !https) continue;
      if (is_expired(cookie, now_s) || !path_matches(path, cookie.path)) continue;
      fitting.push_back(&kept);
    }
  });
  // §5.8.3: longer paths first, then older cookies.
  std::sort(fitting.begin(), fitting.end(), [](const Kept* a, const Kept* b) {
    if (a->cookie.path.size() != b->cookie.path.size()) {
      return a->cookie.path.size() > b->cookie.path.size();
    }
    return a->created < b->created;
  });
  std::string text;
  for (Kept* kept : fitting) {
    kept->used = ++state_->sequence;
    if (!text.empty()) text += "; ";
    if (!kept->cookie.name.empty()) text.append(kept->cookie.name).append("=");
    text += kept->cookie.value;
  }
  return text;
}

std::vector<Cookie> CookieJar::all() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<const Kept*> sorted;
  for (const auto& [domain, kin] : state_->domains) {
    for (const Kept& kept : kin) sorted.push_back(&kept);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Kept* a, const Kept* b) { return a->created < b->created; });
  std::vector<Cookie> copies;
  copies.reserve(sorted.size());
  for (const Kept* kept : sorted) copies.push_back(kept->cookie);
  return copies;
}

void CookieJar::clear() {
  const std::lock_guard lock(state_->mutex);
  state_->domains.clear();
  state_->count = 0;
}

}  // namespace holdfast
