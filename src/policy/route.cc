#include "policy/route.h"

#include <algorithm>

#include "base/rng.h"
#include "http/basic_credentials.h"

namespace holdfast::policy {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr std::uint16_t kProxyPort = 8080;
/// The largest path that fits into sockaddr_un::sun_path with its terminator.
#ifdef __linux__
constexpr std::size_t kMostPathBytes = 107;
#else
constexpr std::size_t kMostPathBytes = 103;
#endif

/// Users and environment variables omit the scheme: "proxy:3128" means http.
std::string with_scheme(std::string_view text) {
  if (text.find("://") != text.npos) return std::string(text);
  return std::string(kScheme).append(text);
}

bool is_http(std::string_view text) {
  if (text.size() < kScheme.size()) return false;
  return std::equal(kScheme.begin(), kScheme.end(), text.begin(),
                    [](char a, char b) { return a == b || (a >= 'a' && a - 32 == b); });
}

/// Whether a valid URL's authority has an explicit port: Url does not distinguish 80 from none.
bool names_port(std::string_view text) {
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find_first_of("/?#"));
  if (const std::size_t at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
  if (text.starts_with('[')) text.remove_prefix(text.find(']'));  // an IPv6 address has colons too
  const std::size_t colon = text.find(':');
  return colon != text.npos && colon + 1 < text.size();
}

/// Fills `out`; returns the error with its remedy, or an empty string.
std::string parse_proxy(const std::string& option, Route& out) {
  const std::string text = with_scheme(option);
  if (!is_http(text)) return "write http://host:port: only cleartext HTTP proxies are supported";
  const Result<Url> url = Url::parse(text);
  if (!url) return "use a URL like http://host:port (" + url.error().detail + ")";
  if (url->target() != "/") return "remove path and query: write http://host:port";
  out.host = url->zone().empty() ? url->host() : url->host() + "%" + url->zone();
  out.port = names_port(text) ? url->port() : kProxyPort;
  if (!url->userinfo().empty()) out.authorization = http::basic_credentials(url->userinfo());
  return {};
}

std::string shown_proxy(const std::string& value) { return "'" + redact_url(value) + "'"; }

void check_proxy(Complaints& complaints, const char* option, const std::string& value) {
  if (value.empty()) return;
  Route parsed;
  std::string wrong = parse_proxy(value, parsed);
  if (!wrong.empty()) complaints.add(option, shown_proxy(value), std::move(wrong));
}

void check_socket(Complaints& complaints, const std::string& path) {
  constexpr std::size_t kShown = 40;
  const std::string start =
      "'" + path.substr(0, std::min(path.find('\0'), kShown)) + (path.size() > kShown ? "…'" : "'");
  if (path.find('\0') != path.npos) {
    complaints.add("unix_socket", start + " and a NUL byte",
                   "use the path of a socket in the file system");
  } else if (path.size() > kMostPathBytes) {
    complaints.add("unix_socket", start + " of " + std::to_string(path.size()) + " bytes",
                   "use a path of at most " + std::to_string(kMostPathBytes) +
                       " bytes, the limit of the system");
  }
}

RoutePtr proxy_route(const char* option, const std::string& value, Route::Kind kind) {
  if (value.empty()) return nullptr;
  auto route = std::make_shared<Route>();
  route->kind = kind;
  const std::string wrong = parse_proxy(value, *route);
  if (wrong.empty()) return route;
  *route = Route{};
  route->kind = Route::Kind::unusable;
  route->path = std::string(option) + " is " + shown_proxy(value) + ": " + wrong;
  return route;
}

}  // namespace

std::string Route::name() const {
  if (kind == Kind::unix_socket) return "unix:" + path;
  if (kind == Kind::unusable) return path;
  const bool v6 = host.find(':') != host.npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::uint64_t Route::hash() const {
  return base::hash64(authorization,
                      base::hash64(path, base::hash64(host, port + (std::uint64_t{1} << 32))));
}

bool same_route(const RoutePtr& a, const RoutePtr& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

void check_routes(Complaints& complaints, const ProxyPolicy& proxy,
                  const std::string* unix_socket) {
  if (!proxy.check_on_use) {
    check_proxy(complaints, "proxy.http_proxy", proxy.http_proxy);
    check_proxy(complaints, "proxy.https_proxy", proxy.https_proxy);
  }
  for (const std::string& entry : proxy.no_proxy) {
    http::Exemption parsed;
    std::string wrong = http::parse_exemption(entry, parsed);
    if (!wrong.empty()) {
      complaints.add("proxy.no_proxy", "'" + redact_url(entry) + "'", std::move(wrong));
    }
  }
  if (unix_socket != nullptr) check_socket(complaints, *unix_socket);
}

Router::Router(const ProxyPolicy& proxy, const std::string& unix_socket) {
  if (!unix_socket.empty()) {
    auto route = std::make_shared<Route>();
    route->kind = Route::Kind::unix_socket;
    route->path = unix_socket;
    socket_ = std::move(route);
    return;
  }
  forward_ = proxy_route("proxy.http_proxy", proxy.http_proxy, Route::Kind::forward);
  tunnel_ = proxy_route("proxy.https_proxy", proxy.https_proxy, Route::Kind::tunnel);
  if (!has_proxies()) return;
  for (const std::string& entry : proxy.no_proxy) {
    http::parse_exemption(entry, exempt_.emplace_back());
  }
}

RoutePtr Router::route_to(const Url& url) const {
  if (socket_ != nullptr) return socket_;
  const RoutePtr& proxy = url.scheme() == "https" ? tunnel_ : forward_;
  if (proxy == nullptr) return nullptr;
  const bool exempt = std::any_of(exempt_.begin(), exempt_.end(),
                                  [&](const http::Exemption& one) { return one.covers(url); });
  return exempt ? nullptr : proxy;
}

}  // namespace holdfast::policy
