// A field's name or value while it arrives, and the small rules about such texts. A FieldText is a
// view into the input while the text is whole, and a copy once it has come in pieces; its buffer is
// kept for the next one. Owned by the reader of a head. Thread: one owner.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace holdfast::wire {

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
  std::string_view view_;
  std::string store_;
};

/// Without the optional whitespace around it, which is no part of a value (RFC 9110 §5.5).
inline std::string_view trimmed(std::string_view text) {
  constexpr auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
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
