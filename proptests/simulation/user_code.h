// The user's side of a case: sends its requests, plays its reactions from inside the callbacks, and
// notes everything it is told. Owner: run_case. Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "proptests/simulation/case.h"
#include "proptests/simulation/report.h"
#include "sim/driver.h"
#include "sim/user.h"
#include "sim/world.h"

namespace proof {

class UserCode final : public holdfast::sim::User {
 public:
  UserCode(const Case& c, holdfast::sim::World& world, Report& report)
      : case_(c), world_(world), report_(report) {}
  UserCode(const UserCode&) = delete;
  UserCode& operator=(const UserCode&) = delete;

  /// The driver must be known before anything is sent.
  void use(holdfast::sim::Driver& driver) { driver_ = &driver; }
  void send(std::size_t plan, bool nested);
  void shut_down();
  std::size_t under_way() const { return report_.seen.size() - ended_; }

  void on_interim(void* tag, const holdfast::ResponseHead& head) override;
  void on_head(void* tag, const holdfast::ResponseHead& head) override;
  void on_restart(void* tag, const holdfast::ResponseHead& head) override;
  void on_body(void* tag, std::string_view bytes) override;
  void on_note(void* tag, const holdfast::engine::Note& note) override;
  bool on_prepare(void* tag, const Attempt& attempt, holdfast::Headers& headers) override;
  void on_complete(void* tag, holdfast::Response* response, holdfast::Error* error) override;

 private:
  /// The most requests a case may grow to by sending from callbacks.
  static constexpr std::size_t kMostRequests = 200;

  static std::size_t index_of(const void* tag) {
    return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(tag)) - 1;
  }
  Seen& hear(void* tag, Seen::Event event);
  holdfast::Request request_for(std::size_t index, const RequestPlan& plan);
  holdfast::Body body_for(std::size_t index, const BodyPlan& plan);
  void use_disk(Duration most);
  void react(std::size_t index, Reaction::When when);
  void act(std::size_t index, const Reaction& reaction);

  const Case& case_;
  holdfast::sim::World& world_;
  Report& report_;
  holdfast::sim::Driver* driver_ = nullptr;
  std::vector<bool> paused_;  // by Seen
  std::size_t ended_ = 0;
  std::uint32_t asked_ = 0;  // attempts that the hook was asked about
  std::uint32_t disk_uses_ = 0;
  std::size_t sending_ = ~std::size_t{0};  // whose submit is on the stack
};

}  // namespace proof
