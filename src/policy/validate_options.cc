// The mistakes in a client's options, apart from its policies (T4, H4, H5).
#include <algorithm>
#include <array>
#include <string_view>

#include "holdfast/options.h"
#include "holdfast/url.h"
#include "http/ip_address.h"
#include "policy/check_decode.h"
#include "policy/complaints.h"
#include "policy/redirect.h"
#include "policy/route.h"

namespace holdfast {
namespace {

using policy::Complaints;
using policy::is_too_long;
using policy::kYear;

// Fields of a single message: sent with every request they would corrupt it or, worse, make a
// server treat different requests as repetitions of one.
constexpr std::array<std::string_view, 3> kOnePerMessage = {"Content-Length", "Transfer-Encoding",
                                                            "Idempotency-Key"};

void check_identity(Complaints& complaints, const ClientOptions& options) {
  if (!options.base_url.empty()) {
    const Result<Url> url = Url::parse(options.base_url);
    if (!url.ok()) {
      complaints.add("base_url", "'" + redact_url(options.base_url) + "'",
                     "use an absolute URL like http://host/path/ (" + url.error().detail + ")");
    }
  }
  if (const std::string wrong = options.default_headers.complaint(); !wrong.empty()) {
    complaints.add("default_headers", "not valid", wrong);  // the value may be a secret (H4)
  }
  for (std::string_view name : kOnePerMessage) {
    if (!options.default_headers.contains(name)) continue;
    complaints.add("default_headers", "with " + std::string(name),
                   "set it on each single request: its value belongs to one message");
  }
  if (!Headers({{"User-Agent", options.user_agent}}).complaint().empty()) {
    complaints.add("user_agent", "not valid", "remove CR, LF and NUL bytes from it");
  }
}

void check_dns(Complaints& complaints, const ClientOptions& options) {
  constexpr std::uint32_t kMostLookUps = 1024;  // libuv's limit of its threads
  const struct {
    const char* option;
    Duration value;
  } times[] = {{"dns_cache_ttl", options.dns_cache_ttl}, {"dns_stale_ttl", options.dns_stale_ttl}};
  for (const auto& time : times) {
    complaints.check(time.value < Duration::zero(), time.option, time.value,
                     "use a time above zero, or 0 to keep nothing");
    complaints.check(is_too_long(time.value), time.option, time.value,
                     "use at most a year (8760h), or holdfast::kOff for no limit; check the unit");
  }
  for (const HostAddress& fixed : options.resolve) {
    complaints.check(fixed.host.empty(), "resolve", "no host", "name the host, in lower case");
    const bool upper = std::any_of(fixed.host.begin(), fixed.host.end(),
                                   [](char c) { return c >= 'A' && c <= 'Z'; });
    complaints.check(upper, "resolve", "'" + fixed.host + "'", "write the host in lower case");
    const bool ascii = std::all_of(fixed.host.begin(), fixed.host.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    complaints.check(!ascii, "resolve", "a host with non-ASCII characters",
                     "write the host in punycode (xn--…), which is what URLs are converted to");
    complaints.check(!http::parse_zoned_ip(fixed.address, 1).has_value(), "resolve",
                     "'" + fixed.address + "'", "use an IPv4 or IPv6 address without brackets");
  }
  complaints.check(options.dns_concurrency == 0, "dns_concurrency", std::uint64_t{0},
                   "use at least 1: otherwise no name can be looked up");
  complaints.check(options.dns_concurrency > kMostLookUps, "dns_concurrency",
                   std::uint64_t{options.dns_concurrency},
                   "use at most 1024, the maximum of libuv's threads");
}

/// Whether `pin` is "sha256/" and 32 bytes in base64 (RFC 7469 §2.1.1, RFC 4648 §4).
bool is_pin(std::string_view pin) {
  constexpr std::string_view kStart = "sha256/";
  constexpr std::size_t kDigits = 43;  // and one '=' make 32 bytes
  if (!pin.starts_with(kStart) || pin.size() != kStart.size() + kDigits + 1) return false;
  const std::string_view digits = pin.substr(kStart.size(), kDigits);
  const bool base64 = std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
  return base64 && pin.back() == '=';
}

void check_tls(Complaints& complaints, const TlsPolicy& tls) {
  const auto both = [&](const std::string& file, const std::string& text, const char* option) {
    complaints.check(!file.empty() && !text.empty(), option, "given twice",
                     "give the file or the text, not both");
  };
  both(tls.certificate_file, tls.certificate_pem, "tls.certificate_pem");
  both(tls.key_file, tls.key_pem, "tls.key_pem");
  const bool certificate = !tls.certificate_file.empty() || !tls.certificate_pem.empty();
  const bool key = !tls.key_file.empty() || !tls.key_pem.empty();
  complaints.check(certificate && !key, "tls.key_file", "missing",
                   "give the private key of the client certificate");
  complaints.check(key && !certificate, "tls.certificate_file", "missing",
                   "give the certificate that the private key belongs to");
  for (const std::string& pin : tls.pinned_keys) {
    complaints.check(!is_pin(pin), "tls.pinned_keys", "'" + pin + "'",
                     "write sha256/ and the 44 base64 digits of the public key's SHA-256");
  }
}

void check_http2(Complaints& complaints, const Http2Policy& http2) {
  constexpr std::uint32_t kLeastWindow = 65'535;          // RFC 9113 §6.9.2
  constexpr std::uint32_t kLargestWindow = 0x7FFF'FFFFU;  // §6.9.1
  complaints.check(http2.max_streams == 0, "http2.max_streams", std::uint64_t{0},
                   "use at least 1, or http2.use = Http2::off");
  const struct {
    const char* option;
    std::uint32_t value;
  } windows[] = {{"http2.stream_window_bytes", http2.stream_window_bytes},
                 {"http2.connection_window_bytes", http2.connection_window_bytes}};
  for (const auto& window : windows) {
    complaints.check(window.value < kLeastWindow || window.value > kLargestWindow, window.option,
                     std::uint64_t{window.value}, "use 65535 to 2147483647 bytes");
  }
  complaints.check(http2.ping_timeout <= Duration::zero(), "http2.ping_timeout", http2.ping_timeout,
                   "use a time above zero");
  complaints.check(http2.ping_timeout > kYear, "http2.ping_timeout", http2.ping_timeout,
                   "use at most a year (8760h); check the unit");
  complaints.check(http2.flood_allowance < 100, "http2.flood_allowance",
                   std::uint64_t{http2.flood_allowance}, "use at least 100 frames");
}

}  // namespace

std::vector<OptionError> ClientOptions::validate() const {
  std::vector<OptionError> found = holdfast::validate(retry, timeouts, pool, limits);
  Complaints more;
  check_identity(more, *this);
  check_dns(more, *this);
  check_tls(more, tls);
  check_http2(more, http2);
  policy::check_routes(more, proxy, &unix_socket);
  policy::check_decode(found, decode);
  for (OptionError& complaint : more.take()) found.push_back(std::move(complaint));
  for (OptionError& complaint : policy::check_redirects(redirects)) {
    found.push_back(std::move(complaint));
  }
  return found;
}

}  // namespace holdfast
