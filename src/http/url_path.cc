#include "http/url_path.h"

#include <vector>

#include "http/ascii.h"
#include "http/url_redact.h"

namespace holdfast::http {

namespace {

constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The number of dots if `segment` is "." or "..", where "%2e" is a dot, too; else 0. Three and
/// more dots are a name.
int dots_of(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.starts_with("%2e") || segment.starts_with("%2E")) {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

/// WHATWG URL §1.3: the path and query percent-encode sets, and the backslash in a path. A browser
/// reads the backslash as a slash, a server as part of a name.
constexpr std::string_view kEncodedInPath = " \"<>^`{}\\";
constexpr std::string_view kEncodedInQuery = " \"<>";

std::string append_part(std::string& out, std::string_view text, std::string_view encoded) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80 || encoded.find(c) != encoded.npos) {
      out += percent(c);
    } else if (!is_printable(c)) {
      return "a control character (" + percent(c) + ") in the path or query: take it out";
    } else if (c == '%' &&
               (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))) {
      out += "%25";
    } else {
      out += c;
    }
  }
  return {};
}

}  // namespace

std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  std::string_view rest = path.substr(path.starts_with('/') ? 1 : 0);
  for (bool last = false; !last;) {
    const std::size_t slash = rest.find('/');
    last = slash == rest.npos;
    const std::string_view segment = rest.substr(0, slash);
    rest.remove_prefix(last ? rest.size() : slash + 1);
    const int dots = dots_of(segment);
    if (dots == 0) kept.push_back(segment);
    if (dots == 2 && !kept.empty()) kept.pop_back();
    if (dots != 0 && last) kept.emplace_back();  // "/a/.." is the directory "/"
  }
  std::string out;
  out.reserve(path.size() + 1);
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return out;
}

std::string append_path(std::string& out, std::string_view text) {
  return append_part(out, text, kEncodedInPath);
}

std::string append_query(std::string& out, std::string_view text) {
  return append_part(out, text, kEncodedInQuery);
}

}  // namespace holdfast::http
