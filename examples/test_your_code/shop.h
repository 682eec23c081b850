// The code under test: a service that gets prices from another service and places orders there. It
// takes a client and uses no loop or socket, which is all that it needs to be testable. Thread: the
// client's.
#pragma once

#include <string>
#include <string_view>

#include <holdfast/client.h>

class Shop {
 public:
  explicit Shop(holdfast::Client& client) : client_(client) {}

  /// Calls `tell` with the current price if it arrives within two seconds, else with the last known
  /// one.
  void price(std::string_view item, holdfast::Function<void(std::string)> tell);

  enum class Placed { yes, no, unknown };
  /// `unknown`: the order may have been placed. Check it before ordering again, which could order
  /// twice.
  void order(std::string_view item, holdfast::Function<void(Placed)> tell);

 private:
  holdfast::Client& client_;
  std::string last_known_ = "no price yet";
};
