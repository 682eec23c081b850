// For tests: field blocks of HTTP/2 with every choice that RFC 7541 leaves to an encoder: fields by
// index, or as literals with, without or never with indexing; names by index or as literals;
// strings in Huffman's code or not, whichever is shorter; lengths with a superfluous zero at their
// end; updates of the dynamic table's size. Depends on no test library. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/h1/response_arbitrary.h"

namespace holdfast::wire {

/// The encoder of one connection. The decoder's SETTINGS_HEADER_TABLE_SIZE is the default, 4096.
class LegalHpack {
 public:
  explicit LegalHpack(Pick pick) : pick_(std::move(pick)) {}

  /// Blocks must be sent in the order in which they are made.
  std::string block(const Fields& fields);

 private:
  using Entry = Fields::value_type;

  bool one_in(std::size_t n) { return pick_(n) == n - 1; }
  std::string size_update();
  std::string field(const Entry& entry);
  std::string string(std::string_view text);
  std::string integer(std::uint8_t pattern, unsigned bits, std::size_t value);
  void resize(std::size_t most);
  void evict(std::size_t most);
  void add(const Entry& entry);

  Pick pick_;
  std::deque<Entry> table_;  // the newest first
  std::size_t size_ = 0, most_ = 4096;
};

/// RFC 7541 §5.2 and Appendix B, without the length before it.
std::string hpack_huffman(std::string_view text);

}  // namespace holdfast::wire
