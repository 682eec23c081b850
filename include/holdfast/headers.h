// The fields of a message, in order, in one flat buffer. Names compare case-insensitively (RFC 9110
// §5.1) and keep the spelling they came with; repeated fields stay apart. Thread: any (values).
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

struct HeaderField {
  std::string_view name{};
  std::string_view value{};
};

class HOLDFAST_EXPORT Headers {
 public:
  Headers() = default;
  Headers(const Headers& other) {
    if (other.size_ != 0) copy(other);
  }
  Headers& operator=(const Headers& other) {
    if (this != &other) copy(other);
    return *this;
  }
  /// What was moved from is empty.
  Headers(Headers&& other) noexcept
      : buffer_(std::move(other.buffer_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        count_(std::exchange(other.count_, 0)) {}
  Headers& operator=(Headers&& other) noexcept {
    if (this == &other) return *this;
    buffer_ = std::move(other.buffer_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }
  ~Headers() = default;
  Headers(std::initializer_list<HeaderField> fields) {
    for (const HeaderField& field : fields) add(field.name, field.value);
  }

  /// Appends a field. Not validated here (a response may hold anything its parser let through);
  /// a request's fields are validated when it is submitted: `complaint()`.
  void add(std::string_view name, std::string_view value);
  /// Replaces every field of this name by one; appended at the end.
  void set(std::string_view name, std::string_view value);
  /// Removes every field of this name; says how many there were.
  std::size_t remove(std::string_view name);
  void clear() noexcept { size_ = count_ = 0; }

  /// The first field of this name. The view lives until the next change.
  std::optional<std::string_view> get(std::string_view name) const;
  bool contains(std::string_view name) const { return get(name).has_value(); }
  /// Every value of this name, in order and apart, Set-Cookie's for one. The views live until the
  /// next change.
  std::vector<std::string_view> values(std::string_view name) const;
  /// All values of this name joined with ", " (RFC 9110 §5.3); not for Set-Cookie.
  std::string joined(std::string_view name) const;

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

  /// Empty if every name is a token and no value has CR, LF or NUL (RFC 9110 §5.1, §5.5; SPEC H4);
  /// else what is wrong and with which field. Values are not repeated: they may be secrets.
  std::string complaint() const;

  class Iterator {
   public:
    using value_type = HeaderField;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(const char* at) : at_(at) {}
    HeaderField operator*() const {
      std::uint32_t lengths[2];
      std::memcpy(lengths, at_, sizeof lengths);
      const char* name = at_ + sizeof lengths;
      return {{name, lengths[0]}, {name + lengths[0], lengths[1]}};
    }
    Iterator& operator++() {
      std::uint32_t lengths[2];
      std::memcpy(lengths, at_, sizeof lengths);
      at_ += sizeof lengths + lengths[0] + lengths[1];
      return *this;
    }
    friend bool operator==(Iterator a, Iterator b) { return a.at_ == b.at_; }

   private:
    const char* at_;
  };
  Iterator begin() const { return Iterator(buffer_.get()); }
  Iterator end() const { return Iterator(buffer_.get() + size_); }

  /// Bytes held; what a limit on the head is measured against.
  std::size_t bytes() const noexcept { return size_; }
  /// Room for so many bytes of fields, eight each besides their text, without another allocation.
  void reserve(std::size_t bytes);

 private:
  std::unique_ptr<char[]> grow(std::size_t capacity);
  void copy(const Headers& other);

  // Each field: two 32-bit lengths, the name, the value. No string: one that is empty, as those of
  // trailers nearly always are, is moved at a greater cost than three words.
  std::unique_ptr<char[]> buffer_;
  std::size_t size_ = 0, capacity_ = 0;
  std::uint32_t count_ = 0;
};

/// ASCII case-insensitive equality of names.
HOLDFAST_EXPORT bool same_name(std::string_view a, std::string_view b) noexcept;
/// Whether `text` is a token (RFC 9110 §5.6.2): what methods and field names must be.
HOLDFAST_EXPORT bool is_token(std::string_view text) noexcept;

}  // namespace holdfast
