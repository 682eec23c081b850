#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "fault_server/script/json_nesting.h"
#include "fault_server/script/line.h"
#include "fault_server/script/scenario_reader.h"
#include "fault_server/script/tls_terms.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace reader {

[[noreturn]] void fail_at(const Document& document, std::size_t offset, std::string text) {
  const LineColumn at = line_column(document.text, offset);
  throw Failure{Complaint{document.file, at.line, at.column, std::move(text)}};
}

[[noreturn]] void fail(const Node& node, std::string_view expected) {
  std::string found = node.json->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (found.size() > 40) found = found.substr(0, 37) + "...";
  fail_at(*node.document, node.document->positions.value(node.pointer),
          "found " + found + ", expected " + std::string(expected));
}

[[noreturn]] void fail_name(const Node& node, std::string_view name, std::string_view expected) {
  const std::string pointer = PositionIndex::child(node.pointer, name);
  fail_at(*node.document, node.document->positions.name(pointer),
          "found \"" + std::string(name) + "\", expected " + std::string(expected));
}

[[noreturn]] void fail_in_line(const Node& node, const Complaint& complaint) {
  const std::size_t offset = node.document->positions.inside(node.pointer, complaint.column - 1);
  fail_at(*node.document, offset, complaint.text);
}

void expect_object(const Node& node, std::string_view what) {
  if (!node.json->is_object()) fail(node, what);
}

void only(const Node& node, std::initializer_list<std::string_view> known, std::string_view what) {
  expect_object(node, "an object: " + std::string(what));
  for (const auto& [name, value] : node.json->items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string expected(what);
    expected += " (";
    for (std::size_t i = 0; const std::string_view word : known) {
      if (i++ != 0) expected += ", ";
      expected += word;
    }
    expected += ")";
    const std::string_view near = nearest_word(name, std::span(known.begin(), known.size()));
    if (!near.empty()) expected += "; did you mean \"" + std::string(near) + "\"?";
    fail_name(node, name, expected);
  }
}

std::string text(const Node& node, std::string_view expected) {
  if (!node.json->is_string()) fail(node, expected);
  return node.json->get<std::string>();
}

std::uint64_t number(const Node& node, std::string_view expected) {
  if (!node.json->is_number_unsigned()) fail(node, expected);
  return node.json->get<std::uint64_t>();
}

bool boolean(const Node& node, std::string_view expected) {
  if (!node.json->is_boolean()) fail(node, expected);
  return node.json->get<bool>();
}

holdfast::Duration time(const Node& node) {
  const auto value = parse_duration(text(node, "a time with its unit such as \"1.5s\""));
  if (!value || value->count() < 0)
    fail(node, "a time with its unit such as \"200ms\" or \"1.5s\"");
  return *value;
}

