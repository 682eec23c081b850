// `holdfast get|post|… URL…`: sends the requests one after the other through one client.
#pragma once

#include "cli/command_line.h"

namespace holdfast::cli {

/// The exit status: that of the first request that failed, else 0.
int fetch(const CommandLine& line);

}  // namespace holdfast::cli
