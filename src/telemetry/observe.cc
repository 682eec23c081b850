#include "holdfast/observe.h"

#include <utility>

namespace holdfast {

Observer::~Observer() = default;
void Observer::on_attempt_started(const AttemptStarted&) {}
void Observer::on_attempt_ended(const AttemptEnded&) {}
void Observer::on_retry_scheduled(const RetryScheduled&) {}
void Observer::on_redirect_followed(const RedirectFollowed&) {}
void Observer::on_request_ended(const RequestEnded&) {}
void Observer::on_connection_opened(const ConnectionOpened&) {}
void Observer::on_connection_reused(const ConnectionReused&) {}
void Observer::on_connection_closed(const ConnectionClosed&) {}
void Observer::on_pool_wait_began(const PoolWaitBegan&) {}
void Observer::on_pool_wait_ended(const PoolWaitEnded&) {}

std::string error_type(const AttemptRecord& record) {
  if (record.error != ErrorCode::none) return std::string(name(record.error));
  return record.status >= 400 ? std::to_string(record.status) : std::string();
}

std::string_view protocol_version(std::uint8_t major, std::uint8_t minor) noexcept {
  switch (major) {
    case 1:
      return minor == 0 ? "1.0" : "1.1";
    case 2:
      return "2";
    default:
      return {};
  }
}

namespace {

class Several final : public Observer {
 public:
  explicit Several(std::vector<std::shared_ptr<Observer>> observers)
      : observers_(std::move(observers)) {
    std::erase(observers_, nullptr);
  }

  void on_attempt_started(const AttemptStarted& event) override {
    for (const auto& one : observers_) one->on_attempt_started(event);
  }
  void on_attempt_ended(const AttemptEnded& event) override {
    for (const auto& one : observers_) one->on_attempt_ended(event);
  }
  void on_retry_scheduled(const RetryScheduled& event) override {
    for (const auto& one : observers_) one->on_retry_scheduled(event);
  }
  void on_redirect_followed(const RedirectFollowed& event) override {
    for (const auto& one : observers_) one->on_redirect_followed(event);
  }
  void on_request_ended(const RequestEnded& event) override {
    for (const auto& one : observers_) one->on_request_ended(event);
  }
  void on_connection_opened(const ConnectionOpened& event) override {
    for (const auto& one : observers_) one->on_connection_opened(event);
  }
  void on_connection_reused(const ConnectionReused& event) override {
    for (const auto& one : observers_) one->on_connection_reused(event);
  }
  void on_connection_closed(const ConnectionClosed& event) override {
    for (const auto& one : observers_) one->on_connection_closed(event);
  }
  void on_pool_wait_began(const PoolWaitBegan& event) override {
    for (const auto& one : observers_) one->on_pool_wait_began(event);
  }
  void on_pool_wait_ended(const PoolWaitEnded& event) override {
    for (const auto& one : observers_) one->on_pool_wait_ended(event);
  }

 private:
  std::vector<std::shared_ptr<Observer>> observers_;
};

}  // namespace

std::shared_ptr<Observer> observe_all(std::vector<std::shared_ptr<Observer>> observers) {
  return std::make_shared<Several>(std::move(observers));
}

}  // namespace holdfast
