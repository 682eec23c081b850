// A request. Thread: any until it is sent.
#pragma once

#include <memory>
#include <string>

#include "holdfast/body.h"
#include "holdfast/export.h"
#include "holdfast/headers.h"
#include "holdfast/policy.h"

namespace holdfast {

/// A request to send. RequestBuilder (request_builder.h) makes one in a single expression.
struct Request {
  std::string method = "GET";  ///< a token, case-sensitive (RFC 9110 §9.1)
  std::string url{};           ///< absolute, or relative to ClientOptions::base_url
  /// The fields; each replaces the client's default header of the same name. Host can be set.
  /// Content-Length, Transfer-Encoding, Connection and other fields that holdfast sets itself end
  /// the request with `invalid_request`.
  Headers headers{};
  /// The body; none by default.
  Body body{};
  /// Sends `Expect: 100-continue` and delays the body until the server asks for it with 100
  /// (Continue), or until TimeoutPolicy::expect_continue has passed (RFC 9110 §10.1.1). After a
  /// final response the body is not sent. A 417 repeats the request once, at once, without
  /// `Expect`, whatever its method; this counts as an attempt. Meant for large bodies that the
  /// server may refuse. No effect without a body.
  bool expect_continue = false;
  /// Policies of this request; null: the client's.
  std::shared_ptr<const RequestPolicy> policy{};
};

}  // namespace holdfast
