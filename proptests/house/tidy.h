// The house rules as functions on text: which room may include which, which calls are banned where,
// how long a file, a function and a line may be. They read tokens, not C++: what they cannot see is
// said at each. Used by tidy_test.cc alone. Thread: any (pure functions on values).
#pragma once

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace proof::tidy {

/// One file: its path below the top level, with '/', and its bytes.
struct Source {
  std::string path;
  std::string text;
};

/// One breach of a rule.
struct Finding {
  std::string path;
  std::size_t line = 0;  ///< from 1; 0 if the file as a whole is meant
  std::string what;
};

inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
inline bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

inline constexpr std::size_t kMaxFileLines = 500;
inline constexpr std::size_t kMaxFunctionLines = 80;
inline constexpr std::size_t kMaxColumns = 100;

/// The text with comments, literals and (if asked) preprocessor lines turned into blanks; every
/// newline stays. Does not know trigraphs or a line continued inside a // comment.
std::string blank_out(std::string_view text, bool preprocessor);

/// The arrows between rooms and the places of third-party headers, by the #include lines.
std::vector<Finding> check_includes(const Source& source);
/// Clocks, randomness, sleeping, disabled tests outside the places that own them. Sees names: a
/// clock reached through a macro or an alias of its own making passes.
std::vector<Finding> check_calls(const Source& source);
/// File cap, column cap (in characters, not bytes), tabs, unfinished-work marks.
std::vector<Finding> check_lines(const Source& source);
/// Functions longer than the cap, from the first line of their signature to the closing brace.
/// Judged by braces at namespace and class level: lambdas that initialize a variable there are not
/// seen, and an #if whose branches open different numbers of braces misleads it.
std::vector<Finding> check_functions(const Source& source);
/// Headers say what they are on the first line and guard themselves with #pragma once.
std::vector<Finding> check_header(const Source& source);
/// Names at the top level that do not belong there.
std::vector<Finding> check_top_level(const std::vector<std::string>& names);

/// All of the above for one file.
std::vector<Finding> check(const Source& source);

/// "path:line: what", one line each.
std::string to_string(const std::vector<Finding>& findings);

/// Whether the build file `text` names the source `name` (relative to its folder).
bool lists(std::string_view text, std::string_view name);

}  // namespace proof::tidy
