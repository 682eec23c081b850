// Who hears of exchanges: what a driver tells its owner. The engine itself calls nobody; this is
// here because the drivers, which never meet, and their owners have to agree on it. Thread: one
// owner, the driver's.
#pragma once

#include "engine/action.h"

namespace holdfast::engine {

class Listener {
 public:
  /// An order about an exchange: need_body, interim, head, restart, body, prepare or complete; or a
  /// note, which may be about a connection and then has no `user`. Views in it live until the call
  /// returns.
  virtual void deliver(Action& action) = 0;
  /// After the driver was closed: everything has ended, nothing of it is left. The last call.
  virtual void closed() = 0;
  /// Instead of closed(): the world that a simulated driver lived in is gone, without an end.
  /// Nothing is called any more; what waits for it is to be let go of.
  virtual void lost() {}

 protected:
  ~Listener() = default;
};

}  // namespace holdfast::engine
