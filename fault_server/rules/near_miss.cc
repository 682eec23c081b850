#include "fault_server/rules/near_miss.h"

#include <algorithm>
#include <optional>

#include "fault_server/script/values.h"

namespace fault {
namespace {

std::string found(std::string_view what, std::string_view is, std::string_view expected) {
  return std::string(what) + ": found " + (is.empty() ? "nothing" : std::string(is)) +
         ", expected " + std::string(expected);
}

std::string field_text(const FieldMatch& wanted) {
  switch (wanted.how) {
    case FieldMatch::How::kPresent:
      return "it to be present";
    case FieldMatch::How::kAbsent:
      return "none";
    case FieldMatch::How::kEquals:
      return "\"" + wanted.value + "\"";
    case FieldMatch::How::kGlob:
      break;
  }
  return "a match of " + wanted.value;
}

std::string time_text(const Match& match) {
  std::string text = "from " + print_duration(match.since.value_or(holdfast::Duration{0}));
  return match.until ? text + " to before " + print_duration(*match.until) : text + " on";
}

// Goes through the conditions that a rule has, each as a rule of its own.
class Conditions {
 public:
  Conditions(NearMiss& out, const RequestView& request, std::uint64_t attempt)
      : out_(out), request_(request), attempt_(attempt) {}

  void ask(bool asked, const Match& alone, std::string_view what, std::string_view is,
           std::string_view expected) {
    if (!asked) return;
    if (matches(alone, request_, attempt_)) {
      ++out_.held;
    } else {
      out_.failed.push_back(found(what, is, expected));
    }
  }

  void ask_nth(const NthSet& set, const Match& alone, std::string_view what, std::uint64_t is) {
    ask(!set.ranges.empty(), alone, what, std::to_string(is), print_nth(set));
  }

 private:
  NearMiss& out_;
  const RequestView& request_;
  std::uint64_t attempt_;
};

void ask_fields(Conditions& conditions, const Match& match, const RequestView& request) {
  for (const FieldMatch& wanted : match.headers) {
    Match alone;
    alone.headers = {wanted};
    const auto is =
        request.headers == nullptr ? std::nullopt : header_value(*request.headers, wanted.name);
    conditions.ask(true, alone, "header " + wanted.name,
                   is ? "\"" + std::string(*is) + "\"" : std::string(), field_text(wanted));
  }
  for (const FieldMatch& wanted : match.query) {
    Match alone;
    alone.query = {wanted};
    const auto is = query_value(request.query, wanted.name);
    conditions.ask(true, alone, "query " + wanted.name, is ? "\"" + *is + "\"" : std::string(),
                   field_text(wanted));
  }
}

void ask_places(Conditions& conditions, const Match& match, const RequestView& request,
                std::uint64_t attempt) {
  Match alone;
  alone.listener = match.listener;
  conditions.ask(!match.listener.empty(), alone, "listener", request.listener, match.listener);
  alone = {};
  alone.protocol = match.protocol;
  conditions.ask(!match.protocol.empty(), alone, "protocol", request.version, match.protocol);
  alone = {};
  alone.sni = match.sni;
  conditions.ask(!match.sni.empty(), alone, "sni", request.sni, match.sni);
  alone = {};
  alone.alpn = match.alpn;
  conditions.ask(!match.alpn.empty(), alone, "alpn", request.alpn, match.alpn);
  alone = {};
  alone.connection = match.connection;
  conditions.ask_nth(match.connection, alone, "n-th connection", request.connection);
  alone = {};
  alone.request = match.request;
  conditions.ask_nth(match.request, alone, "n-th request on its connection",
                     request.exchange_on_connection);
  alone = {};
  alone.attempt = match.attempt;
  conditions.ask_nth(match.attempt, alone, "attempt", attempt);
  alone = {};
  alone.since = match.since;
  alone.until = match.until;
  conditions.ask(match.since || match.until, alone, "time",
                 print_duration(holdfast::Duration(request.since_start.ns)), time_text(match));
}

// What this file does not know by name (a condition added to match.h later) still counts.
bool known_conditions_only(Match match) {
  match.method.clear();
  match.path.clear();
  match.path_regex.clear();
  match.query.clear();
  match.headers.clear();
  match.min_body.reset();
  match.max_body.reset();
  match.listener.clear();
  match.protocol.clear();
  match.sni.clear();
  match.alpn.clear();
  match.connection = match.request = match.attempt = NthSet{};
  match.since.reset();
  match.until.reset();
  match.scope.reset();
  return match == Match{};
}

}  // namespace

RequestCopy::RequestCopy(const RequestView& request)
    : method(request.method),
      target(request.target),
      path(request.path),
      query(request.query),
      version(request.version),
      listener(request.listener),
      sni(request.sni),
      alpn(request.alpn),
      peer(request.peer),
      connection(request.connection),
      exchange_on_connection(request.exchange_on_connection),
      declared_body(request.declared_body),
      since_start(request.since_start) {
  if (request.headers != nullptr) headers = *request.headers;
}

RequestView RequestCopy::view() const {
  RequestView out;
  out.method = method;
  out.target = target;
  out.path = path;
  out.query = query;
  out.version = version;
  out.headers = &headers;
  out.listener = listener;
  out.sni = sni;
  out.alpn = alpn;
  out.connection = connection;
  out.exchange_on_connection = exchange_on_connection;
  out.peer = peer;
  out.declared_body = declared_body;
  out.since_start = since_start;
  return out;
}

NearMiss near_miss(const std::string& rule, const Match& match, const RequestView& request,
                   std::uint64_t attempt) {
  NearMiss out;
  out.rule = rule;
  Conditions conditions(out, request, attempt);
  Match alone;
  alone.method = match.method;
  conditions.ask(!match.method.empty(), alone, "method", request.method, match.method);
  alone = {};
  alone.path = match.path;
  conditions.ask(!match.path.empty(), alone, "path", request.path, match.path);
  alone = {};
  alone.path_regex = match.path_regex;
  conditions.ask(!match.path_regex.empty(), alone, "path", request.path, "~" + match.path_regex);
  alone = {};
  alone.min_body = match.min_body;
  conditions.ask(match.min_body.has_value(), alone, "declared body",
                 std::to_string(request.declared_body),
                 std::to_string(match.min_body.value_or(0)) + " or more");
  alone = {};
  alone.max_body = match.max_body;
  conditions.ask(match.max_body.has_value(), alone, "declared body",
                 std::to_string(request.declared_body),
                 std::to_string(match.max_body.value_or(0)) + " or less");
  ask_places(conditions, match, request, attempt);
  ask_fields(conditions, match, request);
  if (out.failed.empty() && !known_conditions_only(match) && !matches(match, request, attempt)) {
    out.failed.emplace_back("a further condition of the rule does not hold");
  }
  return out;
}

void sort_by_closeness(std::vector<NearMiss>& misses) {
  std::stable_sort(misses.begin(), misses.end(), [](const NearMiss& a, const NearMiss& b) {
    if (a.failed.size() != b.failed.size()) return a.failed.size() < b.failed.size();
    return a.held > b.held;
  });
}

}  // namespace fault
