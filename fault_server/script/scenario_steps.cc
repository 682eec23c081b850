// Scripts inside JSON: the object spelling of a step.
#include <array>

#include "fault_server/script/line.h"
#include "fault_server/script/scenario_reader.h"
#include "fault_server/script/step.h"

namespace fault::reader {
namespace {

constexpr std::array<std::string_view, 14> kOwnMembers = {
    "status",  "fault",   "raw",      "p",           "times", "at",   "offset",
    "percent", "headers", "trailers", "retry_after", "body",  "then", "action"};

bool is_own(std::string_view name) {
  for (std::string_view own : kOwnMembers) {
    if (own == name) return true;
  }
  return false;
}

// What a scalar says in the one-line spelling; nullopt for `true`: the word alone.
std::optional<std::string> scalar(const Node& node) {
  const Json& json = *node.json;
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number()) return json.dump();
  if (json.is_boolean() && json.get<bool>()) return std::nullopt;
  fail(node, "text, a number, or true for a word that stands alone");
}

void modifier(Step& step, const Node& node, std::string_view word, bool quoted) {
  const auto value = scalar(node);
  std::optional<std::string_view> view;
  if (value) view = *value;
  if (const auto bad = set_modifier(step, word, view, quoted)) fail(node, *bad);
}

void read_action(Step& step, const Node& node) {
  const bool fault = node.has("fault");
  const bool raw_bytes = node.has("raw");
  if (fault && raw_bytes) fail_name(node, "raw", "either fault or raw");
  if (fault) {
    const Node inner = node.child("fault");
    const std::string name = text(inner, "the name of a fault such as \"reset\"");
    if (const auto bad = set_action(step, name)) fail(inner, *bad);
    if (step.action == ActionKind::kRaw)
      fail(inner, "\"raw\": \"the bytes\" in place of \"fault\"");
  } else if (raw_bytes) {
    step.action = ActionKind::kRaw;
    step.name = text(node.child("raw"), "the bytes to send as text");
  } else if (!node.has("status")) {
    fail(node, "status (such as 503), fault (such as \"reset\") or raw in a step");
  }
  if (!node.has("status")) return;
  const Node status = node.child("status");
  if (status.json->is_number() && status.json->dump().size() != 3) {
    fail(status, "a status of three digits, 100 to 999");
  }
  modifier(step, status, "status", false);
}

void read_place(Step& step, const Node& node) {
  if (!node.has("at")) {
    for (const char* name : {"offset", "percent"}) {
      if (node.has(name)) fail_name(node, name, "\"at\" beside it, such as \"at\": \"body\"");
    }
    return;
  }
  const Node at = node.child("at");
  std::string place = text(at, "a place such as \"body\" or \"body:512\"");
  if (node.has("offset")) {
    if (node.has("percent")) fail_name(node, "percent", "either offset or percent");
    place += ":" + std::to_string(number(node.child("offset"), "an offset in bytes"));
  } else if (node.has("percent")) {
    place += ":" + std::to_string(number(node.child("percent"), "a percentage, 0 to 100")) + "%";
  }
  if (const auto bad = set_place(step, place)) fail(at, *bad);
}

void field(Step& step, const Node& node, const std::string& word) {
  if (const auto bad = set_modifier(step, word, text(node, "the field's value as text"), false)) {
    fail(node, *bad);
  }
}

// {"Name": "value", "Other": ["a", "b"]} or [["Name", "value"], ...] where order matters.
void read_fields(Step& step, const Node& node, const std::string& prefix) {
  if (node.json->is_array()) {
    for (std::size_t i = 0; i < node.json->size(); ++i) {
      const Node pair = node.child(i);
      if (!pair.json->is_array() || pair.json->size() != 2) fail(pair, "[\"Name\", \"value\"]");
      field(step, pair.child(1), prefix + text(pair.child(0), "a field name"));
    }
    return;
  }
  expect_object(node, "{\"Name\": \"value\"}");
  for (const auto& [name, value] : node.json->items()) {
    const Node inner = node.child(name);
    if (!value.is_array()) {
      field(step, inner, prefix + name);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) field(step, inner.child(i), prefix + name);
  }
}

// "text" | {"text": ...} | {"random": 4096} | {"fill": 10} | {"echo": true} | {"none": true}
void read_body(Step& step, const Node& node) {
  std::string spec;
  if (node.json->is_string()) {
    spec = "text:" + node.json->get<std::string>();
  } else if (node.json->is_object() && node.json->size() == 1) {
    const std::string kind = node.json->begin().key();
    const Node inner = node.child(kind);
    if (kind == "json") {
      spec = "text:" + inner.json->dump();
    } else if (inner.json->is_boolean()) {
      spec = kind;
    } else {
      spec = kind + ":" + scalar(inner).value_or("");
    }
  } else {
    fail(node, "text, {\"random\": BYTES}, {\"fill\": BYTES}, {\"json\": ...} or {\"echo\": true}");
  }
  if (const auto bad = set_modifier(step, "body", spec, false)) fail(node, *bad);
}

Step step_object(const Node& node) {
  Step step;
  if (node.has("p")) {
    const Node p = node.child("p");
    if (!p.json->is_number()) fail(p, "a chance from 0 to 1");
    if (const auto bad = set_probability(step, p.json->dump())) fail(p, *bad);
  }
  read_action(step, node);
  read_place(step, node);
  if (node.has("times")) {
    const Node times = node.child("times");
    if (const auto bad = set_times(step, std::to_string(number(times, "a count above 0")))) {
      fail(times, *bad);
    }
  }
  for (const auto& [name, value] : node.json->items()) {
    const Node inner = node.child(name);
    if (name == "headers") {
      read_fields(step, inner, "h.");
    } else if (name == "trailers") {
      read_fields(step, inner, "t.");
    } else if (name == "retry_after") {
      modifier(step, inner, "ra", false);
    } else if (name == "body") {
      read_body(step, inner);
    } else if (name == "then" || name == "action") {
      fail_name(node, name, name == "then" ? "then beside script, not in a step" : "fault");
    } else if (!is_own(name)) {
      const auto value_text = scalar(inner);
      std::optional<std::string_view> view;
      if (value_text) view = *value_text;
      if (const auto bad = set_modifier(step, name, view, false)) fail_name(node, name, *bad);
    }
  }
  if (const auto bad = step_complaint(step)) fail(node, *bad);
  return step;
}

}  // namespace

Step step(const Node& node) {
  if (node.json->is_object()) return step_object(node);
  auto parsed = parse_step(text(node, "a step: an object or a line such as \"503 ra=1\""));
  if (!parsed) fail_in_line(node, parsed.error());
  return std::move(*parsed);
}

Script script(const Node& node) {
  if (node.json->is_string()) {
    auto parsed = parse_script(node.json->get<std::string>());
    if (!parsed) fail_in_line(node, parsed.error());
    return std::move(*parsed);
  }
  if (!node.json->is_array() || node.json->empty()) {
    fail(node, "a script: a line such as \"503 x2; 200\" or a list of steps");
  }
  Script out;
  for (std::size_t i = 0; i < node.json->size(); ++i) out.steps.push_back(step(node.child(i)));
  if (const auto bad = alternatives_complaint(out)) fail(node.child(bad->step), bad->text);
  return out;
}

}  // namespace fault::reader
