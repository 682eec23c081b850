// Implements holdfast.h: responses.
#include "c/types.h"

using holdfast::Response;
using holdfast::c::guarded;
using holdfast::c::view;

namespace holdfast::c {
namespace {

/// The error of response.cc, made from a copy of the fields that it needs: the response is
/// unchanged.
std::unique_ptr<holdfast_error> status_error(const holdfast_response& response) {
  Response told;
  told.status = response.head->status;
  told.reason = response.head->reason;
  told.timeline = response.whole.timeline;
  return std::make_unique<holdfast_error>(std::move(std::move(told).raise_for_status().error()));
}

const MediaType* media_type(const holdfast_response& response) noexcept {
  if (response.media_type) return &*response.media_type;
  guarded(false, [&] {
    response.media_type = response.head->content_type();
    return true;
  });
  return response.media_type ? &*response.media_type : nullptr;
}

}  // namespace
}  // namespace holdfast::c

// --- Responses -----------------------------------------------------------------------------------

int holdfast_response_status(const holdfast_response* response) { return response->head->status; }
int holdfast_response_http_major(const holdfast_response* response) {
  return response->head->http_major;
}
int holdfast_response_http_minor(const holdfast_response* response) {
  return response->head->http_minor;
}
const char* holdfast_response_reason(const holdfast_response* response) {
  return response->head->reason.c_str();
}
const holdfast_headers* holdfast_response_headers(const holdfast_response* response) {
  return &response->headers;
}
const holdfast_headers* holdfast_response_trailers(const holdfast_response* response) {
  return &response->trailers;
}
int holdfast_response_request_complete(const holdfast_response* response) {
  return response->whole.request_complete ? 1 : 0;
}
int holdfast_response_decoded(const holdfast_response* response) {
  return response->head->decoded ? 1 : 0;
}
const char* holdfast_response_body(const holdfast_response* response, size_t* length) {
  if (length != nullptr) *length = response->whole.body.size();
  return response->whole.body.c_str();
}
const char* holdfast_response_media_type(const holdfast_response* response) {
  const holdfast::MediaType* parsed = holdfast::c::media_type(*response);
  return parsed != nullptr ? parsed->type.c_str() : "";
}
const char* holdfast_response_media_parameter(const holdfast_response* response, const char* name) {
  const holdfast::MediaType* parsed = holdfast::c::media_type(*response);
  if (parsed == nullptr) return nullptr;
  for (const holdfast::Parameter& each : parsed->parameters) {
    if (holdfast::same_name(each.name, view(name))) return each.value.c_str();
  }
  return nullptr;
}
const char* holdfast_response_final_url(const holdfast_response* response) {
  return response->whole.final_url.c_str();
}
const holdfast_timeline* holdfast_response_timeline(const holdfast_response* response) {
  return &response->timeline;
}

const holdfast_error* holdfast_response_raise_for_status(const holdfast_response* response) {
  if (response->head->status < 400) return nullptr;
  return guarded<>(static_cast<const holdfast_error*>(nullptr), [&] {
    if (response->status_error == nullptr) {
      response->status_error = holdfast::c::status_error(*response);
    }
    return static_cast<const holdfast_error*>(response->status_error.get());
  });
}

holdfast_response* holdfast_response_take(holdfast_response* response) {
  return guarded<>(static_cast<holdfast_response*>(nullptr), [&] {
    auto taken = std::make_unique<holdfast_response>(std::move(response->whole));
    response->whole = Response();
    response->headers = holdfast_headers(&response->whole.headers);
    response->trailers = holdfast_headers(&response->whole.trailers);
    response->status_error.reset();
    response->media_type.reset();
    return taken.release();
  });
}
void holdfast_response_free(holdfast_response* response) { delete response; }
