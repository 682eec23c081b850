#include "fault_server/script/step.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

using Objection = std::optional<std::string>;

constexpr std::array<std::string_view, 12> kH2Names = {
    "settings", "ping",       "window", "continuation", "hpack",  "late",
    "nostatus", "data_first", "push",   "unknown",      "http11", "silent"};
constexpr std::array<std::string_view, 9> kTlsNames = {
    "garbage", "plain", "stall", "alert", "cert", "truncate", "alpn", "version", "client_cert"};

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

std::string hint(std::string_view found, std::span<const std::string_view> candidates) {
  const std::string_view near = nearest_word(found, candidates);
  return near.empty() ? "" : "; did you mean '" + std::string(near) + "'?";
}

Objection set_named(Step& step, ActionKind kind, std::string_view name,
                    std::span<const std::string_view> names) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return "one of " + joined(names) + " after the dot" + hint(name, names);
  }
  step.action = kind;
  step.name = name;
  return std::nullopt;
}

std::vector<std::string_view> modifiers_of(ActionKind action) {
  std::vector<std::string_view> out;
  for (const ModifierWord& word : modifier_words()) {
    if ((word.actions & bit(action)) != 0) out.push_back(word.word);
  }
  return out;
}

std::string unknown_modifier(const Step& step, std::string_view word) {
  const auto known = modifiers_of(step.action);
  const std::string action(action_word(step.action).word);
  // A word of another action is no slip of the pen: say whose it is.
  std::vector<std::string_view> others;
  for (const ActionWord& other : action_words()) {
    if (find_modifier(word, other.action) != nullptr) others.push_back(other.word);
  }
  if (!others.empty()) {
    return "no " + std::string(word) + "= with " + action + "; it goes with " + joined(others);
  }
  return "a modifier of " + action + " (" + joined(known) + ")" + hint(word, known);
}

Objection twice(std::string_view word) { return "'" + std::string(word) + "' only once in a step"; }

Objection set_field(std::vector<std::pair<std::string, std::string>>& fields, std::string_view name,
                    std::string_view value) {
  if (!is_token(name)) {
    return "a field name (letters, digits and !#$%&'*+-.^_`|~) after the dot; bad= spoils fields";
  }
  fields.emplace_back(name, value);
  return std::nullopt;
}

enum class Slot : unsigned char { kExtra, kSet, kTaken };

// The modifiers that have a place of their own in Step. A place that is taken stays as it is.
Slot set_typed(Step& step, const ModifierWord& word, std::string_view value) {
  if (word.word == "ra") {
    if (step.retry_after) return Slot::kTaken;
    step.retry_after = std::string(value);
  } else if (word.word == "delay") {
    if (step.delay) return Slot::kTaken;
    step.delay = parse_distribution(value);
  } else if (word.word == "rate" && word.kind == ValueKind::kBytes) {
    if (step.rate_bytes_per_s) return Slot::kTaken;
    step.rate_bytes_per_s = parse_bytes(value);
  } else if (word.word == "chunk") {
    if (step.chunk_bytes) return Slot::kTaken;
    const Pace pace = parse_pace(value).value_or(Pace{});
    step.chunk_bytes = pace.count;
    step.chunk_gap = pace.per;
  } else if (word.word == "status" && value.size() == 3) {
    if (step.status != 200 || has(step, "status")) return Slot::kTaken;
    step.status = static_cast<int>(parse_count(value).value_or(200));
  } else {
    return Slot::kExtra;
  }
  return Slot::kSet;
}

std::string normal_word(std::string_view word) {
  std::string out(word);
  if (!word.starts_with("h.") && !word.starts_with("t.")) {
    std::replace(out.begin(), out.end(), '-', '_');
  }
  return out;
}

std::string normal_value(const ModifierWord& word, std::string_view value, bool quoted) {
  if (quoted && word.kind == ValueKind::kRetryAfter && !value.starts_with("raw:")) {
    return "raw:" + std::string(value);
  }
  if (quoted && word.kind == ValueKind::kBody && !parse_body(value)) {
    return "text:" + std::string(value);
  }
  return std::string(value);
}

Objection limiter_complaint(const Step& step) {
  const std::string_view kind = word(step, "kind").value_or("bucket");
  if (kind == "concurrency") {
    if (has(step, "rate")) return "no rate= with kind=concurrency; max= says how many at once";
  } else {
    if (!has(step, "rate")) return "rate= with limit, such as rate=5/s";
    if (has(step, "max")) return "no max= with kind=" + std::string(kind);
  }
  if (has(step, "burst") && kind != "bucket") return "burst= only with kind=bucket";
  return std::nullopt;
}

// Which words go with which h2.NAME, and which kinds; the first kind is the default.
struct H2Words {
  std::string_view name;
  std::string_view words;  // beside those of every answer
  std::string_view kinds;
};
constexpr std::array<H2Words, 12> kH2Words = {{
    {"settings", "name value count ignore", ""},
    {"ping", "count ignore ack", ""},
    {"window", "value kind on", "stall closed shrink zero overflow beyond"},
    {"continuation", "count kind", "flood empty interleaved endless"},
    {"hpack", "count kind", "corrupt bomb table"},
    {"late", "count kind code", "data headers end rst window"},
    {"nostatus", "", ""},
    {"data_first", "", ""},
    {"push", "", ""},
    {"unknown", "count", ""},
    {"http11", "kind", "rst bytes"},
    {"silent", "", ""},
}};

