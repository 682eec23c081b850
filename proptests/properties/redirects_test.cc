// Redirects over generated graphs of places that send requests to each other, with faults on the
// way (SPEC F4): invariants 1, 11, 13, 24, 43 and the rules of RFC 9110 §15.4. The journal is held
// against the model of journey.h.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/journey.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

using holdfast::RedirectPolicy;

constexpr std::string_view kAuthorization = "Bearer of-the-client", kOwnCookie = "own=1";
constexpr std::string_view kContentType = "text/x-sent";

// --- The world -----------------------------------------------------------------------------------

std::string host_name(std::size_t node, std::size_t hosts) {
  return "10.0." + std::to_string(node % hosts + 1) + ".1";
}
std::string cookie_of(const std::string& host) { return "c" + host + "=1"; }

/// A way to say where node `to` is, as seen from node `from`.
std::string location(std::size_t from, std::size_t to, std::size_t hosts, bool tls) {
  std::string path = "/n" + std::to_string(to);
  const std::string host = host_name(to, hosts);
  if (gen::one_in(6)) path += "?50 %";  // as servers write it that encode nothing
  switch (host == host_name(from, hosts) ? gen::number(0, 4) : gen::number(3, 4)) {
    case 0:
      return path;
    case 1:
      return path.substr(1);
    case 2:
      return "./x/.." + path + "#there";
    case 3:
      return "//" + host + path;
    default:
      return (tls ? "https://" : "http://") + host + path;
  }
}

std::string bad_location(std::size_t node, std::size_t hosts, bool tls) {
  switch (gen::number(0, 4)) {
    case 0:
      return "ftp://" + host_name(node, hosts) + "/";
    case 3:
      return "data:,there";
    case 1:
      return "http://[::1/";
    case 2:
      return "";
    default:  // down, or up to a port where nobody listens
      return (tls ? "http://" : "https://") + host_name(node, hosts) + "/n0";
  }
}

fault::Step redirect(std::size_t node, std::size_t nodes, std::size_t hosts, bool tls) {
  static constexpr int kStatuses[] = {302, 301, 303, 307, 308};
  fault::Step step;
  step.status = kStatuses[gen::number(0, 4)];
  const bool bad = gen::one_in(8);
  const auto to = static_cast<std::size_t>(gen::number(0, static_cast<std::int64_t>(nodes) - 1));
  const std::string where = bad ? bad_location(node, hosts, tls) : location(node, to, hosts, tls);
  if (!where.empty()) step.headers.emplace_back("Location", where);
  return step;
}

/// Redirects, answers, and what may befall both.
fault::Script node_script(std::size_t node, std::size_t nodes, std::size_t hosts, bool tls) {
  static const std::vector<std::string> kOthers = {"200 body=random:500",
                                                   "503",
                                                   "503 ra=1",
                                                   "reset",
                                                   "close",
                                                   "200 delay=40ms",
                                                   "404",
                                                   "reset@body:2",
                                                   "truncate",
                                                   "500 body=text:oops",
                                                   "408",
                                                   "stall",
                                                   "304",
                                                   "204"};
  fault::Script script;
  const std::int64_t steps = gen::number(1, 3);
  for (std::int64_t i = 0; i < steps; ++i) {
    if (!gen::one_in(3)) {
      script.steps.push_back(redirect(node, nodes, hosts, tls));
      continue;
    }
    const auto other =
        static_cast<std::size_t>(gen::number(0, static_cast<std::int64_t>(kOthers.size()) - 1));
    script.steps.push_back(scenario_of({"/x : " + kOthers[other]}).rules[0].script.steps[0]);
  }
  for (fault::Step& step : script.steps) {
    if (step.action != fault::ActionKind::kStatus) continue;
    step.headers.emplace_back("Set-Cookie", cookie_of(host_name(node, hosts)) + "; Path=/");
  }
  script.tail = gen::one_in(2) ? fault::Tail::kLoop : fault::Tail::kStay;
  return script;
}

RequestPlan some_request(std::size_t nodes, std::size_t hosts) {
  static const char* const kMethods[] = {"GET",    "GET",   "POST",     "PUT",  "HEAD",
                                         "DELETE", "PATCH", "PROPFIND", "POST", "OPTIONS"};
  RequestPlan request;
  request.at = std::chrono::microseconds(gen::number(0, 2'000'000));
  request.method = kMethods[gen::number(0, 9)];
  const auto node = static_cast<std::size_t>(gen::number(0, static_cast<std::int64_t>(nodes) - 1));
  request.host = static_cast<std::uint32_t>(node % hosts);
  request.path = "/n" + std::to_string(node);
  if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH" ||
      (request.method != "HEAD" && gen::one_in(4))) {
    request.body = gen::body();
    request.fields.emplace_back("Content-Type", kContentType);
  }
  request.streaming = gen::one_in(3);
  request.key = gen::one_in(4);
  if (gen::one_in(2)) request.fields.emplace_back("Cookie", kOwnCookie);
  if (gen::one_in(6)) {
    request.policy.emplace();
    const bool follow = !gen::one_in(3);
    request.policy->redirects = RedirectPolicy{
        follow, static_cast<std::uint32_t>(gen::number(0, 3)), false, follow && gen::one_in(2)};
  }
  return request;
}