namespace {

NthSet nth(const Node& node) {
  constexpr std::string_view kExpected = "ordinals such as 3, \"3,6\", \"2..\" or \"*\"";
  if (node.json->is_number_unsigned() && *node.json != 0U) {
    const std::uint64_t n = node.json->get<std::uint64_t>();
    return NthSet{{{n, n}}};
  }
  const auto set = parse_nth(text(node, kExpected));
  if (!set) fail(node, kExpected);
  return *set;
}

FieldMatch field_match(const Node& node, const std::string& name) {
  FieldMatch out{name, FieldMatch::How::kPresent, ""};
  if (node.json->is_boolean()) {
    if (!node.json->get<bool>()) out.how = FieldMatch::How::kAbsent;
    return out;
  }
  if (node.json->is_string()) {
    out.how = FieldMatch::How::kEquals;
    out.value = node.json->get<std::string>();
    return out;
  }
  only(node, {"equals", "glob"}, "\"value\", true, false, {\"equals\": ...} or {\"glob\": ...}");
  if (node.json->size() != 1) fail(node, "one of equals and glob");
  out.how = node.has("glob") ? FieldMatch::How::kGlob : FieldMatch::How::kEquals;
  out.value = text(node.child(node.json->begin().key()), "text");
  return out;
}

// An object, or a list of objects where one name has several conditions.
std::vector<FieldMatch> field_matches(const Node& node) {
  std::vector<FieldMatch> out;
  if (node.json->is_array()) {
    for (std::size_t i = 0; i < node.json->size(); ++i) {
      for (FieldMatch& one : field_matches(node.child(i))) out.push_back(std::move(one));
    }
    return out;
  }
  expect_object(node, "{\"name\": \"value\"}, or true / false for present / absent");
  for (const auto& [name, value] : node.json->items()) {
    out.push_back(field_match(node.child(name), name));
  }
  return out;
}

void read_body_match(Match& match, const Node& node) {
  only(node, {"min", "max"}, "bounds of the declared body length");
  if (node.has("min")) match.min_body = number(node.child("min"), "a number of bytes");
  if (node.has("max")) match.max_body = number(node.child("max"), "a number of bytes");
}

void read_place_match(Match& match, const Node& node) {
  if (node.has("listener")) match.listener = text(node.child("listener"), "a listener's id");
  if (node.has("connection")) match.connection = nth(node.child("connection"));
  if (node.has("since")) match.since = time(node.child("since"));
  if (node.has("until")) match.until = time(node.child("until"));
  if (node.has("scope")) match.scope = text(node.child("scope"), "the owner of a cursor");
}

Match connection_match(const Node& node) {
  only(node, {"listener", "nth", "connection", "since", "until", "scope"},
       "a condition on connections, where no request is known yet");
  Match match;
  read_place_match(match, node);
  if (node.has("nth")) {
    if (node.has("connection")) fail_name(node, "connection", "either nth or connection");
    match.connection = nth(node.child("nth"));
  }
  return match;
}

Match request_match(const Node& node) {
  only(
      node,
      {"method", "path", "path_regex", "query", "headers", "header", "body", "listener", "protocol",
       "proto", "sni", "alpn", "connection", "request", "attempt", "since", "until", "scope"},
      "a condition on requests");
  Match match;
  read_place_match(match, node);
  if (node.has("method")) match.method = text(node.child("method"), "a method such as \"POST\"");
  if (match.method == "*") match.method.clear();
  if (node.has("path")) match.path = text(node.child("path"), "a path glob such as \"/pay/*\"");
  if (node.has("path_regex")) {
    const Node inner = node.child("path_regex");
    match.path_regex = text(inner, "a regular expression");
    if (const auto bad = regex_complaint(match.path_regex)) fail(inner, *bad);
  }
  if (node.has("query")) match.query = field_matches(node.child("query"));
  for (const char* name : {"headers", "header"}) {
    if (node.has(name)) match.headers = field_matches(node.child(name));
  }
  if (node.has("body")) read_body_match(match, node.child("body"));
  for (const char* name : {"protocol", "proto"}) {
    if (!node.has(name)) continue;
    const Node inner = node.child(name);
    match.protocol = text(inner, "http/1.0, http/1.1 or h2");
    if (match.protocol != "http/1.0" && match.protocol != "http/1.1" && match.protocol != "h2") {
      fail(inner, "http/1.0, http/1.1 or h2");
    }
  }
  if (node.has("sni"))
    match.sni = text(node.child("sni"), "a host name or glob such as \"*.test\"");
  if (node.has("alpn")) match.alpn = text(node.child("alpn"), "a protocol such as \"h2\"");
  if (node.has("request")) match.request = nth(node.child("request"));
  if (node.has("attempt")) match.attempt = nth(node.child("attempt"));
  return match;
}

struct Defaults {
  Per per = Per::kKey;
  Tail then = Tail::kStay;
};

Per per(const Node& node) {
  const auto value = parse_per(text(node, "request, connection, key or global"));
  if (!value) fail(node, "request, connection, key or global");
  return *value;
}

Tail tail(const Node& node) {
  const auto value = parse_tail(text(node, "stay, loop, drop or 404"));
  if (!value) fail(node, "stay, loop, drop or 404");
  return *value;
}

Expect expect(const Node& node) {
  only(node, {"max_attempts", "min_gap", "method_safe"}, "a promise about clients");
  Expect out;
  if (node.has("max_attempts")) out.max_attempts = number(node.child("max_attempts"), "a count");
  if (node.has("min_gap")) out.min_gap = time(node.child("min_gap"));
  if (node.has("method_safe"))
    out.method_safe = boolean(node.child("method_safe"), "true or false");
  return out;
}

Script rule_script(const Node& node, const Defaults& defaults, bool for_connections) {
  if (!node.has("script")) fail(node, "a script, such as \"script\": \"503 x2; 200\"");
  const Node inner = node.child("script");
  Script out = script(inner);
  if (node.has("then")) {
    if (out.tail != Tail::kStay) fail_name(node, "then", "the tail once: in the script or in then");
    out.tail = tail(node.child("then"));
  } else if (out.tail == Tail::kStay) {
    out.tail = defaults.then;
  }
  if (const auto wrong = misplaced_step(out, for_connections)) {
    const std::string found = print_step(out.steps[wrong->step]);
    const Node place = inner.json->is_array() ? inner.child(wrong->step) : inner;
    fail_at(*node.document, node.document->positions.value(place.pointer),
            "found '" + found + "', expected " + wrong->text);
  }
  return out;
}

Rule rule(const Node& node, const Defaults& defaults, bool for_connections) {
  Rule out;
  out.per = for_connections ? Per::kKey : defaults.per;
  only(node, {"id", "match", "per", "script", "then", "expect", "priority"}, "a part of a rule");
  if (node.has("id")) out.id = text(node.child("id"), "a name");
  if (node.has("match")) {
    const Node inner = node.child("match");
    out.match = for_connections ? connection_match(inner) : request_match(inner);
  }
  if (node.has("per")) out.per = per(node.child("per"));
  out.script = rule_script(node, defaults, for_connections);
  if (node.has("expect")) out.expect = expect(node.child("expect"));
  if (node.has("priority")) {
    const Node inner = node.child("priority");
    if (!inner.json->is_number_integer()) fail(inner, "a whole number");
    out.priority = inner.json->get<std::int64_t>();
  }
  return out;
}

std::vector<Rule> rules(const Node& node, const Defaults& defaults, bool for_connections,
                        std::set<std::string>& ids) {
  if (!node.json->is_array()) fail(node, "a list of rules");
  std::vector<Rule> out;
  for (std::size_t i = 0; i < node.json->size(); ++i) {
    const Node inner = node.child(i);
    out.push_back(rule(inner, defaults, for_connections));
    std::string& id = out.back().id;
    if (id.empty()) id = (for_connections ? "connection-" : "rule-") + std::to_string(i + 1);
    if (id == "override") fail(inner, "another id; override stands for ?fault=");
    if (!ids.insert(id).second) fail(inner, "ids that differ; '" + id + "' is taken");
  }
  return out;
}

std::vector<std::string> texts(const Node& list, std::string_view example, std::string_view each) {
  if (!list.json->is_array()) fail(list, "a list such as " + std::string(example));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < list.json->size(); ++i) out.push_back(text(list.child(i), each));
  return out;
}

