// What a request's method says of its content, whatever the protocol. Pure. Thread: any.
#pragma once

#include <string_view>

namespace holdfast::wire {

/// Methods whose request has content by their nature: a missing body is said to be empty, since the
/// server would otherwise have to guess (RFC 9110 §8.6).
inline bool anticipates_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH" || method == "QUERY";
}

}  // namespace holdfast::wire
