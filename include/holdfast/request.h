// What the user asks for. Thread: any until it is sent.
#pragma once

#include <memory>
#include <string>

#include "holdfast/body.h"
#include "holdfast/export.h"
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
  /// Sends `Expect: 100-continue` and holds the body back until the server says so, or until
  /// TimeoutPolicy::expect_continue is over; after a final response none of it is sent (RFC 9110
  /// §10.1.1). 417 repeats the request once, at once, without `Expect`, whatever its method; that
  /// counts as an attempt. For bodies that are costly to send in vain. Without a body it does
  /// nothing.
  bool expect_continue = false;
  /// Null: the client's policies.
  std::shared_ptr<const RequestPolicy> policy{};
};

}  // namespace holdfast
