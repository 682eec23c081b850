// The --json object of one request.
#pragma once

#include <string>

#include "holdfast/response.h"
#include "holdfast/result.h"

namespace holdfast::cli {

/// One line of JSON, without the newline. `body_bytes` and `sha256` describe what was received.
std::string json_report(const std::string& url, const Result<Response>& result,
                        std::uint64_t body_bytes, const std::string& sha256);

}  // namespace holdfast::cli
