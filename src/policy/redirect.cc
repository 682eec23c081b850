#include "policy/redirect.h"

#include <string>
#include <utility>

#include "policy/complaints.h"
#include "policy/decide.h"

namespace holdfast::policy {
namespace {

// Of the request's own and of the client's defaults (RFC 9110 §15.4): what one origin was trusted
// with, another is not. Host belongs to the URL that it was set for.
constexpr std::string_view kOneOriginOnly[] = {"Authorization", "Cookie", "Proxy-Authorization",
                                               "Host"};

// RFC 9110 §15.4, step 5, beside all that begins with "Content-". The key is that of the request
// that has been answered: a GET is another one.
constexpr std::string_view kOfContent[] = {"Digest", "Repr-Digest", "Last-Modified",
                                           "Idempotency-Key"};
constexpr std::string_view kContentPrefix = "Content-";

bool is_of_content(std::string_view name) {
  if (same_name(name.substr(0, kContentPrefix.size()), kContentPrefix)) return true;
  for (const std::string_view known : kOfContent) {
    if (same_name(name, known)) return true;
  }
  return false;
}

bool is_of_one_origin(std::string_view name) {
  for (const std::string_view known : kOneOriginOnly) {
    if (same_name(name, known)) return true;
  }
  return false;
}

/// The one Location; empty if there is none, or if there are several that differ: which of them a
/// proxy on the way has read is anybody's guess.
std::string_view location_of(const Headers& response) {
  std::string_view location;
  for (const HeaderField field : response) {
    if (!same_name(field.name, "Location") || field.value == location) continue;
    if (!location.empty()) return {};
    location = field.value;
  }
  return location;
}

/// Servers send spaces and bytes beyond ASCII as they are; every browser takes them for what their
/// percent-encoding would be. Control characters stay, and are refused with the URL.
std::string encoded(std::string_view location) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(location.size());
  for (const char c : location) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == ' ' || byte >= 0x80) {
      text.append({'%', kHex[byte >> 4], kHex[byte & 0xF]});
    } else {
      text += c;
    }
  }
  return text;
}

bool may_send_again(const RedirectQuestion& question) {
  return is_replayable_method(question.method) ||
         (question.non_idempotent == NonIdempotent::keyed && question.has_idempotency_key);
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port();
}

RedirectVerdict refused(RedirectRefusal why) {
  RedirectVerdict verdict;
  verdict.kind = RedirectVerdict::Kind::refused;
  verdict.why = why;
  return verdict;
}

/// The next hop's method, and whether the body goes along (RFC 9110 §15.4.2 to §15.4.9).
void settle_method(const RedirectQuestion& question, RedirectVerdict& verdict) {
  const bool see_other = question.status == 303;
  const bool moved_post =
      (question.status == 301 || question.status == 302) && question.method == "POST";
  verdict.keeps_body = !see_other && !moved_post;
  verdict.method = question.method;
  if (!verdict.keeps_body && question.method != "HEAD") verdict.method = "GET";
}

}  // namespace

RedirectVerdict decide_redirect(const RedirectPolicy& policy, const RedirectQuestion& question) {
  RedirectVerdict verdict;
  if (!policy.follow || !is_redirect(question.status)) return verdict;

  const std::string_view location = location_of(question.response);
  if (location.empty()) return refused(RedirectRefusal::no_location);
  Result<Url> to = question.from.resolve(encoded(location));
  if (!to) return refused(RedirectRefusal::unreadable);
  if (question.from.scheme() == "https" && to->scheme() == "http" && !policy.allow_downgrade) {
    return refused(RedirectRefusal::downgrade);
  }
  settle_method(question, verdict);
  // What is sent again is sent again for a redirect, too: the first server may have acted on it.
  if (verdict.keeps_body && !may_send_again(question)) return refused(RedirectRefusal::method);
  if (verdict.keeps_body && !question.body_replayable) return refused(RedirectRefusal::body);
  if (question.hops >= policy.max_redirects) {
    verdict.kind = RedirectVerdict::Kind::too_many;
    return verdict;
  }
  verdict.kind = RedirectVerdict::Kind::follow;
  verdict.crosses_origins = !same_origin(question.from, *to);
  verdict.to = std::move(*to);
  return verdict;
}

void strip_fields(Headers& fields, const RedirectVerdict& verdict) {
  if (!verdict.crosses_origins && verdict.keeps_body) return;
  Headers kept;
  kept.reserve(fields.bytes());
  for (const HeaderField field : fields) {
    if (verdict.crosses_origins && is_of_one_origin(field.name)) continue;
    if (!verdict.keeps_body && is_of_content(field.name)) continue;
    kept.add(field.name, field.value);
  }
  fields = std::move(kept);
}

std::vector<Complaint> check_redirects(const RedirectPolicy& policy) {
  // Nobody means to visit more places for one answer, and a loop visits all that are allowed.
  constexpr std::uint32_t kMostHops = 1000;
  Complaints complaints;
  complaints.check(policy.follow && policy.max_redirects == 0, "redirects.max_redirects",
                   std::uint64_t{0},
                   "use at least 1, or redirects.follow = false: then a 3xx is the answer");
  complaints.check(policy.max_redirects > kMostHops, "redirects.max_redirects",
                   std::uint64_t{policy.max_redirects},
                   "use at most 1000: a loop is followed that often");
  complaints.check(policy.allow_downgrade && !policy.follow, "redirects.allow_downgrade", "true",
                   "set redirects.follow as well: nothing is followed without it");
  return complaints.take();
}

}  // namespace holdfast::policy
