#include "holdfast/headers.h"

#include <algorithm>
#include <array>

#include "http/ascii.h"

namespace holdfast {

namespace {

using http::lower;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kToken = make_token_table();

}  // namespace

bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool is_token(std::string_view text) noexcept {
  for (const char c : text) {
    if (!kToken[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

void Headers::add(std::string_view name, std::string_view value) {
  const std::uint32_t lengths[2] = {static_cast<std::uint32_t>(name.size()),
                                    static_cast<std::uint32_t>(value.size())};
  const std::size_t size = size_ + sizeof lengths + name.size() + value.size();
  std::unique_ptr<char[]> outgrown;  // the views may point into the old buffer
  if (size > capacity_) outgrown = grow(std::max(size, 2 * capacity_));
  char* at = buffer_.get() + size_;
  std::memcpy(at, lengths, sizeof lengths);
  at = std::copy_n(name.data(), name.size(), at + sizeof lengths);
  std::copy_n(value.data(), value.size(), at);
  size_ = size;
  ++count_;
}

/// Moves the fields to a larger buffer and returns the old one.
std::unique_ptr<char[]> Headers::grow(std::size_t capacity) {
  std::unique_ptr<char[]> larger(new char[capacity]);  // not zeroed
  std::copy_n(buffer_.get(), size_, larger.get());
  capacity_ = capacity;
  return std::exchange(buffer_, std::move(larger));
}

void Headers::reserve(std::size_t bytes) {
  if (bytes > capacity_) grow(bytes);
}

void Headers::copy(const Headers& other) {
  size_ = 0;
  reserve(other.size_);
  std::copy_n(other.buffer_.get(), other.size_, buffer_.get());
  size_ = other.size_;
  count_ = other.count_;
}

void Headers::set(std::string_view name, std::string_view value) {
  // The views may point into this buffer.
  const std::string own_name(name), own_value(value);
  remove(own_name);
  add(own_name, own_value);
}

std::size_t Headers::remove(std::string_view name) {
  if (!contains(name)) return 0;
  Headers kept;
  for (const HeaderField field : *this) {
    if (!same_name(field.name, name)) kept.add(field.name, field.value);
  }
  const std::size_t removed = count_ - kept.count_;
  *this = std::move(kept);
  return removed;
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const HeaderField field : *this) {
    if (same_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::values(std::string_view name) const {
  std::vector<std::string_view> all;
  for (const HeaderField field : *this) {
    if (same_name(field.name, name)) all.push_back(field.value);
  }
  return all;
}

std::string Headers::joined(std::string_view name) const {
  std::string all;
  bool first = true;
  for (const HeaderField field : *this) {
    if (!same_name(field.name, name)) continue;
    if (!first) all += ", ";
    all += field.value;
    first = false;
  }
  return all;
}

std::string Headers::complaint() const {
  for (const HeaderField field : *this) {
    if (!is_token(field.name)) {
      // Shows the name only up to the invalid byte: the caller may have passed a whole
      // "Authorization: Bearer …" as a name.
      std::string shown;
      for (const char c : field.name.substr(0, 40)) {
        shown += c >= ' ' && c != 0x7F ? c : '?';
        if (!kToken[static_cast<unsigned char>(c)]) break;
      }
      if (shown.size() < field.name.size()) shown += "…";
      return "the field name \"" + shown + "\" is not a token: use letters, digits and hyphens";
    }
    for (const char c : field.value) {
      if (c == '\r' || c == '\n' || c == '\0') {
        return "the value of " + std::string(field.name) + " has a " +
               (c == '\r'   ? "carriage return"
                : c == '\n' ? "line feed"
                            : "NUL byte") +
               ": remove it";
      }
    }
  }
  return {};
}

}  // namespace holdfast
