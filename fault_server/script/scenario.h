// A whole scenario: listeners, rules for requests, rules for connections. The tree that the JSON
// document, --rule and the builder make, and that the rulebook plays. Values only. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/script/error.h"
#include "fault_server/script/match.h"
#include "fault_server/script/script.h"

namespace fault {

/// Whose cursor advances. kRequest: one request and its retries (told apart by Idempotency-Key or
/// X-Request-Id where sent, else by key, method and target).
enum class Per : std::uint8_t { kRequest, kConnection, kKey, kGlobal };

/// Where a request's key comes from; the first source present on the request wins.
struct KeySource {
  enum class Kind : std::uint8_t { kHeader, kQuery, kPeer, kConnection };
  Kind kind = Kind::kPeer;
  std::string name;  // kHeader, kQuery
  friend bool operator==(const KeySource&, const KeySource&) = default;
};

/// What the author of a rule promises about clients; judged from the journal, not by the rulebook.
struct Expect {
  std::optional<std::uint64_t> max_attempts;
  std::optional<Duration> min_gap;
  std::optional<bool> method_safe;
  friend bool operator==(const Expect&, const Expect&) = default;
};

struct Rule {
  std::string id;
  Match match;
  Per per = Per::kKey;
  Script script;
  Expect expect;
  std::int64_t priority = 0;  // higher first; equal ones in the order written
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct Listener {
  std::string id = "h1";
  std::uint16_t port = 0;                 // 0: any free one
  std::string host;                       // "": what the command line says, else 127.0.0.1
  std::string unix_path;                  // not empty: a Unix domain socket, no host and port
  std::string tls_cert;                   // not empty: a TLS listener with this kind of certificate
  std::vector<std::string> tls_versions;  // "1.2"; empty: 1.2 and 1.3
  std::string tls_client_cert;            // "ask" or "demand"; "": does not ask for one
  std::vector<std::string> alpn;          // empty: h2 and http/1.1
  friend bool operator==(const Listener&, const Listener&) = default;
};

struct Scenario {
  std::uint64_t seed = 1;
  std::vector<Listener> listeners;  // empty: one plain HTTP/1.1 listener "h1"
  std::vector<KeySource> key = {{KeySource::Kind::kHeader, "x-client-id"},
                                {KeySource::Kind::kPeer, ""}};
  std::vector<Rule> connections;  // asked when a connection is about to be accepted
  std::vector<Rule> rules;        // asked for each request
  bool allow_override = true;     // ?fault= and X-Fault; off when bound beyond loopback
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

/// The JSON document: the same tree as the one-line spelling. `file` only names it in complaints.
Parsed<Scenario> parse_scenario(std::string_view json, std::string_view file = "");

enum class ScriptSpelling : std::uint8_t { kLine, kSteps };
/// parse_scenario(scenario_to_json(s)) == s for every scenario that validate() finds no fault with.
std::string scenario_to_json(const Scenario& scenario,
                             ScriptSpelling spelling = ScriptSpelling::kLine);

/// One JSON rule object as in "rules" (for an admin interface); `id` may be missing.
Parsed<Rule> parse_rule_json(std::string_view json, std::string_view file = "");
std::string rule_to_json(const Rule& rule, ScriptSpelling spelling = ScriptSpelling::kLine);

/// --rule LINE. Adds one rule (or connection rule) to `scenario`:
///   rule := [ [METHOD] [PATH] ":" ] script        e.g.  GET /pay/* : 503 x2; 200
///         | "connection" [nth] ":" script         e.g.  connection 3,6 : refuse
/// METHOD is upper case or *, PATH starts with / (glob) or ~ (regex).
Parsed<Rule> parse_rule_line(std::string_view line, bool* for_connections = nullptr);
/// Nullopt when it was added; ids are made ("rule-1") where missing.
std::optional<Complaint> add_rule_line(Scenario& scenario, std::string_view line);
/// A scenario of this one rule.
Parsed<Scenario> scenario_of_rule_line(std::string_view line);

/// Every complaint at once, empty when all is well: malformed steps, repeated ids, chances above
/// one, texts that are no UTF-8, and actions that no listener they are for can play (HTTP/2 and TLS
/// faults).
std::vector<std::string> validate(const Scenario& scenario);
/// What a connection without these cannot play in this script, and which listener could.
struct Protocols {
  bool h2 = false, tls = false;
};
std::vector<std::string> unplayable(const Script& script, Protocols protocols);
std::vector<std::string> unplayable_on_http1(const Script& script);
/// What is malformed in a script built by hand; empty for every parsed one.
std::vector<std::string> check_script(const Script& script);

/// Played before any request is known (refuse, @accept, @tls, @head, pass max_requests= or idle=).
/// In a rule for connections, goaway and h2.NAME without a place are played as well, at @accept,
/// and tls.truncate, whenever the server closes.
bool is_connection_step(const Step& step);
/// A step in the wrong kind of rule: its index and what is wrong.
struct MisplacedStep {
  std::size_t step = 0;
  std::string text;
};
std::optional<MisplacedStep> misplaced_step(const Script& script, bool for_connections);

std::string_view per_word(Per per);
std::optional<Per> parse_per(std::string_view word);
std::string_view tail_word(Tail tail);
std::optional<Tail> parse_tail(std::string_view word);
std::string print_key_source(const KeySource& source);
std::optional<KeySource> parse_key_source(std::string_view text);

}  // namespace fault
