// What a server says about retries of its own accord (R14). Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/headers.h"

namespace holdfast::policy {

enum class Pushback : std::uint8_t {
  none,     ///< no such field, or a value that is neither "true" nor "false"
  demands,  ///< "true": retry, although the status is not in the retried set
  refuses,  ///< "false": do not retry
};

/// Of the fields `names`, letter case ignored in names and values. Of several values `refuses`
/// wins.
Pushback read_pushback(const Headers& headers, const std::vector<std::string>& names);

}  // namespace holdfast::policy
