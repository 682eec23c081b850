// Whether every line of a head or trailer section ends in CRLF: each CR is followed by LF, each LF
// preceded by CR (RFC 9112 §2.2). llhttp lets some others pass, which ones depending on its version
// and on how it was built, and parsers that disagree about lines are how responses are smuggled.
// Pure values. Thread: any.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace holdfast::wire {

class LineEnds {
 public:
  /// Forgets what came before: the next byte begins a line.
  void restart() { previous_ = '\0'; }

  /// False as soon as the bytes so far break the rule. Pieces may be cut anywhere.
  bool check(std::string_view bytes) {
    if (bytes.empty()) return true;
    bool good = fits(previous_, bytes.front());
    good = good && pairs_fit(bytes.data(), bytes.size());
    previous_ = bytes.back();
    return good;
  }

  /// The last byte so far; 0 at the start.
  char last() const { return previous_; }
  /// Whether the bytes so far end with a line's end.
  bool at_line_end() const { return previous_ == '\n'; }

 private:
  static bool fits(char before, char now) { return (before == '\r') == (now == '\n'); }

  // Every response's head passes here, so it goes 16 pairs at a time (GCC's vector extension, which
  // clang shares): a byte-wise loop would cost as much as a third of the parsing itself.
  static constexpr std::size_t kBlock = 16;
  using Block = std::uint8_t __attribute__((vector_size(kBlock)));

  static Block load(const char* at) {
    Block block;
    std::memcpy(&block, at, kBlock);
    return block;
  }

  static auto misfits(const char* at) {
    const Block before = load(at);
    const Block now = load(at + 1);
    return (before == '\r') ^ (now == '\n');
  }

  static bool pairs_fit(const char* at, std::size_t size) {
    if (size <= kBlock) {
      for (std::size_t i = 1; i < size; ++i) {
        if (!fits(at[i - 1], at[i])) return false;
      }
      return true;
    }
    const char* const last = at + size - kBlock - 1;
    // The last block overlaps the one before it: looking twice is harmless.
    auto bad = misfits(last);
    for (; at < last; at += kBlock) bad |= misfits(at);
    std::uint64_t halves[2];
    static_assert(sizeof halves == kBlock);
    std::memcpy(halves, &bad, kBlock);
    return (halves[0] | halves[1]) == 0;
  }

  char previous_ = '\0';
};

}  // namespace holdfast::wire
