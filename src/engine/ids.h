// Names of what the engine keeps. Generational: a stale id is ignored, never an error.
#pragma once

#include "base/slot_map.h"

namespace holdfast::engine {

struct ExchangeTag;
struct ConnectionTag;
/// One user request, its whole life.
using ExchangeId = base::SlotId<ExchangeTag>;
/// One connection, from the decision to dial until its socket is gone.
using ConnectionId = base::SlotId<ConnectionTag>;

}  // namespace holdfast::engine