void read_tls(Listener& out, const Node& node) {
  only(node, {"cert", "versions", "client_cert"}, "a part of tls");
  out.tls_cert = node.has("cert") ? text(node.child("cert"), "a kind of certificate") : "good";
  if (node.has("versions")) {
    out.tls_versions = texts(node.child("versions"), "[\"1.2\", \"1.3\"]", "a version of TLS");
  }
  if (node.has("client_cert")) {
    out.tls_client_cert = text(node.child("client_cert"), "ask or demand");
  }
  const auto complaints = tls_complaints(out);
  if (!complaints.empty()) fail(node, complaints.front());
}

Listener listener(const Node& node) {
  only(node, {"id", "port", "host", "unix", "tls", "alpn"}, "a part of a listener");
  Listener out;
  if (node.has("id")) out.id = text(node.child("id"), "a name");
  if (node.has("host")) out.host = text(node.child("host"), "an address such as \"127.0.0.1\"");
  if (node.has("unix")) out.unix_path = text(node.child("unix"), "a path such as \"/tmp/s\"");
  if (node.has("port")) {
    const Node inner = node.child("port");
    const std::uint64_t port = number(inner, "a port, 0 to 65535");
    if (port > std::numeric_limits<std::uint16_t>::max()) fail(inner, "a port, 0 to 65535");
    out.port = static_cast<std::uint16_t>(port);
  }
  if (node.has("tls")) {
    read_tls(out, node.child("tls"));
  }
  if (node.has("alpn")) {
    out.alpn = texts(node.child("alpn"), "[\"h2\", \"http/1.1\"]", "a protocol such as \"h2\"");
  }
  return out;
}

