// holdfast.h: requests, until they are sent.
#include "api/c_body.h"
#include "api/c_types.h"
#include "holdfast/authorization.h"
#include "holdfast/options_text.h"

using holdfast::Body;
using holdfast::c::complain;
using holdfast::c::guarded;
using holdfast::c::view;

namespace {

enum class Put { add, set };

const char* put_field(holdfast_request* request, std::string_view name, std::string_view value,
                      Put how) noexcept {
  return complain(request->said, [&] {
    std::string complaint = holdfast::c::field_complaint(name, value);
    if (!complaint.empty()) return complaint;
    if (how == Put::set) request->request.headers.remove(name);
    request->request.headers.add(name, value);
    return complaint;
  });
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
  return put_field(request, view(name), view(value), Put::add);
}
const char* holdfast_request_set_header(holdfast_request* request, const char* name,
                                        const char* value) {
  return put_field(request, view(name), view(value), Put::set);
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
                     holdfast::basic_authorization(view(user), view(password)), Put::set);
  });
}
const char* holdfast_request_bearer(holdfast_request* request, const char* token) {
  return guarded(holdfast::c::kNoMemory, [&] {
    return put_field(request, "Authorization", holdfast::bearer_authorization(view(token)),
                     Put::set);
  });
}

const char* holdfast_request_set_option(holdfast_request* request, const char* name,
                                        const char* value) {
  return complain(request->said, [&] {
    // Whether it is good does not depend on the client, which is not known before it is sent.
    holdfast::RequestPolicy probe;
    std::string complaint =
        holdfast::c::text_of(set_option(probe, holdfast::ClientOptions(), view(name), view(value)));
    if (complaint.empty()) request->policy.emplace_back(view(name), view(value));
    return complaint;
  });
}

void holdfast_request_expect_continue(holdfast_request* request, int yes) {
  request->request.expect_continue = yes != 0;
}

// --- Bodies --------------------------------------------------------------------------------------

const char* holdfast_request_body_bytes(holdfast_request* request, const void* bytes,
                                        size_t length) {
  return complain(request->said, [&] {
    request->request.body = Body(std::string(static_cast<const char*>(bytes), length));
    return std::string();
  });
}

const char* holdfast_request_body_file(holdfast_request* request, const char* path) {
  return complain(request->said, [&] {
    request->request.body = Body::file(std::string(view(path)));
    return std::string();
  });
}

const char* holdfast_request_body_source(holdfast_request* request, holdfast_body_read read,
                                         holdfast_body_rewind rewind, holdfast_body_release release,
                                         void* source, int64_t length) {
  return complain(request->said, [&]() -> std::string {
    if (read == nullptr) return "the body's read function is null: give one";
    request->request.body = holdfast::c::body_of({read, rewind, release, source}, length);
    return {};
  });
}

// --- What to hear of the response ----------------------------------------------------------------

void holdfast_request_on_interim(holdfast_request* request, holdfast_on_head call) {
  request->on_interim = call;
}
void holdfast_request_on_head(holdfast_request* request, holdfast_on_head call) {
  request->on_head = call;
}
void holdfast_request_on_body(holdfast_request* request, holdfast_on_body call) {
  request->on_body = call;
}
