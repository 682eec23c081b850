// The streams of one HTTP/2 connection, by id. Streams are pooled: a released one is the next one
// taken. Owned by an H2Session. Thread: one owner. References stay good until release().
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "holdfast/policy.h"

namespace holdfast::wire {

/// What a session knows of a request and its response. `over` is the caller's view (nothing more is
/// to be said about it), `closed` is nghttp2's (nothing more is to be sent for it).
struct H2Stream {
  static constexpr std::uint64_t kAnyLength = std::numeric_limits<std::uint64_t>::max();

  std::uint32_t id = 0;
  std::uint64_t tag = 0;
  const LimitPolicy* limits = nullptr;        ///< not to be looked at once it is over
  std::string_view given;                     ///< of the body, what has not been framed
  std::uint64_t content_length = kAnyLength;  ///< how much content the response must have
  std::uint64_t received = 0;                 ///< content so far
  std::uint64_t charged = 0;                  ///< to its window, ever: content and padding
  std::uint64_t unconsumed = 0;               ///< delivered, and not given back
  std::uint64_t lent = 0;                     ///< of these, given back to the connection's window
  std::size_t head_bytes = 0;                 ///< of the head being read, and of its trailers
  std::uint64_t interim_bytes = 0;            ///< of the interim heads before it
  bool for_head = false;                      ///< the method is HEAD
  bool for_connect = false;                   ///< … CONNECT
  bool has_body = false;                      ///< the request: its head does not end it
  bool last_given = false;                    ///< `given` is the end of the body
  bool request_ended = false;                 ///< END_STREAM of the body has been framed
  bool deferred = false;                      ///< nghttp2 waits for give()
  bool begun = false;                         ///< its HEADERS have been framed
  bool answered = false;                      ///< a head has come, interim or final
  bool final_head = false;
  bool ended = false;       ///< the response is whole
  bool peer_reset = false;  ///< RST_STREAM has come
  bool over = false;
  bool muted = false;  ///< reset by the caller: what is queued about it is not said any more
  bool closed = false;
  bool retired = false;  ///< about to be released
};

class H2StreamTable {
 public:
  H2Stream& take(std::uint32_t id) {
    if (2 * (live_ + 1) > cells_.size()) grow();
    if (free_.empty()) {
      all_.push_back(std::make_unique<H2Stream>());
      free_.push_back(all_.back().get());
    }
    H2Stream& stream = *free_.back();
    free_.pop_back();
    stream = H2Stream{};
    stream.id = id;
    ++live_;
    place(stream);
    return stream;
  }

  H2Stream* find(std::uint32_t id) const {
    if (live_ == 0) return nullptr;
    for (std::size_t at = home(id);; at = after(at)) {
      H2Stream* const stream = cells_[at];
      if (stream == nullptr || stream->id == id) return stream;
    }
  }

  void release(H2Stream& stream) {
    std::size_t hole = home(stream.id);
    while (cells_[hole] != &stream) hole = after(hole);
    // Whoever had to step aside for the one that goes moves up, lest a lookup stop at the hole.
    for (std::size_t at = after(hole); cells_[at] != nullptr; at = after(at)) {
      const std::size_t wanted = home(cells_[at]->id);
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = nullptr;
    --live_;
    free_.push_back(&stream);
  }

  /// In no particular order.
  template <class Visit>
  void each(Visit&& visit) {
    for (H2Stream* const stream : cells_) {
      if (stream != nullptr) visit(*stream);
    }
  }
  std::size_t size() const { return live_; }

 private:
  std::size_t mask() const { return cells_.size() - 1; }
  std::size_t after(std::size_t at) const { return (at + 1) & mask(); }
  /// Ids follow one another. Multiplied by the golden ratio they lie far apart, so that nobody has
  /// to step aside, and release() finds a gap at once.
  std::size_t home(std::uint32_t id) const {
    return static_cast<std::uint32_t>((id >> 1) * 0x9E37'79B1U) >> shift_;
  }
  void place(H2Stream& stream) {
    std::size_t at = home(stream.id);
    while (cells_[at] != nullptr) at = after(at);
    cells_[at] = &stream;
  }
  void grow() {
    std::vector<H2Stream*> old(std::max<std::size_t>(8, 2 * cells_.size()), nullptr);
    old.swap(cells_);
    shift_ = 32 - static_cast<int>(std::bit_width(cells_.size() - 1));
    for (H2Stream* const stream : old) {
      if (stream != nullptr) place(*stream);
    }
  }

  std::vector<std::unique_ptr<H2Stream>> all_;
  std::vector<H2Stream*> free_;
  std::vector<H2Stream*> cells_;  // a power of two, at most half full
  std::size_t live_ = 0;
  int shift_ = 32;
};

}  // namespace holdfast::wire
