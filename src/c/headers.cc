// Implements holdfast.h: header fields.
#include "c/types.h"

using holdfast::c::complain;
using holdfast::c::Fields;
using holdfast::c::guarded;
using holdfast::c::view;

namespace holdfast::c {
namespace {

/// Copies the fields with NULs; returns none if memory is short.
const std::vector<holdfast_headers::Field>& fields_of(const holdfast_headers* headers) noexcept {
  if (!headers->fields.empty()) return headers->fields;
  guarded(false, [&] {
    std::vector<holdfast_headers::Field> fields;
    std::string text;
    fields.reserve(headers->headers->size());
    text.reserve(headers->headers->bytes());  // each field stores two lengths, its copy two NULs
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

/// Only pointers that were given out without `const` are passed here.
Fields& changeable(holdfast_headers* headers) {
  headers->fields.clear();
  return *static_cast<Fields*>(headers);
}

enum class Put { add, set };

const char* put(holdfast_headers* headers, std::string_view name, std::string_view value,
                Put how) noexcept {
  Fields& own = changeable(headers);
  return complain(own.said, [&] {
    std::string complaint = field_complaint(name, value);
    if (!complaint.empty()) return complaint;
    if (how == Put::set) {
      own.changed->set(name, value);
    } else {
      own.changed->add(name, value);
    }
    return complaint;
  });
}

}  // namespace
}  // namespace holdfast::c

using holdfast::c::fields_of;

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

// --- Changes -------------------------------------------------------------------------------------

holdfast_headers* holdfast_headers_new(void) {
  return guarded<>(static_cast<holdfast_headers*>(nullptr),
                   []() -> holdfast_headers* { return new Fields(); });
}
holdfast_headers* holdfast_headers_copy(const holdfast_headers* headers) {
  return guarded<>(static_cast<holdfast_headers*>(nullptr), [&]() -> holdfast_headers* {
    auto made = std::make_unique<Fields>();
    made->own = *headers->headers;
    return made.release();
  });
}
void holdfast_headers_free(holdfast_headers* headers) { delete static_cast<Fields*>(headers); }

const char* holdfast_headers_add(holdfast_headers* headers, const char* name, const char* value) {
  return holdfast::c::put(headers, view(name), view(value), holdfast::c::Put::add);
}
const char* holdfast_headers_set(holdfast_headers* headers, const char* name, const char* value) {
  return holdfast::c::put(headers, view(name), view(value), holdfast::c::Put::set);
}
size_t holdfast_headers_remove(holdfast_headers* headers, const char* name) {
  return guarded(size_t{0},
                 [&] { return holdfast::c::changeable(headers).changed->remove(view(name)); });
}
