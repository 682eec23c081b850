// Text compared without regard to case, in ASCII. Pure. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace fault {

/// Names of fields compare without case (RFC 9110 §5.1).
bool same_name(std::string_view a, std::string_view b);
/// ASCII's capitals made small, all else as it is.
std::string lower_case(std::string_view text);

}  // namespace fault
