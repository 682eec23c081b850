#include "fault_server/script/match.h"

#include <algorithm>
#include <regex>

#include "fault_server/script/text.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

// application/x-www-form-urlencoded; a stray % stays as it is.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

bool value_suits(const FieldMatch& wanted, std::optional<std::string_view> found) {
  switch (wanted.how) {
    case FieldMatch::How::kPresent:
      return found.has_value();
    case FieldMatch::How::kAbsent:
      return !found.has_value();
    case FieldMatch::How::kEquals:
      return found && *found == wanted.value;
    case FieldMatch::How::kGlob:
      return found && glob_matches(wanted.value, *found);
  }
  return false;
}

// A field sent several times suits when any of them does (and none may be there for kAbsent).
bool header_suits(const FieldMatch& wanted, const RequestView& request) {
  bool seen = false;
  if (request.headers != nullptr) {
    for (const auto& [name, value] : *request.headers) {
      if (!same_name(name, wanted.name)) continue;
      seen = true;
      if (wanted.how != FieldMatch::How::kAbsent && value_suits(wanted, value)) return true;
    }
  }
  return !seen && value_suits(wanted, std::nullopt);
}

bool query_suits(const FieldMatch& wanted, const RequestView& request) {
  const auto value = query_value(request.query, wanted.name);
  return value_suits(wanted, value ? std::optional<std::string_view>(*value) : std::nullopt);
}

// A path comes from the other side, and the ordinary matcher takes time exponential in the stars
// (and stack linear in the text). libstdc++ has a polynomial one, at the price of back-references.
constexpr auto kRegexKind = std::regex::ECMAScript | std::regex::nosubs
#ifdef __GLIBCXX__
                            | std::regex_constants::__polynomial
#endif
    ;

bool regex_matches(const std::string& pattern, std::string_view text) {
  try {
    return std::regex_search(text.begin(), text.end(), std::regex(pattern, kRegexKind));
  } catch (const std::regex_error&) {
    return false;  // the parser has refused such a pattern; a rule built by hand never matches
  }
}

bool in_time(const Match& match, holdfast::base::Instant since_start) {
  if (match.since && since_start.ns < match.since->count()) return false;
  return !match.until || since_start.ns < match.until->count();
}

std::string_view protocol_of(std::string_view version) {
  if (version == "1.0" || version == "HTTP/1.0") return "http/1.0";
  if (version == "2" || version == "HTTP/2" || version == "HTTP/2.0") return "h2";
  return "http/1.1";
}

}  // namespace

bool NthSet::contains(std::uint64_t n) const {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [n](const Range& range) {
           return range.first <= n && n <= range.last;
         });
}

std::optional<NthSet> parse_nth(std::string_view text) {
  NthSet out;
  if (text == "*") return out;
  for (std::size_t from = 0;;) {
    const std::size_t comma = text.find(',', from);
    const std::string_view piece = text.substr(from, comma - from);
    const std::size_t dots = piece.find("..");
    const std::string_view low = piece.substr(0, dots);
    NthSet::Range range;
    if (!low.empty()) {
      const auto first = parse_count(low);
      if (!first || *first == 0) return std::nullopt;
      range.first = *first;
    }
    if (dots == std::string_view::npos) {
      if (low.empty()) return std::nullopt;
      range.last = range.first;
    } else if (const std::string_view high = piece.substr(dots + 2); !high.empty()) {
      const auto last = parse_count(high);
      if (!last || *last < range.first) return std::nullopt;
      range.last = *last;
    } else if (low.empty()) {
      return std::nullopt;
    }
    out.ranges.push_back(range);
    if (comma == std::string_view::npos) return out;
    from = comma + 1;
  }
}

std::string print_nth(const NthSet& set) {
  if (set.ranges.empty()) return "*";
  std::string out;
  for (const NthSet::Range& range : set.ranges) {
    if (!out.empty()) out += ',';
    out += std::to_string(range.first);
    if (range.last == range.first) continue;
    out += "..";
    if (range.last != NthSet::Range{}.last) out += std::to_string(range.last);
  }
  return out;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  // Greedy with one point of return: linear but for the last star, and no recursion.
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<std::string> regex_complaint(const std::string& pattern) {
  // libstdc++ compiles by recursion, several frames per group or character.
  constexpr std::size_t kMostBytes = 1000;
  if (pattern.size() > kMostBytes) {
    return "a regular expression of at most " + std::to_string(kMostBytes) + " bytes";
  }
  try {
    const std::regex compiled(pattern, kRegexKind);
    return std::nullopt;
  } catch (const std::regex_error& error) {
    return std::string("a regular expression (ECMAScript, no back-references): ") + error.what();
  }
}

bool matches(const Match& match, const RequestView& request, std::uint64_t attempt) {
  if (!match.method.empty() && match.method != request.method) return false;
  if (!match.path.empty() && !glob_matches(match.path, request.path)) return false;
  if (!match.listener.empty() && match.listener != request.listener) return false;
  if (!match.protocol.empty() && match.protocol != protocol_of(request.version)) return false;
  if (!match.alpn.empty() && match.alpn != request.alpn) return false;
  if (!match.sni.empty() && !glob_matches(lower_case(match.sni), lower_case(request.sni)))
    return false;
  if (match.min_body && request.declared_body < *match.min_body) return false;
  if (match.max_body && request.declared_body > *match.max_body) return false;
  if (!match.connection.contains(request.connection)) return false;
  if (!match.request.contains(request.exchange_on_connection)) return false;
  if (!match.attempt.contains(attempt)) return false;
  if (!in_time(match, request.since_start)) return false;
  const auto header = [&](const FieldMatch& wanted) { return header_suits(wanted, request); };
  const auto query = [&](const FieldMatch& wanted) { return query_suits(wanted, request); };
  if (!std::all_of(match.headers.begin(), match.headers.end(), header)) return false;
  if (!std::all_of(match.query.begin(), match.query.end(), query)) return false;
  return match.path_regex.empty() || regex_matches(match.path_regex, request.path);
}

bool matches_connection(const Match& match, std::string_view listener, std::uint64_t nth,
                        holdfast::base::Instant since_start) {
  if (!match.listener.empty() && match.listener != listener) return false;
  return match.connection.contains(nth) && in_time(match, since_start);
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (decoded(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::optional<std::string_view> header_value(
    const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
  for (const auto& [field, value] : headers) {
    if (same_name(field, name)) return value;
  }
  return std::nullopt;
}

}  // namespace fault
