#include "fault_server/script/scenario_text.h"

#include <string_view>

#include "fault_server/script/utf8.h"

namespace fault {
namespace {

class Complaints {
 public:
  /// Names what the next texts belong to.
  void begin(std::string owner) { owner_ = with_bytes_escaped(owner); }

  void ask(std::string_view part, std::string_view text) {
    if (is_utf8(text)) return;
    out_.push_back(owner_ + ": found " + std::string(part) + " '" + with_bytes_escaped(text) +
                   "', expected UTF-8, since scenarios are JSON");
  }
  void ask(std::string_view part, const std::vector<FieldMatch>& fields) {
    for (const FieldMatch& field : fields) {
      ask(std::string(part) + " name", field.name);
      ask(std::string(part) + " " + with_bytes_escaped(field.name), field.value);
    }
  }

  std::vector<std::string> take() { return std::move(out_); }

 private:
  std::string owner_;
  std::vector<std::string> out_;
};

void ask(Complaints& complaints, const Rule& rule) {
  complaints.ask("id", rule.id);
  const Match& match = rule.match;
  complaints.ask("method", match.method);
  complaints.ask("path", match.path);
  complaints.ask("path_regex", match.path_regex);
  complaints.ask("query", match.query);
  complaints.ask("header", match.headers);
  complaints.ask("listener", match.listener);
  complaints.ask("protocol", match.protocol);
  complaints.ask("sni", match.sni);
  complaints.ask("alpn", match.alpn);
  if (match.scope) complaints.ask("scope", *match.scope);
}

void ask(Complaints& complaints, const Listener& listener) {
  complaints.ask("id", listener.id);
  complaints.ask("host", listener.host);
  complaints.ask("the unix path", listener.unix_path);
  for (const std::string& protocol : listener.alpn) complaints.ask("alpn", protocol);
}

}  // namespace

std::vector<std::string> text_complaints(const Scenario& scenario) {
  Complaints complaints;
  for (const Listener& listener : scenario.listeners) {
    complaints.begin("listener '" + listener.id + "'");
    ask(complaints, listener);
  }
  for (const Rule& rule : scenario.connections) {
    complaints.begin("connection rule '" + rule.id + "'");
    ask(complaints, rule);
  }
  for (const Rule& rule : scenario.rules) {
    complaints.begin("rule '" + rule.id + "'");
    ask(complaints, rule);
  }
  complaints.begin("defaults.key");
  for (const KeySource& source : scenario.key) complaints.ask("name", source.name);
  return complaints.take();
}

}  // namespace fault
