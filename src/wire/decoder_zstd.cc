// zstd (RFC 8878, as a content coding RFC 9659) by the reference library. Frames follow one another
// as they may (RFC 8878 §3.1); a frame's checksum is verified there where it has one.
#include "wire/decoder_stage.h"

#ifdef HOLDFAST_WITH_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include <algorithm>
#include <bit>

namespace holdfast::wire {

#ifdef HOLDFAST_WITH_ZSTD

namespace {

/// What a stage that is at rest may keep: enough for the windows of levels 1 to 3 over small
/// content.
constexpr std::size_t kKeptBytes = 1U << 20;

/// Whether a frame, or a skippable one, may begin so (RFC 8878 §3.1.1, §3.1.2). The library would
/// also take the formats before 1.0, which know no limit to their windows.
bool begins_frame(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte == 0x28 || (byte & 0xF0) == 0x50;
}

class ZstdStage : public DecoderStage {
 public:
  ~ZstdStage() override { ZSTD_freeDCtx(context_); }

  void reset(std::uint64_t max_window_bytes) override {
    between_frames_ = true;
    held_back_ = false;
    if (context_ == nullptr) context_ = ZSTD_createDCtx();
    if (context_ == nullptr) return;
    ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
    const ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
    const int most = static_cast<int>(std::bit_width(max_window_bytes)) - 1;
    ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax,
                           std::clamp(most, bounds.lowerBound, bounds.upperBound));
  }

  Progress decode(std::string_view& input, std::span<char> into) override {
    if (context_ == nullptr) return {0, ErrorCode::out_of_resources, "no memory for zstd"};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    // The library counts calls that have nothing to do, and takes sixteen of them for a mistake.
    while (!input.empty() || held_back_) {
      if (between_frames_ && !begins_frame(input.front())) {
        return {0, ErrorCode::content_undecodable, "no frame begins where one should"};
      }
      ZSTD_inBuffer in{input.data(), input.size(), 0};
      const std::size_t result = ZSTD_decompressStream(context_, &out, &in);
      if (ZSTD_isError(result) != 0) return failure(result);
      input.remove_prefix(in.pos);
      between_frames_ = result == 0;
      held_back_ = !between_frames_ && out.pos == out.size;
      if (out.pos != 0) return {out.pos, ErrorCode::none, ""};
    }
    return {};
  }

  bool complete() const override { return between_frames_; }
  void shed() override {
    if (context_ == nullptr || ZSTD_sizeof_DCtx(context_) <= kKeptBytes) return;
    ZSTD_freeDCtx(context_);
    context_ = nullptr;
  }

 private:
  static Progress failure(std::size_t result) {
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_memory_allocation:
        return {0, ErrorCode::out_of_resources, "no memory for zstd"};
      case ZSTD_error_frameParameter_windowTooLarge:
        return {0, ErrorCode::content_undecodable, kWindowTooLarge};
      default:
        return {0, ErrorCode::content_undecodable, ZSTD_getErrorName(result)};
    }
  }

  ZSTD_DCtx* context_ = nullptr;
  bool between_frames_ = true;
  bool held_back_ = false;  ///< the last `into` was full: there may be more without more input
};

}  // namespace

std::unique_ptr<DecoderStage> make_zstd_stage() { return std::make_unique<ZstdStage>(); }

#else

std::unique_ptr<DecoderStage> make_zstd_stage() { return nullptr; }

#endif

}  // namespace holdfast::wire
