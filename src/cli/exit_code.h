// Exit statuses: curl's where curl has one.
#pragma once

#include <span>

#include "holdfast/error.h"

namespace holdfast::cli {

inline constexpr int kDelivered = 0;
inline constexpr int kSomeFailed = 1;  ///< of load
inline constexpr int kUsage = 2;
inline constexpr int kBadUrl = 3;
inline constexpr int kHttpError = 22;    ///< --fail and a status of 400 or above
inline constexpr int kWriteFailed = 23;  ///< standard output or a file took no more
inline constexpr int kReadFailed = 26;   ///< a file to send, or standard input
inline constexpr int kOutOfResources = 27;
inline constexpr int kTimedOut = 28;
inline constexpr int kUploadCut = 55;  ///< a success ended the exchange before the whole upload
inline constexpr int kTooLarge = 63;   ///< --max-filesize
inline constexpr int kKilledBy = 128;  ///< and the number of the signal, as shells have it

inline constexpr int kDowngrade = 110;     ///< -L: a redirect from https to http
inline constexpr int kNotSentAgain = 111;  ///< -L: a redirect that would send a request twice

int exit_code_for(const Error& error);

/// Of a response that ended for `reason`: kDelivered, unless a redirect was to be followed and was
/// not (SPEC H8).
int exit_code_for(StopReason reason);

/// Every status there is, with its meaning, for the manual page.
struct ExitStatus {
  int status;
  const char* meaning;
};
std::span<const ExitStatus> exit_statuses();

}  // namespace holdfast::cli
