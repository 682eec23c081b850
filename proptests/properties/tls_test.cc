// Every invariant over TLS, with real OpenSSL at both ends of the simulation; and invariant 43: a
// certificate that is not good costs no byte of a request (SPEC H3).
#include <string>

#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::ErrorCode;

RC_GTEST_PROP(Tls, keeps_every_invariant, ()) {
  must_hold(gen::made([] { return gen::anything(Transport::h1_tls); }));
}

Case one_request(const std::string& connection_script) {
  Case c = gen::plain();
  c.transport = gen::one_in(2) ? Transport::h1_tls : Transport::h2_tls;
  c.script = scenario_of({"/p0 : 200 body=text:hello"});
  c.tls_script = connection_script;
  c.link = gen::link();
  c.link.syn_lost = 0;
  c.options.timeouts.connect = std::chrono::seconds(60);
  RequestPlan request;
  request.path = "/p0";
  request.method = gen::one_in(2) ? "GET" : "POST";
  c.requests = {request};
  return c;
}

std::string bad_certificate() {
  static const char* const kKinds[] = {"expired",    "not-yet-valid", "self-signed", "wrong-host",
                                       "unknown-ca", "incomplete",    "weak"};
  return kKinds[gen::number(0, 6)];
}

RC_GTEST_PROP(Tls, inv_43_a_bad_certificate_never_sees_a_request, ()) {
  const Case c = gen::made([] { return one_request("tls.cert cert=" + bad_certificate()); });
  must_hold(c, [](const Case&, const Report& report, auto& findings) {
    const Seen& seen = report.seen.front();
    if (!seen.error || seen.error->code != ErrorCode::certificate_rejected) {
      findings.emplace_back("inv_43: the certificate was not rejected");
    } else if (seen.timeline().attempts() != 1) {
      findings.emplace_back("inv_43: it was tried again");
    }
    for (const fault::Entry& entry : report.journal) {
      if (entry.type == fault::EntryType::kReqHead) findings.emplace_back("inv_43: it was sent");
    }
  });
}

RC_GTEST_PROP(Tls, a_handshake_that_breaks_off_is_retried_whatever_the_method_allows, ()) {
  const Case c =
      gen::made([] { return one_request(gen::one_in(2) ? "reset@tls; pass" : "close@tls; pass"); });
  must_hold(c, [](const Case& a, const Report& report, auto& findings) {
    const Seen& seen = report.seen.front();
    const bool replayable = a.requests.front().method == "GET";
    if (replayable && !seen.response) findings.emplace_back("a GET was not retried");
    if (!replayable && seen.timeline().attempts() != 1) findings.emplace_back("a POST was");
  });
}

}  // namespace
}  // namespace proof
