#include "fault_server/script/scenario.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "fault_server/script/line.h"
#include "fault_server/script/scenario_text.h"
#include "fault_server/script/step.h"
#include "fault_server/script/tls_terms.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

constexpr std::array<std::string_view, 4> kPerWords = {"request", "connection", "key", "global"};
constexpr std::array<std::string_view, 4> kTailWords = {"stay", "loop", "drop", "404"};

// Which modifiers act before there is an answer to shape.
constexpr std::array<std::string_view, 21> kConnectionWords = {
    "max_requests", "idle",   "side",   "cert", "alert",   "name",        "value",
    "count",        "ignore", "ack",    "kind", "on",      "code",        "last",
    "debug",        "linger", "flight", "alpn", "version", "client_cert", "bytes"};

// What an HTTP/2 server can do before it knows a request; the rest needs a stream.
constexpr std::array<std::string_view, 5> kH2ConnectionNames = {"settings", "ping", "window",
                                                                "unknown", "silent"};

bool is_h2(const Step& step) {
  return step.action == ActionKind::kGoaway || step.action == ActionKind::kRst ||
         step.action == ActionKind::kH2;
}

bool needs_stream(const Step& step) {
  if (step.action != ActionKind::kH2) return step.action == ActionKind::kRst;
  if (step.name == "http11") return word(step, "kind") != "bytes";
  if (step.name == "window") {
    const auto kind = word(step, "kind");
    return (kind == "zero" || kind == "overflow") && word(step, "on") != "connection";
  }
  return std::find(kH2ConnectionNames.begin(), kH2ConnectionNames.end(), step.name) ==
         kH2ConnectionNames.end();
}

bool only_connection_words(const Step& step, std::string& other) {
  if (step.retry_after) other = "ra";
  if (step.rate_bytes_per_s) other = "rate";
  if (step.chunk_bytes) other = "chunk";
  if (!step.headers.empty()) other = "h." + step.headers.front().first;
  if (!step.trailers.empty()) other = "t." + step.trailers.front().first;
  if (step.status != 200) other = "status";
  if (step.action == ActionKind::kPass && step.delay) other = "delay";
  for (const auto& [word, value] : step.extra) {
    if (std::find(kConnectionWords.begin(), kConnectionWords.end(), word) ==
        kConnectionWords.end()) {
      other = word;
    }
  }
  return other.empty();
}

std::optional<std::string> misplaced_in_connections(const Step& step) {
  if (is_h2(step) && needs_stream(step)) {
    return "of HTTP/2 only what needs no request: goaway, h2.settings, h2.ping, h2.window, "
           "h2.unknown, h2.silent, h2.http11 kind=bytes";
  }
  // Without a place these begin with the connection.
  const bool cuts = step.action == ActionKind::kTls && step.name == "truncate";
  const bool opens = (is_h2(step) || cuts) && !step.at;
  if (!is_connection_step(step) && step.action != ActionKind::kPass && !opens) {
    return "only what happens before a request is known: refuse, close@accept, reset@head:10, "
           "stall@accept, pass max_requests=3; answers belong under rules";
  }
  std::string other;
  if (!only_connection_words(step, other)) {
    return "no " + other + "= in a step for connections: there is no answer to shape yet";
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

// What the listeners that a rule is for can play.
Protocols spoken(const std::vector<Listener>& listeners, const std::string& only) {
  Protocols out{listeners.empty(), false};
  for (const Listener& one : listeners) {
    if (!only.empty() && one.id != only) continue;
    const bool tls = !one.tls_cert.empty();
    // A plain listener takes HTTP/2 by its preface, a TLS listener by ALPN.
    out.h2 = out.h2 || !tls || one.alpn.empty() ||
             std::find(one.alpn.begin(), one.alpn.end(), "h2") != one.alpn.end();
    out.tls = out.tls || tls;
  }
  return out;
}

void check_rules(const Scenario& scenario, bool for_connections, std::set<std::string>& ids,
                 std::vector<std::string>& out) {
  const std::vector<Rule>& rules = for_connections ? scenario.connections : scenario.rules;
  const std::string kind = for_connections ? "connection rule " : "rule ";
  for (const Rule& rule : rules) {
    const std::string name = kind + in_quotes(rule.id) + ": ";
    if (rule.id.empty()) out.push_back(kind + "without an id; give it one");
    if (rule.id == "override") out.push_back(name + "this id stands for ?fault=; choose another");
    if (!ids.insert(rule.id).second) out.push_back(name + "the id is used twice; ids are unique");
    for (std::string& text : check_script(rule.script)) out.push_back(name + std::move(text));
    const Protocols protocols = spoken(scenario.listeners, rule.match.listener);
    for (std::string& text : unplayable(rule.script, protocols))
      out.push_back(name + std::move(text));
    if (const auto wrong = misplaced_step(rule.script, for_connections)) {
      out.push_back(name + "found " + in_quotes(print_step(rule.script.steps[wrong->step])) +
                    ", expected " + wrong->text);
    }
    if (!rule.match.path_regex.empty()) {
      if (auto bad = regex_complaint(rule.match.path_regex)) {
        out.push_back(name + "found " + in_quotes(rule.match.path_regex) + ", expected " + *bad);
      }
    }
  }
}

// The parts before the colon of a --rule line, and where the script begins.
struct RuleHead {
  std::vector<std::pair<std::string_view, std::size_t>> words;  // with their columns
  std::size_t script = 0;
  bool colon = false;
};

bool is_method(std::string_view word) {
  return word == "*" || (!word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || c == '-';
         }));
}

