// Internationalised domain names (UTS #46, IDNA2008), if libidn2 was found at build time. Pure.
// Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

/// Whether this build converts names that contain non-ASCII characters.
bool converts_names();

/// Replaces `host`, in UTF-8, by its ASCII form ("xn--…"), as browsers do (non-transitional).
/// Returns the error with its remedy, or an empty string.
std::string to_ascii(std::string& host);

}  // namespace holdfast::http
