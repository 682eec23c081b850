// ASCII digits and lower case, independent of the locale. Pure. Thread: any.
#pragma once

namespace holdfast::http {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace holdfast::http
