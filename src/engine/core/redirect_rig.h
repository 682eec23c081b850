// What tests of redirects and cookies share: responses that redirect, options that follow, a body
// that can be read once.
#pragma once

#include <cstddef>
#include <string>

#include "engine/core/engine_rig.h"

namespace holdfast::engine {

inline std::string moved(int code, const std::string& location, const std::string& fields = "") {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\nContent-Length: 0\r\nLocation: " + location +
         "\r\n" + fields + "\r\n";
}

inline ClientOptions following() {
  ClientOptions options;
  options.redirects.follow = true;
  options.user_agent.clear();      // heads hold nothing
  options.decode.enabled = false;  // but what is looked at
  return options;
}

inline bool says(const std::string& head, const std::string& what) {
  return head.find(what) != std::string::npos;
}

class Letters final : public BodySource {
 public:
  Read read(char* into, std::size_t) override {
    *into = 'x';
    return {++given_ == 3 ? State::end : State::more, 1};
  }

 private:
  int given_ = 0;
};

}  // namespace holdfast::engine
