// zstd (RFC 8878, as a content coding RFC 9659) by the reference library. Frames follow one another
// as they may (RFC 8878 §3.1); a frame's checksum is verified there where it has one.
#include "wire/content/decoder_stage.h"
#include "wire/content/zstd_framing.h"

#ifdef HOLDFAST_WITH_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include <cstdint>

namespace holdfast::wire {

#ifdef HOLDFAST_WITH_ZSTD

namespace {

/// What a stage that is at rest may keep: enough for the windows of levels 1 to 3 over small
/// content.
constexpr std::size_t kKeptBytes = 1U << 20;

class ZstdStage : public DecoderStage {
 public:
  ~ZstdStage() override { ZSTD_freeDCtx(context_); }

  void reset(std::uint64_t max_window_bytes) override {
    framing_.restart();
    whole_ = true;
    held_back_ = false;
    max_window_bytes_ = max_window_bytes;
    if (context_ == nullptr) context_ = ZSTD_createDCtx();
    if (context_ == nullptr) return;
    ZSTD_DCtx_reset(context_, ZSTD_reset_session_only);
    // The limit is ours: the library's is a power of two, and is not looked at for all frames.
    ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax,
                           ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
  }

  Progress decode(std::string_view& input, std::span<char> into, std::uint64_t) override {
    if (context_ == nullptr) return {0, ErrorCode::out_of_resources, "no memory for zstd"};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    for (;;) {
      std::string_view part;
      if (!held_back_) {
        const ZstdFraming::Part kind = framing_.next(input);
        if (kind == ZstdFraming::Part::nothing) return {};
        if (kind == ZstdFraming::Part::no_frame) {
          return {0, ErrorCode::content_undecodable, "no frame begins where one should"};
        }
        if (kind == ZstdFraming::Part::header && framing_.window() > max_window_bytes_) {
          return {0, ErrorCode::content_undecodable, kWindowTooLarge};
        }
        part = framing_.bytes();
      }
      ZSTD_inBuffer in{part.data(), part.size(), 0};
      const std::size_t result = ZSTD_decompressStream(context_, &out, &in);
      if (ZSTD_isError(result) != 0) return failure(result);
      if (in.pos != in.size) return {0, ErrorCode::content_undecodable, "a block is malformed"};
      whole_ = result == 0;
      held_back_ = out.pos == out.size;
      if (out.pos != 0) return {out.pos, ErrorCode::none, ""};
    }
  }

  bool complete() const override { return whole_ && framing_.between_frames(); }
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
  ZstdFraming framing_;
  std::uint64_t max_window_bytes_ = 0;
  bool whole_ = true;       ///< the library's frame has ended, and all of it was handed out
  bool held_back_ = false;  ///< the last `into` was full: there may be more without more input
};

}  // namespace

std::unique_ptr<DecoderStage> make_zstd_stage() { return std::make_unique<ZstdStage>(); }

#else

std::unique_ptr<DecoderStage> make_zstd_stage() { return nullptr; }

#endif

}  // namespace holdfast::wire
