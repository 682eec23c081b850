// What is refused of a client's options beyond its policies (T4, H4, H5).
#include <array>
#include <string_view>

#include "holdfast/options.h"
#include "holdfast/url.h"
#include "policy/complaints.h"

namespace holdfast {
namespace {

using policy::Complaints;

constexpr Duration kYear = std::chrono::hours(24 * 365);

// Fields that belong to one message: sent with every request they would corrupt it, or, worse, make
// a server take different requests for repetitions of one.
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
                   "set it on the single request: it differs from one to the next");
  }
  if (!Headers({{"User-Agent", options.user_agent}}).complaint().empty()) {
    complaints.add("user_agent", "not valid", "remove CR, LF and NUL bytes from it");
  }
}

void check_dns(Complaints& complaints, const ClientOptions& options) {
  constexpr std::uint32_t kMostLookUps = 1024;  // libuv's own bound on its threads
  const struct {
    const char* option;
    Duration value;
  } times[] = {{"dns_cache_ttl", options.dns_cache_ttl}, {"dns_stale_ttl", options.dns_stale_ttl}};
  for (const auto& time : times) {
    complaints.check(time.value < Duration::zero(), time.option, time.value,
                     "use a time above zero, or 0 to keep nothing");
    complaints.check(time.value > kYear && time.value != kOff, time.option, time.value,
                     "use at most a year (8760h), or holdfast::kOff for no limit; check the unit");
  }
  complaints.check(options.dns_concurrency == 0, "dns_concurrency", std::uint64_t{0},
                   "use at least 1: else no name could be looked up");
  complaints.check(options.dns_concurrency > kMostLookUps, "dns_concurrency",
                   std::uint64_t{options.dns_concurrency},
                   "use at most 1024, the most threads libuv will have");
}

}  // namespace

std::vector<Complaint> ClientOptions::validate() const {
  std::vector<Complaint> found = holdfast::validate(retry, timeouts, pool, limits);
  Complaints more;
  check_identity(more, *this);
  check_dns(more, *this);
  for (Complaint& complaint : more.take()) found.push_back(std::move(complaint));
  return found;
}

}  // namespace holdfast