bool among(std::string_view list, std::string_view word) {
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t end = std::min(list.find(' ', from), list.size());
    if (end != from && list.substr(from, end - from) == word) return true;
    from = end + 1;
  }
  return false;
}

std::string with_commas(std::string_view list) {
  std::string out;
  for (char c : list) out += c == ' ' ? std::string(", ") : std::string(1, c);
  return out;
}

Objection h2_complaint(const Step& step) {
  constexpr std::string_view kOwn = "name value count ignore ack kind on code";
  const auto known = std::find_if(kH2Words.begin(), kH2Words.end(),
                                  [&](const H2Words& one) { return one.name == step.name; });
  if (known == kH2Words.end()) return std::nullopt;  // set_named has said so
  for (const auto& [word, value] : step.extra) {
    if (!among(kOwn, word)) continue;
    if (!among(known->words, word)) {
      return "no " + word + "= with h2." + step.name +
             (known->words.empty() ? "" : ", which takes " + with_commas(known->words));
    }
    if (word == "kind" && !among(known->kinds, value)) {
      return "kind= of h2." + step.name + ": one of " + with_commas(known->kinds);
    }
  }
  if (has(step, "name") != has(step, "value") && step.name == "settings") {
    return "name= and value= together, such as name=MAX_CONCURRENT_STREAMS value=1";
  }
  if (has(step, "value") && step.name == "window" && word(step, "kind") != "shrink") {
    return "value= only with kind=shrink";
  }
  if (has(step, "ignore") && has(step, "ack")) return "ignore or ack=, not both";
  return std::nullopt;
}

// Which words go with which tls.NAME; those of answers only where there is one.
struct TlsWords {
  std::string_view name;
  std::string_view words;
  bool needs_word = false;
};
constexpr std::array<TlsWords, 9> kTlsWords = {{{"garbage", "bytes"},
                                                {"plain", ""},
                                                {"stall", "flight"},
                                                {"alert", "alert"},
                                                {"cert", "cert", true},
                                                {"truncate", ""},
                                                {"alpn", "alpn", true},
                                                {"version", "version", true},
                                                {"client_cert", "client_cert"}}};

Objection tls_complaint(const Step& step) {
  constexpr std::string_view kOwn = "bytes flight alert cert alpn version client_cert";
  const auto known = std::find_if(kTlsWords.begin(), kTlsWords.end(),
                                  [&](const TlsWords& one) { return one.name == step.name; });
  if (known == kTlsWords.end()) return std::nullopt;  // set_named has said so
  for (const auto& [word, value] : step.extra) {
    if (!among(kOwn, word) || among(known->words, word)) continue;
    return "no " + word + "= with tls." + step.name +
           (known->words.empty() ? "" : ", which takes " + std::string(known->words) + "=");
  }
  if (known->needs_word && !has(step, known->words)) {
    return std::string(known->words) + "= with tls." + step.name;
  }
  const Phase phase = place_of(step).phase;
  if (phase == Phase::kTls && step.name == "truncate") {
    return "a place of tls.truncate in an answer, such as @body:512 or @end";
  }
  if (phase != Phase::kTls && step.name != "truncate" && step.name != "alert") {
    return "no @place with tls." + step.name + ": it is part of the handshake";
  }
  if (phase == Phase::kTls && step.name != "alert" && place_of(step).offset != 0) {
    return "no offset with tls." + step.name;
  }
  return std::nullopt;
}

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Objection set_action(Step& step, std::string_view word) {
  const bool digits = !word.empty() && std::all_of(word.begin(), word.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    const auto status = parse_weighted_statuses(word);
    if (!status) return "a status of three digits, 100 to 999";
    step.action = ActionKind::kStatus;
    step.status = status->front().status;
    return std::nullopt;
  }
  if (word.starts_with("h2.")) return set_named(step, ActionKind::kH2, word.substr(3), kH2Names);
  if (word.starts_with("tls.")) {
    return set_named(step, ActionKind::kTls, word.substr(4), kTlsNames);
  }
  std::vector<std::string_view> known;
  for (const ActionWord& action : action_words()) {
    const bool bare = action.action != ActionKind::kStatus && !action.word.ends_with('.');
    if (bare && action.word == word) {
      step.action = action.action;
      return std::nullopt;
    }
    if (bare) known.push_back(action.word);
  }
  return "an action: a status such as 503, status=200*8,503*2, " + joined(known) +
         ", h2.NAME or tls.NAME" + hint(word, known);
}

