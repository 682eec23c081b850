// Words of the command line that nobody else is to read: other users of the machine see them in the
// list of processes for as long as it runs. Thread: main.
#pragma once

#include <string>
#include <vector>

namespace holdfast::cli {

/// Overwrites `secrets` in the process's own arguments: those that are one, or end with one
/// ("--user=me:secret"). Call it when they have been copied.
void hide_secret_words(int argc, char** argv, const std::vector<std::string>& secrets);

}  // namespace holdfast::cli
