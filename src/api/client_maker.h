// Makes a Client of any backend: what src/testing has that users do not. Thread: the backend's.
#pragma once

#include <memory>
#include <utility>

#include "api/backend.h"
#include "holdfast/client.h"

namespace holdfast::api {

struct ClientMaker {
  static Client make(std::unique_ptr<Backend> backend) { return Client(std::move(backend)); }
};

}  // namespace holdfast::api
