// Why a redirect that was to be followed was not, in one line for people (SPEC H8). Thread: any.
#pragma once

#include <string>

#include "holdfast/response.h"

namespace holdfast::cli {

/// Whether `head` can only be the response because its redirect was not followed.
bool is_left_redirect(const ResponseHead& head, bool follow);

/// `url` is what was asked for, by `method`. "" if every redirect was followed.
std::string redirect_complaint(const Response& response, const std::string& method,
                               const std::string& url);

}  // namespace holdfast::cli
