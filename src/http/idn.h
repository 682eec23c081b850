// Internationalised domain names (UTS #46, IDNA2008), where libidn2 was found at build time. Pure.
// Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

/// Whether this build converts names beyond ASCII.
bool converts_names();

/// Replaces `host`, UTF-8, by its ASCII form ("xn--…"), as browsers do (non-transitional). Returns
/// what is wrong with it and the remedy, or nothing.
std::string to_ascii(std::string& host);

}  // namespace holdfast::http
