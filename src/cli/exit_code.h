// Exit statuses: curl's where curl has one.
#pragma once

#include "holdfast/error.h"

namespace holdfast::cli {

inline constexpr int kDelivered = 0;
inline constexpr int kUsage = 2;
inline constexpr int kBadUrl = 3;
inline constexpr int kHttpError = 22;    ///< --fail and a status of 400 or above
inline constexpr int kWriteFailed = 23;  ///< standard output or a file took no more

int exit_code_for(const Error& error);

}  // namespace holdfast::cli
