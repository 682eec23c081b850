// Implements holdfast.h: requests before they are sent.
#include "c/body.h"
#include "c/types.h"
#include "holdfast/authorization.h"
#include "holdfast/options_text.h"

using holdfast::Body;
using holdfast::c::complain;
using holdfast::c::copy_out;
using holdfast::c::guarded;
using holdfast::c::view;

namespace {

enum class PutField { add, set };

const char* put_field(holdfast_request* request, std::string_view name, std::string_view value,
                      PutField how) noexcept {
  return complain(request->said, [&] {
    std::string complaint = holdfast::c::field_complaint(name, value);
    if (!complaint.empty()) return complaint;
    if (how == PutField::set) request->request.headers.remove(name);
    request->request.headers.add(name, value);
    return complaint;
  });
}

/// The last call wins.
void set_body(holdfast_request& request, Body body, std::string content_type = {}) {
  request.form.clear();
  request.content_type = std::move(content_type);
  request.request.body = std::move(body);
}

}  // namespace

holdfast_request* holdfast_request_new(const char* method, const char* url) {
  return guarded<>(static_cast<holdfast_request*>(nullptr), [&] {
    auto request = std::make_unique<holdfast_request>();
    request->request.method = view(method);
    request->request.url = view(url);
    return request.release();
  });
}
void holdfast_request_free(holdfast_request* request) { delete request; }

const char* holdfast_request_add_header(holdfast_request* request, const char* name,
                                        const char* value) {
  return put_field(request, view(name), view(value), PutField::add);
}
const char* holdfast_request_set_header(holdfast_request* request, const char* name,
                                        const char* value) {
  return put_field(request, view(name), view(value), PutField::set);
}

const char* holdfast_request_add_query(holdfast_request* request, const char* name,
                                       const char* value) {
  return complain(request->said, [&] {
    request->query.push_back({std::string(view(name)), std::string(view(value))});
    return std::string();
  });
}

const char* holdfast_request_basic_auth(holdfast_request* request, const char* user,
                                        const char* password) {
  return guarded(holdfast::c::kNoMemory, [&] {
    return put_field(request, "Authorization",
                     holdfast::basic_authorization(view(user), view(password)), PutField::set);
  });
}
const char* holdfast_request_bearer(holdfast_request* request, const char* token) {
  return guarded(holdfast::c::kNoMemory, [&] {
    return put_field(request, "Authorization", holdfast::bearer_authorization(view(token)),
                     PutField::set);
  });
}

const char* holdfast_request_set_option(holdfast_request* request, const char* name,
                                        const char* value) {
  return complain(request->said, [&] {
    // The option's validity does not depend on the client, which is unknown before sending.
    holdfast::RequestPolicy probe;
    std::string complaint =
        holdfast::c::text_of(set_option(probe, holdfast::ClientOptions(), view(name), view(value)));
    if (complaint.empty()) request->policy.emplace_back(view(name), view(value));
    return complaint;
  });
}

const char* holdfast_request_set_retry_predicate(holdfast_request* request,
                                                 holdfast_retry_predicate predicate,
                                                 void* context) {
  return complain(request->said, [&] {
    request->predicate = holdfast::c::Predicate{predicate, context};
    return std::string();
  });
}

void holdfast_request_expect_continue(holdfast_request* request, int yes) {
  request->request.expect_continue = yes != 0;
}

// --- Bodies --------------------------------------------------------------------------------------

const char* holdfast_request_body_bytes(holdfast_request* request, const void* bytes,
                                        size_t length) {
  return complain(request->said, [&] {
    set_body(*request, Body(std::string(static_cast<const char*>(bytes), length)));
    return std::string();
  });
}

const char* holdfast_request_body_file(holdfast_request* request, const char* path) {
  return complain(request->said, [&] {
    set_body(*request, Body::file(std::string(view(path))));
    return std::string();
  });
}

const char* holdfast_request_body_source(holdfast_request* request, holdfast_body_read read,
                                         holdfast_body_rewind rewind, holdfast_body_release release,
                                         void* source, int64_t length) {
  return complain(request->said, [&]() -> std::string {
    if (read == nullptr) return "the body's read function is null: give one";
    set_body(*request, holdfast::c::body_of({read, rewind, release, source}, length));
    return {};
  });
}

const char* holdfast_request_add_form(holdfast_request* request, const char* name,
                                      const char* value) {
  return complain(request->said, [&] {
    holdfast::Parameter field = {std::string(view(name)), std::string(view(value))};
    if (request->form.empty()) set_body(*request, {}, "application/x-www-form-urlencoded");
    request->form.push_back(std::move(field));
    return std::string();
  });
}

const char* holdfast_request_body_multipart(holdfast_request* request,
                                            const holdfast_multipart* parts) {
  return complain(request->said, [&] {
    set_body(*request, parts->parts.body(), parts->parts.content_type());
    return std::string();
  });
}

// --- Callbacks -----------------------------------------------------------------------------------

void holdfast_request_on_interim(holdfast_request* request, holdfast_on_head call) {
  request->on_interim = call;
}
void holdfast_request_on_head(holdfast_request* request, holdfast_on_head call) {
  request->on_head = call;
}
void holdfast_request_on_body(holdfast_request* request, holdfast_on_body call) {
  request->on_body = call;
}

// --- Text ----------------------------------------------------------------------------------------

size_t holdfast_percent_encode(const char* text, char* into, size_t capacity) {
  return guarded(copy_out("", into, capacity),
                 [&] { return copy_out(holdfast::percent_encode(view(text)), into, capacity); });
}
size_t holdfast_redact_url(const char* url, char* into, size_t capacity) {
  return guarded(copy_out("", into, capacity),
                 [&] { return copy_out(holdfast::redact_url(view(url)), into, capacity); });
}
