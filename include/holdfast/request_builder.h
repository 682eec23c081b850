// Says a request in one expression. What comes out is a plain Request; nothing here knows more than
// its fields can say. Thread: any (values).
//
//   client.send(RequestBuilder::post("/orders")
//                   .query("dry run", "yes")
//                   .json(R"({"item": 7})")
//                   .bearer(token)
//                   .idempotency_key(key)
//                   .build(),
//               callback);
//
// Nothing fails here: what is wrong with a request (its URL, a line break in a field, …) its
// callback is told when it is sent, without the secrets that may be in it (SPEC H4).
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

class HOLDFAST_EXPORT RequestBuilder {
 public:
  /// `url` is absolute, or relative to ClientOptions::base_url.
  RequestBuilder(std::string method, std::string url);
  static RequestBuilder get(std::string url) { return {"GET", std::move(url)}; }
  static RequestBuilder head(std::string url) { return {"HEAD", std::move(url)}; }
  static RequestBuilder options(std::string url) { return {"OPTIONS", std::move(url)}; }
  static RequestBuilder post(std::string url) { return {"POST", std::move(url)}; }
  static RequestBuilder put(std::string url) { return {"PUT", std::move(url)}; }
  static RequestBuilder patch(std::string url) { return {"PATCH", std::move(url)}; }
  static RequestBuilder del(std::string url) { return {"DELETE", std::move(url)}; }

  /// Adds to the URL's query, percent-encoded (with_query()).
  RequestBuilder& query(std::string_view name, std::string_view value);
  RequestBuilder& query(const Parameters& parameters);

  /// The one field of this name: replaces what was set before.
  RequestBuilder& header(std::string_view name, std::string_view value);
  /// One more field of this name.
  RequestBuilder& add_header(std::string_view name, std::string_view value);
  /// Authorization: Basic. See basic_authorization().
  RequestBuilder& basic_auth(std::string_view user, std::string_view password);
  /// Authorization: Bearer.
  RequestBuilder& bearer(std::string_view token);
  /// The field Idempotency-Key: with NonIdempotent::keyed a POST that has it is retried (SPEC R2).
  RequestBuilder& idempotency_key(std::string_view key);

  /// Request::expect_continue: the body waits until the server says that it wants it.
  RequestBuilder& expect_continue(bool on = true);

  // The body; the last one said is sent. Each sets Content-Type, unless header() has or does.

  /// As it is; no Content-Type unless given.
  RequestBuilder& body(Body body, std::string_view content_type = {});
  /// text/plain; charset=utf-8.
  RequestBuilder& text(std::string text);
  /// application/json; the text is not looked at.
  RequestBuilder& json(std::string text);
  /// application/x-www-form-urlencoded.
  RequestBuilder& form(const Parameters& parameters);
  /// A file as Body::file() reads it, replayable.
  RequestBuilder& file(std::string path,
                       std::string_view content_type = "application/octet-stream");
  /// multipart/form-data, the parts as they are now. A Content-Type of your own has to name
  /// parts.boundary().
  RequestBuilder& multipart(const Multipart& parts);

  // Policies of this request alone. Each takes the place of the client's whole: to change one time
  // of the client's, change it in a copy of ClientOptions::timeouts and give that.

  RequestBuilder& retry(RetryPolicy retry);
  RequestBuilder& timeouts(TimeoutPolicy timeouts);
  RequestBuilder& limits(LimitPolicy limits);
  RequestBuilder& decode(DecodePolicy decode);
  /// All of them, shared by any number of requests; what was said of them before is forgotten.
  RequestBuilder& policy(std::shared_ptr<const RequestPolicy> policy);

  /// The request so far. The builder may be used on: as the stem of similar requests, say.
  Request build() const&;
  /// The same without a copy, for std::move(builder).build().
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
