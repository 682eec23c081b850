// Whoever sent the requests of a simulated client. Any command of the driver may be given from
// inside these calls: sending, cancelling, pausing, shutting down. Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/engine.h"
#include "holdfast/error.h"
#include "holdfast/response.h"

namespace holdfast::sim {

class User {
 public:
  /// What is about to be tried.
  struct Attempt {
    engine::ExchangeId exchange;
    std::uint32_t number = 1;
    engine::AttemptView view;
  };

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
  /// Engine::set_notes; `tag` is null where it is about a connection.
  virtual void on_note(void* tag, const engine::Note& note) {
    static_cast<void>(tag), static_cast<void>(note);
  }
  /// Engine::set_hook. True: the attempt goes ahead with `headers`, at once; false: prepared() of
  /// the driver answers, or has answered.
  virtual bool on_prepare(void* tag, const Attempt& attempt, Headers& headers) {
    static_cast<void>(tag), static_cast<void>(attempt), static_cast<void>(headers);
    return true;
  }
  /// Exactly one of the two is there, and may be moved from.
  virtual void on_complete(void* tag, Response* response, Error* error) = 0;

 protected:
  ~User() = default;
};

}  // namespace holdfast::sim
