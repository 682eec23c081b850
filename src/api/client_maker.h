// Makes a Client of any driver, for src/testing. Thread: the driver's.
#pragma once

#include <memory>
#include <utility>

#include "engine/driver.h"
#include "holdfast/client.h"

namespace holdfast::api {

struct ClientMaker {
  static Client make(std::shared_ptr<engine::Driver> driver) { return Client(std::move(driver)); }
};

}  // namespace holdfast::api
