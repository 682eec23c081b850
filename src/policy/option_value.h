// Parses option values: one function per type of field. Each returns null on success; otherwise it
// returns what to write instead and leaves the field unchanged. Thread: any (pure).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/options.h"

namespace holdfast::policy {

/// What to write instead, static; null on success.
using Remedy = const char*;

Remedy read_value(std::string_view text, Duration& into);
Remedy read_value(std::string_view text, bool& into);
Remedy read_value(std::string_view text, std::uint32_t& into);
Remedy read_value(std::string_view text, std::uint64_t& into);
Remedy read_value(std::string_view text, double& into);
Remedy read_value(std::string_view text, std::string& into);
Remedy read_value(std::string_view text, StatusSet& into);
/// "default", "none", names, or edits: "default,dns_not_found,-pool_timeout".
Remedy read_value(std::string_view text, ErrorSet& into);
Remedy read_value(std::string_view text, std::vector<std::string>& into);
Remedy read_value(std::string_view text, std::vector<HostAddress>& into);
Remedy read_value(std::string_view text, Headers& into);
Remedy read_value(std::string_view text, Jitter& into);
Remedy read_value(std::string_view text, NonIdempotent& into);
Remedy read_value(std::string_view text, TlsVersion& into);
Remedy read_value(std::string_view text, Http2& into);
// The rest set all fields of a policy at once.
// "environment" or "none".
Remedy read_value(std::string_view text, ProxyPolicy& into);
/// "default" or "python_original".
Remedy read_value(std::string_view text, RetryPolicy& into);
/// "on", a new jar, or "off".
Remedy read_value(std::string_view text, std::shared_ptr<CookieJar>& into);

/// A number of bytes: "65536", "64KiB", "16MiB", "1GiB".
Remedy read_bytes(std::string_view text, std::uint32_t& into);
Remedy read_bytes(std::string_view text, std::uint64_t& into);

}  // namespace holdfast::policy
