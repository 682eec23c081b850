// Builds a Request in one expression. Thread: any; plain values.
//
//     client.send(RequestBuilder::post("/orders")
//                     .query("dry run", "yes")
//                     .json(R"({"item": 7})")
//                     .bearer(token)
//                     .idempotency_key(key)
//                     .build(),
//                 callback);
//
// No function here fails. A mistake in the request (its URL, a line break in a field, …) is
// reported when the request is sent, without the secrets that may be in it (H4).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/body.h"
#include "holdfast/export.h"
#include "holdfast/headers.h"
#include "holdfast/multipart.h"
#include "holdfast/policy.h"
#include "holdfast/request.h"
#include "holdfast/url.h"

namespace holdfast {

/// Builds a Request step by step. Every function but build() returns the builder itself.
class HOLDFAST_EXPORT RequestBuilder {
 public:
  /// Starts a request with this method. `url` is absolute, or relative to ClientOptions::base_url.
  RequestBuilder(std::string method, std::string url);
  /// Starts a GET request.
  static RequestBuilder get(std::string url) { return {"GET", std::move(url)}; }
  /// Starts a HEAD request.
  static RequestBuilder head(std::string url) { return {"HEAD", std::move(url)}; }
  /// Starts an OPTIONS request.
  static RequestBuilder options(std::string url) { return {"OPTIONS", std::move(url)}; }
  /// Starts a POST request.
  static RequestBuilder post(std::string url) { return {"POST", std::move(url)}; }
  /// Starts a PUT request.
  static RequestBuilder put(std::string url) { return {"PUT", std::move(url)}; }
  /// Starts a PATCH request.
  static RequestBuilder patch(std::string url) { return {"PATCH", std::move(url)}; }
  /// Starts a DELETE request.
  static RequestBuilder del(std::string url) { return {"DELETE", std::move(url)}; }

  /// Adds a parameter to the URL's query, percent-encoded (with_query()).
  RequestBuilder& query(std::string_view name, std::string_view value);
  /// Adds parameters to the URL's query, percent-encoded.
  RequestBuilder& query(const Parameters& parameters);

  /// Sets a field; replaces all fields of this name.
  RequestBuilder& header(std::string_view name, std::string_view value);
  /// Adds a field; keeps others of this name.
  RequestBuilder& add_header(std::string_view name, std::string_view value);
  /// Sets Authorization: Basic; see basic_authorization().
  RequestBuilder& basic_auth(std::string_view user, std::string_view password);
  /// Sets Authorization: Bearer; see bearer_authorization().
  RequestBuilder& bearer(std::string_view token);
  /// Sets the Idempotency-Key field. With NonIdempotent::keyed a POST that has one is retried (R2).
  RequestBuilder& idempotency_key(std::string_view key);

  /// Sets Request::expect_continue: the body waits until the server asks for it.
  RequestBuilder& expect_continue(bool on = true);

  /// Sets the body, and Content-Type to `content_type` unless it is empty. This holds for all
  /// functions that set a body: the last one called wins, and a Content-Type set with header()
  /// takes precedence.
  RequestBuilder& body(Body body, std::string_view content_type = {});
  /// Sets a body of type text/plain; charset=utf-8.
  RequestBuilder& text(std::string text);
  /// Sets a body of type application/json. The text is not checked.
  RequestBuilder& json(std::string text);
  /// Sets a body of type application/x-www-form-urlencoded; see form_encode().
  RequestBuilder& form(const Parameters& parameters);
  /// Sets a body from a file; see Body::file().
  RequestBuilder& file(std::string path,
                       std::string_view content_type = "application/octet-stream");
  /// Sets a multipart/form-data body with the parts added so far. A Content-Type of your own must
  /// contain parts.boundary().
  RequestBuilder& multipart(const Multipart& parts);

  /// Sets RequestPolicy::retry. This and the next three replace the client's whole policy for this
  /// request: to change one timeout, start from a copy of ClientOptions::timeouts.
  RequestBuilder& retry(RetryPolicy retry);
  /// Sets RequestPolicy::timeouts.
  RequestBuilder& timeouts(TimeoutPolicy timeouts);
  /// Sets RequestPolicy::limits.
  RequestBuilder& limits(LimitPolicy limits);
  /// Sets RequestPolicy::decode.
  RequestBuilder& decode(DecodePolicy decode);
  /// Sets all policies; several requests can share them. Replaces what was set by the functions
  /// above.
  RequestBuilder& policy(std::shared_ptr<const RequestPolicy> policy);

  /// Returns the request. The builder can be used further, for example for similar requests.
  Request build() const&;
  /// As above, without a copy: std::move(builder).build().
  Request build() &&;

 private:
  RequestPolicy& own_policy();
  Request build_and_leave();

  Request request_;
  std::string content_type_;  ///< of the body, unless the headers have one
  Parameters query_;
  std::optional<RequestPolicy> own_policy_;
};

}  // namespace holdfast
