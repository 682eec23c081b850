#include "wire/content/decoder_rig.h"

#include <zlib.h>

#ifdef HOLDFAST_WITH_BROTLI
#include <brotli/encode.h>
#endif
#ifdef HOLDFAST_WITH_ZSTD
#include <zstd.h>
#endif

#include <algorithm>

#include "base/check.h"
#include "base/rng.h"

namespace holdfast::wire {

namespace {

std::string deflated(std::string_view content, int window_bits) {
  z_stream zlib{};
  HF_CHECK(deflateInit2(&zlib, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&zlib, content.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  zlib.avail_in = static_cast<uInt>(content.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  HF_CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return out;
}

#ifdef HOLDFAST_WITH_BROTLI
std::string brotlied(std::string_view content, int window_bits) {
  std::string out(BrotliEncoderMaxCompressedSize(content.size()) + 64, '\0');
  std::size_t size = out.size();
  HF_CHECK(BrotliEncoderCompress(5, window_bits, BROTLI_MODE_GENERIC, content.size(),
                                 reinterpret_cast<const std::uint8_t*>(content.data()), &size,
                                 reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE);
  out.resize(size);
  return out;
}
#endif

#ifdef HOLDFAST_WITH_ZSTD
std::string zstded(std::string_view content, int window_bits) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_bits);
  std::string out(ZSTD_compressBound(content.size()) + 64, '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{content.data(), content.size(), 0};
  if (window_bits != 0) {
    // A frame whose size is known beforehand takes that for its window.
    while (from.pos < from.size) ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush);
  }
  HF_CHECK(ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}
#endif

constexpr const char* kEncodings[] = {
    "gzip", "deflate", "raw-deflate",
#ifdef HOLDFAST_WITH_BROTLI
    "br",
#endif
#ifdef HOLDFAST_WITH_ZSTD
    "zstd",
#endif
};

}  // namespace

std::span<const char* const> encodings() { return kEncodings; }

std::string_view coding_of(std::string_view encoding) {
  return encoding == "raw-deflate" ? "deflate" : encoding;
}

std::string encode_window(std::string_view encoding, std::string_view content,
                          [[maybe_unused]] int window_bits) {
  if (encoding == "gzip") return deflated(content, 15 + 16);
  if (encoding == "deflate") return deflated(content, 15);
  if (encoding == "raw-deflate") return deflated(content, -15);
#ifdef HOLDFAST_WITH_BROTLI
  if (encoding == "br") return brotlied(content, window_bits == 0 ? 22 : window_bits);
#endif
#ifdef HOLDFAST_WITH_ZSTD
  if (encoding == "zstd") return zstded(content, window_bits);
#endif
  HF_CHECK(false);  // an encoding that nobody knows
  return {};
}

std::string encode(std::string_view encoding, std::string_view content) {
  return encode_window(encoding, content, 0);
}

std::string sample(std::size_t bytes, std::uint64_t seed) {
  base::Rng rng(seed);
  std::string out;
  out.reserve(bytes);
  while (out.size() < bytes) {
    const std::size_t length = std::min<std::size_t>(rng.between(1, 300), bytes - out.size());
    switch (out.empty() ? 0 : rng.between(0, 3)) {
      case 0:
        for (std::size_t i = 0; i < length; ++i) out += static_cast<char>(rng.next());
        break;
      case 1:
        out.append(length, static_cast<char>(rng.between('a', 'z')));
        break;
      case 2:
        for (std::size_t i = 0; i < length; ++i) out += static_cast<char>(rng.between('a', 'f'));
        break;
      default: {
        const std::size_t from = rng.between(0, out.size() - 1);
        for (std::size_t i = 0; i < length; ++i) out += out[from + i];
      }
    }
  }
  return out;
}

Decoded decode_all(Decoder& decoder, std::string_view encoded, const std::vector<std::size_t>& cuts,
                   std::size_t room) {
  Decoded all;
  std::vector<char> into(room);
  const auto take = [&](Decoder::Event event) {
    if (event == Decoder::Event::data) {
      HF_CHECK(decoder.produced() > 0 && decoder.produced() <= room);
      all.bytes.append(into.data(), decoder.produced());
    } else {
      HF_CHECK(decoder.produced() == 0);
    }
    if (event == Decoder::Event::error) {
      HF_CHECK(decoder.error() != ErrorCode::none && !decoder.detail().empty());
      all.error = decoder.error();
      all.detail = decoder.detail();
    }
    return event;
  };
  for (std::size_t i = 0; !encoded.empty(); ++i) {
    const std::size_t cut = cuts.empty() ? encoded.size() : cuts[i % cuts.size()];
    std::string piece(encoded.substr(0, cut));  // of its own, so that ASan sees reads past its end
    encoded.remove_prefix(piece.size());
    std::string_view input = piece;
    Decoder::Event event;
    while ((event = take(decoder.next(input, into))) == Decoder::Event::data) {
    }
    if (event == Decoder::Event::error) return all;
    HF_CHECK(event == Decoder::Event::need_more && input.empty());
  }
  take(decoder.finish());
  return all;
}

Decoded decode_all(std::string_view content_encoding, std::string_view encoded,
                   std::uint64_t max_bytes) {
  Decoder decoder;
  HF_CHECK(decoder.start(content_encoding, DecodePolicy{}, max_bytes) == Decoder::Kind::coded);
  return decode_all(decoder, encoded);
}

}  // namespace holdfast::wire
