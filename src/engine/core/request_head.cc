// What the head of a request says, whichever protocol writes it: the request's own fields, the
// client's defaults, and what the engine adds of its own.
#include "base/check.h"
#include "engine/core/core.h"
#include "wire/h1/writer.h"

namespace holdfast::engine {

void Core::fill_head(wire::H1RequestHead& head, Exchange& x) {
  head.method = x.request.method;
  head.target = x.url.target();
  head.authority = x.authority;
  head.fields = x.altered ? &x.altered_headers : &x.request.headers;
  head.defaults = x.folded ? nullptr : &options_.default_headers;
  head.user_agent = options_.user_agent;
  head.idempotency_key = x.generated_key;
  if (x.body().kind() != Body::Kind::none) {
    head.content_length = body_length(x);
    head.chunked = !head.content_length.has_value();
  }
  added_count_ = 0;
  head_for_route(head, x);
  if (options_.cookies != nullptr) add_cookies(x);
  ask_for_codings(x);
  if (expects_continue(x)) add_field("Expect", "100-continue");
  head.added = {added_.data(), added_count_};
}

/// One field of the engine's own for the head being made; the request's and the client's go before
/// it. The views live until the head is written.
void Core::add_field(std::string_view name, std::string_view value) {
  HF_CHECK(added_count_ < added_.size());
  added_[added_count_++] = {name, value};
}

}  // namespace holdfast::engine
