// Redirected requests, place by place, by the model of journey.h (SPEC F4).
#include <algorithm>
#include <array>
#include <string>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/journey.h"

namespace proof {
namespace {

/// What each message is, where each hop leads, when it starts and how it ends.
void redirects_by_the_rules(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    if (!trial.c.redirects_of(trial.plan(trial.report.seen[i])).follow) continue;
    judge_journey(trial, i, Journey::Order::any, {}, findings);
  }
}

/// The origin that a request was meant for is the only one that may see its credentials; whatever
/// else is known of its journey.
void inv_43_credentials(const Trial& trial, Findings& findings) {
  for (std::size_t i = 0; i < trial.report.seen.size(); ++i) {
    const std::string url = url_of(trial.c, trial.plan(trial.report.seen[i]));
    for (const WireAttempt* message : trial.wire.attempts_of(i)) {
      std::string_view host = message->asked("Host");
      if (host.empty()) host = message->asked(":authority");
      if (host.empty() || url.find("://" + std::string(host) + "/") != url.npos) continue;
      if (message->asked("Authorization").empty()) continue;
      findings.add(i, "showed its credentials to " + std::string(host));
    }
  }
}

constexpr std::array<Check, 2> kRedirectChecks = {{
    {"redirects", redirects_by_the_rules},
    {"inv_43_credentials", inv_43_credentials},
}};

}  // namespace

std::span<const Check> redirect_checks() { return kRedirectChecks; }

}  // namespace proof
