#include "fault_server/session/session.h"

#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {

bool strikes_at_accept(const Step& step) {
  if (step.action == ActionKind::kRefuse) return true;
  const bool frames = step.action == ActionKind::kH2 || step.action == ActionKind::kGoaway;
  return !frames && step.action != ActionKind::kPass && place_of(step).phase == Phase::kAccept;
}

}  // namespace fault
