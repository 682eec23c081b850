// The user of a simulated client, who gets the events of its requests. Any command of the driver is
// allowed inside these calls: submit, cancel, pause, shut down. Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/engine.h"
#include "holdfast/error.h"
#include "holdfast/response.h"

namespace holdfast::sim {

class User {
 public:
  /// The attempt that is about to start.
  struct Attempt {
    engine::ExchangeId exchange;
    std::uint32_t number = 1;
    engine::AttemptView view;
  };

  /// `tag` is the argument of submit. Streaming exchanges only; on_body also for storing ones.
  virtual void on_interim(void* tag, const ResponseHead& head) {
    static_cast<void>(tag), static_cast<void>(head);
  }
  virtual void on_head(void* tag, const ResponseHead& head) {
    static_cast<void>(tag), static_cast<void>(head);
  }
  /// Storing exchanges: the content of `head` follows in on_body; earlier content is void.
  virtual void on_restart(void* tag, const ResponseHead& head) {
    static_cast<void>(tag), static_cast<void>(head);
  }
  virtual void on_body(void* tag, std::string_view bytes) {
    static_cast<void>(tag), static_cast<void>(bytes);
  }
  /// See Engine::set_notes; `tag` is null for notes about a connection.
  virtual void on_note(void* tag, const engine::Note& note) {
    static_cast<void>(tag), static_cast<void>(note);
  }
  /// See Engine::set_hook. True: the attempt starts with `headers` at once. False: the driver's
  /// prepared() is called later, or has been called.
  virtual bool on_prepare(void* tag, const Attempt& attempt, Headers& headers) {
    static_cast<void>(tag), static_cast<void>(attempt), static_cast<void>(headers);
    return true;
  }
  /// Exactly one of the two is not null, and it may be moved from.
  virtual void on_complete(void* tag, Response* response, Error* error) = 0;

 protected:
  ~User() = default;
};

}  // namespace holdfast::sim
