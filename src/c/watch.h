// The observers of a client in C: the function that gets events and the function that gets log
// lines. Owner: the client, and the frame that is calling it. Thread: the loop's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "c/types.h"
#include "holdfast/observe.h"

/// Lives on the stack of its sender; allocates only when text is requested.
struct holdfast_event {
  explicit holdfast_event(holdfast_event_kind what) : kind(what) {}
  holdfast_event_kind kind;
  const holdfast::ObservedRequest* request = nullptr;
  const holdfast::ObservedConnection* connection = nullptr;
  const holdfast::AttemptRecord* record = nullptr;
  const holdfast::Error* error = nullptr;
  std::int64_t number = -1, hop = -1, delay = -1, status = -1, attempts = -1, duration = -1;
  const char *source = "", *stop = "", *cause = "";

  // Written on request, each to its own slot.
  mutable std::array<std::string, 6> texts;
  mutable std::unique_ptr<holdfast_error> told_error;
};

namespace holdfast::c {

/// One observer for both functions. When one of them closes the client or replaces the other, the
/// other is not called any more.
class Watch final : public Observer {
 public:
  holdfast_on_event call = nullptr;
  void* context = nullptr;
  std::shared_ptr<Observer> log;

  bool wanted() const { return call != nullptr || log != nullptr; }

  void on_attempt_started(const AttemptStarted& event) override;
  void on_attempt_ended(const AttemptEnded& event) override;
  void on_retry_scheduled(const RetryScheduled& event) override;
  void on_redirect_followed(const RedirectFollowed& event) override;
  void on_request_ended(const RequestEnded& event) override;
  void on_connection_opened(const ConnectionOpened& event) override;
  void on_connection_reused(const ConnectionReused& event) override;
  void on_connection_closed(const ConnectionClosed& event) override;
  void on_pool_wait_began(const PoolWaitBegan& event) override;
  void on_pool_wait_ended(const PoolWaitEnded& event) override;

 private:
  template <class E>
  void tell(const holdfast_event& told, void (Observer::*line)(const E&), const E& event) {
    if (call != nullptr) call(context, &told);
    // Holds a reference during the call, because the function may replace itself.
    if (const std::shared_ptr<Observer> held = log) (held.get()->*line)(event);
  }
};

/// Stops all calls of the observers of `client`.
void hush(holdfast_client& client) noexcept;

}  // namespace holdfast::c
