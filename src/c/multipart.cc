// Implements holdfast.h: multipart forms.
#include "c/body.h"
#include "c/types.h"

using holdfast::Body;
using holdfast::Multipart;
using holdfast::c::complain;
using holdfast::c::guarded;
using holdfast::c::view;

namespace {

std::optional<std::string> text_or_none(const char* text) {
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

const char* add(holdfast_multipart* parts, const char* name, const char* filename,
                const char* content_type, Body&& body) noexcept {
  return complain(parts->said, [&] {
    Multipart::Part part{.name = std::string(view(name)), .body = std::move(body)};
    part.filename = text_or_none(filename);
    part.content_type = view(content_type);
    parts->parts.part(std::move(part));
    return std::string();
  });
}

}  // namespace

holdfast_multipart* holdfast_multipart_new(uint64_t seed) {
  return guarded<>(static_cast<holdfast_multipart*>(nullptr),
                   [&] { return new holdfast_multipart(seed); });
}
void holdfast_multipart_free(holdfast_multipart* parts) { delete parts; }

const char* holdfast_multipart_add_text(holdfast_multipart* parts, const char* name,
                                        const char* value) {
  return complain(parts->said, [&] {
    parts->parts.field(view(name), view(value));
    return std::string();
  });
}

const char* holdfast_multipart_add_bytes(holdfast_multipart* parts, const char* name,
                                         const char* filename, const char* content_type,
                                         const void* bytes, size_t length) {
  return guarded(holdfast::c::kNoMemory, [&] {
    return add(parts, name, filename, content_type,
               Body(std::string(static_cast<const char*>(bytes), length)));
  });
}

const char* holdfast_multipart_add_file(holdfast_multipart* parts, const char* name,
                                        const char* path, const char* filename,
                                        const char* content_type) {
  if (content_type == nullptr) content_type = "application/octet-stream";
  return guarded(holdfast::c::kNoMemory, [&] {
    if (filename != nullptr) {
      return add(parts, name, filename, content_type, Body::file(std::string(view(path))));
    }
    return complain(parts->said, [&] {
      parts->parts.file(view(name), std::string(view(path)), content_type);
      return std::string();
    });
  });
}

const char* holdfast_multipart_add_source(holdfast_multipart* parts, const char* name,
                                          const char* filename, const char* content_type,
                                          holdfast_body_read read, holdfast_body_rewind rewind,
                                          holdfast_body_release release, void* source,
                                          int64_t length) {
  return guarded(holdfast::c::kNoMemory, [&]() -> const char* {
    if (read == nullptr) return "the part's read function is null: give one";
    return add(parts, name, filename, content_type,
               holdfast::c::body_of({read, rewind, release, source}, length));
  });
}

const char* holdfast_multipart_boundary(holdfast_multipart* parts) {
  return guarded("", [&] {
    parts->boundary = parts->parts.boundary();
    return parts->boundary.c_str();
  });
}
int64_t holdfast_multipart_length(const holdfast_multipart* parts) {
  return guarded(int64_t{-1}, [&] {
    const auto length = parts->parts.length();
    return length ? static_cast<int64_t>(*length) : -1;
  });
}
