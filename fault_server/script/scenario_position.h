// Where each value of a JSON document stands, so that a complaint about its meaning can name line
// and column. The parser (nlohmann) has already accepted the text; this only walks it again.
// Values only. Thread: any.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fault {

struct LineColumn {
  std::size_t line = 1, column = 1;
  friend bool operator==(const LineColumn&, const LineColumn&) = default;
};

/// Of a byte offset; both from 1, columns in bytes.
LineColumn line_column(std::string_view text, std::size_t offset);

class PositionIndex {
 public:
  /// `json` is well-formed, within json_nesting.h's bound, and outlives this object.
  explicit PositionIndex(std::string_view json);

  /// Offsets of the value and, for members of objects, of its name ("" is the document).
  std::size_t value(const std::string& pointer) const;
  std::size_t name(const std::string& pointer) const;

  /// The first member whose name was given before in the same object.
  const std::optional<std::string>& repeated() const { return repeated_; }
  std::size_t repeated_at() const { return repeated_at_; }

  /// The offset of the n-th byte (from 0) that the string value at `pointer` decodes to.
  std::size_t inside(const std::string& pointer, std::size_t n) const;

  /// Pointer to a member or element; RFC 6901 escapes.
  static std::string child(const std::string& pointer, std::string_view name);
  static std::string child(const std::string& pointer, std::size_t index);

 private:
  struct Place {
    std::size_t name = 0, value = 0;
  };
  void walk(const std::string& pointer);
  void walk_object(const std::string& pointer);
  void walk_array(const std::string& pointer);
  void skip_space();
  std::string read_string();  // raw, escapes kept but \" and the like decoded for plain names

  std::string_view json_;
  std::size_t at_ = 0;
  std::map<std::string, Place> places_;
  std::optional<std::string> repeated_;
  std::size_t repeated_at_ = 0;
};

}  // namespace fault
