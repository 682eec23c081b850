// One content coding being undone: what the decoding libraries look like to Decoder. One source
// file each knows its library: decoder_zlib.cc, decoder_brotli.cc, decoder_zstd.cc. Owner: one
// Decoder. Thread: one owner. Keeps its library's memory from one content to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "holdfast/error.h"

namespace holdfast::wire {

enum class Coding : std::uint8_t { gzip, deflate, br, zstd };

class DecoderStage {
 public:
  struct Progress {
    std::size_t bytes = 0;              ///< produced; of an error, what came before it
    ErrorCode error = ErrorCode::none;  ///< content_undecodable or out_of_resources
    const char* detail = "";            ///< the library's reason, a literal
  };

  virtual ~DecoderStage() = default;

  /// Makes ready for another content.
  virtual void reset(std::uint64_t max_window_bytes) = 0;
  /// Consumes from the front of `input`, which may be empty: more may have been held back by the
  /// last `into`. Without an error, 0 bytes mean that all input is consumed and nothing held back.
  /// `into` is not empty. Nothing is called after an error but reset().
  ///
  /// However the input is cut, the same bytes come before the same error, with one exception: a
  /// stage may lose some of the last `headroom` bytes before an error, so `headroom` is what may
  /// still be produced without a difference to the verdict on the content.
  virtual Progress decode(std::string_view& input, std::span<char> into,
                          std::uint64_t headroom) = 0;
  /// Whether the content may end here.
  virtual bool complete() const = 0;
  /// Between contents: gives back memory that most contents do not need.
  virtual void shed() = 0;
};

std::unique_ptr<DecoderStage> make_gzip_stage();
std::unique_ptr<DecoderStage> make_deflate_stage();
std::unique_ptr<DecoderStage> make_brotli_stage();
std::unique_ptr<DecoderStage> make_zstd_stage();

inline constexpr const char* kTrailingBytes = "bytes follow the end of the content";
inline constexpr const char* kWindowTooLarge = "the content asks for a window beyond the limit";

}  // namespace holdfast::wire
