// Compares the server's journal with what the client promises.
#pragma once

#include <string>

namespace outage {

/// Prints the table; returns how many promises were broken.
int judge(const std::string& journal_path);

}  // namespace outage
