// What is accepted as a request, and how everything ends.
#include <utility>

#include "engine/core/core.h"
#include "http/basic_credentials.h"
#include "policy/check_budget.h"
#include "policy/check_decode.h"
#include "wire/h1/writer.h"

namespace holdfast::engine {

namespace {

constexpr std::string_view kIdempotencyKey = "Idempotency-Key";

/// A random UUID (RFC 9562 version 4).
std::string uuid(std::uint64_t high, std::uint64_t low) {
  constexpr char kHex[] = "0123456789abcdef";
  high = (high & ~0xF000ULL) | 0x4000ULL;
  low = (low & ~(3ULL << 62)) | (2ULL << 62);
  std::string text;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    const std::uint64_t half = i < 16 ? high : low;
    text += kHex[(half >> (60 - 4 * (i % 16))) & 0xF];
  }
  return text;
}

}  // namespace

Core::Core(ClientOptions options, KeyEntropy keys)
    : options_(std::move(options)),
      budget_(options_.retry.budget),
      jitter_(base::Rng::stream(options_.seed, "jitter")),
      lifetimes_(base::Rng::stream(options_.seed, "lifetime")),
      key_high_(keys.high),
      key_low_(keys.low),
      pool_(options_.pool) {
  complaints_ = to_string(options_.validate());
  if (!complaints_.empty()) return;
  router_ = policy::Router(options_.proxy, options_.unix_socket);
  if (!options_.base_url.empty()) {
    if (Result<Url> base = Url::parse(options_.base_url)) base_url_ = std::move(*base);
  }
}

ExchangeId Core::submit(Request&& request, const ExchangeSpec& spec) {
  const ExchangeId id = exchanges_.take();
  Exchange& x = exchanges_[id];
  static_cast<ExchangeRun&>(x) = ExchangeRun{};
  x.request = std::move(request);
  x.streaming = spec.streaming;
  x.storing = spec.storing;
  x.write_through = spec.write_through;
  x.interim = spec.streaming || spec.interim;
  x.user = spec.user;
  x.submitted = now();
  ++counters_.submitted;
  x.retry = &options_.retry;
  x.timeouts = &options_.timeouts;
  x.limits = &options_.limits;
  x.redirects = &options_.redirects;
  x.decode = &options_.decode;
  x.generated_key.clear();
  x.timeline().clear();
  x.response.final_url.clear();
  x.sent_to.clear();
  if (!accept(x)) {
    complete(id, x);
    return id;
  }
  x.deadline = now() + x.timeouts->total;
  budget_.earn();
  start_attempt(id, x, false);
  return id;
}

void Core::refuse(Exchange& x, ErrorCode code, std::string detail) {
  fail(x, Error(code, std::move(detail)), StopReason::permanent_error);
}

bool Core::accept(Exchange& x) {
  if (shut_) {
    refuse(x, ErrorCode::client_closed, {});
    return false;
  }
  if (!complaints_.empty()) {
    refuse(x, ErrorCode::invalid_option, complaints_);
    return false;
  }
  if (x.request.policy != nullptr && !accept_policy(x)) return false;
  std::string complaint = wire::request_complaint(x.request.method, x.request.headers);
  if (complaint.empty() && x.request.method == "CONNECT") {
    complaint = "CONNECT opens tunnels, which are not requests: name another method";
  }
  if (!complaint.empty()) {
    refuse(x, ErrorCode::invalid_request, std::move(complaint));
    return false;
  }
  if (!accept_url(x)) return false;
  authorize(x);
  settle_idempotency_key(x);
  return true;
}

bool Core::accept_policy(Exchange& x) {
  const RequestPolicy& own = *x.request.policy;
  if (own.retry) x.retry = &*own.retry;
  if (own.timeouts) x.timeouts = &*own.timeouts;
  if (own.limits) x.limits = &*own.limits;
  if (own.decode) x.decode = &*own.decode;
  auto complaints = validate(*x.retry, *x.timeouts, options_.pool, *x.limits);
  if (own.retry) policy::check_own_budget(complaints, own.retry->budget, options_.retry.budget);
  if (own.decode) policy::check_decode(complaints, *own.decode);
  if (own.redirects) {
    x.redirects = &*own.redirects;
    for (OptionError& more : policy::check_redirects(*x.redirects)) {
      complaints.push_back(std::move(more));
    }
  }
  if (complaints.empty()) return accept_routes(x, own);
  refuse(x, ErrorCode::invalid_option, to_string(complaints));
  return false;
}

bool Core::accept_url(Exchange& x) {
  const DotSegments dots = dots_of(x.request);
  if (x.url_text == x.request.url && x.dots == dots && !x.url_text.empty()) {
    if (!x.usual_way || has_own_way(x.request)) x.origin = {};
    return true;
  }
  x.url_text.clear();
  x.origin = {};
  Result<Url> url =
      base_url_ ? base_url_->resolve(x.request.url, dots) : Url::parse(x.request.url, dots);
  if (!url) {
    fail(x, std::move(url.error()), StopReason::permanent_error);
    return false;
  }
  x.url = std::move(*url);
  if (x.url.scheme() == "https" && !ensure_tls()) {
    refuse(x, ErrorCode::invalid_option, tls_->complaint());
    return false;
  }
  x.authority = x.url.authority();
  x.url_text = x.request.url;
  x.dots = dots;
  return true;
}

/// Credentials in the URL become Basic authorization (RFC 7617), as users of URLs expect, unless
/// the request or the client says otherwise.
void Core::authorize(Exchange& x) {
  constexpr std::string_view kAuthorization = "Authorization";
  if (x.url.userinfo().empty() || x.request.headers.contains(kAuthorization) ||
      options_.default_headers.contains(kAuthorization)) {
    return;
  }
  x.request.headers.add(kAuthorization, http::basic_credentials(x.url.userinfo()));
}

/// The key makes a POST replayable under NonIdempotent::keyed (R2); it stays the same for all
/// attempts.
void Core::settle_idempotency_key(Exchange& x) {
  if (x.retry->non_idempotent != NonIdempotent::keyed) return;
  x.has_idempotency_key = x.request.headers.contains(kIdempotencyKey) ||
                          options_.default_headers.contains(kIdempotencyKey);
  if (x.has_idempotency_key || !x.retry->generate_idempotency_key ||
      policy::is_replayable_method(x.request.method)) {
    return;
  }
  x.generated_key = uuid(key_high_.next(), key_low_.next());
  x.has_idempotency_key = true;
}

void Core::shut_down(bool gracefully) {
  shut_ = true;
  draining_ = gracefully;
  if (!gracefully) {
    exchanges_.each([&](ExchangeId id, Exchange& x) {
      if (x.state == Exchange::State::done) return;
      abandon(id, x);
      give_up(id, x, ErrorCode::client_closed, StopReason::cancelled);
    });
  }
  pool_.each_open([&](ConnectionId id) {
    if (!gracefully || pool_.is_idle(id)) pool_.lose(id, CloseCause::shutdown);
  });
  run_pool();
}

}  // namespace holdfast::engine
