// What the user asks for. Thread: any until it is sent.
#pragma once

#include <memory>
#include <string>

#include "holdfast/body.h"
#include "holdfast/headers.h"
#include "holdfast/policy.h"

namespace holdfast {

struct Request {
  std::string method = "GET";  ///< a token, case-sensitive (RFC 9110 §9.1)
  std::string url{};           ///< absolute, or relative to ClientOptions::base_url
  /// Override the client's default headers of the same names. Host may be set; Content-Length,
  /// Transfer-Encoding, Connection and the like are holdfast's own and refused here.
  Headers headers{};
  Body body{};
  /// Null: the client's policies.
  std::shared_ptr<const RequestPolicy> policy{};
};

}  // namespace holdfast
