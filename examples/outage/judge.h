// The demo's other side: what the server's journal says against what was promised.
#pragma once

#include <string>

namespace outage {

/// Prints the table; how many promises were broken.
int judge(const std::string& journal_path);

}  // namespace outage
