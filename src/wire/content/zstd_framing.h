// The frames and blocks of zstd (RFC 8878 §3.1), as far as it takes to know where each ends and
// what window a frame asks for. Owned by one zstd stage. Thread: one owner.
//
// The library finds all this itself. But given a whole frame at once it looks at no window, and
// given several blocks of which one is corrupt it keeps those before it to itself: what is made of
// a content would depend on how it was cut.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace holdfast::wire {

class ZstdFraming {
 public:
  enum class Part : std::uint8_t {
    nothing,   ///< all input is consumed
    header,    ///< bytes() is a whole frame header
    piece,     ///< bytes() lie within one block's header, one block's content, or the checksum
    no_frame,  ///< no frame begins where one should
  };

  void restart() { *this = {}; }

  /// Consumes the next part from the front of `input`; skippable frames are skipped.
  Part next(std::string_view& input) {
    bytes_ = {};
    while (!input.empty()) {
      if (state_ == State::header) {
        if (size_ == 0 && !begins_frame(input.front())) return Part::no_frame;
        if (!gather(input)) break;
        bytes_ = {store_, size_};
        if (is_skippable(store_[0])) {
          enter(State::skipped, number(kDescriptorAt, 4));
          if (left_ == 0) advance();
          continue;
        }
        enter_frame();
        return Part::header;
      }
      const std::string_view piece = input.substr(0, take_most(input.size()));
      input.remove_prefix(piece.size());
      if (state_ == State::block_header) {
        std::memcpy(store_ + size_, piece.data(), piece.size());
        size_ += piece.size();
      }
      left_ -= piece.size();
      const bool skipped = state_ == State::skipped;
      if (left_ == 0) advance();
      if (skipped) continue;
      bytes_ = piece;
      return Part::piece;
    }
    return Part::nothing;
  }

  std::string_view bytes() const { return bytes_; }
  /// Of the last frame header.
  std::uint64_t window() const { return window_; }
  /// Whether the last byte consumed ended a frame, or none has begun.
  bool between_frames() const { return state_ == State::header && size_ == 0; }

 private:
  enum class State : std::uint8_t { header, block_header, block, checksum, skipped };
  static constexpr std::size_t kDescriptorAt = 4;  // behind the magic number
  static constexpr std::size_t kSkippableHeader = 8;
  static constexpr std::size_t kBlockHeader = 3;
  static constexpr std::size_t kChecksum = 4;

  /// RFC 8878 §3.1.1, §3.1.2. The library would also take the formats before 1.0, which know no
  /// limit to their windows.
  static bool begins_frame(char first) { return first == '\x28' || is_skippable(first); }
  static bool is_skippable(char first) { return (first & 0xF0) == 0x50; }

  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(store_[at]); }
  std::uint64_t number(std::size_t at, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | byte(at + i - 1);
    return value;
  }
  std::size_t take_most(std::size_t given) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(left_, given));
  }

  bool single_segment() const { return (byte(kDescriptorAt) & 0x20) != 0; }
  std::size_t content_size_bytes() const {
    const unsigned flag = byte(kDescriptorAt) >> 6;
    return flag == 0 ? (single_segment() ? 1 : 0) : std::size_t{1} << flag;
  }
  std::size_t dictionary_id_bytes() const {
    const unsigned flag = byte(kDescriptorAt) & 3;
    return flag == 3 ? 4 : flag;
  }

  /// Of the header that is being gathered, as far as that is known.
  std::size_t header_size() const {
    if (size_ != 0 && is_skippable(store_[0])) return kSkippableHeader;
    if (size_ <= kDescriptorAt) return kDescriptorAt + 1;
    return kDescriptorAt + 1 + (single_segment() ? 0 : 1) + dictionary_id_bytes() +
           content_size_bytes();
  }
  /// False while it is not whole.
  bool gather(std::string_view& input) {
    while (size_ < header_size()) {
      if (input.empty()) return false;
      store_[size_++] = input.front();
      input.remove_prefix(1);
    }
    return true;
  }

  void enter_frame() {
    const std::size_t content_at = header_size() - content_size_bytes();
    has_checksum_ = (byte(kDescriptorAt) & 4) != 0;
    if (single_segment()) {
      window_ = number(content_at, content_size_bytes()) + (content_size_bytes() == 2 ? 256 : 0);
    } else {
      const std::uint64_t base = 1ULL << (10 + (byte(kDescriptorAt + 1) >> 3));
      window_ = base + base / 8 * (byte(kDescriptorAt + 1) & 7);
    }
    enter(State::block_header, kBlockHeader);
  }

  void enter(State state, std::uint64_t left) {
    state_ = state;
    left_ = left;
    size_ = 0;
  }

  /// The part is whole: what follows it (RFC 8878 §3.1.1.2).
  void advance() {
    if (state_ == State::block_header) {
      const std::uint64_t header = number(0, kBlockHeader);
      last_block_ = (header & 1) != 0;
      const bool repeated = (header >> 1 & 3) == 1;
      enter(State::block, repeated ? 1 : header >> 3);
      if (left_ != 0) return;
    }
    if (state_ == State::block && !last_block_) return enter(State::block_header, kBlockHeader);
    if (state_ == State::block && has_checksum_) return enter(State::checksum, kChecksum);
    enter(State::header, 0);
  }

  State state_ = State::header;
  bool has_checksum_ = false, last_block_ = false;
  std::uint64_t left_ = 0;  // of the part being read
  std::uint64_t window_ = 0;
  std::size_t size_ = 0;  // of what is gathered
  char store_[18] = {};   // a frame header, or a block header
  std::string_view bytes_;
};

}  // namespace holdfast::wire