Objection set_place(Step& step, std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const ActionSet phases = action_word(step.action).phases;
  std::vector<std::string_view> known;
  for (unsigned p = 0; p <= static_cast<unsigned>(Phase::kIdle); ++p) {
    if ((phases & (1U << p)) != 0) known.push_back(phase_word(static_cast<Phase>(p)));
  }
  const std::string action(action_word(step.action).word);
  if (known.empty()) return "no @place with " + action;
  if (step.at) return "one @place in a step";
  const auto phase = parse_phase(name);
  if (!phase || (phases & (1U << static_cast<unsigned>(*phase))) == 0) {
    return "a place of " + action + ": " + joined(known) + hint(name, known);
  }
  Place place{*phase, 0, false};
  if (colon != std::string_view::npos) {
    std::string_view offset = text.substr(colon + 1);
    place.percent = offset.ends_with('%');
    if (place.percent) offset.remove_suffix(1);
    const auto n = place.percent ? parse_count(offset) : parse_bytes(offset);
    const bool inner = *phase == Phase::kTls || *phase == Phase::kHead ||
                       *phase == Phase::kReqBody || *phase == Phase::kStatus ||
                       *phase == Phase::kHeaders || *phase == Phase::kBody;
    if (!inner) return "no offset at " + std::string(name) + ": it is a moment, not a stretch";
    if (!n || (place.percent && (*n > 100 || *phase != Phase::kBody))) {
      return "an offset in bytes such as :512, or in a body :50%";
    }
    place.offset = *n;
  }
  step.at = place;
  return std::nullopt;
}

Objection set_modifier(Step& step, std::string_view raw_word, std::optional<std::string_view> given,
                       bool quoted) {
  const std::string word = normal_word(raw_word);
  const ModifierWord* known = find_modifier(word, step.action);
  if (known == nullptr || word == "h." || word == "t.") return unknown_modifier(step, word);
  if (!given && known->bare.empty()) {
    return word + "=VALUE: " + complaint_about(*known, "").value_or(std::string(known->help));
  }
  const std::string value = given ? normal_value(*known, *given, quoted) : std::string(known->bare);
  if (known->word == "h.") return set_field(step.headers, word.substr(2), value);
  if (known->word == "t.") return set_field(step.trailers, word.substr(2), value);
  if (auto complaint = complaint_about(*known, value)) return word + "= " + *complaint;
  switch (set_typed(step, *known, value)) {
    case Slot::kSet:
      return std::nullopt;
    case Slot::kTaken:
      return twice(word);
    case Slot::kExtra:
      break;
  }
  if (has(step, word) || (word == "status" && step.status != 200)) return twice(word);
  // In front, as it is printed: the weighted status is part of the action.
  step.extra.emplace(word == "status" ? step.extra.begin() : step.extra.end(), word, value);
  return std::nullopt;
}

Objection set_probability(Step& step, std::string_view text) {
  const auto p = parse_real(text);
  if (!p || *p > 1) return "a chance from 0 to 1 such as p=.2";
  step.probability = *p;
  return std::nullopt;
}

Objection set_times(Step& step, std::string_view text) {
  const auto n = parse_count(text);
  if (!n || *n == 0 || *n > std::numeric_limits<std::uint32_t>::max()) {
    return "a count above 0 such as x2";
  }
  step.times = static_cast<std::uint32_t>(*n);
  return std::nullopt;
}

Objection step_complaint(const Step& step) {
  const bool answer = step.action == ActionKind::kStatus || step.action == ActionKind::kPass;
  if (answer && step.at && !step.delay) {
    return "delay= with @" + std::string(phase_word(step.at->phase)) +
           ": on an answer the place says where the delay goes";
  }
  const bool gate = step.action == ActionKind::kLimit || step.action == ActionKind::kOverload;
  if (step.retry_after == "auto" && !gate) {
    return "ra=auto only with limit or overload, which know the wait; else ra=SECONDS";
  }
  if (step.chunk_bytes && has(step, "drip")) return "chunk= or drip=, not both";
  if (has(step, "early_after") && !has(step, "early")) return "early= with early_after=";
  if (step.action == ActionKind::kRaw && step.name.empty()) {
    return "the bytes, quoted, after raw: raw \"HTTP/1.1 200 OK\\r\\n\\r\\n\"";
  }
  if (step.action == ActionKind::kLimit) return limiter_complaint(step);
  if (step.action == ActionKind::kH2) return h2_complaint(step);
  if (step.action == ActionKind::kTls) return tls_complaint(step);
  if (step.action == ActionKind::kOverload && !has(step, "service")) {
    return "service= with overload, such as service=exp(20ms)";
  }
  return std::nullopt;
}

std::optional<AlternativesComplaint> alternatives_complaint(const Script& script) {
  double sum = 0;
  for (std::size_t i = 0; i < script.steps.size(); ++i) {
    const Step& step = script.steps[i];
    if (!step.probability) {
      sum = 0;
      continue;
    }
    sum += *step.probability;
    // The sum of ten times .1 is a hair more than 1 in binary.
    if (sum > 1 + 1e-9) {
      return AlternativesComplaint{i, "the p= of alternatives in a row to add up to at most 1"};
    }
    if (step.times != 1) {
      return AlternativesComplaint{
          i,
          "no x count on a step with p=; put it on the step after the alternatives, such as "
          "p=.2 reset; pass x5"};
    }
  }
  return std::nullopt;
}

}  // namespace fault
