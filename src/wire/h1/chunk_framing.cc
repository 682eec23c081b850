#include "wire/h1/chunk_framing.h"

#include "holdfast/headers.h"
#include "wire/field_text.h"

namespace holdfast::wire {
namespace {

constexpr const char* kNoSize = "a chunk's size is no hexadecimal number";
constexpr const char* kNoCrlf = "a chunk's line does not end in CRLF";

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_token_character(char c) { return is_token({&c, 1}); }

/// RFC 9110 §5.6.4: what may stand in a quoted string, or behind a backslash there.
bool is_quotable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

void ChunkFraming::begin(std::size_t max_line_bytes) {
  state_ = State::size_first;
  line_bytes_ = 0;
  max_line_bytes_ = max_line_bytes;
  size_ = 0;
  complaint_ = nullptr;
}

ChunkFraming::Step ChunkFraming::read(std::string_view& input) {
  while (!input.empty()) {
    const char c = input.front();
    // Each line is bounded: an extension without end would be read for ever (RFC 9112 §7.1.1).
    if (++line_bytes_ > max_line_bytes_) return Step::refused;
    const bool line_is_whole = state_ == State::line_lf && c == '\n';
    if (!line_is_whole && !take(c)) return Step::refused;
    input.remove_prefix(1);
    if (!line_is_whole) continue;
    line_bytes_ = 0;
    state_ = State::data_cr;
    return size_ == 0 ? Step::last : Step::data;
  }
  return Step::need_more;
}

bool ChunkFraming::take(char c) {
  switch (state_) {
    case State::data_cr:
      if (c != '\r') return refuse(kNoCrlf);
      state_ = State::data_lf;
      return true;
    case State::data_lf:
      if (c != '\n') return refuse(kNoCrlf);
      state_ = State::size_first;
      size_ = 0;
      return true;
    case State::line_lf:
      return refuse(kNoCrlf);
    case State::size_first:
    case State::size_more:
    case State::size_blanks:
      return take_size(c);
    default:
      return take_extension(c);
  }
}

bool ChunkFraming::take_size(char c) {
  const int digit = digit_of(c);
  if (state_ == State::size_first && is_blank(c)) return true;
  if (state_ == State::size_blanks || digit < 0) {
    return state_ == State::size_first ? refuse(kNoSize) : end_part(c, State::size_blanks);
  }
  if (size_ >> 60 != 0) return refuse("a chunk's size does not fit into 64 bits");
  size_ = size_ << 4 | static_cast<std::uint64_t>(digit);
  state_ = State::size_more;
  return true;
}

/// What may follow a size, a name or a value: the next extension, blanks (RFC 9112 §7.1.1's BWS) or
/// the line's end.
bool ChunkFraming::end_part(char c, State when_blank) {
  if (c == ';') {
    state_ = State::extension_name_first;
  } else if (c == '\r') {
    state_ = State::line_lf;
  } else if (is_blank(c)) {
    state_ = when_blank;
  } else {
    const bool size = when_blank == State::size_blanks;
    return refuse(c == '\n' ? kNoCrlf : size ? kNoSize : "a chunk's extension is malformed");
  }
  return true;
}

bool ChunkFraming::take_extension(char c) {
  const bool names = state_ == State::extension_name_first || state_ == State::extension_name;
  const bool values = state_ == State::extension_value_first || state_ == State::extension_value;
  if ((names || values) && is_token_character(c)) {
    state_ = names ? State::extension_name : State::extension_value;
    return true;
  }
  switch (state_) {
    case State::extension_name:
    case State::extension_name_blanks:
      if (c != '=') return end_part(c, State::extension_name_blanks);
      state_ = State::extension_value_first;
      return true;
    case State::extension_name_first:
      return end_part(c, State::extension_name_first);
    case State::extension_value_first:
      if (is_blank(c)) return true;
      if (c != '"') return refuse("a chunk's extension has no value after its \"=\"");
      state_ = State::extension_quoted;
      return true;
    case State::extension_quoted:
      if (!is_quotable(c)) return refuse("a chunk's extension contains a control character");
      if (c == '\\') state_ = State::extension_escaped;
      if (c == '"') state_ = State::extension_blanks;
      return true;
    case State::extension_escaped:
      state_ = State::extension_quoted;
      return is_quotable(c) || refuse("a chunk's extension contains a control character");
    default:  // extension_value, extension_blanks
      return end_part(c, State::extension_blanks);
  }
}

bool ChunkFraming::refuse(const char* complaint) {
  complaint_ = complaint;
  return false;
}

}  // namespace holdfast::wire
