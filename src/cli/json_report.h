// The --json object of one request. Values to text only. Thread: any.
#pragma once

#include <string>

#include "holdfast/response.h"
#include "holdfast/result.h"

namespace holdfast::cli {

/// As people write it: "1.1", but "2" (RFC 9113 has no minor version); "" for 0.0, no response.
std::string version_text(unsigned major, unsigned minor);

/// One line of JSON, without the newline. `body_bytes` and `sha256` describe what was received.
std::string json_report(const std::string& url, const Result<Response>& result,
                        std::uint64_t body_bytes, const std::string& sha256);

}  // namespace holdfast::cli
