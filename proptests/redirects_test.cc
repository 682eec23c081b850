// Redirects over generated graphs of places that send requests to each other, with faults on the
// way (SPEC F4): invariants 1, 11, 13, 24, 43 and the rules of RFC 9110 §15.4. The journal is held
// against a model that knows those rules and nothing of the client: at each message it keeps every
// state that the request may be in, since a server cannot know whether its answer was received.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fault_server/sha256.h"
#include "proptests/checks.h"
#include "proptests/gen.h"
#include "proptests/trial.h"

namespace proof {
namespace {

using holdfast::AttemptRecord;
using holdfast::RedirectPolicy;
using holdfast::StopReason;

constexpr std::string_view kAuthorization = "Bearer of-the-client", kOwnCookie = "own=1";
constexpr std::string_view kContentType = "text/x-sent";

// --- The world -----------------------------------------------------------------------------------

std::string host_name(std::size_t node, std::size_t hosts) {
  return "10.0." + std::to_string(node % hosts + 1) + ".1";
}
std::string cookie_of(const std::string& host) { return "c" + host + "=1"; }

/// A way to say where node `to` is, as seen from node `from`.
std::string location(std::size_t from, std::size_t to, std::size_t hosts, bool tls) {
  const std::string path = "/n" + std::to_string(to);
  const std::string host = host_name(to, hosts);
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
  switch (gen::number(0, 3)) {
    case 0:
      return "ftp://" + host_name(node, hosts) + "/";
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
    request.policy->redirects =
        RedirectPolicy{!gen::one_in(3), static_cast<std::uint32_t>(gen::number(1, 3)), false};
  }
  return request;
}

Case graph(Transport transport) {
  Case c = gen::plain();
  c.transport = transport;
  c.options.redirects = {true, static_cast<std::uint32_t>(gen::number(1, 6)), gen::one_in(8)};
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

// --- The model -----------------------------------------------------------------------------------

/// What a request may be at some time.
struct Hop {
  std::string scheme, host, method, path;
  bool carries = false;  ///< its body is (still) its own
  bool crossed = false;  ///< it has been at another origin
  std::uint32_t hops = 0, tries = 0;
  std::set<std::string> baked;  ///< hosts whose cookies it has been given

  std::string url() const { return scheme + "://" + host + path; }
  friend bool operator==(const Hop&, const Hop&) = default;
};

void add(std::vector<Hop>& states, const Hop& state) {
  if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(state);
}

class Model {
 public:
  Model(const Trial& trial, std::size_t index, Findings& findings)
      : trial_(trial),
        seen_(trial.report.seen[index]),
        plan_(trial.plan(seen_)),
        retry_(trial.retry(seen_)),
        policy_(trial.c.redirects_of(plan_)),
        index_(index),
        findings_(findings) {}

  void judge() {
    judge_messages();
    judge_timeline();
    judge_outcome();
  }

 private:
  void judge_messages();
  void judge_timeline();
  void judge_outcome();
  const char* mismatch(const Hop& hop, const WireAttempt& message) const;
  bool has_own(std::string_view name) const;
  bool cookies_fit(const Hop& hop, std::string_view field) const;
  enum class Way : std::uint8_t { not_a_redirect, refused, too_far, on };
  Way way_from(const Hop& hop, const WireAttempt& message, Hop& next) const;
  bool may_repeat(const std::string& method) const {
    return is_replayable_method(method) ||
           (retry_.non_idempotent == holdfast::NonIdempotent::keyed && plan_.key);
  }
  void say(const std::string& what) { findings_.add(index_, what); }

  const Trial& trial_;
  const Seen& seen_;
  const RequestPlan& plan_;
  const holdfast::RetryPolicy& retry_;
  const RedirectPolicy& policy_;
  std::size_t index_;
  Findings& findings_;
  std::vector<Hop> last_;  // what the last message may have been
};

bool Model::has_own(std::string_view name) const {
  return std::any_of(plan_.fields.begin(), plan_.fields.end(),
                     [&](const auto& field) { return field.first == name; });
}

bool Model::cookies_fit(const Hop& hop, std::string_view field) const {
  if (has_own("Cookie") && !hop.crossed) return field == kOwnCookie;
  // Another request may have been given it too, but nobody gets what is another host's.
  const std::string expected = cookie_of(hop.host);
  return field == expected || (field.empty() && hop.baked.count(hop.host) == 0);
}

/// What the message has that the state would not have sent; null if it fits.
const char* Model::mismatch(const Hop& hop, const WireAttempt& message) const {
  const fault::Entry& head = *message.head;
  if (head.target != hop.path) return "target";
  if (head.method != hop.method) return "method";
  std::string_view host = message.asked("Host");
  if (host.empty()) host = message.asked(":authority");
  if (host != hop.host) return "host";
  if (message.asked("Authorization") != (hop.crossed ? "" : kAuthorization)) return "credentials";
  if (message.asked("X-Everywhere") != "1") return "fields";
  if (!cookies_fit(hop, message.asked("Cookie"))) return "cookies";
  const bool typed = hop.carries && has_own("Content-Type");
  if (message.asked("Content-Type") != (typed ? kContentType : "")) return "content fields";
  if (message.asked("Idempotency-Key").empty() == (hop.carries && plan_.key)) return "key";
  const bool carries = hop.carries && plan_.body.kind != BodyPlan::Kind::none;
  if (message.end == nullptr) return nullptr;
  const std::string content = carries ? content_of(seen_.plan, plan_.body.size) : std::string();
  if (message.end->body_len != content.size()) return "length";
  if (!content.empty() && message.end->body_sha256 != fault::sha256_hex(content)) return "body";
  return nullptr;
}

/// RFC 9110 §15.4, SPEC R2, R8 and the policy.
Model::Way Model::way_from(const Hop& hop, const WireAttempt& message, Hop& next) const {
  const int status = message.answer_head == nullptr ? 0 : message.answer_head->status;
  const bool redirects =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (!redirects || !policy_.follow) return Way::not_a_redirect;
  const std::string to(message.answered("Location"));
  if (to.empty() || to.starts_with("ftp:") || to.find("[::1/") != to.npos) return Way::refused;
  next = hop;
  ++next.hops;
  next.tries = 0;
  next.baked.insert(hop.host);
  const std::size_t slashes = to.find("//");
  if (slashes != to.npos) {
    const std::size_t path = to.find('/', slashes + 2);
    if (slashes != 0) next.scheme = to.substr(0, slashes - 1);
    next.host = to.substr(slashes + 2, path - slashes - 2);
  }
  next.path = to.substr(to.rfind("/n") == to.npos ? 0 : to.rfind("/n"));
  next.path = "/" + next.path.substr(next.path.find('n'));
  next.path = next.path.substr(0, next.path.find('#'));
  if (hop.scheme == "https" && next.scheme == "http" && !policy_.allow_downgrade) {
    return Way::refused;
  }
  if (next.scheme != hop.scheme || next.host != hop.host) next.crossed = true;
  if (status == 303 || (status < 303 && hop.method == "POST")) {
    next.carries = false;
    if (hop.method != "HEAD") next.method = "GET";
  } else if (!may_repeat(hop.method) ||
             (plan_.body.kind == BodyPlan::Kind::one_shot && hop.carries && seen_.first_read)) {
    return Way::refused;
  }
  return hop.hops == policy_.max_redirects ? Way::too_far : Way::on;
}

void Model::judge_messages() {
  Hop first;
  first.scheme = is_tls(trial_.c.transport) ? "https" : "http";
  first.host = host_name(plan_.host, trial_.c.hosts.size());
  first.method = plan_.method;
  first.path = plan_.path;
  first.carries = true;
  std::vector<Hop> states = {first};
  std::uint32_t unsafe = 0;
  for (const WireAttempt* message : trial_.wire.attempts_of(index_)) {
    last_.clear();
    const char* wrong = "sent too often";
    for (Hop& state : states) {
      if (const char* what = mismatch(state, *message); what != nullptr) {
        wrong = what;
        continue;
      }
      if (state.tries == retry_.max_attempts) continue;
      if (state.tries != 0 && !may_repeat(state.method)) continue;
      ++state.tries;
      add(last_, state);
    }
    if (last_.empty()) {
      return say("its message " + message->head->method + " " + message->head->target +
                 " is none that it may send now: " + wrong);
    }
    if (!may_repeat(message->head->method) && ++unsafe > 1) {
      say("inv_11: " + message->head->method + " reached a server again");
    }
    states = last_;
    for (const Hop& hop : last_) {
      Hop next;
      if (way_from(hop, *message, next) == Way::on) add(states, next);
    }
  }
}

void Model::judge_timeline() {
  if (!seen_.settled()) return;
  const holdfast::Timeline& timeline = seen_.timeline();
  std::uint32_t tries = 0;
  for (std::size_t k = 0; k < timeline.size(); ++k) {
    const AttemptRecord& record = timeline[k];
    tries = k != 0 && timeline[k - 1].hop == record.hop ? tries + 1 : 1;
    if (tries > retry_.max_attempts) say("inv_13: tried a place too often");
    if (record.hop > policy_.max_redirects) say("followed more redirects than allowed");
    if (record.number != k + 1) say("its attempts are not counted through");
    if (k == 0) {
      if (record.hop != 0) say("began elsewhere");
      continue;
    }
    const AttemptRecord& before = timeline[k - 1];
    const bool redirect =
        before.error == holdfast::ErrorCode::none && before.status >= 300 && before.status < 400;
    if (record.hop != before.hop + (redirect ? 1 : 0)) say("its hops do not follow its answers");
    if (redirect && record.started - before.ended > trial_.lateness()) say("waited for a hop");
    if (redirect && record.delay_source != holdfast::DelaySource::none) say("delayed a hop");
  }
  if (timeline.stop_reason() == StopReason::attempts_exhausted && tries != retry_.max_attempts) {
    say("gave up before its attempts at the last place were used");
  }
}

void Model::judge_outcome() {
  const auto& messages = trial_.wire.attempts_of(index_);
  if (!seen_.settled() || messages.empty() || last_.empty()) return;
  const bool too_far = seen_.error && seen_.error->code == holdfast::ErrorCode::too_many_redirects;
  if (!seen_.response && !too_far) return;
  const std::uint32_t hops = seen_.timeline().last().hop;
  bool explained = false;
  for (const Hop& hop : last_) {
    if (hop.hops != hops) continue;
    Hop next;
    const Way way = way_from(hop, *messages.back(), next);
    if (too_far) {
      explained = explained || way == Way::too_far;
      continue;
    }
    const bool refused = seen_.timeline().stop_reason() == StopReason::redirect_refused;
    const std::string url = hops == 0 ? std::string() : hop.url();
    explained = explained || (seen_.response->final_url == url &&
                              way == (refused ? Way::refused : Way::not_a_redirect));
  }
  if (!explained) say("its outcome is not what its last answer calls for");
}

void fits_the_model(const Case& c, const Report& report, std::vector<std::string>& findings) {
  const Trial trial(c, report);
  Findings found;
  for (std::size_t i = 0; i < report.seen.size(); ++i) Model(trial, i, found).judge();
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
