// Options that people type out of habit because curl has them, and what to use here. Thread: any
// (pure).
#pragma once

#include <string>
#include <string_view>

namespace holdfast::cli {

/// "-f is --fail here" for an option of curl's that goes by another name, also of several letters
/// in one word ("-fsS"); "" for all other words.
std::string instead_of_curls(std::string_view word);

}  // namespace holdfast::cli
