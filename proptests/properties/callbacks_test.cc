// Invariants 1–3, 8, 46, 52: a user who does things from inside callbacks, with one connection.
#include <string>

#include "proptests/simulation/checks.h"
#include "proptests/simulation/gen.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// `most`: the wildest act there is.
Case busy_callbacks(Reaction::Act most) {
  Case c = gen::plain();
  c.options.pool.max_connections = 1;
  c.options.pool.max_idle = static_cast<std::uint32_t>(gen::number(0, 1));
  c.options.timeouts.pool = gen::one_in(2) ? gen::ms(1, 500) : std::chrono::seconds(60);
  c.options.retry.backoff.base = gen::ms(1, 50);
  c.link = gen::link();
  c.driver = gen::driver();
  c.script = gen::scenario(2);
  c.requests = gen::requests(20, [most] {
    RequestPlan request = gen::request(1, 2);
    request.at /= 100;
    request.policy.reset();
    request.reactions.clear();
    const std::int64_t reactions = gen::number(0, 3);
    for (std::int64_t i = 0; i < reactions; ++i) {
      Reaction reaction;
      reaction.when = static_cast<Reaction::When>(gen::number(0, 4));
      reaction.act = static_cast<Reaction::Act>(gen::number(0, static_cast<std::int64_t>(most)));
      reaction.wait = microseconds(gen::number(0, 30'000));
      request.reactions.push_back(reaction);
    }
    return request;
  });
  return c;
}

void settles(const Case&, const Report& report, std::vector<std::string>& findings) {
  if (!report.settled_early) findings.push_back("inv_52_no_deadlock: somebody waits for ever");
}

RC_GTEST_PROP(Callbacks, inv_52_sending_and_cancelling_inside_never_deadlocks, ()) {
  must_hold(gen::made([] { return busy_callbacks(Reaction::Act::pause); }), settles);
}

RC_GTEST_PROP(Callbacks, inv_52_shutting_down_inside_never_deadlocks, ()) {
  must_hold(gen::made([] { return busy_callbacks(Reaction::Act::drain_away); }), settles);
}

/// Two responses come in one read, and the callback of the first cancels the request of the second.
TEST(Callbacks, inv_02_what_was_read_before_a_cancel_is_not_delivered_after_it) {
  Case c;
  c.transport = Transport::h2_cleartext;
  c.script = scenario_of({"/p0 : 200 body=text:hello"});
  c.requests.resize(4);  // the first two go alone: before the peer's SETTINGS, and at once after
  for (RequestPlan& request : c.requests) request.path = "/p0";
  c.requests[2].reactions = {
      {Reaction::When::on_complete, Reaction::Act::cancel_next, Duration{0}}};
  c.requests[3].streaming = true;
  const Report report = run_case(c);
  ASSERT_EQ(report.seen.size(), 4U);
  EXPECT_TRUE(report.seen[2].response);
  EXPECT_TRUE(report.seen[3].cancelled && report.seen[3].error);
  EXPECT_EQ(judge(c, report), std::vector<std::string>{});
}

}  // namespace
}  // namespace proof
