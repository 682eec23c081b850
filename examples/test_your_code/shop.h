// The code under test: a service that asks another one for prices and places orders there. It is
// given a client and knows nothing of loops or sockets, which is all that it takes to be testable.
// Thread: the client's.
#pragma once

#include <string>
#include <string_view>

#include <holdfast/client.h>

class Shop {
 public:
  explicit Shop(holdfast::Client& client) : client_(client) {}

  /// Tells the price: the current one if it comes within two seconds, else the last one known.
  void price(std::string_view item, holdfast::Function<void(std::string)> tell);

  enum class Placed { yes, no, unknown };
  /// `unknown`: it may have been placed. Somebody has to look; ordering again might order twice.
  void order(std::string_view item, holdfast::Function<void(Placed)> tell);

 private:
  holdfast::Client& client_;
  std::string last_known_ = "no price yet";
};
