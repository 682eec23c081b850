// A field's name or value while it arrives, and the small rules about such texts. A FieldText is a
// view into the input while the text is whole, and a copy once it has come in pieces; its buffer is
// kept for the next one. Owned by the reader of a head. Thread: one owner.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "holdfast/headers.h"

namespace holdfast::wire {

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

inline std::string_view trimmed_start(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}
inline std::string_view trimmed_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}
/// Without the optional whitespace around it, which is no part of a value (RFC 9110 §5.5).
inline std::string_view trimmed(std::string_view text) { return trimmed_start(trimmed_end(text)); }

/// Takes the first element off a comma-separated list, without the whitespace around it. Not for
/// lists whose elements may hold quoted strings.
inline std::string_view take_list_element(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view element = list.substr(0, comma);
  list.remove_prefix(std::min(comma + 1, list.size()));
  return trimmed(element);
}

class FieldText {
 public:
  /// Appends a piece that lies in the input.
  void add(const char* at, std::size_t size) {
    if (view_.empty()) {
      view_ = {at, size};
      return;
    }
    keep();
    store_.append(at, size);
    view_ = store_;
  }
  /// To be called before the input goes away while the text may be unfinished.
  void keep() {
    if (view_.empty() || view_.data() == store_.data()) return;
    store_.assign(view_);
    view_ = store_;
  }
  void clear() { view_ = {}; }
  std::string_view view() const { return view_; }

 private:
  friend class FieldValue;
  std::string_view view_;
  std::string store_;
};

/// A field's value while it arrives. The lines of a folded one are joined by a space, without the
/// whitespace around the fold (RFC 9112 §5.2).
class FieldValue {
 public:
  bool empty() const { return text_.view().empty(); }
  std::string_view view() const { return text_.view(); }
  bool folded() const { return folded_; }

  void add(const char* at, std::size_t size) { text_.add(at, size); }
  /// A further piece; `line` says whether it begins a continuation line.
  void add_more(std::string_view piece, bool line) {
    if (piece.empty()) return;
    if (!line && !in_indent_) return text_.add(piece.data(), piece.size());
    folded_ = true;
    const std::string_view rest = trimmed_start(piece);
    in_indent_ = rest.empty();
    if (in_indent_) return;
    text_.keep();
    text_.store_.resize(trimmed_end(text_.view_).size());
    text_.store_.append(1, ' ').append(rest);
    text_.view_ = text_.store_;
  }
  /// The value began on a continuation line.
  void mark_folded() { folded_ = true; }
  void keep() { text_.keep(); }
  void clear() {
    text_.clear();
    folded_ = in_indent_ = false;
  }

 private:
  FieldText text_;
  bool folded_ = false;
  bool in_indent_ = false;  ///< only blanks of the last line have come
};

/// Of a name of the same size. Most servers write names as here, which one comparison finds.
template <std::size_t kSize>
bool is_name(std::string_view name, const char (&text)[kSize]) {
  return std::memcmp(name.data(), text, kSize - 1) == 0 || same_name(name, text);
}

/// Control characters but the tab are allowed in no field value and no reason phrase (RFC 9110
/// §5.5, RFC 9112 §4).
inline bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

}  // namespace holdfast::wire
