// The two scanners of the house rules that need a state: what is code at all, and where functions
// begin and end.
#include <algorithm>
#include <utility>

#include "proptests/house/tidy.h"

namespace proof::tidy {
namespace {

/// One pass over a text, writing blanks where no code is.
class Blanker {
 public:
  Blanker(std::string_view text, bool preprocessor)
      : text_(text), out_(text), preprocessor_(preprocessor) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  bool here(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void blank(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) {
      if (text_[at_] != '\n') out_[at_] = ' ';
    }
  }
  std::size_t after(std::string_view what, std::size_t from) const {
    const std::size_t found = text_.find(what, from);
    return found == std::string_view::npos ? text_.size() : found + what.size();
  }

  void step() {
    if (here("//")) {
      blank(std::min(text_.find('\n', at_), text_.size()));
    } else if (here("/*")) {
      blank(after("*/", at_ + 2));
    } else if (here("R\"") && (at_ == 0 || !is_word(text_[at_ - 1]) || prefixed())) {
      const std::size_t open = text_.find('(', at_);
      if (open == std::string_view::npos) return blank(text_.size());
      const std::string closing = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
      blank(after(closing, open));
    } else if (here("\"") || (here("'") && (at_ == 0 || !is_word(text_[at_ - 1]) || prefixed()))) {
      blank(literal_end());
    } else if (preprocessor_ && here("#") && first_of_line()) {
      blank(directive_end());
    } else {
      ++at_;
    }
  }

  /// Whether an encoding prefix (u8, u, U, L) stands directly before: 'x' after a digit is a
  /// separator of thousands, after a prefix it is a character.
  bool prefixed() const {
    std::size_t start = at_;
    while (start > 0 && is_word(text_[start - 1])) --start;
    const std::string_view word = text_.substr(start, at_ - start);
    return word == "u8" || word == "u" || word == "U" || word == "L";
  }
  std::size_t literal_end() const {
    const char quote = text_[at_];
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    return end + 1;
  }
  bool first_of_line() const {
    std::size_t start = at_;
    while (start > 0 && text_[start - 1] != '\n') {
      if (!is_blank(text_[--start])) return false;
    }
    return true;
  }
  std::size_t directive_end() const {
    std::size_t end = at_;
    do {
      end = after("\n", end);
    } while (end >= 2 && end < text_.size() && text_[end - 2] == '\\');
    return end;
  }

  std::string_view text_;
  std::string out_;
  bool preprocessor_;
  std::size_t at_ = 0;
};

/// Where the brace opened at `open` is closed; the text's end if nowhere.
std::size_t closing_brace(std::string_view code, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    if (code[at] == '{') ++depth;
    if (code[at] == '}' && --depth == 0) return at;
  }
  return code.size();
}

std::string_view first_word(std::string_view head) {
  while (!head.empty() && !is_word(head.front())) head.remove_prefix(1);
  std::size_t end = 0;
  while (end < head.size() && is_word(head[end])) ++end;
  return head.substr(0, end);
}

/// A head is what stands between the last ; { or } and an opening brace.
struct Head {
  std::string text;
  std::size_t begin = std::string::npos;  ///< of its first character

  void clear() { *this = {}; }
  void add(char c, std::size_t at) {
    if (begin == std::string::npos && !is_blank(c)) begin = at;
    if (begin != std::string::npos) text += c;
  }

  bool opens_container() const {
    std::string_view rest = text;
    while (first_word(rest) == "template") {  // skip its angle brackets
      rest.remove_prefix(rest.find("template") + 8);
      std::size_t depth = 0;
      std::size_t at = 0;
      for (; at < rest.size(); ++at) {
        if (rest[at] == '<') ++depth;
        if (rest[at] == '>' && --depth == 0) break;
      }
      rest.remove_prefix(std::min(at + 1, rest.size()));
    }
    for (std::string_view word = first_word(rest); !word.empty(); word = first_word(rest)) {
      if (word == "inline" || word == "typedef" || word == "static" || word == "export") {
        rest.remove_prefix(rest.find(word) + word.size());
        continue;
      }
      return word == "namespace" || word == "class" || word == "struct" || word == "union" ||
                     word == "enum" || word == "extern" || word == "public" || word == "private" ||
                     word == "protected"
                 ? !looks_like_function(rest)
                 : false;
    }
    return false;
  }
  /// `public:` and friends precede members without a semicolon between; skip to what follows.
  static bool looks_like_function(std::string_view rest) {
    const std::string_view word = first_word(rest);
    if (word != "public" && word != "private" && word != "protected") return false;
    Head inner;
    inner.text = std::string(rest.substr(std::min(rest.find(':'), rest.size() - 1) + 1));
    inner.begin = 0;
    return !inner.opens_container();
  }
  bool has_parameters() const { return text.find('(') != std::string::npos; }
  /// An initializer's brace, `x = {…}` or `auto f = […](…) {`: not a function of its own.
  bool assigns() const {
    std::size_t parentheses = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '(') ++parentheses;
      if (text[at] == ')' && parentheses > 0) --parentheses;
      if (text[at] != '=' || parentheses > 0) continue;
      std::string_view left = std::string_view(text).substr(0, at);
      while (!left.empty() && !is_word(left.back()) && !is_blank(left.back()))
        left.remove_suffix(1);
      while (!left.empty() && is_blank(left.back())) left.remove_suffix(1);
      if (left.ends_with("operator")) return false;
      if (text.find("template") == std::string::npos) return true;
    }
    return false;
  }
};

std::size_t line_at(std::string_view code, std::size_t at) {
  std::size_t line = 1;
  for (char c : code.substr(0, at)) line += c == '\n' ? 1U : 0U;
  return line;
}

char next_visible(std::string_view code, std::size_t from) {
  while (from < code.size() && is_blank(code[from])) ++from;
  return from < code.size() ? code[from] : '\0';
}

}  // namespace

std::string blank_out(std::string_view text, bool preprocessor) {
  return Blanker(text, preprocessor).run();
}

std::vector<Finding> check_functions(const Source& source) {
  std::vector<Finding> findings;
  const std::string code = blank_out(source.text, true);
  Head head;
  std::size_t parentheses = 0;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char c = code[at];
    if (c == '(') ++parentheses;
    if (c == ')' && parentheses > 0) --parentheses;
    if (c == '{') {
      const std::size_t close = closing_brace(code, at);
      const char next = next_visible(code, close + 1);
      if (parentheses > 0 || next == ',' || next == '{' || head.assigns()) {
        at = close;  // an initializer among a head's words: the head goes on after it
        continue;
      }
      if (head.opens_container() || !head.has_parameters()) {
        head.clear();
        continue;
      }
      const std::size_t first = line_at(code, head.begin);
      const std::size_t length = line_at(code, close) - first + 1;
      if (length > kMaxFunctionLines)
        findings.push_back({source.path, first,
                            "a function of " + std::to_string(length) + " lines, more than " +
                                std::to_string(kMaxFunctionLines)});
      at = close;
      head.clear();
    } else if ((c == ';' && parentheses == 0) || c == '}') {
      head.clear();
    } else {
      head.add(c, at);
    }
  }
  return findings;
}

bool lists(std::string_view text, std::string_view name) {
  const auto of_a_name = [](char c) { return is_word(c) || c == '/' || c == '.' || c == '-'; };
  for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !of_a_name(text[at - 1])) && (end == text.size() || !of_a_name(text[end])))
      return true;
  }
  return false;
}

}  // namespace proof::tidy
