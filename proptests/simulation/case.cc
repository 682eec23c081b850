#include "proptests/simulation/case.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <ostream>
#include <string_view>

#include "base/rng.h"
#include "fault_server/script/line.h"

namespace proof {

using holdfast::kOff;
using holdfast::PeerAddress;

namespace {

std::string text(Duration span) {
  if (span == kOff) return "off";
  if (span.count() % 1'000'000 == 0) return std::to_string(span.count() / 1'000'000) + "ms";
  return std::to_string(span.count()) + "ns";
}

/// Prints `name=value` where the value is not the default's.
class Differences {
 public:
  explicit Differences(std::ostream& out) : out_(out) {}
  void add(std::string_view name, Duration value, Duration usual) {
    if (value != usual) out_ << ' ' << name << '=' << text(value);
  }
  template <class T>
  void add(std::string_view name, const T& value, const T& usual) {
    if (value != usual) out_ << ' ' << name << '=' << +value;
  }

 private:
  std::ostream& out_;
};

void print(std::ostream& out, const holdfast::RetryPolicy& retry) {
  const holdfast::RetryPolicy usual;
  Differences d(out);
  d.add("max_attempts", retry.max_attempts, usual.max_attempts);
  d.add("non_idempotent", static_cast<int>(retry.non_idempotent), 0);
  d.add("generate_key", retry.generate_idempotency_key, false);
  if (retry.errors != usual.errors) out << " errors=" << to_string(retry.errors);
  if (retry.pushback_fields.empty()) out << " pushback_fields=";
  d.add("rate_limit_hints", retry.rate_limit_hints, true);
  d.add("misdirected", retry.retry_misdirected, true);
  d.add("stale", retry.replay_stale, true);
  d.add("base", retry.backoff.base, usual.backoff.base);
  d.add("max", retry.backoff.max, usual.backoff.max);
  d.add("jitter", static_cast<int>(retry.backoff.jitter), 0);
  d.add("max_retry_after", retry.max_retry_after, usual.max_retry_after);
  d.add("retry_after_jitter", retry.retry_after_jitter, 0.0);
  d.add("budget.burst", retry.budget.burst, 0.0);
  d.add("budget.ratio", retry.budget.ratio, usual.budget.ratio);
}

void print(std::ostream& out, const holdfast::TimeoutPolicy& timeouts) {
  const holdfast::TimeoutPolicy usual;
  Differences d(out);
  d.add("connect", timeouts.connect, usual.connect);
  d.add("read", timeouts.read, usual.read);
  d.add("write", timeouts.write, usual.write);
  d.add("pool", timeouts.pool, usual.pool);
  d.add("total", timeouts.total, usual.total);
  d.add("first_byte", timeouts.first_byte, usual.first_byte);
  d.add("attempt", timeouts.attempt, usual.attempt);
  d.add("expect_continue", timeouts.expect_continue, usual.expect_continue);
  d.add("min_bytes_per_second", timeouts.min_bytes_per_second, usual.min_bytes_per_second);
}

void print(std::ostream& out, const holdfast::RedirectPolicy& redirects) {
  if (!redirects.follow) return;
  out << " redirects=" << redirects.max_redirects;
  if (redirects.allow_downgrade) out << " allow_downgrade";
  if (redirects.resend_unsafe) out << " resend_unsafe";
}

void print(std::ostream& out, const holdfast::PoolPolicy& pool) {
  const holdfast::PoolPolicy usual;
  Differences d(out);
  d.add("max_connections", pool.max_connections, usual.max_connections);
  d.add("max_idle", pool.max_idle, usual.max_idle);
  d.add("idle_expiry", pool.idle_expiry, usual.idle_expiry);
  d.add("max_per_origin", pool.max_per_origin, usual.max_per_origin);
  d.add("max_lifetime", pool.max_lifetime, usual.max_lifetime);
  d.add("max_requests", pool.max_requests_per_connection, usual.max_requests_per_connection);
}

void print(std::ostream& out, const holdfast::sim::LinkProfile& link) {
  const holdfast::sim::LinkProfile usual;
  Differences d(out);
  d.add("min_latency", link.min_latency, usual.min_latency);
  d.add("max_latency", link.max_latency, usual.max_latency);
  d.add("min_segment", link.min_segment, usual.min_segment);
  d.add("max_segment", link.max_segment, usual.max_segment);
  d.add("max_read", link.max_read, usual.max_read);
  d.add("send_buffer", link.send_buffer, usual.send_buffer);
  d.add("reset_overtakes", link.reset_overtakes, usual.reset_overtakes);
  d.add("syn_lost", link.syn_lost, usual.syn_lost);
  d.add("lingering_close", link.lingering_close, usual.lingering_close);
}

void print(std::ostream& out, const BodyPlan& body) {
  static constexpr std::array<std::string_view, 4> kKinds = {"", " bytes", " factory", " one-shot"};
  out << kKinds.at(static_cast<std::size_t>(body.kind));
  if (body.kind == BodyPlan::Kind::none) return;
  out << ':' << body.size;
  if (!body.known_length) out << " chunked";
  if (body.kind != BodyPlan::Kind::bytes) out << " piece=" << body.piece;
  if (body.pending_every != 0) {
    out << " pending-every=" << body.pending_every << " for " << text(body.pending_for);
  }
  if (body.hangs_after) out << " hangs-after=" << *body.hangs_after;
  if (body.disk.count() != 0) out << " disk=" << text(body.disk);
  if (body.fails) out << " fails";
}

void print(std::ostream& out, const Reaction& reaction) {
  static constexpr std::array<std::string_view, 5> kWhen = {"later", "on-interim", "on-head",
                                                            "on-body", "on-complete"};
  static constexpr std::array<std::string_view, 6> kAct = {"cancel", "cancel-next", "submit",
                                                           "pause",  "shut-down",   "drain-away"};
  out << " [" << kWhen.at(static_cast<std::size_t>(reaction.when)) << ' '
      << kAct.at(static_cast<std::size_t>(reaction.act)) << ' ' << text(reaction.wait) << ']';
}

void print(std::ostream& out, const Case& c, const RequestPlan& request) {
  out << text(request.at) << ' ' << request.method << ' ' << url_of(c, request);
  print(out, request.body);
  if (request.streaming) out << " streaming";
  if (request.storing) out << " storing";
  if (request.expect) out << " expects";
  if (request.key) out << " keyed";
  for (const auto& [name, value] : request.fields) out << ' ' << name << '=' << value;
  if (request.policy) {
    out << " policy{";
    if (request.policy->retry) print(out, *request.policy->retry);
    if (request.policy->timeouts) print(out, *request.policy->timeouts);
    if (request.policy->redirects) print(out, *request.policy->redirects);
    if (request.policy->proxy) out << " proxy=" << request.policy->proxy->http_proxy;
    if (request.policy->unix_socket) out << " unix=" << *request.policy->unix_socket;
    out << " }";
  }
  for (const Reaction& reaction : request.reactions) print(out, reaction);
}

}  // namespace

const holdfast::RetryPolicy& Case::retry_of(const RequestPlan& request) const {
  return request.policy && request.policy->retry ? *request.policy->retry : options.retry;
}

const holdfast::TimeoutPolicy& Case::timeouts_of(const RequestPlan& request) const {
  return request.policy && request.policy->timeouts ? *request.policy->timeouts : options.timeouts;
}

const holdfast::RedirectPolicy& Case::redirects_of(const RequestPlan& request) const {
  return request.policy && request.policy->redirects ? *request.policy->redirects
                                                     : options.redirects;
}

bool pauses(const RequestPlan& request) {
  return std::any_of(request.reactions.begin(), request.reactions.end(),
                     [](const Reaction& r) { return r.act == Reaction::Act::pause; });
}

std::vector<PeerAddress> addresses_of(const Case& c, std::uint32_t host) {
  std::vector<PeerAddress> addresses;
  for (std::size_t i = 0; i < c.hosts[host].addresses.size(); ++i) {
    PeerAddress address;
    address.port = is_tls(c.transport) ? 443 : 80;
    const auto low = static_cast<std::uint8_t>(i + 1);
    const auto high = static_cast<std::uint8_t>(host + 1);
    if (i % 2 == 0) {
      address.family = 4;
      address.bytes[0] = 10;
      address.bytes[2] = high;
      address.bytes[3] = low;
    } else {
      address.family = 6;
      address.bytes[0] = 0xFD;
      address.bytes[14] = high;
      address.bytes[15] = low;
    }
    addresses.push_back(address);
  }
  return addresses;
}

std::string url_of(const Case& c, const RequestPlan& request) {
  const std::uint32_t host = request.host;
  const std::string name = c.hosts[host].named ? "h" + std::to_string(host) + ".test"
                                               : "10.0." + std::to_string(host + 1) + ".1";
  return (is_tls(c.transport) ? "https://" : "http://") + name + request.path;
}

std::string socket_of(std::uint32_t host) { return "/run/h" + std::to_string(host) + ".sock"; }

std::string content_of(std::size_t request, std::uint32_t size) {
  std::string content(size, ' ');
  holdfast::base::Rng rng(request + 77);
  for (char& c : content) c = static_cast<char>('a' + rng.next() % 26);
  return content;
}

fault::Scenario scenario_of(const std::vector<std::string>& lines) {
  fault::Scenario scenario;
  for (const std::string& line : lines) {
    const auto complaint = fault::add_rule_line(scenario, line);
    if (!complaint) continue;
    std::cerr << "the rule '" << line << "' is malformed: " << fault::to_string(*complaint) << '\n';
    std::abort();
  }
  return scenario;
}

std::ostream& operator<<(std::ostream& out, const Case& c) {
  static constexpr const char* kTransports[] = {"h1", "h1+TLS", "h2+TLS", "h2 in cleartext"};
  out << "seed=" << c.seed << " over " << kTransports[static_cast<int>(c.transport)]
      << "\n  options";
  print(out, c.options.retry);
  print(out, c.options.timeouts);
  print(out, c.options.pool);
  print(out, c.options.redirects);
  if (c.options.cookies) out << " cookies";
  for (const auto& [name, value] : c.options.default_headers) {
    out << ' ' << name << '=' << value;
  }
  out << "\n  link";
  print(out, c.link);
  out << "\n  driver grain=" << text(c.driver.timer_granularity)
      << " slack=" << text(c.driver.timer_slack) << " close=" << text(c.driver.close_delay)
      << " callbacks=" << text(c.driver.callback_time);
  if (c.driver.stall_chance > 0) {
    out << " stalls=" << c.driver.stall_chance << " of up to " << text(c.driver.max_stall);
  }
  if (c.driver.stall_turn != 0) {
    out << " stall of " << text(c.driver.stall) << " after turn " << c.driver.stall_turn;
  }
  if (!c.tls_script.empty()) out << "\n  connection over TLS : " << c.tls_script;
  for (const fault::Rule& rule : c.script.connections) {
    out << "\n  connection : " << fault::print_script(rule.script);
  }
  for (const fault::Rule& rule : c.script.rules) {
    out << "\n  " << rule.match.method << ' ' << rule.match.path << " : "
        << fault::print_script(rule.script) << "  (per " << fault::per_word(rule.per) << ')';
  }
  for (const auto& [name, item] : c.contents) {
    out << "\n  content " << name << ": " << item.content.size() << " bytes as \"" << item.coding
        << "\" in " << item.sent << ", flaw " << static_cast<int>(item.flaw);
  }
  for (std::size_t i = 0; i < c.hosts.size(); ++i) {
    out << "\n  host " << i << (c.hosts[i].named ? " named" : "") << " doors";
    for (const HostPlan::Door door : c.hosts[i].addresses) out << ' ' << static_cast<int>(door);
    for (const auto kind : c.hosts[i].lookups) out << " lookup:" << static_cast<int>(kind);
  }
  for (std::size_t i = 0; i < c.requests.size(); ++i) {
    out << "\n  r" << i << ' ';
    print(out, c, c.requests[i]);
  }
  for (const Case::WallJump& jump : c.wall_jumps) {
    out << "\n  wall jumps at " << text(jump.at) << " by " << text(jump.by);
  }
  if (c.observed) out << "\n  observed";
  if (c.hook.kind != Case::HookPlan::Kind::none) {
    out << "\n  hook waits up to " << text(c.hook.most) << " refuses every " << c.hook.refuses
        << " forgets every " << c.hook.forgets;
  }
  if (c.host_lost_at) out << "\n  host 0 lost at " << text(*c.host_lost_at);
  if (c.shut_down_at) {
    out << "\n  shut down" << (c.gracefully ? " gracefully" : "") << " at "
        << text(*c.shut_down_at);
  }
  return out << '\n';
}

}  // namespace proof
