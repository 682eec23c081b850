// The head of a request, whatever the protocol it came by, and its target in parts. A value.
// Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fault {

struct RequestHead {
  std::string method, target;
  int major = 1;  // 2: it came in frames
  int minor = 1;  // HTTP/1.minor
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;  // what version and Connection ask for
  bool expects_continue = false;
  bool has_body() const { return chunked || content_length.value_or(0) != 0; }
};

/// The paths of a request target without scheme and authority (RFC 9112 §3.2).
void split_target(std::string_view target, std::string& path, std::string& query);

}  // namespace fault
