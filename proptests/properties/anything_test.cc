// Everything at once: any policy, script, link, schedule and user, held to every invariant.
#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

RC_GTEST_PROP(Anything, keeps_every_invariant, ()) {
  must_hold(gen::made([] {
    Case c = gen::anything();
    if (gen::one_in(4)) gen::add_slow_disks(c);
    return c;
  }));
}

}  // namespace
}  // namespace proof
