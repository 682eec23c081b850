#include "policy/redirect.h"

#include <algorithm>
#include <string>
#include <utility>

#include "policy/complaints.h"
#include "policy/decide.h"

namespace holdfast::policy {
namespace {

// Removed from the request's own headers and from the client's defaults (RFC 9110 §15.4):
// credentials for one origin must not go to another. Host belongs to the URL that it was set for.
constexpr std::string_view kOneOriginOnly[] = {"Authorization", "Cookie", "Proxy-Authorization",
                                               "Host"};

// RFC 9110 §15.4, step 5, besides every name that begins with "Content-". The idempotency key
// belongs to the request that got the response; a GET is a different request.
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

/// The only Location; empty if there is none or if there are several that differ, because a proxy
/// on the path can have read either.
std::string_view location_of(const Headers& response) {
  std::string_view location;
  for (const HeaderField field : response) {
    if (!same_name(field.name, "Location") || field.value == location) continue;
    if (!location.empty()) return {};
    location = field.value;
  }
  return location;
}

bool may_send_again(const RedirectQuestion& question) {
  return is_replayable_method(question.method) ||
         (question.non_idempotent == NonIdempotent::keyed && question.has_idempotency_key);
}

/// Whether `resend_unsafe` allows it: only 307 and 308 keep the method whatever it is (RFC 9110
/// §15.4.8), and each place gets the request once.
bool may_resend_to(const Url& to, const RedirectPolicy& policy, const RedirectQuestion& question) {
  if (!policy.resend_unsafe || (question.status != 307 && question.status != 308)) return false;
  const std::string place = place_of(to);
  if (place == place_of(question.from)) return false;
  return std::none_of(question.sent_to.begin(), question.sent_to.end(),
                      [&](const std::string& earlier) { return earlier == place; });
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme() == b.scheme() && a.host() == b.host() && a.zone() == b.zone() &&
         a.port() == b.port();
}

/// The Host field has no zone (RFC 6874 §4), so a server's Location has none either. A link-local
/// address without its zone cannot be reached.
void keep_zone(const Url& from, Url& to) {
  if (from.zone().empty() || !to.zone().empty() || from.host() != to.host()) return;
  const std::string text = to.scheme() + "://[" + to.host() + "%25" + from.zone() +
                           "]:" + std::to_string(to.port()) + to.target();
  if (Result<Url> zoned = Url::parse(text, DotSegments::keep)) to = std::move(*zoned);
}

RedirectVerdict refused(RedirectRefusal why) {
  RedirectVerdict verdict;
  verdict.kind = RedirectVerdict::Kind::refused;
  verdict.why = why;
  return verdict;
}

/// Sets the next hop's method and whether the body is sent again (RFC 9110 §15.4.2 to §15.4.9).
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
  Result<Url> to = question.from.resolve(location, question.dots);
  if (!to) {
    return refused(to.error().code == ErrorCode::unsupported_scheme ? RedirectRefusal::unsupported
                                                                    : RedirectRefusal::unreadable);
  }
  keep_zone(question.from, *to);
  if (question.from.scheme() == "https" && to->scheme() == "http" && !policy.allow_downgrade) {
    return refused(RedirectRefusal::downgrade);
  }
  settle_method(question, verdict);
  // Sending a request again is a replay for a redirect, too: the first server may have processed
  // it.
  if (verdict.keeps_body && !may_send_again(question)) {
    if (!may_resend_to(*to, policy, question)) return refused(RedirectRefusal::method);
    verdict.resends_unsafe = true;
  }
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

StopReason stop_reason(RedirectRefusal why) {
  switch (why) {
    case RedirectRefusal::none:
      return StopReason::success;
    case RedirectRefusal::no_location:
    case RedirectRefusal::unreadable:
      return StopReason::redirect_invalid;
    case RedirectRefusal::unsupported:
      return StopReason::redirect_unsupported;
    case RedirectRefusal::downgrade:
      return StopReason::redirect_downgrade;
    case RedirectRefusal::method:
    case RedirectRefusal::body:
      break;
  }
  return StopReason::redirect_refused;
}

std::string place_of(const Url& url) { return url.origin() + url.target(); }

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

std::vector<OptionError> check_redirects(const RedirectPolicy& policy) {
  // Nobody means to visit more places for one answer, and a loop visits all that are allowed.
  constexpr std::uint32_t kMostHops = 1000;
  Complaints complaints;
  complaints.check(policy.max_redirects > kMostHops, "redirects.max_redirects",
                   std::uint64_t{policy.max_redirects},
                   "use at most 1000: a loop is followed that often");
  complaints.check(policy.allow_downgrade && !policy.follow, "redirects.allow_downgrade", "true",
                   "set redirects.follow as well: nothing is followed without it");
  complaints.check(policy.resend_unsafe && !policy.follow, "redirects.resend_unsafe", "true",
                   "set redirects.follow as well: nothing is followed without it");
  return complaints.take();
}

}  // namespace holdfast::policy
