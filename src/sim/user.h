// Whoever sent the requests of a simulated client. Any command of the driver may be given from
// inside these calls: sending, cancelling, pausing, shutting down. Thread: one owner.
#pragma once

#include <string_view>

#include "holdfast/error.h"
#include "holdfast/response.h"
#include "holdfast/timeline.h"

namespace holdfast::sim {

class User {
 public:
  /// `tag` is what submit was given. Streaming exchanges only, on_body of storing ones too.
  virtual void on_interim(void* tag, const ResponseHead& head) {
    static_cast<void>(tag), static_cast<void>(head);
  }
  virtual void on_head(void* tag, const ResponseHead& head) {
    static_cast<void>(tag), static_cast<void>(head);
  }
  /// Storing exchanges: the content of `head` follows, as on_body; what came before is void.
  virtual void on_restart(void* tag, const ResponseHead& head) {
    static_cast<void>(tag), static_cast<void>(head);
  }
  virtual void on_body(void* tag, std::string_view bytes) {
    static_cast<void>(tag), static_cast<void>(bytes);
  }
  /// An attempt that will be followed by another (Engine::set_notes).
  virtual void on_attempt_ended(void* tag, const AttemptRecord& record, Duration delay) {
    static_cast<void>(tag), static_cast<void>(record), static_cast<void>(delay);
  }
  /// Exactly one of the two is there, and may be moved from.
  virtual void on_complete(void* tag, Response* response, Error* error) = 0;

 protected:
  ~User() = default;
};

}  // namespace holdfast::sim
