#include "fault_server/script/words.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/check.h"
#include "fault_server/script/h2_names.h"
#include "fault_server/script/retry_after_value.h"
#include "fault_server/script/tls_alert.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

constexpr std::array<std::string_view, 9> kPhases = {"accept",  "tls",  "head", "reqbody", "status",
                                                     "headers", "body", "end",  "idle"};

constexpr std::size_t kLineWidth = 100;

bool is_choice(std::string_view choices, std::string_view value) {
  for (std::size_t from = 0;;) {
    const std::size_t bar = choices.find('|', from);
    if (choices.substr(from, bar - from) == value) return true;
    if (bar == std::string_view::npos) return false;
    from = bar + 1;
  }
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0;;) {
    const std::size_t bar = choices.find('|', from);
    out.push_back(choices.substr(from, bar - from));
    if (bar == std::string_view::npos) return out;
    from = bar + 1;
  }
}

std::string one_of(std::string_view choices, std::string_view found) {
  const std::vector<std::string_view> words = split_choices(choices);
  std::string text = words.size() == 1 ? "" : "one of ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text += ", ";
    text += words[i];
  }
  const std::string_view near = nearest_word(found, words);
  if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
  return text;
}

// What each kind looks like, for a person.
std::string_view shape(ValueKind kind) {
  switch (kind) {
    case ValueKind::kCount:
      return "a whole number such as 3";
    case ValueKind::kBytes:
      return "a number of bytes such as 512, 64k or 1M";
    case ValueKind::kDuration:
      return "a time with its unit such as 200ms, 1.5s or 2m";
    case ValueKind::kSignedSpan:
      return "a time with its unit, signed, such as -1h or +90s";
    case ValueKind::kDistribution:
      return "a time such as 200ms, 50..400ms, logn(90ms,0.4) or exp(80ms)";
    case ValueKind::kPace:
      return "so many per time such as 1/50ms or 5/s";
    case ValueKind::kSpan:
      return "a range of sizes such as 1..7";
    case ValueKind::kWord:
      return "a word";
    case ValueKind::kWordList:
      return "words";
    case ValueKind::kStatusList:
      return "a status or weighted ones such as 200*8,503*2";
    case ValueKind::kInterimList:
      return "1xx statuses such as 100x3,102,103xendless";
    case ValueKind::kLength:
      return "+10, -10, a number of bytes, or none";
    case ValueKind::kBody:
      return "random:BYTES, fill:BYTES, text:TEXT (quoted if it has spaces), echo or none";
    case ValueKind::kRetryAfter:
      return "a Retry-After value";
    case ValueKind::kH2Code:
      return "an HTTP/2 error code by name or number, such as REFUSED_STREAM";
    case ValueKind::kH2Setting:
      return "an HTTP/2 setting by name or number, such as MAX_CONCURRENT_STREAMS";
    case ValueKind::kH2Last:
      return "previous, current, graceful, or the number of a stream";
    case ValueKind::kTlsAlert:
      return "an alert of TLS by name or number, such as handshake_failure";
    case ValueKind::kText:
      return "text";
  }
  return "";
}

std::optional<std::string> list_complaint(const ModifierWord& word, std::string_view value) {
  const auto list = parse_word_list(value);
  if (!list) return "words such as fold or many:5000, separated by commas";
  for (const BadHeader& item : *list) {
    if (!is_choice(word.choices, item.kind)) return one_of(word.choices, item.kind);
    if (item.size != 0 && item.kind != "huge" && item.kind != "many") {
      return "a size (:n) only after huge or many, not after " + item.kind;
    }
  }
  return std::nullopt;
}

// Bounds that the shape does not show.
std::optional<std::string> count_complaint(std::string_view word, std::string_view value) {
  const auto n = parse_count(value);
  if (!n) return std::string(shape(ValueKind::kCount));
  if (word == "poison" || word == "reject") {
    if (*n < 200 || *n > 999) return "a final status, 200 to 999";
  } else if (word != "queue" && word != "seed" && word != "value" && *n == 0) {
    return "a whole number above 0";
  } else if (word == "value" && *n > std::numeric_limits<std::uint32_t>::max()) {
    return "a setting's value, below 2^32";
  }
  return std::nullopt;
}

