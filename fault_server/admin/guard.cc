#include "fault_server/admin/guard.h"
#include "fault_server/script/text.h"

#include <algorithm>

#include "fault_server/h1/request_reader.h"
#include "fault_server/script/match.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

// Four numbers, so that 127.0.0.1.example.org is none.
bool is_loopback_ipv4(std::string_view host) {
  std::size_t parts = 0;
  bool first_is_127 = false;
  while (!host.empty()) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    const auto number = parse_count(host.substr(0, dot));
    if (!number || *number > 255 || dot == host.size() - 1) return false;
    if (parts++ == 0) first_is_127 = *number == 127;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return parts == 4 && first_is_127;
}

bool is_loopback_peer(std::string_view peer) {
  return is_loopback_ipv4(peer) || peer == "::1" || peer.starts_with("::ffff:127.");
}

}  // namespace

bool is_safe_method(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool is_loopback_host(std::string_view host) {
  std::string name = lower_case(without_port(host));
  if (name.ends_with('.')) name.pop_back();
  return name == "localhost" || name.ends_with(".localhost") || name == "[::1]" ||
         is_loopback_ipv4(name);
}

std::optional<std::string> refuse_stranger(std::string_view method, const Fields& headers,
                                           std::string_view peer) {
  const auto host = header_value(headers, "Host");
  if (host && is_loopback_peer(peer) && !is_loopback_host(*host)) {
    return "found Host: " + std::string(*host) +
           ", expected localhost or a loopback address: over loopback the admin interface answers "
           "no other name, since a page of somebody else's could make the browser use one";
  }
  if (is_safe_method(method)) return std::nullopt;
  if (const auto origin = header_value(headers, "Origin")) {
    const std::size_t scheme = origin->find("://");
    const std::string site =
        scheme == std::string_view::npos ? "" : lower_case(origin->substr(scheme + 3));
    if (site.empty() || !host || site != lower_case(*host)) {
      return "found Origin: " + std::string(*origin) +
             ", expected this server's own: another site's page may not change anything here";
    }
  } else if (const auto site = header_value(headers, "Sec-Fetch-Site");
             site && (*site == "cross-site" || *site == "same-site")) {
    return "found Sec-Fetch-Site: " + std::string(*site) +
           ", expected none or same-origin: another site's page may not change anything here";
  }
  return std::nullopt;
}

}  // namespace fault
