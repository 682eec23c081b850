// Invariant 63: a response that the grammar of HTTP can produce is delivered byte for byte, over
// HTTP/1.1 and HTTP/2, in clear text, over TLS and through a proxy, however the network cuts it up.
#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fault_server/script/line.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"
#include "wire/h1/response_arbitrary.h"
#include "wire/h2/response_arbitrary.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using holdfast::wire::LegalH2Server;
using holdfast::wire::LegalResponse;
using holdfast::wire::Transcript;
using std::chrono::minutes;

const holdfast::wire::Pick kPick = [](std::size_t bound) {
  return static_cast<std::size_t>(gen::number(0, static_cast<std::int64_t>(bound) - 1));
};

/// What `make` chooses, in each case from everything: rapidcheck widens ranges from case to case,
/// so that what comes once in 16 times would come in the last cases alone.
template <class Make>
auto of_full_size(Make make) {
  return *rc::gen::resize(rc::kNominalSize,
                          rc::gen::exec([make]() -> std::invoke_result_t<Make> { return make(); }));
}

std::string a_method() {
  static constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "OPTIONS"};
  return std::string(kMethods[gen::number(0, 4)]);
}

/// No requests yet.
Case each_once(Transport transport) {
  Case c = gen::plain();
  c.transport = transport;
  c.options.retry.max_attempts = 1;
  c.options.timeouts.read = c.options.pool.idle_expiry = minutes(10);
  c.options.decode.enabled = false;
  c.link = gen::link();
  c.link.syn_lost = 0;
  // With the minute between two requests: so that a response has come when the next one is sent.
  c.link.send_buffer = std::max(c.link.send_buffer, 4000U);
  c.link.lingering_close = true;
  c.driver = gen::driver();
  return c;
}

/// The n-th request asks for /p<n>, a minute after the one before.
void add_request(Case& c, const std::string& method) {
  RequestPlan request;
  request.path = "/p" + std::to_string(c.requests.size());
  request.at = minutes(c.requests.size());
  request.method = method;
  request.streaming = gen::one_in(2);
  c.requests.push_back(std::move(request));
  // A dial that stalls hold up for long gets company (R12), and which request goes over which
  // connection would not be certain.
  if (c.requests.size() > 1) c.driver.stall_chance = 0;
}

std::string shown(const std::string& bytes) {
  fault::Step step;
  step.action = fault::ActionKind::kRaw;
  step.name = bytes;
  return fault::print_step(step);
}

/// What the server writes to the n-th request.
void write_raw(Case& c, std::size_t n, const std::string& bytes, bool closes) {
  fault::Step& step = c.script.rules.at(n).script.steps.at(0);
  step.action = fault::ActionKind::kRaw;
  step.name = bytes;
  step.extra = {{"does", closes ? "close" : "keep-alive"}};
}

// --- What must hold ------------------------------------------------------------------------------

std::string difference(const Transcript& due, const Seen& seen) {
  if (!seen.response)
    return "failed: " + std::string(name(seen.error->code)) + " " + seen.error->detail;
  const holdfast::ResponseHead& head = *seen.answer();
  if (head.status != due.heads[0].status) return "status " + std::to_string(head.status);
  if (head.reason != due.heads[0].reason) return "reason \"" + head.reason + "\"";
  if (head.http_major != due.heads[0].major || head.http_minor != due.heads[0].minor)
    return "its version";
  if (holdfast::wire::fields_of(head.headers) != due.heads[0].fields) return "its fields differ";
  if (seen.body() != due.body) return "body of " + std::to_string(seen.body().size()) + " bytes";
  if (holdfast::wire::fields_of(seen.response->trailers) != due.trailers) return "its trailers";
  return "";
}

/// Interim responses are for those who take the response as it comes.
bool heard_all_interims(const Transcript& due, const Seen& seen) {
  const auto heard = std::count(seen.events.begin(), seen.events.end(), Seen::Event::interim);
  return seen.head == std::nullopt || static_cast<std::size_t>(heard) == due.interims.size();
}

std::size_t connections_of(const Report& report) {
  return static_cast<std::size_t>(std::count_if(
      report.journal.begin(), report.journal.end(),
      [](const fault::Entry& entry) { return entry.type == fault::EntryType::kConnOpen; }));
}

/// Requests, and what must become of them.
struct Story {
  Case c;
  std::vector<Transcript> due;
  std::size_t connections = 1;
  LegalResponse to_connect;  ///< of the proxy, if there is one
};

std::string complaint(const Story& story, const Report& report) {
  if (report.seen.size() != story.due.size()) return "a request was not sent";
  for (std::size_t i = 0; i < story.due.size(); ++i) {
    const std::string who = story.c.requests[i].method + " number " + std::to_string(i) + ": ";
    const std::string wrong = difference(story.due[i], report.seen[i]);
    if (!wrong.empty()) return who + wrong;
    if (!heard_all_interims(story.due[i], report.seen[i])) return who + "its interim responses";
  }
  // A connection that has said nothing but what is legal goes on being used.
  const std::size_t connections = connections_of(report);
  if (connections != story.connections) return std::to_string(connections) + " connections";
  return report.came_to_rest ? "" : "the client did not come to rest";
}

void must_be_delivered(const Story& story) {
  const Report report = run_case(story.c, holdfast::sim::Trace::Mode::off);
  const std::string wrong = complaint(story, report);
  if (wrong.empty()) return;
  std::ostringstream text;
  text << "inv_63: " << wrong << "\nin " << story.c;
  for (const Seen& seen : report.seen) {
    if (seen.settled()) text << seen.timeline().to_string() << '\n';
  }
  RC_FAIL(text.str());
}

