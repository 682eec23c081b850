// Compares the jar with a model that keeps a plain list and applies the rules one by one (RFC
// 6265bis §5.7 and §5.8): for any sequence of cookies, origins and times, both send the same
// cookies with each request.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/cookies.h"

namespace holdfast {
namespace {

constexpr std::int64_t kStart = 1'700'000'000;

const std::vector<std::string> kHosts = {"shop.test", "www.shop.test", "a.www.shop.test",
                                         "other.test", "10.0.0.1"};
const std::vector<std::string> kPaths = {"/", "/a", "/a/", "/a/b", "/ab", "/a/b/c"};
const std::vector<std::string> kNames = {"n", "m", "N", "__Host-h", "__Secure-s"};

template <class T>
T one_of(const std::vector<T>& values) {
  return values[static_cast<std::size_t>(
      *rc::gen::inRange<std::int64_t>(0, static_cast<std::int64_t>(values.size())))];
}
bool one_in(int n) { return *rc::gen::inRange(0, n) == n - 1; }

struct Place {
  bool https = false;
  std::string host, path;
  std::string url() const { return (https ? "https://" : "http://") + host + path + "?q=1"; }
};

struct Set {
  Place from;
  std::string name, value;
  std::optional<std::string> domain, path;
  std::optional<int> max_age_s;
  bool secure = false;

  /// The cookie as a server could write it.
  std::string text() const {
    std::string out = name + "=" + value;
    if (secure) out += ";SECURE";
    if (path) out += "; path = " + *path;
    if (domain) out += " ;Domain=" + *domain;
    if (max_age_s) out += "; Max-Age=" + std::to_string(*max_age_s);
    return out + "; SameSite=Lax";
  }
};

Place some_place() { return {one_in(2), one_of(kHosts), one_of(kPaths)}; }

Set some_set(int serial) {
  Set set;
  set.from = some_place();
  set.name = one_of(kNames);
  set.value = "v" + std::to_string(serial);
  if (one_in(2)) set.domain = one_of(kHosts);
  if (one_in(8)) set.domain = one_of<std::string>({"test", ".Shop.TEST", "0.0.1", "hop.test"});
  if (one_in(2)) set.path = one_of(kPaths);
  if (one_in(3)) set.max_age_s = one_of<int>({0, -1, 5, 20});
  set.secure = one_in(3);
  return set;
}

// --- The model -----------------------------------------------------------------------------------

struct Remembered {
  std::string name, value, domain, path;
  bool secure = false, host_only = true;
  std::optional<std::int64_t> ends_s;
};

bool is_address(const std::string& host) { return host == "10.0.0.1"; }

bool below(const std::string& host, const std::string& domain) {
  if (host == domain) return true;
  const std::string tail = "." + domain;
  return !is_address(host) && host.size() > tail.size() &&
         host.compare(host.size() - tail.size(), tail.size(), tail) == 0;
}

bool within(const std::string& path, const std::string& directory) {
  if (path == directory) return true;
  const std::string start = directory.back() == '/' ? directory : directory + "/";
  return path.compare(0, start.size(), start) == 0;
}

class ModelJar {
 public:
  void set(const Set& given, std::int64_t now_s) {
    std::erase_if(all_, [&](const Remembered& c) { return c.ends_s && *c.ends_s <= now_s; });
    Remembered fresh;
    fresh.name = given.name;
    fresh.value = given.value;
    fresh.secure = given.secure;
    if (given.secure && !given.from.https) return;
    fresh.domain = given.from.host;
    if (given.domain) {
      std::string domain = *given.domain == ".Shop.TEST" ? "shop.test" : *given.domain;
      if (domain == "test" || !below(given.from.host, domain)) return;
      fresh.domain = domain;
      fresh.host_only = is_address(domain);
    }
    const std::string& asked = given.from.path;
    const std::size_t last = asked.find_last_of('/');
    fresh.path = given.path.value_or(last == 0 ? "/" : asked.substr(0, last));
    if (given.name == "__Secure-s" && !given.secure) return;
    if (given.name == "__Host-h" &&
        !(given.secure && fresh.host_only && given.path && *given.path == "/")) {
      return;
    }
    for (const Remembered& c : all_) {
      const bool related = below(c.domain, fresh.domain) || below(fresh.domain, c.domain);
      if (!given.from.https && c.secure && c.name == fresh.name && related &&
          within(fresh.path, c.path)) {
        return;
      }
    }
    if (given.max_age_s) fresh.ends_s = now_s + *given.max_age_s;
    const auto like = std::find_if(all_.begin(), all_.end(), [&](const Remembered& c) {
      return c.name == fresh.name && c.domain == fresh.domain && c.path == fresh.path &&
             c.host_only == fresh.host_only;
    });
    const bool over = fresh.ends_s && *fresh.ends_s <= now_s;
    if (like != all_.end()) {
      over ? static_cast<void>(all_.erase(like)) : static_cast<void>(*like = fresh);
    } else if (!over) {
      all_.push_back(fresh);
    }
  }

