// Finds the word that was probably meant by a mistyped one. Thread: any (pure).
#pragma once

#include <string>
#include <vector>

namespace holdfast::tool {

/// The one of `words` that ends in "." and `word`; else the nearest one, if it is near enough for a
/// typo; else the only one that begins with `word`; else "".
std::string nearest(const std::string& word, const std::vector<std::string>& words);

}  // namespace holdfast::tool