RuleHead split_rule_line(std::string_view line) {
  RuleHead head;
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    const std::size_t begin = at;
    while (at < line.size() && line[at] != ' ' && line[at] != '\t') ++at;
    std::string_view word = line.substr(begin, at - begin);
    const bool last = word.ends_with(':');
    if (last) word.remove_suffix(1);
    if (!word.empty()) head.words.emplace_back(word, begin + 1);
    if (!last) continue;
    head.colon = true;
    head.script = at;
    break;
  }
  return head;
}

Complaint line_complaint(std::size_t column, std::string_view found, std::string_view expected) {
  return {"", 1, column, "found " + in_quotes(found) + ", expected " + std::string(expected)};
}

std::optional<Complaint> read_path(Match& match, std::string_view word, std::size_t column) {
  if (word[0] == '/' || word[0] == '*') {
    match.path = word;
    return std::nullopt;
  }
  match.path_regex = word.substr(1);
  if (const auto bad = regex_complaint(match.path_regex)) return line_complaint(column, word, *bad);
  return std::nullopt;
}

std::optional<Complaint> read_rule_head(const RuleHead& head, Rule& rule, bool& for_connections) {
  std::size_t i = 0;
  const auto& words = head.words;
  for_connections = !words.empty() && words[0].first == "connection";
  if (for_connections) {
    if (words.size() > 1) {
      const auto nth = parse_nth(words[1].first);
      if (!nth)
        return line_complaint(words[1].second, words[1].first, "connections such as 3,6 or 2..");
      rule.match.connection = *nth;
    }
    i = 2;
  } else {
    if (i < words.size() && is_method(words[i].first)) {
      if (words[i].first != "*") rule.match.method = words[i].first;
      ++i;
    }
    if (i < words.size() && (words[i].first[0] == '/' || words[i].first[0] == '~')) {
      if (auto bad = read_path(rule.match, words[i].first, words[i].second)) return bad;
      ++i;
    }
  }
  if (i < words.size()) {
    return line_complaint(words[i].second, words[i].first,
                          "METHOD (upper case or *), /path* or ~regex, then a colon and a script; "
                          "or connection 3,6 : refuse");
  }
  return std::nullopt;
}

}  // namespace

std::string_view per_word(Per per) { return kPerWords.at(static_cast<std::size_t>(per)); }

std::optional<Per> parse_per(std::string_view word) {
  const auto found = std::find(kPerWords.begin(), kPerWords.end(), word);
  if (found == kPerWords.end()) return std::nullopt;
  return static_cast<Per>(found - kPerWords.begin());
}

std::string_view tail_word(Tail tail) { return kTailWords.at(static_cast<std::size_t>(tail)); }