bool well_formed(ValueKind kind, std::string_view value) {
  switch (kind) {
    case ValueKind::kBytes:
      return parse_bytes(value).has_value();
    case ValueKind::kDuration: {
      const auto span = parse_duration(value);
      return span && span->count() >= 0;
    }
    case ValueKind::kSignedSpan:
      return parse_duration(value).has_value();
    case ValueKind::kDistribution:
      return parse_distribution(value).has_value();
    case ValueKind::kSpan:
      return parse_span(value).has_value();
    case ValueKind::kStatusList:
      return parse_weighted_statuses(value).has_value();
    case ValueKind::kInterimList:
      return parse_interims(value).has_value();
    case ValueKind::kLength:
      return parse_length_lie(value).has_value();
    case ValueKind::kBody:
      return parse_body(value).has_value();
    case ValueKind::kH2Code:
      return parse_h2_code(value).has_value();
    case ValueKind::kH2Setting:
      return parse_h2_setting(value).has_value();
    case ValueKind::kH2Last: {
      const auto number = parse_count(value);
      return value == "previous" || value == "current" || value == "graceful" ||
             (number && *number <= kH2MostStream);
    }
    case ValueKind::kTlsAlert:
      return parse_tls_alert(value).has_value();
    default:
      return true;
  }
}

// A cap of 0 B/s would never end (stall says that), and only trickle= can start at @headers.
std::optional<std::string> special_complaint(const ModifierWord& word, std::string_view value) {
  if (word.word == "rate" && word.kind == ValueKind::kBytes && parse_bytes(value) == 0U) {
    return "more than 0 bytes/s (the action stall writes nothing)";
  }
  if (word.kind == ValueKind::kPace) {
    if (!parse_pace(value)) return std::string(shape(ValueKind::kPace));
    if (word.word != "trickle" && value.find('@') != std::string_view::npos) {
      return "no @place here: only trickle= takes @headers";
    }
  }
  return std::nullopt;
}

std::string wrapped(std::string_view head, std::string_view text, std::size_t indent) {
  std::string line(head);
  line.resize(std::max(line.size() + 1, indent), ' ');
  std::string out;
  std::size_t from = 0;
  while (from < text.size()) {
    std::size_t room = kLineWidth - line.size();
    std::size_t take = text.size() - from;
    if (take > room) {
      const std::size_t space = text.rfind(' ', from + room);
      take = space == std::string_view::npos || space <= from ? room : space - from;
    }
    line += text.substr(from, take);
    out += line + "\n";
    from += take;
    while (from < text.size() && text[from] == ' ') ++from;
    line.assign(indent, ' ');
  }
  return out;
}

std::string modifier_help(const ModifierWord& word) {
  std::string text(word.help);
  if (!word.choices.empty()) {
    text += " (";
    for (std::size_t i = 0; const std::string_view choice : split_choices(word.choices)) {
      if (i++ != 0) text += " | ";
      text += choice;
    }
    text += ")";
  }
  if (!word.bare.empty()) text += "; alone: " + std::string(word.bare);
  const bool prefix = word.word.ends_with('.');
  return wrapped("  " + std::string(word.word) + (prefix ? "NAME=" : "="), text, 18);
}

}  // namespace

const ModifierWord* find_modifier(std::string_view word, ActionKind action) {
  if (word.size() > 2 && (word.starts_with("h.") || word.starts_with("t."))) {
    word = word.substr(0, 2);
  }
  for (const ModifierWord& candidate : modifier_words()) {
    if (candidate.word == word && (candidate.actions & bit(action)) != 0) return &candidate;
  }
  return nullptr;
}

