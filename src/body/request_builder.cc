#include "holdfast/request_builder.h"

#include <utility>

#include "holdfast/authorization.h"

namespace holdfast {

namespace {
constexpr std::string_view kContentType = "Content-Type";
}

RequestBuilder::RequestBuilder(std::string method, std::string url) {
  request_.method = std::move(method);
  request_.url = std::move(url);
}

RequestBuilder& RequestBuilder::query(std::string_view name, std::string_view value) {
  query_.push_back({std::string(name), std::string(value)});
  return *this;
}

RequestBuilder& RequestBuilder::query(const Parameters& parameters) {
  query_.insert(query_.end(), parameters.begin(), parameters.end());
  return *this;
}

RequestBuilder& RequestBuilder::header(std::string_view name, std::string_view value) {
  request_.headers.set(name, value);
  return *this;
}

RequestBuilder& RequestBuilder::add_header(std::string_view name, std::string_view value) {
  request_.headers.add(name, value);
  return *this;
}

RequestBuilder& RequestBuilder::basic_auth(std::string_view user, std::string_view password) {
  return header("Authorization", basic_authorization(user, password));
}

RequestBuilder& RequestBuilder::bearer(std::string_view token) {
  return header("Authorization", bearer_authorization(token));
}

RequestBuilder& RequestBuilder::idempotency_key(std::string_view key) {
  return header("Idempotency-Key", key);
}

RequestBuilder& RequestBuilder::expect_continue(bool on) {
  request_.expect_continue = on;
  return *this;
}

RequestBuilder& RequestBuilder::body(Body body, std::string_view content_type) {
  request_.body = std::move(body);
  content_type_ = content_type;
  return *this;
}

RequestBuilder& RequestBuilder::text(std::string text) {
  return body(std::move(text), "text/plain; charset=utf-8");
}

RequestBuilder& RequestBuilder::json(std::string text) {
  return body(std::move(text), "application/json");
}

RequestBuilder& RequestBuilder::form(const Parameters& parameters) {
  return body(form_encode(parameters), "application/x-www-form-urlencoded");
}

RequestBuilder& RequestBuilder::file(std::string path, std::string_view content_type) {
  return body(Body::file(std::move(path)), content_type);
}

RequestBuilder& RequestBuilder::multipart(const Multipart& parts) {
  return body(parts.body(), parts.content_type());
}

RequestPolicy& RequestBuilder::own_policy() {
  if (!own_policy_) own_policy_ = request_.policy ? *request_.policy : RequestPolicy();
  return *own_policy_;
}

RequestBuilder& RequestBuilder::retry(RetryPolicy retry) {
  own_policy().retry = retry;
  return *this;
}

RequestBuilder& RequestBuilder::timeouts(TimeoutPolicy timeouts) {
  own_policy().timeouts = timeouts;
  return *this;
}

RequestBuilder& RequestBuilder::limits(LimitPolicy limits) {
  own_policy().limits = limits;
  return *this;
}

RequestBuilder& RequestBuilder::decode(DecodePolicy decode) {
  own_policy().decode = decode;
  return *this;
}

RequestBuilder& RequestBuilder::policy(std::shared_ptr<const RequestPolicy> policy) {
  request_.policy = std::move(policy);
  own_policy_.reset();
  return *this;
}

Request RequestBuilder::build() const& { return RequestBuilder(*this).build_and_leave(); }

Request RequestBuilder::build() && { return build_and_leave(); }

Request RequestBuilder::build_and_leave() {
  if (!query_.empty()) request_.url = with_query(request_.url, query_);
  if (!content_type_.empty() && !request_.headers.contains(kContentType)) {
    request_.headers.add(kContentType, content_type_);
  }
  if (own_policy_) request_.policy = std::make_shared<const RequestPolicy>(std::move(*own_policy_));
  return std::move(request_);
}

}  // namespace holdfast
