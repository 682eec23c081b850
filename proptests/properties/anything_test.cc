// Everything at once: any policy, script, link, schedule and user, held to every invariant.
#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"

namespace proof {
namespace {

RC_GTEST_PROP(Anything, keeps_every_invariant, ()) {
  must_hold(gen::made([] { return gen::anything(); }));
}

}  // namespace
}  // namespace proof