std::vector<KeySource> key_sources(const Node& node) {
  constexpr std::string_view kExpected = "header:NAME, query:NAME, peer or connection";
  if (!node.json->is_array() || node.json->empty())
    fail(node, "a list of " + std::string(kExpected));
  std::vector<KeySource> out;
  for (std::size_t i = 0; i < node.json->size(); ++i) {
    const Node inner = node.child(i);
    const auto source = parse_key_source(text(inner, kExpected));
    if (!source) fail(inner, kExpected);
    out.push_back(*source);
  }
  return out;
}

Scenario scenario(const Node& node) {
  only(node, {"version", "seed", "listeners", "defaults", "connections", "rules", "allow_override"},
       "a part of a scenario");
  if (node.has("version") && *node.child("version").json != 1) {
    fail(node.child("version"), "version 1, the only one there is");
  }
  Scenario out;
  Defaults defaults;
  std::set<std::string> ids;
  if (node.has("seed")) out.seed = number(node.child("seed"), "a whole number, not negative");
  if (node.has("defaults")) {
    const Node inner = node.child("defaults");
    only(inner, {"then", "key", "per"}, "a default");
    if (inner.has("then")) defaults.then = tail(inner.child("then"));
    if (inner.has("per")) defaults.per = per(inner.child("per"));
    if (inner.has("key")) out.key = key_sources(inner.child("key"));
  }
  if (node.has("listeners")) {
    const Node list = node.child("listeners");
    if (!list.json->is_array()) fail(list, "a list of listeners");
    for (std::size_t i = 0; i < list.json->size(); ++i) {
      out.listeners.push_back(listener(list.child(i)));
    }
  }
  if (node.has("connections")) out.connections = rules(node.child("connections"), {}, true, ids);
  if (node.has("rules")) out.rules = rules(node.child("rules"), defaults, false, ids);
  if (node.has("allow_override")) {
    out.allow_override = boolean(node.child("allow_override"), "true or false");
  }
  return out;
}

// The parser's own words lead with its library's name and numbers; keep what a person can use.
std::string syntax_text(const char* what) {
  std::string text(what);
  const std::size_t from = text.find(": ");
  if (from != std::string::npos) text.erase(0, from + 2);
  const std::size_t reason = text.find(" - ");
  if (reason != std::string::npos) text.erase(0, reason + 3);
  return "not JSON: " + text;
}

template <class Read>
auto read_document(std::string_view text, std::string_view file, Read read)
    -> Parsed<decltype(read(std::declval<const Node&>()))> {
  if (const auto too_deep = nested_too_deeply(text)) {
    const LineColumn at = line_column(text, *too_deep);
    return Complaint{std::string(file), at.line, at.column, nesting_complaint()};
  }
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    const LineColumn at = line_column(text, error.byte == 0 ? 0 : error.byte - 1);
    return Complaint{std::string(file), at.line, at.column, syntax_text(error.what())};
  } catch (const Json::exception& error) {  // a number beyond every type
    return Complaint{std::string(file), 1, 1, syntax_text(error.what())};
  }
  try {
    const Document document{std::string(file), text, PositionIndex(text)};
    const PositionIndex& positions = document.positions;
    if (positions.repeated()) {
      fail_at(document, positions.repeated_at(),
              "found \"" + *positions.repeated() + "\" again, expected each name once");
    }
    return read(Node{&document, &json, ""});
  } catch (const Failure& failure) {
    return failure.complaint;
  }
}

}  // namespace
}  // namespace reader

Parsed<Scenario> parse_scenario(std::string_view json, std::string_view file) {
  return reader::read_document(json, file,
                               [](const reader::Node& node) { return reader::scenario(node); });
}

Parsed<Rule> parse_rule_json(std::string_view json, std::string_view file) {
  return reader::read_document(
      json, file, [](const reader::Node& node) { return reader::rule(node, {}, false); });
}

}  // namespace fault
