// The fields of a message, in order, in one buffer. Names compare without case (RFC 9110 §5.1) and
// keep their spelling; repeated fields are kept apart. Thread: any; plain values.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/export.h"

namespace holdfast {

/// A field. The views live until the next change of the Headers that it is from.
struct HeaderField {
  std::string_view name{};   ///< as received or added
  std::string_view value{};  ///< without surrounding whitespace when received
};

/// A list of fields. A range of HeaderField: `for (HeaderField field : headers)`.
class HOLDFAST_EXPORT Headers {
 public:
  /// No fields.
  Headers() = default;
  /// Copies the fields.
  Headers(const Headers& other) {
    if (other.size_ != 0) copy(other);
  }
  /// Replaces the fields by a copy of the other's.
  Headers& operator=(const Headers& other) {
    if (this != &other) copy(other);
    return *this;
  }
  /// Moves the fields; `other` is empty afterwards.
  Headers(Headers&& other) noexcept
      : buffer_(std::move(other.buffer_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        count_(std::exchange(other.count_, 0)) {}
  /// Moves the fields; `other` is empty afterwards.
  Headers& operator=(Headers&& other) noexcept {
    if (this == &other) return *this;
    buffer_ = std::move(other.buffer_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }
  ~Headers() = default;
  /// These fields: `{{"Accept", "text/html"}}`.
  Headers(std::initializer_list<HeaderField> fields) {
    for (const HeaderField& field : fields) add(field.name, field.value);
  }

  /// Appends a field. It is not validated here, because a response can contain anything that its
  /// parser accepts. The fields of a request are validated when it is sent: see complaint().
  void add(std::string_view name, std::string_view value);
  /// Replaces all fields of this name by one, at the end.
  void set(std::string_view name, std::string_view value);
  /// Removes all fields of this name. Returns how many there were.
  std::size_t remove(std::string_view name);
  /// Removes all fields.
  void clear() noexcept { size_ = count_ = 0; }

  /// Returns the first field of this name; nullopt if there is none. The view lives until the next
  /// change.
  std::optional<std::string_view> get(std::string_view name) const;
  /// Returns whether there is a field of this name.
  bool contains(std::string_view name) const { return get(name).has_value(); }
  /// Returns all values of this name, in order and not joined; Set-Cookie needs this. The views
  /// live until the next change.
  std::vector<std::string_view> values(std::string_view name) const;
  /// Returns all values of this name joined by ", " (RFC 9110 §5.3). Not for Set-Cookie.
  std::string joined(std::string_view name) const;

  /// Returns the number of fields.
  std::size_t size() const noexcept { return count_; }
  /// Returns whether there are no fields.
  bool empty() const noexcept { return count_ == 0; }

  /// Returns an empty text if every name is a token and no value contains CR, LF or NUL (RFC 9110
  /// §5.1, §5.5; H4); otherwise what is wrong with which field. Values are not repeated, because
  /// they can be secrets.
  std::string complaint() const;

  /// Iterates over the fields in order. Any change of the Headers invalidates it.
  class Iterator {
   public:
    /// The fields are made as they are read.
    using value_type = HeaderField;
    /// As the standard asks.
    using difference_type = std::ptrdiff_t;
    /// For begin() and end().
    explicit Iterator(const char* at) : at_(at) {}
    /// Returns the field.
    HeaderField operator*() const {
      std::uint32_t lengths[2];
      std::memcpy(lengths, at_, sizeof lengths);
      const char* name = at_ + sizeof lengths;
      return {{name, lengths[0]}, {name + lengths[0], lengths[1]}};
    }
    /// Goes to the next field.
    Iterator& operator++() {
      std::uint32_t lengths[2];
      std::memcpy(lengths, at_, sizeof lengths);
      at_ += sizeof lengths + lengths[0] + lengths[1];
      return *this;
    }
    /// Returns whether both are at the same field.
    friend bool operator==(Iterator a, Iterator b) { return a.at_ == b.at_; }

   private:
    const char* at_;
  };
  /// Returns an iterator to the first field.
  Iterator begin() const { return Iterator(buffer_.get()); }
  /// Returns an iterator past the last field.
  Iterator end() const { return Iterator(buffer_.get() + size_); }

  /// Returns the bytes that the fields occupy here: their text and eight bytes each.
  std::size_t bytes() const noexcept { return size_; }
  /// Allocates for this many bytes of fields, counted as in bytes().
  void reserve(std::size_t bytes);

 private:
  std::unique_ptr<char[]> grow(std::size_t capacity);
  void copy(const Headers& other);

  // Each field: two 32-bit lengths, the name, the value. Not a std::string: moving an empty one, as
  // trailers nearly always are, costs more than three words.
  std::unique_ptr<char[]> buffer_;
  std::size_t size_ = 0, capacity_ = 0;
  std::uint32_t count_ = 0;
};

/// Returns whether two field names are equal without regard to ASCII case.
HOLDFAST_EXPORT bool same_name(std::string_view a, std::string_view b) noexcept;
/// Returns whether `text` is a token (RFC 9110 §5.6.2), as methods and field names must be.
HOLDFAST_EXPORT bool is_token(std::string_view text) noexcept;

}  // namespace holdfast
