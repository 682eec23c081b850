// Which requests and connections a rule is for: pure conditions, all of which must hold. Knows no
// cursor. Thread: any.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"

namespace fault {

/// What the peer knows of a request when its head is complete; views live as long as the request.
struct RequestView {
  std::string_view method, target, path, query, version;
  const std::vector<std::pair<std::string, std::string>>* headers = nullptr;
  std::string_view listener;
  std::string_view sni, alpn;                // as negotiated in TLS; "" without
  std::uint64_t connection = 0;              // n-th connection of this listener, from 1
  std::uint64_t exchange_on_connection = 0;  // n-th request on it, from 1
  std::string_view peer;                     // "127.0.0.1" or a simulated client's name
  std::uint64_t declared_body = 0;           // Content-Length, else 0
  holdfast::base::Instant since_start;
};

/// A set of ordinals: "3,6", "2..", "..4", "2..5", "*".
struct NthSet {
  struct Range {
    std::uint64_t first = 1;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    friend bool operator==(const Range&, const Range&) = default;
  };
  std::vector<Range> ranges;  // empty: every one
  bool contains(std::uint64_t n) const;
  friend bool operator==(const NthSet&, const NthSet&) = default;
};
std::optional<NthSet> parse_nth(std::string_view text);
std::string print_nth(const NthSet& set);

/// A condition on one header field or query parameter. Names of fields ignore case.
struct FieldMatch {
  enum class How : std::uint8_t { kPresent, kAbsent, kEquals, kGlob };
  std::string name;
  How how = How::kPresent;
  std::string value;
  friend bool operator==(const FieldMatch&, const FieldMatch&) = default;
};

/// Everything absent matches everything.
struct Match {
  std::string method;      // "" any; exact, case-sensitive
  std::string path;        // glob: * any run, ? one byte; on the path without query
  std::string path_regex;  // ECMAScript, searched for in the path; both must hold
  std::vector<FieldMatch> query, headers;
  std::optional<std::uint64_t> min_body, max_body;  // of the declared length
  std::string listener;                             // id, "" any
  std::string protocol;                             // "http/1.0" | "http/1.1" | "h2", "" any
  std::string sni;    // glob on the name asked for in TLS, ignoring case; "" any
  std::string alpn;   // what TLS agreed on, exactly; "" any
  NthSet connection;  // n-th connection of the listener
  NthSet request;     // n-th request on its connection
  NthSet attempt;     // n-th request by this key on this method and path
  std::optional<holdfast::Duration> since, until;  // [since, until) from the server's start
  std::optional<std::string> scope;  // the exact owner of the cursor; written by Rulebook::frozen
  friend bool operator==(const Match&, const Match&) = default;
};

/// Shell-like: `*` is any run of bytes (also across /), `?` one byte; no classes, no escapes.
bool glob_matches(std::string_view pattern, std::string_view text);

/// nullopt when `pattern` is a usable regular expression, else why not.
std::optional<std::string> regex_complaint(const std::string& pattern);

/// All conditions but `scope`, which only the rulebook knows. `attempt` is the n-th request.
bool matches(const Match& match, const RequestView& request, std::uint64_t attempt);
/// The conditions that make sense before a request: listener, connection, time.
bool matches_connection(const Match& match, std::string_view listener, std::uint64_t nth,
                        holdfast::base::Instant since_start);

/// The value of a query parameter, %XX and + decoded; nullopt when absent.
std::optional<std::string> query_value(std::string_view query, std::string_view name);
/// The first field of that name.
std::optional<std::string_view> header_value(
    const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name);

}  // namespace fault