const ActionWord& action_word(ActionKind action) {
  const auto words = action_words();
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const ActionWord& word) { return word.action == action; });
  HF_CHECK(found != words.end());
  return *found;
}

std::string_view phase_word(Phase phase) { return kPhases.at(static_cast<std::size_t>(phase)); }

std::optional<Phase> parse_phase(std::string_view word) {
  const auto found = std::find(kPhases.begin(), kPhases.end(), word);
  if (found == kPhases.end()) return std::nullopt;
  return static_cast<Phase>(found - kPhases.begin());
}

Place place_of(const Step& step) {
  if (step.at) return *step.at;
  if (step.action == ActionKind::kTruncate) return {Phase::kBody, 50, true};
  if (step.action == ActionKind::kTls && step.name == "truncate") return {Phase::kEnd, 0, false};
  return {action_word(step.action).default_place, 0, false};
}

std::optional<std::string> complaint_about(const ModifierWord& word, std::string_view value) {
  if (auto special = special_complaint(word, value)) return special;
  switch (word.kind) {
    case ValueKind::kWord:
      if (is_choice(word.choices, value)) return std::nullopt;
      return one_of(word.choices, value);
    case ValueKind::kWordList:
      return list_complaint(word, value);
    case ValueKind::kCount:
      return count_complaint(word.word, value);
    case ValueKind::kRetryAfter:
      return retry_after_complaint(value);
    default:
      break;
  }
  if (well_formed(word.kind, value)) return std::nullopt;
  return std::string(shape(word.kind));
}

std::string script_help() {
  std::string out =
      "script := step (\";\" step)* [\";\" tail]      tail := stay (default) | loop | drop | 404\n"
      "step   := [p=CHANCE] action[@place] modifier* [xCOUNT]\n"
      "place  := accept | tls | head | reqbody | status | headers | body | end | idle, :BYTES\n"
      "          (or :N% of a body) may follow: reset@body:512, truncate@body:50%\n"
      "Steps with p= and the one after them are alternatives: p=.2 reset; p=.1 503; pass\n"
      "Values with spaces or semicolons are quoted: h.X=\"a b\"; in quotes \\r \\n \\t \\0 \\\" "
      "\\\\ "
      "\\xHH\n"
      "\nActions\n";
  for (const ActionWord& action : action_words()) {
    const bool status = action.action == ActionKind::kStatus;
    std::string head = "  ";
    head += status ? "NNN" : action.word;
    if (action.word.ends_with('.')) head += "NAME";
    out += wrapped(head, action.help, 18);
  }
  out += "\nModifiers of answers\n";
  const ActionSet answers = bit(ActionKind::kStatus) | bit(ActionKind::kPass) |
                            bit(ActionKind::kHalfClose) | bit(ActionKind::kGarbage);
  const ActionSet gates = bit(ActionKind::kLimit) | bit(ActionKind::kOverload);
  for (const ModifierWord& word : modifier_words()) {
    if ((word.actions & answers) != 0) out += modifier_help(word);
  }
  out += "\nModifiers of limit and overload (and ra, delay, h., date_skew, seed)\n";
  for (const ModifierWord& word : modifier_words()) {
    if ((word.actions & gates) != 0 && (word.actions & answers) == 0) out += modifier_help(word);
  }
  out += "\nModifiers of HTTP/2 and TLS faults\n";
  for (const ModifierWord& word : modifier_words()) {
    if ((word.actions & (gates | answers)) == 0) out += modifier_help(word);
  }
  return out;
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = 3;  // more than two slips is another word
  if (word.size() <= 3) best_distance = 2;
  for (std::string_view candidate : candidates) {
    // A word begun is a word meant: "keep" for "keep-alive".
    if (word.size() >= 3 && candidate.starts_with(word) && best.empty()) best = candidate;
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t substitute = diagonal + (word[i - 1] == candidate[j - 1] ? 0U : 1U);
        diagonal = row[j];
        row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace fault
