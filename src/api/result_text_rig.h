// A result as one line, for expectations. Thread: any (values).
#pragma once

#include <string>

#include "holdfast/response.h"

namespace holdfast::api {

/// "200 body", or the error's name.
inline std::string text_of(const Result<Response>& result) {
  if (!result.ok()) return std::string(name(result.error().code));
  return std::to_string(result->status) + " " + result->body;
}

}  // namespace holdfast::api
