// br (RFC 7932) by Google's brotli. The format has no checksum; what it has of redundancy is
// verified there.
#include "wire/content/decoder_stage.h"

#ifdef HOLDFAST_WITH_BROTLI
#include <brotli/decode.h>
#endif

#include <algorithm>

namespace holdfast::wire {

#ifdef HOLDFAST_WITH_BROTLI

namespace {

/// RFC 7932 §9.1: the first byte holds the logarithm of the window in its first one, four or seven
/// bits. 0 for the one that is reserved, which the library refuses.
int window_bits(char first) {
  const auto bits = static_cast<unsigned char>(first);
  if ((bits & 1) == 0) return 16;
  if (const int n = bits >> 1 & 7; n != 0) return 17 + n;
  const int n = bits >> 4 & 7;
  return n == 0 ? 17 : n == 1 ? 0 : 8 + n;
}

class BrotliStage : public DecoderStage {
 public:
  ~BrotliStage() override { BrotliStage::reset(0); }

  /// The library cannot begin anew: its memory is given back here and fetched with the first byte.
  void reset(std::uint64_t max_window_bytes) override {
    if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
    state_ = nullptr;
    ended_ = false;
    max_window_bytes_ = max_window_bytes;
  }

  /// The library decodes up to a window's bytes before it hands them out, and keeps them for itself
  /// if an error follows. Fed byte by byte it hands out all that it can after each.
  Progress decode(std::string_view& input, std::span<char> into, std::uint64_t headroom) override {
    if (state_ == nullptr) {
      if (input.empty()) return {};
      window_bytes_ = 1ULL << window_bits(input.front());
      if (window_bytes_ > max_window_bytes_) {
        return {0, ErrorCode::content_undecodable, kWindowTooLarge};
      }
      state_ = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
      if (state_ == nullptr) return {0, ErrorCode::out_of_resources, "no memory for brotli"};
    }
    const std::size_t most = headroom <= window_bytes_ + kSlack ? 1 : input.size();
    for (;;) {
      if (ended_) {
        if (input.empty()) return {};
        return {0, ErrorCode::content_undecodable, kTrailingBytes};
      }
      // It would take more input before it has handed out all that the last one was worth.
      const bool holds_back = BrotliDecoderHasMoreOutput(state_) == BROTLI_TRUE;
      const std::size_t given = holds_back ? 0 : std::min(most, input.size());
      std::size_t left = given, room = into.size();
      auto next_in = reinterpret_cast<const std::uint8_t*>(input.data());
      auto next_out = reinterpret_cast<std::uint8_t*>(into.data());
      const BrotliDecoderResult result =
          BrotliDecoderDecompressStream(state_, &left, &next_in, &room, &next_out, nullptr);
      input.remove_prefix(given - left);
      const std::size_t produced = into.size() - room;
      if (result == BROTLI_DECODER_RESULT_ERROR) return failure(produced);
      ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
      if (produced != 0) return {produced, ErrorCode::none, ""};
      if (input.empty()) return {};
    }
  }

  bool complete() const override { return ended_; }
  void shed() override { reset(0); }

 private:
  /// By which the library may overshoot its window.
  static constexpr std::uint64_t kSlack = 64 * 1024;

  /// Which rule of the format the library finds broken depends on how its input is cut.
  Progress failure(std::size_t produced) const {
    const BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state_);
    const bool memory = code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                        code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
    if (memory) return {produced, ErrorCode::out_of_resources, "no memory for brotli"};
    return {produced, ErrorCode::content_undecodable, "invalid data"};
  }

  BrotliDecoderState* state_ = nullptr;
  std::uint64_t max_window_bytes_ = 0;
  std::uint64_t window_bytes_ = 0;  ///< of the content
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<DecoderStage> make_brotli_stage() { return std::make_unique<BrotliStage>(); }

#else

std::unique_ptr<DecoderStage> make_brotli_stage() { return nullptr; }

#endif

}  // namespace holdfast::wire
