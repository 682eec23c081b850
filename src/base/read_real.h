// Reads a decimal number, independent of the locale. Pure. Thread: any.
#pragma once

#include <charconv>
#include <string_view>
#include <version>

#ifndef __cpp_lib_to_chars
#include <locale>
#include <sstream>
#include <string>
#endif

namespace holdfast::base {

/// Returns whether all of `text` is a number ("0.25", "1e3"); sets `into` only then.
inline bool read_real(std::string_view text, double& into) {
  double value = 0;
#ifdef __cpp_lib_to_chars
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return false;
#else
  // libc++ before 20 has std::from_chars for integers only. Streams skip white space and accept a
  // plus.
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != text.npos) return false;
  if (text.front() == '+') return false;
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  if (!(in >> value) || in.peek() != std::istringstream::traits_type::eof()) return false;
#endif
  into = value;
  return true;
}

}  // namespace holdfast::base
