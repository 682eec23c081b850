// What the cookie jar gives a request and gets from its answers, hop by hop (RFC 6265bis). Nothing
// here is reached by a client without a jar.
#include "engine/core/core.h"

namespace holdfast::engine {

namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

}  // namespace

/// Of every final head, whatever becomes of its response: a 503 that is retried and a redirect that
/// is followed set cookies as well as the answer does.
void Core::keep_cookies(const Exchange& x, const Headers& fields) {
  constexpr std::string_view kSetCookie = "Set-Cookie";
  for (const HeaderField field : fields) {
    if (field.name.size() != kSetCookie.size() || !same_name(field.name, kSetCookie)) continue;
    options_.cookies->set(x.url, field.value, now_.wall.ns / kSecond_ns);
  }
}

void Core::add_cookies(const Exchange& x) {
  cookies_ = options_.cookies->header_for(x.url, now_.wall.ns / kSecond_ns);
  if (!cookies_.empty()) add_field("Cookie", cookies_);
}

}  // namespace holdfast::engine