  std::string header(const Place& to, std::int64_t now_s) const {
    std::vector<Remembered> fitting;
    for (const Remembered& c : all_) {
      if (c.ends_s && *c.ends_s <= now_s) continue;
      if (c.secure && !to.https) continue;
      if (c.host_only ? c.domain != to.host : !below(to.host, c.domain)) continue;
      if (within(to.path, c.path)) fitting.push_back(c);
    }
    std::stable_sort(fitting.begin(), fitting.end(),
                     [](const auto& a, const auto& b) { return a.path.size() > b.path.size(); });
    std::string text;
    for (const Remembered& c : fitting) {
      text += (text.empty() ? "" : "; ") + c.name + "=" + c.value;
    }
    return text;
  }
  std::size_t size() const { return all_.size(); }

 private:
  std::vector<Remembered> all_;  // in order of creation
};

RC_GTEST_PROP(CookieJarProperty, it_keeps_and_sends_what_the_model_does, ()) {
  CookieJar jar;
  ModelJar model;
  std::int64_t now_s = kStart;
  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    if (one_in(4)) now_s += *rc::gen::inRange(1, 12);
    const Set set = some_set(i);
    jar.set(set.from.url(), set.text(), now_s);
    model.set(set, now_s);
    for (int k = 0; k < 4; ++k) {
      const Place to = some_place();
      const std::string sent = jar.header_for(to.url(), now_s);
      if (sent != model.header(to, now_s)) {
        RC_FAIL("after " + set.text() + " from " + set.from.url() + ", to " + to.url() + ": " +
                sent + " instead of " + model.header(to, now_s));
      }
    }
  }
}

RC_GTEST_PROP(CookieJarProperty, no_text_whatever_does_harm, ()) {
  CookieJar jar;
  const auto texts = *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(
      rc::gen::element('=', ';', ' ', '\t', 'n', 'v', '-', '.', ',', ':', '9', '\x80', '\0', '"',
                       'D', 'P', '/')));
  for (const std::string& text : texts) {
    for (const char* start : {"", "n=v; Expires=", "n=v; Domain=", "n=v; Max-Age=", "n=v; Path="}) {
      jar.set("https://shop.test/a", start + text, kStart);
    }
  }
  const std::string sent = jar.header_for("https://shop.test/a", kStart);
  for (const char c : sent) {
    const auto byte = static_cast<unsigned char>(c);
    RC_ASSERT((byte >= 0x20 && byte != 0x7F) || byte == '\t');
  }
  for (const Cookie& cookie : jar.all()) {
    RC_ASSERT(cookie.domain == "shop.test");
    RC_ASSERT(cookie.path.starts_with('/'));
  }
}

}  // namespace
}  // namespace holdfast