Case graph(Transport transport) {
  Case c = gen::plain();
  c.transport = transport;
  c.options.redirects = {true, static_cast<std::uint32_t>(gen::number(0, 6)), gen::one_in(8),
                         gen::one_in(3)};
  c.options.cookies = std::make_shared<holdfast::CookieJar>();
  c.options.default_headers = {{"Authorization", kAuthorization}, {"X-Everywhere", "1"}};
  c.options.retry.max_attempts = static_cast<std::uint32_t>(gen::number(1, 3));
  c.options.retry.backoff.base = gen::ms(1, 300);
  if (gen::one_in(3)) c.options.retry.non_idempotent = holdfast::NonIdempotent::keyed;
  if (gen::one_in(2)) c.options.pool = gen::pool_policy();
  c.options.timeouts.read = gen::ms(200, 2000);
  c.options.timeouts.connect = gen::ms(200, 2000);
  if (gen::one_in(4)) c.options.timeouts.total = gen::ms(5000, 9000);
  c.link = gen::link();
  if (gen::one_in(2)) c.driver = gen::driver();
  const auto hosts = static_cast<std::size_t>(gen::number(1, 3));
  const auto nodes = static_cast<std::size_t>(gen::number(1, 6));
  c.hosts.assign(hosts, HostPlan{});
  for (std::size_t node = 0; node < nodes; ++node) {
    fault::Rule rule = scenario_of({"/n" + std::to_string(node) + " : 200"}).rules[0];
    rule.id = "node-" + std::to_string(node);
    rule.per = fault::Per::kRequest;
    rule.script = node_script(node, nodes, hosts, is_tls(transport));
    c.script.rules.push_back(std::move(rule));
  }
  const std::size_t most = is_tls(transport) ? 4 : 12;  // handshakes are what takes time
  c.requests = gen::requests(most, [nodes, hosts] { return some_request(nodes, hosts); });
  gen::reconcile(c);
  return c;
}

// --- What must hold ------------------------------------------------------------------------------

bool has_own(const RequestPlan& plan, std::string_view name) {
  return std::any_of(plan.fields.begin(), plan.fields.end(),
                     [&](const auto& field) { return field.first == name; });
}

bool cookies_fit(const RequestPlan& plan, const Hop& hop, std::string_view field) {
  if (has_own(plan, "Cookie") && !hop.crossed) return field == kOwnCookie;
  // Another request may have been given it too, but nobody gets what is another host's.
  const std::string expected = cookie_of(hop.host);
  return field == expected || (field.empty() && hop.visited.count(hop.host) == 0);
}

/// What these requests are known to have, beside what the model asks of every one.
const char* mismatch(const RequestPlan& plan, const Hop& hop, const WireAttempt& message) {
  if (message.asked("Authorization") != (hop.crossed ? "" : kAuthorization)) return "credentials";
  if (message.asked("X-Everywhere") != "1") return "fields";
  if (!cookies_fit(plan, hop, message.asked("Cookie"))) return "cookies";
  const bool typed = hop.carries && has_own(plan, "Content-Type");
  if (message.asked("Content-Type") != (typed ? kContentType : "")) return "content fields";
  if (message.asked("Idempotency-Key").empty() == (hop.carries && plan.key)) return "key";
  return nullptr;
}

/// The general judges let messages come late (journey.h); these runs have nothing that delays them,
/// so that tries are counted by messages as well, and no unsafe method is seen twice.
void fits_the_model(const Case& c, const Report& report, std::vector<std::string>& findings) {
  const Trial trial(c, report);
  Findings found;
  for (std::size_t i = 0; i < report.seen.size(); ++i) {
    const RequestPlan& plan = trial.plan(report.seen[i]);
    judge_journey(
        trial, i, Journey::Order::as_sent,
        [&plan](const Hop& hop, const WireAttempt& message) {
          return mismatch(plan, hop, message);
        },
        found);
  }
  for (const std::string& line : found.lines()) findings.push_back("redirects: " + line);
}

RC_GTEST_PROP(Redirects, are_followed_by_the_rules_over_http1, ()) {
  must_hold(gen::made([] { return graph(Transport::h1); }), fits_the_model);
}

RC_GTEST_PROP(Redirects, are_followed_by_the_rules_over_tls, ()) {
  must_hold(gen::made([] { return graph(gen::one_in(2) ? Transport::h2_tls : Transport::h1_tls); }),
            fits_the_model);
}

RC_GTEST_PROP(Redirects, are_followed_by_the_rules_over_http2, ()) {
  must_hold(gen::made([] { return graph(Transport::h2_cleartext); }), fits_the_model);
}

// --- Particular graphs ---------------------------------------------------------------------------

/// A ring of places, none of which has an answer.
RC_GTEST_PROP(Redirects, a_loop_is_followed_exactly_as_often_as_allowed, ()) {
  Case c = gen::plain();
  c.transport = gen::one_in(2) ? Transport::h2_cleartext : Transport::h1;
  c.options.redirects = {true, static_cast<std::uint32_t>(gen::number(1, 30)), false};
  const std::int64_t nodes = gen::number(1, 4);
  std::vector<std::string> lines;
  for (std::int64_t node = 0; node < nodes; ++node) {
    lines.push_back("/n" + std::to_string(node) + " : 302 h.Location=/n" +
                    std::to_string((node + 1) % nodes));
  }
  c.script = scenario_of(lines);
  RequestPlan request;
  request.path = "/n0";
  c.requests = {request};
  must_hold(c, [](const Case& a, const Report& report, auto& findings) {
    const Seen& seen = report.seen.front();
    std::size_t messages = 0;
    for (const fault::Entry& entry : report.journal) {
      if (entry.type == fault::EntryType::kReqHead) ++messages;
    }
    if (!seen.error || seen.error->code != holdfast::ErrorCode::too_many_redirects) {
      findings.emplace_back("the loop was not noticed");
    }
    if (messages != a.options.redirects.max_redirects + 1) {
      findings.emplace_back("it went round " + std::to_string(messages) + " times");
    }
    if (report.driver.peak_open != 1) findings.emplace_back("a hop took another connection");
  });
}

}  // namespace
}  // namespace proof
