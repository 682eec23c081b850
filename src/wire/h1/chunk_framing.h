// What stands between the data of a chunked body's chunks (RFC 9112 §7.1): the CRLF after a chunk's
// data, and the next chunk's size line with its extensions. Extensions are checked and dropped
// (§7.1.1). Bytes are pushed in pieces of any size. Owned by the reader of one response. Thread:
// one owner.
//
// Accepted beyond the grammar: blanks before and after the size, which old servers pad it with, and
// an extension without a name ("5;"). Refused: a line that does not end in CRLF, control
// characters, a size beyond 64 bits, anything else that is no extension.
//
// llhttp does not read these lines: 8.1 refuses padded sizes and an extension that follows one with
// a value, and accepts any two bytes after a chunk's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast::wire {

class ChunkFraming {
 public:
  enum class Step : std::uint8_t {
    need_more,  ///< all bytes are consumed
    data,       ///< size() bytes of data follow; size() is not 0
    last,       ///< the last chunk's size line is complete: the trailer section follows
    refused,    ///< complaint() says why
  };

  /// Makes ready for the first chunk of a body. A size line, with the CRLF before it, may have up
  /// to `max_line_bytes`.
  void begin(std::size_t max_line_bytes);
  /// Consumes from the front of `input`. After `data` the caller takes the data off the input
  /// before it calls this again.
  Step read(std::string_view& input);

  std::uint64_t size() const { return size_; }
  /// A literal; null when the line was too long.
  const char* complaint() const { return complaint_; }

 private:
  enum class State : std::uint8_t {
    data_cr,
    data_lf,
    size_first,  // blanks or the first digit
    size_more,
    size_blanks,
    extension_name_first,  // after ";"
    extension_name,
    extension_name_blanks,
    extension_value_first,  // after "="
    extension_value,
    extension_quoted,
    extension_escaped,
    extension_blanks,
    line_lf,
  };

  bool take(char c);
  bool take_size(char c);
  bool take_extension(char c);
  bool end_part(char c, State when_blank);
  bool refuse(const char* complaint);

  State state_ = State::size_first;
  std::size_t line_bytes_ = 0;
  std::size_t max_line_bytes_ = 0;
  std::uint64_t size_ = 0;
  const char* complaint_ = nullptr;
};

}  // namespace holdfast::wire
