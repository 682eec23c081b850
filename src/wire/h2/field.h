// Which fields a response may have in HTTP/2 (RFC 9113 §8.2, §8.3). Our own rather than nghttp2's
// checks, since those say neither which rule was broken nor by what, differ by version, and refuse
// what HTTP/1.1 forgives (a Content-Length with a 204). Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::wire {

/// Null if a regular (not a pseudo) field is allowed, else what is wrong with it.
const char* h2_field_complaint(std::string_view name, std::string_view value);

/// The field's complaint with its name, and without its value: it may be a secret (SPEC H4).
std::string h2_complaint_text(const char* complaint, std::string_view name);

/// A peer's text for an error text: printable ASCII, and not much of it.
std::string h2_shown(std::string_view text);

}  // namespace holdfast::wire
