#include "fault_server/script/line.h"

#include <array>
#include <optional>
#include <vector>

#include "fault_server/script/scenario.h"
#include "fault_server/script/step.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

// One token of a step: word, word=value, word="value" or "value".
struct Token {
  std::string text;  // the word, as written
  std::optional<std::string> value;
  bool quoted = false;
  std::size_t column = 1;
  std::string source;  // the whole of it, for complaints
};

struct Segment {
  std::vector<Token> tokens;
  std::size_t column = 1;  // where it begins
};

Complaint complaint(std::size_t column, std::string_view found, std::string_view expected) {
  std::string text = "found ";
  text += found.empty() ? std::string("nothing") : "'" + std::string(found) + "'";
  text += ", expected " + std::string(expected);
  return Complaint{"", 1, column, text};
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Cuts a line into segments of tokens; quotes protect spaces and semicolons.
class Lexer {
 public:
  explicit Lexer(std::string_view line) : line_(line) {}

  std::optional<Complaint> run(std::vector<Segment>& out) {
    out.push_back({{}, 1});
    while (at_ < line_.size()) {
      const char c = line_[at_];
      if (is_space(c)) {
        ++at_;
      } else if (c == ';') {
        ++at_;
        out.push_back({{}, at_ + 1});
      } else {
        Token token;
        if (auto bad = read_token(token)) return bad;
        if (out.back().tokens.empty()) out.back().column = token.column;
        out.back().tokens.push_back(std::move(token));
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<Complaint> read_token(Token& token) {
    const std::size_t begin = at_;
    token.column = begin + 1;
    bool equals = false;
    while (at_ < line_.size() && !is_space(line_[at_]) && line_[at_] != ';') {
      const char c = line_[at_];
      const bool value_begins = equals ? token.value->empty() : at_ == begin;
      if (c == '"' && value_begins && !token.quoted) {
        token.value.emplace();
        if (auto bad = read_quoted(*token.value)) return bad;
        token.quoted = true;
        if (at_ < line_.size() && !is_space(line_[at_]) && line_[at_] != ';') {
          return complaint(at_ + 1, line_.substr(at_, 1), "a space or ; after the closing quote");
        }
        break;
      }
      ++at_;
      if (c == '"') return complaint(at_, "\"", "a quote only around a whole value: key=\"a b\"");
      if (c == '=' && !equals) {
        equals = true;
        token.value.emplace();
      } else if (equals) {
        *token.value += c;
      } else {
        token.text += c;
      }
    }
    token.source = line_.substr(begin, at_ - begin);
    return std::nullopt;
  }

  std::optional<Complaint> read_quoted(std::string& out) {
    const std::size_t open = at_++;
    while (at_ < line_.size() && line_[at_] != '"') {
      if (line_[at_] != '\\') {
        out += line_[at_++];
        continue;
      }
      const std::size_t escape = at_;
      if (!read_escape(out)) {
        return complaint(escape + 1, line_.substr(escape, 2), "\\r \\n \\t \\0 \\\" \\\\ or \\xHH");
      }
    }
    if (at_ == line_.size()) {
      return complaint(open + 1, line_.substr(open, 10), "a closing quote");
    }
    ++at_;
    return std::nullopt;
  }

  bool read_escape(std::string& out) {
    if (at_ + 1 >= line_.size()) return false;
    const char c = line_[at_ + 1];
    constexpr std::string_view kNames = "rnt0\"\\";
    constexpr std::string_view kBytes = {"\r\n\t\0\"\\", 6};
    if (const std::size_t found = kNames.find(c); found != std::string_view::npos) {
      out += kBytes[found];
      at_ += 2;
      return true;
    }
    if (c != 'x' || at_ + 3 >= line_.size()) return false;
    const int high = hex_digit(line_[at_ + 2]);
    const int low = hex_digit(line_[at_ + 3]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    at_ += 4;
    return true;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

bool is_times(const Token& token) {
  return !token.value && token.text.size() > 1 && token.text[0] == 'x' && token.text[1] >= '0' &&
         token.text[1] <= '9';
}

// Turns one segment into a step.
class StepReader {
 public:
  explicit StepReader(const Segment& segment) : segment_(segment) {}

  std::optional<Complaint> run(Step& step) {
    std::size_t i = 0;
    const auto& tokens = segment_.tokens;
    if (tokens[0].text == "p" && tokens[0].value) {
      if (auto bad = set_probability(step, *tokens[0].value)) return say(tokens[0], *bad);
      ++i;
    }
    if (i == tokens.size()) {
      return complaint(tokens.back().column + tokens.back().source.size(), "",
                       "an action after p=, such as p=.2 reset");
    }
    if (auto bad = read_action(step, i)) return bad;
    for (; i < tokens.size(); ++i) {
      if (auto bad = read_modifier(step, tokens[i])) return bad;
    }
    if (auto bad = step_complaint(step)) return say(tokens[0], *bad);
    return std::nullopt;
  }

 private:
  static Complaint say(const Token& token, std::string_view expected) {
    return complaint(token.column, token.source, expected);
  }

  // Takes the action's token, and raw's bytes after it.
  std::optional<Complaint> read_action(Step& step, std::size_t& i) {
    const Token& token = segment_.tokens[i++];
    if (token.text == "status" && token.value) {
      step.action = ActionKind::kStatus;
      if (auto bad = set_modifier(step, "status", *token.value, false)) return say(token, *bad);
      return std::nullopt;
    }
    const std::size_t sign = token.text.find('@');
    if (token.value) return say(token, *set_action(step, token.text + "="));
    if (auto bad = set_action(step, std::string_view(token.text).substr(0, sign))) {
      return say(token, *bad);
    }
    if (sign != std::string::npos) {
      if (auto bad = set_place(step, std::string_view(token.text).substr(sign + 1))) {
        return say(token, *bad);
      }
    }
    if (step.action == ActionKind::kRaw && i < segment_.tokens.size()) {
      const Token& bytes = segment_.tokens[i];
      if (!bytes.text.empty() || !bytes.quoted) return std::nullopt;  // step_complaint will say it
      step.name = *bytes.value;
      ++i;
    }
    return std::nullopt;
  }

  std::optional<Complaint> read_modifier(Step& step, const Token& token) {
    if (token.text.empty()) {
      return say(token, "key=\"value\"; text without a key goes only after raw");
    }
    if (is_times(token)) {
      if (counted_) return say(token, "one x count in a step");
      counted_ = true;
      if (auto bad = set_times(step, std::string_view(token.text).substr(1)))
        return say(token, *bad);
      return std::nullopt;
    }
    if (token.text[0] == '@') {
      if (auto bad = set_place(step, std::string_view(token.text).substr(1)))
        return say(token, *bad);
      return std::nullopt;
    }
    if (token.text == "p") return say(token, "p= before the action");
    if (!token.value && parse_tail(token.text)) {
      return say(token, "the tail (stay, loop, drop, 404) at the very end of the script");
    }
    if (token.text == "status" && step.action == ActionKind::kStatus) {
      return say(token, "one status: the action itself, 503 or status=200*8,503*2");
    }
    std::optional<std::string_view> value;
    if (token.value) value = *token.value;
    if (auto bad = set_modifier(step, token.text, value, token.quoted)) return say(token, *bad);
    return std::nullopt;
  }

  const Segment& segment_;
  bool counted_ = false;
};

// Takes the tail off the last segment: a segment of its own, or its last word ("pass stay").
// "404" alone at the end is the tail too, when there is a step before it.
std::optional<Tail> take_tail(std::vector<Segment>& segments) {
  Segment& last = segments.back();
  if (last.tokens.empty() || last.tokens.back().value) return std::nullopt;
  const auto tail = parse_tail(last.tokens.back().text);
  if (!tail) return std::nullopt;
  const bool number = last.tokens.back().text == "404";
  if (number && (last.tokens.size() > 1 || segments.size() == 1)) return std::nullopt;
  if (last.tokens.size() == 1) {
    if (segments.size() == 1) return std::nullopt;
    segments.pop_back();
  } else {
    last.tokens.pop_back();
  }
  return tail;
}

bool plain(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == ';' || c == '\\') return false;
  }
  return true;
}

std::string quote(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '\r':
        out += "\\r";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\\0";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        if (byte >= 0x20 && byte < 0x7F) {
          out += c;
        } else {
          out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
  }
  return out + '"';
}

void add(std::string& out, std::string_view word, std::string_view value) {
  out += ' ';
  out += word;
  out += '=';
  out += plain(value) ? std::string(value) : quote(value);
}

std::string action_text(const Step& step) {
  switch (step.action) {
    case ActionKind::kStatus:
      if (const auto list = raw(step, "status")) return "status=" + std::string(*list);
      return std::to_string(step.status);
    case ActionKind::kH2:
    case ActionKind::kTls:
      return std::string(action_word(step.action).word) + step.name;
    case ActionKind::kRaw:
      return "raw " + quote(step.name);
    default:
      return std::string(action_word(step.action).word);
  }
}

}  // namespace

Parsed<Script> parse_script(std::string_view line) {
  std::vector<Segment> segments;
  if (auto bad = Lexer(line).run(segments)) return *bad;
  Script script;
  if (const auto tail = take_tail(segments)) script.tail = *tail;
  std::vector<std::size_t> columns;
  for (const Segment& segment : segments) {
    if (segment.tokens.empty()) {
      return complaint(segment.column, "", "a step such as 503, reset@body:512 or pass");
    }
    Step step;
    if (auto bad = StepReader(segment).run(step)) return *bad;
    script.steps.push_back(std::move(step));
    columns.push_back(segment.column);
  }
  if (const auto bad = alternatives_complaint(script)) {
    return complaint(columns[bad->step], print_step(script.steps[bad->step]), bad->text);
  }
  return script;
}

Parsed<Step> parse_step(std::string_view line) {
  std::vector<Segment> segments;
  if (auto bad = Lexer(line).run(segments)) return *bad;
  if (segments.size() > 1) return complaint(segments[1].column - 1, ";", "a single step");
  if (segments[0].tokens.empty()) return complaint(1, "", "a step such as 503 or reset@body:512");
  Step step;
  if (auto bad = StepReader(segments[0]).run(step)) return *bad;
  return step;
}

std::string print_place(const Place& place) {
  std::string out(phase_word(place.phase));
  if (place.offset != 0 || place.percent) out += ":" + std::to_string(place.offset);
  if (place.percent) out += '%';
  return out;
}

std::string print_step(const Step& step) {
  std::string out;
  if (step.probability) out += "p=" + print_real(*step.probability) + " ";
  out += action_text(step);
  const std::string place = step.at ? "@" + print_place(*step.at) : "";
  // status=LIST swallows an @ glued to it.
  if (!place.empty())
    out += (step.action == ActionKind::kStatus && has(step, "status") ? " " : "") + place;
  if (step.action != ActionKind::kStatus && step.status != 200) {
    add(out, "status", std::to_string(step.status));
  }
  if (step.retry_after) {
    const bool text = step.retry_after->starts_with("raw:");
    out += " ra=" + (text ? quote(step.retry_after->substr(4)) : *step.retry_after);
  }
  if (step.delay) add(out, "delay", print_distribution(*step.delay));
  if (step.rate_bytes_per_s) add(out, "rate", std::to_string(*step.rate_bytes_per_s));
  if (step.chunk_bytes) {
    add(out, "chunk", std::to_string(*step.chunk_bytes) + "/" + print_duration(step.chunk_gap));
  }
  for (const auto& [name, value] : step.headers) add(out, "h." + name, value);
  for (const auto& [name, value] : step.trailers) add(out, "t." + name, value);
  for (const auto& [name, value] : step.extra) {
    if (name == "status" && step.action == ActionKind::kStatus) continue;
    add(out, name, value);
  }
  if (step.times != 1) out += " x" + std::to_string(step.times);
  return out;
}

std::string print_script(const Script& script) {
  std::string out;
  for (const Step& step : script.steps) {
    if (!out.empty()) out += "; ";
    out += print_step(step);
  }
  // A closing "404" would read as the tail.
  const bool ambiguous = script.steps.size() > 1 && print_step(script.steps.back()) == "404";
  if (script.tail != Tail::kStay || ambiguous) out += "; " + std::string(tail_word(script.tail));
  return out;
}

}  // namespace fault
