// Invariant 63: a response that the grammar of HTTP/1.1 can produce is delivered byte for byte, in
// clear text and over TLS, however the network cuts it up.
#include <string>
#include <string_view>

#include "fault_server/script/line.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"
#include "wire/h1/response_arbitrary.h"

namespace proof {
namespace {

using holdfast::wire::LegalResponse;

LegalResponse a_legal_response(std::string_view method) {
  return holdfast::wire::legal_response(
      [](std::size_t bound) {
        return static_cast<std::size_t>(gen::number(0, static_cast<std::int64_t>(bound) - 1));
      },
      method);
}

Case asks_for(const LegalResponse& legal) {
  Case c = gen::plain();
  c.transport = gen::one_in(3) ? Transport::h1_tls : Transport::h1;
  c.options.retry.max_attempts = 1;
  c.options.decode.enabled = false;
  c.link = gen::link();
  c.link.syn_lost = 0;
  c.link.lingering_close = true;
  c.driver = gen::driver();
  c.script = scenario_of({"/p0 : 200"});
  fault::Step& step = c.script.rules[0].script.steps[0];
  step.action = fault::ActionKind::kRaw;
  step.name = legal.bytes;
  step.extra = {{"does", legal.ends_by_close ? "close" : "keep-alive"}};
  RequestPlan request;
  request.path = "/p0";
  request.method = legal.method;
  request.streaming = gen::one_in(2);
  c.requests = {request};
  return c;
}

std::string difference(const LegalResponse& legal, const Seen& seen) {
  if (!seen.response)
    return "failed: " + std::string(name(seen.error->code)) + " " + seen.error->detail;
  const holdfast::wire::Transcript& due = legal.expected;
  const holdfast::ResponseHead& head = *seen.answer();
  if (due.heads.size() != 1) return "";  // nothing that a client may take for a final response
  if (head.status != due.heads[0].status) return "status " + std::to_string(head.status);
  if (head.reason != due.heads[0].reason) return "reason \"" + head.reason + "\"";
  if (holdfast::wire::fields_of(head.headers) != due.heads[0].fields) return "its fields differ";
  if (seen.body() != due.body) return "body of " + std::to_string(seen.body().size()) + " bytes";
  if (holdfast::wire::fields_of(seen.response->trailers) != due.trailers) return "its trailers";
  return "";
}

RC_GTEST_PROP(Legal, inv_63_what_the_grammar_allows_is_delivered, ()) {
  static constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "OPTIONS"};
  const LegalResponse legal = a_legal_response(kMethods[gen::number(0, 4)]);
  const Case c = asks_for(legal);
  const Report report = run_case(c, holdfast::sim::Trace::Mode::off);
  RC_ASSERT(report.seen.size() == 1U);
  const std::string wrong = difference(legal, report.seen.front());
  if (!wrong.empty()) {
    RC_FAIL("inv_63: " + wrong + "\nof the response " +
            fault::print_step(c.script.rules[0].script.steps[0]));
  }
  RC_ASSERT(report.came_to_rest);
}

}  // namespace
}  // namespace proof