std::optional<Tail> parse_tail(std::string_view word) {
  if (word == "fail") return Tail::kFail404;
  const auto found = std::find(kTailWords.begin(), kTailWords.end(), word);
  if (found == kTailWords.end()) return std::nullopt;
  return static_cast<Tail>(found - kTailWords.begin());
}

std::string print_key_source(const KeySource& source) {
  switch (source.kind) {
    case KeySource::Kind::kHeader:
      return "header:" + source.name;
    case KeySource::Kind::kQuery:
      return "query:" + source.name;
    case KeySource::Kind::kConnection:
      return "connection";
    case KeySource::Kind::kPeer:
      break;
  }
  return "peer";
}

std::optional<KeySource> parse_key_source(std::string_view text) {
  if (text == "peer") return KeySource{KeySource::Kind::kPeer, ""};
  if (text == "connection") return KeySource{KeySource::Kind::kConnection, ""};
  if (text.starts_with("header:") && is_token(text.substr(7))) {
    return KeySource{KeySource::Kind::kHeader, std::string(text.substr(7))};
  }
  if (text.starts_with("query:") && text.size() > 6) {
    return KeySource{KeySource::Kind::kQuery, std::string(text.substr(6))};
  }
  return std::nullopt;
}

bool is_connection_step(const Step& step) {
  if (step.action == ActionKind::kRefuse) return true;
  if (step.action == ActionKind::kPass) return has(step, "max_requests") || has(step, "idle");
  const Phase phase = place_of(step).phase;
  return phase == Phase::kAccept || phase == Phase::kTls || phase == Phase::kHead;
}

std::optional<MisplacedStep> misplaced_step(const Script& script, bool for_connections) {
  for (std::size_t i = 0; i < script.steps.size(); ++i) {
    const Step& step = script.steps[i];
    if (for_connections) {
      if (auto text = misplaced_in_connections(step)) return MisplacedStep{i, *text};
    } else if (is_connection_step(step)) {
      return MisplacedStep{i,
                           "only what happens once a request is known; this comes before it, so it "
                           "belongs under connections (--rule 'connection : SCRIPT')"};
    }
  }
  return std::nullopt;
}

std::vector<std::string> unplayable(const Script& script, Protocols protocols) {
  std::vector<std::string> out;
  for (const Step& step : script.steps) {
    const bool h2 = is_h2(step) && !protocols.h2;
    const bool tls =
        !protocols.tls && (step.action == ActionKind::kTls || place_of(step).phase == Phase::kTls);
    if (!h2 && !tls) continue;
    out.push_back(
        in_quotes(print_step(step)) + " needs " +
        (tls ? "a TLS listener; a plain one cannot play it"
             : "HTTP/2 (a plain listener, or TLS with alpn h2); HTTP/1.1 cannot play it"));
  }
  return out;
}

std::vector<std::string> unplayable_on_http1(const Script& script) {
  return unplayable(script, Protocols{});
}

std::vector<std::string> check_script(const Script& script) {
  if (script.steps.empty()) return {"a script without steps; write pass to let requests through"};
  std::vector<std::string> out;
  for (const Step& step : script.steps) {
    const std::string line = print_step(step);
    const auto again = parse_step(line);
    if (!again) {
      out.push_back(in_quotes(line) + ": " + again.error().text);
    } else if (*again != step) {
      out.push_back(in_quotes(line) + " says something else than the step built by hand");
    }
  }
  if (const auto bad = alternatives_complaint(script)) {
    out.push_back("found " + in_quotes(print_step(script.steps[bad->step])) + ", expected " +
                  bad->text);
  }
  return out;
}

namespace {

/// A path has to fit into a socket address, which a longer one would be cut to.
std::string unix_complaint(const Listener& listener) {
  constexpr std::size_t kMostBytes = 103;  // the least that a system of today takes
  if (listener.unix_path.empty()) return {};
  if (listener.port != 0 || !listener.host.empty()) {
    return "unix excludes host and port; give either";
  }
  if (listener.unix_path.size() <= kMostBytes) return {};
  return "the unix path has " + std::to_string(listener.unix_path.size()) +
         " bytes; use one of at most " + std::to_string(kMostBytes);
}

}  // namespace

