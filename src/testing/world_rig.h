// Test support for the testing API: the result of a request as text. Thread: the test's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/testing.h"

namespace holdfast::testing {

struct Outcome {
  std::string text = "none";
  int calls = 0;
  std::uint32_t attempts = 0;
  std::uint8_t http_major = 0;

  Callback callback() {
    return [this](Result<Response> result) {
      ++calls;
      if (result.ok()) {
        text = std::to_string(result->status) + " " + result->body;
        attempts = result->timeline.attempts();
        http_major = result->http_major;
      } else {
        text = name(result.error().code);
        attempts = result.error().attempts();
      }
    };
  }
};

inline ClientOptions at(std::string_view base) {
  ClientOptions options;
  options.base_url = base;
  return options;
}

inline ClientOptions without_retries(std::string_view base) {
  ClientOptions options = at(base);
  options.retry.max_attempts = 1;
  return options;
}

}  // namespace holdfast::testing
