// A bound on the nesting of JSON documents, checked on the text before it is parsed: what walks a
// parsed document (printing, merging, comparing) recurses once per level, so the depth of a
// document from outside would decide how much stack is used. Pure. Thread: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fault {

/// Levels that a document may have; a scenario needs eight.
inline constexpr std::size_t kMostJsonNesting = 64;

/// Offset of the bracket that opens one level too many. The text need not be well-formed: a parser
/// stops at the first mistake, and up to there this counts what the parser counts.
std::optional<std::size_t> nested_too_deeply(std::string_view json);
/// The text of the error for it.
std::string nesting_complaint();

}  // namespace fault
