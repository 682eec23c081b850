// gzip (RFC 1952) and deflate (RFC 1950, 1951) by zlib. Headers, lengths and checksums are verified
// there.
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "wire/content/decoder_stage.h"

namespace holdfast::wire {

namespace {

constexpr int kGzip = 15 + 16;  // zlib's way to say: the largest window, in gzip's wrapper
constexpr int kZlib = 15;
constexpr int kRaw = -15;

class ZlibStage : public DecoderStage {
 public:
  explicit ZlibStage(Coding coding) : coding_(coding) {}
  ~ZlibStage() override {
    if (ready_) inflateEnd(&zlib_);
  }
  ZlibStage(const ZlibStage&) = delete;
  ZlibStage& operator=(const ZlibStage&) = delete;

  void reset(std::uint64_t) override {
    ended_ = false;
    first_bytes_ = 0;
    held_ = {};
    wrapper_known_ = coding_ == Coding::gzip;
    if (wrapper_known_) begin(kGzip);
  }

  Progress decode(std::string_view& input, std::span<char> into, std::uint64_t) override {
    if (!wrapper_known_ && !find_wrapper(input)) return {};
    if (!ready_) return {0, ErrorCode::out_of_resources, "no memory for zlib"};
    for (;;) {
      std::string_view& from = held_.empty() ? input : held_;
      if (ended_) {
        if (from.empty()) return {};
        if (coding_ == Coding::deflate) {
          return {0, ErrorCode::content_undecodable, kTrailingBytes};
        }
        // Padding, as gzip(1) has it: some writers fill up their last block with zeros.
        from.remove_prefix(std::min(from.find_first_not_of('\0'), from.size()));
        if (from.empty()) return {};
        inflateReset(&zlib_);  // RFC 1952 §2.2: members follow one another
        ended_ = false;
      }
      const std::size_t given = cap(from.size()), room = cap(into.size());
      zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));  // never written to
      zlib_.avail_in = static_cast<uInt>(given);
      zlib_.next_out = reinterpret_cast<Bytef*>(into.data());
      zlib_.avail_out = static_cast<uInt>(room);
      const int result = inflate(&zlib_, Z_NO_FLUSH);
      from.remove_prefix(given - zlib_.avail_in);
      ended_ = result == Z_STREAM_END;
      // Z_BUF_ERROR is no error: there was nothing to do.
      const std::size_t produced = room - zlib_.avail_out;
      if (!ended_ && result != Z_OK && result != Z_BUF_ERROR) return failure(result, produced);
      if (produced != 0) return {produced, ErrorCode::none, ""};
      if (held_.empty() && input.empty()) return {};
    }
  }

  bool complete() const override { return ended_ && held_.empty(); }
  void shed() override {}  // about 40 KiB at most

 private:
  static std::size_t cap(std::size_t bytes) {
    return std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max());
  }

  Progress failure(int result, std::size_t produced) const {
    if (result == Z_MEM_ERROR) return {produced, ErrorCode::out_of_resources, "no memory for zlib"};
    const char* message = zlib_.msg;
    if (result == Z_NEED_DICT) message = "the content needs a dictionary";
    return {produced, ErrorCode::content_undecodable,
            message != nullptr ? message : "invalid data"};
  }

  void begin(int window_bits) {
    if (ready_) {
      inflateReset2(&zlib_, window_bits);
      return;
    }
    zlib_ = {};
    ready_ = inflateInit2(&zlib_, window_bits) == Z_OK;
  }

  /// "deflate" means zlib's wrapper (RFC 9110 §8.4.1.2), but some servers send the bare stream. Two
  /// bytes tell: no compressor begins a bare stream with what passes for zlib's header, whose first
  /// three bits would be a stored block with garbage for padding. Says whether it is known by now.
  bool find_wrapper(std::string_view& input) {
    while (first_bytes_ < 2) {
      if (input.empty()) return false;
      first_[first_bytes_++] = input.front();
      input.remove_prefix(1);
    }
    const auto high = static_cast<unsigned char>(first_[0]);
    const auto low = static_cast<unsigned char>(first_[1]);
    const bool zlib = (high & 0x0F) == 8 && high >> 4 <= 7 && (high * 256 + low) % 31 == 0;
    wrapper_known_ = true;
    held_ = {first_, 2};
    begin(zlib ? kZlib : kRaw);
    return true;
  }

  Coding coding_;
  z_stream zlib_{};
  bool ready_ = false, ended_ = false, wrapper_known_ = false;
  char first_[2] = {};
  std::size_t first_bytes_ = 0;
  std::string_view held_;  ///< of first_, not yet given to zlib
};

}  // namespace

std::unique_ptr<DecoderStage> make_gzip_stage() {
  return std::make_unique<ZlibStage>(Coding::gzip);
}
std::unique_ptr<DecoderStage> make_deflate_stage() {
  return std::make_unique<ZlibStage>(Coding::deflate);
}

}  // namespace holdfast::wire