// --- HTTP/1.1 ------------------------------------------------------------------------------------

/// One to three requests, one after another.
Story ask_over_h1(Transport transport) {
  Story story;
  Case& c = story.c = each_once(transport);
  std::vector<std::string> rules;
  std::vector<LegalResponse> legal;
  for (std::int64_t n = gen::number(1, 3); n > 0; --n) {
    if (!legal.empty() && !legal.back().expected.reusable) ++story.connections;
    const std::string method = a_method();
    legal.push_back(holdfast::wire::legal_response(kPick, method));
    story.due.push_back(legal.back().expected);
    rules.push_back("/p" + std::to_string(c.requests.size()) + " : 200");
    add_request(c, method);
  }
  c.script = scenario_of(rules);
  for (std::size_t i = 0; i < legal.size(); ++i) {
    write_raw(c, i, legal[i].bytes, legal[i].ends_by_close);
  }
  return story;
}

RC_GTEST_PROP(Legal, inv_63_what_the_grammar_allows_is_delivered, ()) {
  must_be_delivered(
      of_full_size([] { return ask_over_h1(gen::one_in(3) ? Transport::h1_tls : Transport::h1); }));
}

// --- HTTP/2 --------------------------------------------------------------------------------------

/// Once or twice up to three requests, which share a connection. Those before the last one wait; to
/// that the server writes the responses to all.
Story ask_over_h2(Transport transport) {
  Story story;
  Case& c = story.c = each_once(transport);
  LegalH2Server server(kPick);
  std::uint32_t stream = 1;
  std::vector<std::string> rules;
  std::vector<std::pair<std::size_t, std::string>> raws;
  bool gone = false;
  for (std::int64_t rounds = gen::number(1, 2); rounds > 0; --rounds) {
    if (gone) {
      server = LegalH2Server(kPick);
      stream = 1;
      ++story.connections;
    }
    std::vector<LegalH2Server::Asked> asked;
    for (std::int64_t n = gen::number(1, 3); n > 0; --n, stream += 2) {
      rules.push_back("/p" + std::to_string(c.requests.size()) + " : stall");
      const std::string method = a_method();
      add_request(c, method);
      asked.push_back({stream, method, method == "POST" && gen::one_in(2)});
    }
    const LegalH2Server::Responses responses = server.respond(asked);
    raws.emplace_back(c.requests.size() - 1, responses.bytes);
    story.due.insert(story.due.end(), responses.expected.begin(), responses.expected.end());
    gone = responses.goes_away;
  }
  c.script = scenario_of(rules);
  for (const auto& [n, bytes] : raws) write_raw(c, n, bytes, false);
  return story;
}

RC_GTEST_PROP(Legal, inv_63_what_rfc_9113_allows_is_delivered, ()) {
  must_be_delivered(of_full_size(
      [] { return ask_over_h2(gen::one_in(3) ? Transport::h2_tls : Transport::h2_cleartext); }));
}

// --- Through a proxy -----------------------------------------------------------------------------

void go_through_proxy(Story& story, const LegalResponse& to_connect) {
  story.to_connect = to_connect;
  Case& c = story.c;
  const std::string url = "http://a:pw@" + std::string(kProxy);
  c.options.proxy = {url, url, {}};
  c.proxy.emplace();
  const bool opens = to_connect.expected.heads[0].status < 300;
  c.proxy->acts = {opens ? ProxyAct::relays : ProxyAct::refuses};
  (opens ? c.proxy->words.opening : c.proxy->words.refusal) = to_connect.bytes;
  c.proxy->words.closes = to_connect.ends_by_close;
}

/// Rules R3 and R4: the response itself stays with the dial.
void must_be_refused(const Report& report, int status) {
  const bool for_now = status >= 500 || status == 408 || status == 429;
  const ErrorCode due = for_now ? ErrorCode::proxy_unavailable : ErrorCode::proxy_refused;
  for (const Seen& seen : report.seen) {
    RC_ASSERT(seen.error.has_value());
    RC_ASSERT(seen.error->code == due);
    RC_ASSERT(seen.error->detail.find("status " + std::to_string(status)) != std::string::npos);
  }
  RC_ASSERT(connections_of(report) == 0U);
  RC_ASSERT(report.came_to_rest);
}

RC_GTEST_PROP(Legal, inv_63_a_proxy_hands_on_what_the_grammar_allows, ()) {
  must_be_delivered(of_full_size([] {
    Story story = ask_over_h1(Transport::h1);
    go_through_proxy(story, holdfast::wire::legal_response(kPick, "CONNECT"));
    return story;
  }));
}

RC_GTEST_PROP(Legal, inv_63_any_legal_response_to_connect_opens_or_refuses_a_tunnel, ()) {
  const Story story = of_full_size([] {
    const Transport transport = gen::one_in(2) ? Transport::h2_tls : Transport::h1_tls;
    Story over = is_h2(transport) ? ask_over_h2(transport) : ask_over_h1(transport);
    go_through_proxy(over, holdfast::wire::legal_response(kPick, "CONNECT"));
    return over;
  });
  RC_LOG() << shown(story.to_connect.bytes);
  const int status = story.to_connect.expected.heads[0].status;
  if (status < 300) return must_be_delivered(story);
  must_be_refused(run_case(story.c, holdfast::sim::Trace::Mode::off), status);
}

}  // namespace
}  // namespace proof
