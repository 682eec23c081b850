#include "policy/check_decode.h"

#include <string>

namespace holdfast::policy {

void check_decode(std::vector<OptionError>& found, const DecodePolicy& decode) {
  constexpr std::uint64_t kLeastWindow = 1024;          // RFC 8878 §3.1.1.1.2: zstd's smallest
  constexpr std::uint64_t kLargestWindow = 1ULL << 31;  // beyond it no decoder goes
  if (decode.max_window_bytes < kLeastWindow) {
    found.push_back(
        {"decode.max_window_bytes", std::to_string(decode.max_window_bytes),
         "use 1024 to 2147483648 bytes; to decode nothing set decode.enabled to false"});
  } else if (decode.max_window_bytes > kLargestWindow) {
    found.push_back({"decode.max_window_bytes", std::to_string(decode.max_window_bytes),
                     "use at most 2147483648 bytes (2 GiB), the maximum of all decoders"});
  }
}

}  // namespace holdfast::policy
