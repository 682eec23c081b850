// What was probably meant by a mistyped word. Thread: any (pure).
#pragma once

#include <string>
#include <vector>

namespace holdfast::tool {

/// Of `words` the one that `word` is the end of, behind a dot; else the nearest one, if it is so
/// near that a slip of the fingers explains it; else the only one that it begins; else "".
std::string nearest(const std::string& word, const std::vector<std::string>& words);

}  // namespace holdfast::tool
