// holdfast.h: responses and their fields.
#include "api/c_types.h"

using holdfast::Response;
using holdfast::c::guarded;
using holdfast::c::view;

namespace holdfast::c {
namespace {

/// Writes the fields out with their NULs; none where memory is short.
const std::vector<holdfast_headers::Field>& fields_of(const holdfast_headers* headers) noexcept {
  if (!headers->fields.empty()) return headers->fields;
  guarded(false, [&] {
    std::vector<holdfast_headers::Field> fields;
    std::string text;
    fields.reserve(headers->headers->size());
    text.reserve(headers->headers->bytes());  // holds two lengths where this has two NULs
    for (const HeaderField field : *headers->headers) {
      fields.push_back({text.size(), text.size() + field.name.size() + 1});
      text.append(field.name).push_back('\0');
      text.append(field.value).push_back('\0');
    }
    headers->text = std::move(text);
    headers->fields = std::move(fields);
    return true;
  });
  return headers->fields;
}

/// response.cc's error, from a copy of what it needs: the response stays whole.
std::unique_ptr<holdfast_error> status_error(const holdfast_response& response) {
  Response told;
  told.status = response.head->status;
  told.reason = response.head->reason;
  told.timeline = response.whole.timeline;
  return std::make_unique<holdfast_error>(std::move(std::move(told).raise_for_status().error()));
}

}  // namespace
}  // namespace holdfast::c

using holdfast::c::fields_of;

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
int holdfast_response_decoded(const holdfast_response* response) {
  return response->head->decoded ? 1 : 0;
}
const char* holdfast_response_body(const holdfast_response* response, size_t* length) {
  if (length != nullptr) *length = response->whole.body.size();
  return response->whole.body.c_str();
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
    return taken.release();
  });
}
void holdfast_response_free(holdfast_response* response) { delete response; }

// --- Fields --------------------------------------------------------------------------------------

size_t holdfast_headers_count(const holdfast_headers* headers) { return fields_of(headers).size(); }

const char* holdfast_headers_name(const holdfast_headers* headers, size_t index) {
  const auto& fields = fields_of(headers);
  return index < fields.size() ? headers->text.c_str() + fields[index].name : nullptr;
}

const char* holdfast_headers_value(const holdfast_headers* headers, size_t index) {
  const auto& fields = fields_of(headers);
  return index < fields.size() ? headers->text.c_str() + fields[index].value : nullptr;
}

const char* holdfast_headers_get(const holdfast_headers* headers, const char* name) {
  size_t first = 0;
  return holdfast_headers_next(headers, name, &first);
}

const char* holdfast_headers_next(const holdfast_headers* headers, const char* name,
                                  size_t* index) {
  const auto& fields = fields_of(headers);
  while (*index < fields.size()) {
    const holdfast_headers::Field& field = fields[(*index)++];
    const char* text = headers->text.c_str();
    if (holdfast::same_name(text + field.name, view(name))) return text + field.value;
  }
  return nullptr;
}
