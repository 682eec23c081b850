#include "proptests/simulation/gen.h"

#include <algorithm>
#include <cstdlib>

namespace proof::gen {

using holdfast::kOff;
using std::chrono::milliseconds;

namespace {

/// How many cases a property tries unless RC_PARAMS or HOLDFAST_PROP_N says otherwise. Part of what
/// a seed means (cases grow with their number), so a replay has to use the same.
constexpr const char* kUsualCases = "300";

/// Before rapidcheck reads its parameters, which it does once.
[[maybe_unused]] const bool kParametersSet = [] {
  const char* given = std::getenv("RC_PARAMS");
  std::string parameters = given == nullptr ? "" : given;
  if (parameters.find("max_success") != std::string::npos) return true;
  const char* cases = std::getenv("HOLDFAST_PROP_N");
  if (!parameters.empty()) parameters += ' ';
  parameters += std::string("max_success=") + (cases == nullptr ? kUsualCases : cases);
  return ::setenv("RC_PARAMS", parameters.c_str(), 1) == 0;
}();

}  // namespace

std::int64_t number(std::int64_t low, std::int64_t high) {
  return *rc::gen::inRange<std::int64_t>(low, high + 1);
}
Duration ms(std::int64_t low, std::int64_t high) { return milliseconds(number(low, high)); }
bool one_in(std::int64_t n) { return number(0, n - 1) == n - 1; }
std::uint64_t seed() { return *rc::gen::noShrink(rc::gen::arbitrary<std::uint64_t>()) | 1; }

namespace {

template <class T>
T pick(std::initializer_list<T> choices) {
  return *(choices.begin() + number(0, static_cast<std::int64_t>(choices.size()) - 1));
}

}  // namespace

holdfast::RetryPolicy retry_policy() {
  holdfast::RetryPolicy retry;
  retry.max_attempts = static_cast<std::uint32_t>(number(1, 6));
  retry.non_idempotent = pick({holdfast::NonIdempotent::never, holdfast::NonIdempotent::unsent,
                               holdfast::NonIdempotent::keyed});
  retry.generate_idempotency_key =
      retry.non_idempotent == holdfast::NonIdempotent::keyed && one_in(2);
  if (one_in(6)) retry.errors = {};
  if (one_in(8)) retry.errors.add(holdfast::ErrorCode::dns_not_found);
  if (one_in(8)) retry.errors.remove(holdfast::ErrorCode::pool_timeout);
  if (one_in(4)) retry.statuses = {500, 503};
  if (one_in(8)) retry.statuses.add(104);
  if (one_in(4)) retry.retry_misdirected = false;
  if (one_in(4)) retry.replay_stale = false;
  retry.backoff.base = ms(1, 2000);
  retry.backoff.max = retry.backoff.base + ms(0, 30'000);
  retry.backoff.jitter =
      pick({holdfast::Jitter::proportional, holdfast::Jitter::full, holdfast::Jitter::equal,
            holdfast::Jitter::decorrelated, holdfast::Jitter::none});
  retry.backoff.jitter_low = static_cast<double>(number(0, 10)) / 10;
  retry.backoff.jitter_high = std::max(retry.backoff.jitter_low, 1.0);
  if (one_in(3)) retry.max_retry_after = ms(1000, 60'000);
  if (one_in(4)) retry.retry_after_jitter = static_cast<double>(number(1, 10)) / 10;
  if (one_in(5)) {
    retry.budget.burst = static_cast<double>(number(1, 5));
    retry.budget.ratio = static_cast<double>(number(1, 10)) / 10;
  }
  return retry;
}

holdfast::TimeoutPolicy timeout_policy() {
  holdfast::TimeoutPolicy timeouts;
  if (one_in(2)) timeouts.connect = ms(20, 5000);
  if (one_in(2)) timeouts.read = ms(20, 5000);
  if (one_in(2)) timeouts.write = ms(20, 5000);
  if (one_in(2)) timeouts.pool = ms(5, 2000);
  if (one_in(4)) timeouts.first_byte = ms(10, 3000);
  if (one_in(8)) timeouts.min_bytes_per_second = static_cast<std::uint64_t>(number(1, 5000));
  // A limit that a wider one makes moot is refused: the wider ones come out longest.
  Duration longest = std::max({timeouts.connect, timeouts.read, timeouts.write, timeouts.pool});
  if (timeouts.first_byte != kOff) longest = std::max(longest, timeouts.first_byte);
  if (one_in(4)) longest = timeouts.attempt = longest + ms(0, 5000);
  if (one_in(3)) timeouts.total = longest + ms(1, 20'000);
  return timeouts;
}

holdfast::PoolPolicy pool_policy() {
  holdfast::PoolPolicy pool;
  pool.max_connections = static_cast<std::uint32_t>(number(1, 6));
  if (one_in(3)) pool.max_connections = 50;
  pool.max_idle =
      static_cast<std::uint32_t>(std::min<std::int64_t>(pool.max_connections, number(0, 6)));
  if (one_in(2)) pool.idle_expiry = ms(10, 30'000);
  if (one_in(3)) {
    pool.max_per_origin =
        static_cast<std::uint32_t>(std::min<std::int64_t>(pool.max_connections, number(1, 4)));
  }
  if (one_in(5)) pool.max_lifetime = ms(50, 60'000);
  if (one_in(5)) pool.max_requests_per_connection = static_cast<std::uint32_t>(number(1, 5));
  return pool;
}

holdfast::Http2Policy http2_policy() {
  holdfast::Http2Policy http2;
  if (one_in(3)) http2.max_streams = static_cast<std::uint32_t>(number(1, 8));
  if (one_in(3)) http2.stream_window_bytes = 65'535;
  if (one_in(3)) http2.connection_window_bytes = 65'535;
  if (one_in(2)) http2.ping_timeout = ms(10, 3000);
  return http2;
}

holdfast::sim::LinkProfile link() {
  holdfast::sim::LinkProfile link;
  link.min_latency = std::chrono::microseconds(number(0, 2000));
  link.max_latency = link.min_latency + std::chrono::microseconds(number(0, 20'000));
  if (one_in(2)) {
    link.max_segment = static_cast<std::uint32_t>(number(1, 1500));
    link.min_segment = static_cast<std::uint32_t>(number(1, link.max_segment));
  }
  if (one_in(3)) link.max_read = static_cast<std::uint32_t>(number(1, 2000));
  if (one_in(3)) link.send_buffer = static_cast<std::uint32_t>(number(20, 3000));
  if (one_in(3)) link.reset_overtakes = static_cast<double>(number(0, 10)) / 10;
  if (one_in(5)) link.syn_lost = 0.2;
  if (one_in(2)) link.lingering_close = false;
  return link;
}

holdfast::sim::DriverProfile driver() {
  holdfast::sim::DriverProfile driver;
  if (one_in(2)) driver.timer_granularity = milliseconds(1);
  if (one_in(3)) driver.timer_slack = std::chrono::microseconds(number(1, 5000));
  if (one_in(2)) driver.close_delay = std::chrono::microseconds(number(0, 2000));
  if (one_in(4)) driver.callback_time = std::chrono::microseconds(number(0, 300));
  if (one_in(4)) {
    driver.stall_chance = 0.02;
    driver.max_stall = ms(1, 3000);
  }
  return driver;
}

BodyPlan body(bool any_kind) {
  BodyPlan body;
  const std::int64_t kind = number(0, any_kind ? 3 : 1);
  body.kind = static_cast<BodyPlan::Kind>(kind);
  body.size = static_cast<std::uint32_t>(number(0, 5000));
  body.known_length = !one_in(2);
  body.piece = static_cast<std::uint32_t>(number(1, 2000));
  // Small pieces of large bodies are many events that show nothing new.
  body.piece = std::max(body.piece, body.size / 50 + 1);
  if (one_in(3)) body.pending_every = static_cast<std::uint32_t>(number(2, 5));
  body.fails = kind >= 2 && one_in(8);
  if (body.fails) body.size += 2;
  return body;
}

HostPlan host() {
  HostPlan host;
  host.named = one_in(2);
  if (!host.named) {
    if (one_in(8)) host.addresses = {static_cast<HostPlan::Door>(number(0, 3))};
    return host;
  }
  const std::int64_t addresses = number(1, 4);
  host.addresses.clear();
  for (std::int64_t i = 0; i < addresses; ++i) {
    host.addresses.push_back(one_in(3) ? static_cast<HostPlan::Door>(number(0, 3))
                                       : HostPlan::Door::serves);
  }
  if (one_in(4)) {
    host.lookups.push_back(pick({holdfast::sim::NameAnswer::Kind::temporary,
                                 holdfast::sim::NameAnswer::Kind::not_found,
                                 holdfast::sim::NameAnswer::Kind::silence}));
  }
  return host;
}

std::vector<Reaction> reactions() {
  std::vector<Reaction> reactions;
  const std::int64_t count = one_in(2) ? number(1, 2) : 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Reaction reaction;
    reaction.when = static_cast<Reaction::When>(number(0, 4));
    reaction.act = static_cast<Reaction::Act>(number(0, 3));
    reaction.wait = std::chrono::microseconds(number(0, 3'000'000));
    reactions.push_back(reaction);
  }
  return reactions;
}

RequestPlan request(std::size_t hosts, std::size_t paths) {
  RequestPlan request;
  request.at = std::chrono::microseconds(number(0, 4'000'000));
  request.method = pick<const char*>({"GET", "GET", "GET", "GET", "PUT", "POST", "HEAD", "DELETE",
                                      "PATCH", "OPTIONS", "PROPFIND"});
  if (one_in(40)) request.method = "post";  // not POST, and not idempotent either
  request.host = static_cast<std::uint32_t>(number(0, static_cast<std::int64_t>(hosts) - 1));
  request.path = "/p" + std::to_string(number(0, static_cast<std::int64_t>(paths) - 1));
  const bool carries = request.method == "PUT" || request.method == "POST" ||
                       request.method == "PATCH" || request.method == "PROPFIND" || one_in(10);
  if (carries && request.method != "HEAD") request.body = body();
  request.streaming = one_in(3);
  request.key = one_in(4);
  if (one_in(6)) {
    request.policy.emplace();
    if (one_in(2)) {
      request.policy->retry = retry_policy();
      request.policy->retry->budget = {};  // a request has none of its own
    }
    if (one_in(2)) request.policy->timeouts = timeout_policy();
  }
  request.reactions = reactions();
  return request;
}

void reconcile(Case& c) {
  const auto fit = [](holdfast::RetryPolicy& retry, const holdfast::TimeoutPolicy& timeouts) {
    retry.backoff.base = std::min(retry.backoff.base, timeouts.total);
  };
  const auto fit_wait = [](holdfast::TimeoutPolicy& timeouts) {
    timeouts.expect_continue =
        std::min({timeouts.expect_continue, timeouts.attempt, timeouts.total});
  };
  fit_wait(c.options.timeouts);
  fit(c.options.retry, c.options.timeouts);
  for (RequestPlan& request : c.requests) {
    if (!request.policy) continue;
    if (request.policy->timeouts) fit_wait(*request.policy->timeouts);
    // A policy with timeouts of its own and no retries stands beside the client's retries.
    if (request.policy->timeouts && !request.policy->retry) request.policy->retry = c.options.retry;
    if (request.policy->retry) fit(*request.policy->retry, c.timeouts_of(request));
  }
}

Case plain() {
  Case c;
  c.seed = seed();
  c.options.retry.max_attempts = 3;
  return c;
}

Case anything(Transport transport) {
  Case c;
  c.seed = seed();
  c.transport = transport;
  c.options.retry = retry_policy();
  c.options.timeouts = timeout_policy();
  c.options.pool = pool_policy();
  c.link = link();
  c.driver = driver();
  const auto paths = static_cast<std::size_t>(number(1, 3));
  c.script = scenario(paths, transport);
  if (is_h2(transport)) c.options.http2 = http2_policy();
  const std::int64_t hosts = number(1, 3);
  c.hosts.clear();
  for (std::int64_t i = 0; i < hosts; ++i) c.hosts.push_back(host());
  c.requests = requests(30, [hosts = c.hosts.size(), paths] { return request(hosts, paths); });
  if (one_in(6)) {
    c.wall_jumps.push_back({ms(0, 4000), milliseconds(number(-7'200'000, 7'200'000))});
  }
  if (one_in(10)) c.host_lost_at = ms(0, 4000);
  if (one_in(6)) {
    c.shut_down_at = ms(0, 6000);
    c.gracefully = one_in(2);
  }
  if (one_in(2)) add_redirects(c);
  if (one_in(3)) add_contents(c);
  if (one_in(3)) add_expectations(c);
  if (one_in(4)) add_early_responses(c);
  if (one_in(4)) add_hung_dials(c);
  if (is_h2(transport) && one_in(2)) add_paused_consumers(c);
  reconcile(c);
  return c;
}

}  // namespace proof::gen
