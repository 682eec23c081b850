// Reads proxies from the environment; no other code does.
#include <cstdlib>
#include <string_view>

#include "holdfast/proxy.h"
#include "http/exemption.h"

namespace holdfast {
namespace {

/// A variable that is set but empty means "none" and overrides the second one.
const char* first_set(const char* first, const char* second) {
  const char* value = std::getenv(first);
  return value != nullptr || second == nullptr ? value : std::getenv(second);
}

void set_from(std::string& proxy, const char* own, const char* all) {
  if (own == nullptr) own = all;
  if (own != nullptr) proxy = own;
}

/// Entries are separated by commas or white space. An entry in another program's syntax is skipped,
/// so that it does not make requests fail (C8).
std::vector<std::string> meaningful_entries(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n";
  std::vector<std::string> entries;
  for (;;) {
    const std::size_t first = text.find_first_not_of(kSeparators);
    if (first == text.npos) return entries;
    text.remove_prefix(first);
    const std::string_view entry = text.substr(0, text.find_first_of(kSeparators));
    http::Exemption parsed;
    if (http::parse_exemption(entry, parsed).empty()) entries.emplace_back(entry);
    text.remove_prefix(entry.size());
  }
}

}  // namespace

ProxyPolicy ProxyPolicy::from_environment() {
  ProxyPolicy policy;
  policy.check_on_use = true;
  // In a CGI program, HTTP_PROXY is the client's "Proxy" header field (CVE-2016-5385 and similar).
  const bool cgi = std::getenv("REQUEST_METHOD") != nullptr;
  const char* const all = first_set("all_proxy", "ALL_PROXY");
  set_from(policy.http_proxy, first_set("http_proxy", cgi ? nullptr : "HTTP_PROXY"), all);
  set_from(policy.https_proxy, first_set("https_proxy", "HTTPS_PROXY"), all);
  if (const char* hosts = first_set("no_proxy", "NO_PROXY"))
    policy.no_proxy = meaningful_entries(hosts);
  return policy;
}

}  // namespace holdfast