std::vector<std::string> validate(const Scenario& scenario) {
  std::vector<std::string> out;
  std::set<std::string> ids;
  check_rules(scenario, true, ids, out);
  check_rules(scenario, false, ids, out);
  std::set<std::string> listeners;
  for (const Listener& listener : scenario.listeners) {
    const std::string name = "listener " + in_quotes(listener.id) + ": ";
    if (listener.id.empty()) out.push_back("listener without an id; give it one");
    if (!listeners.insert(listener.id).second) out.push_back(name + "the id is used twice");
    for (std::string& text : tls_complaints(listener)) out.push_back(name + std::move(text));
    if (std::string text = unix_complaint(listener); !text.empty()) out.push_back(name + text);
    if (listener.tls_cert.empty() && !listener.alpn.empty()) {
      out.push_back(name + "alpn is agreed in TLS; a plain listener takes HTTP/2 by its preface");
    }
  }
  if (listeners.empty()) listeners.insert(Listener{}.id);
  for (const auto* rules : {&scenario.connections, &scenario.rules}) {
    for (const Rule& rule : *rules) {
      if (rule.match.listener.empty() || listeners.contains(rule.match.listener)) continue;
      out.push_back("rule " + in_quotes(rule.id) + ": no listener " +
                    in_quotes(rule.match.listener) + "; there is " + in_quotes(*listeners.begin()));
    }
  }
  if (scenario.key.empty()) out.push_back("defaults.key is empty; use [\"peer\"]");
  for (std::string& text : text_complaints(scenario)) out.push_back(std::move(text));
  return out;
}

Parsed<Rule> parse_rule_line(std::string_view line, bool* for_connections) {
  Rule rule;
  bool connections = false;
  std::size_t script_at = 0;
  const std::size_t first = line.find_first_not_of(" \t");
  const std::string_view rest = first == std::string_view::npos ? "" : line.substr(first);
  const bool headed =
      !rest.empty() && (rest[0] == '/' || rest[0] == '~' || rest[0] == '*' || rest[0] == ':' ||
                        (rest[0] >= 'A' && rest[0] <= 'Z') || rest.starts_with("connection"));
  if (headed) {
    const RuleHead head = split_rule_line(line);
    if (!head.colon) {
      return line_complaint(first + 1, rest.substr(0, 20),
                            "METHOD PATH : SCRIPT; the colon is missing");
    }
    if (auto bad = read_rule_head(head, rule, connections)) return *bad;
    script_at = head.script;
  }
  auto script = parse_script(line.substr(script_at));
  if (!script) {
    script.error().column += script_at;
    return script.error();
  }
  if (!headed) {
    const auto& steps = script->steps;
    connections = std::any_of(steps.begin(), steps.end(), is_connection_step) &&
                  !misplaced_step(*script, true);
  }
  if (const auto wrong = misplaced_step(*script, connections)) {
    const std::string step = print_step(script->steps[wrong->step]);
    return line_complaint(script_at + 1, step, wrong->text);
  }
  rule.script = std::move(*script);
  if (for_connections != nullptr) *for_connections = connections;
  return rule;
}

std::optional<Complaint> add_rule_line(Scenario& scenario, std::string_view line) {
  bool for_connections = false;
  auto rule = parse_rule_line(line, &for_connections);
  if (!rule) return rule.error();
  auto& rules = for_connections ? scenario.connections : scenario.rules;
  const std::string stem = for_connections ? "connection-" : "rule-";
  for (std::size_t n = rules.size() + 1;; ++n) {
    rule->id = stem + std::to_string(n);
    const bool taken = std::any_of(rules.begin(), rules.end(),
                                   [&](const Rule& other) { return other.id == rule->id; });
    if (!taken) break;
  }
  rules.push_back(std::move(*rule));
  return std::nullopt;
}

Parsed<Scenario> scenario_of_rule_line(std::string_view line) {
  Scenario scenario;
  if (auto bad = add_rule_line(scenario, line)) return *bad;
  return scenario;
}

}  // namespace fault
