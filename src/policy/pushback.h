// Reads the header fields by which a server demands or forbids a retry (R14). Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/headers.h"

namespace holdfast::policy {

enum class Pushback : std::uint8_t {
  none,     ///< no such field, or a value other than "true" and "false"
  demands,  ///< "true": retry, even when the status is not in the retried set
  refuses,  ///< "false": do not retry
};

/// Reads the fields `names`. Names and values are case-insensitive. With several values `refuses`
/// wins.
Pushback read_pushback(const Headers& headers, const std::vector<std::string>& names);

}  // namespace holdfast::policy
