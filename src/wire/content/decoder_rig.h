// Contents and their codings, for the tests of the decoder. The encoders are the libraries' own, so
// that what is tested is our use of the decoders and not the pair's agreement on a mistake.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/content/decoder.h"

namespace holdfast::wire {

/// The names that `encode` knows: those compiled in, with "raw-deflate" for deflate without zlib's
/// wrapper.
std::span<const char* const> encodings();
/// The Content-Encoding of one of them.
std::string_view coding_of(std::string_view encoding);
std::string encode(std::string_view encoding, std::string_view content);
/// The same with a window of 2^window_bits bytes where the coding lets it be chosen; 0: as it
/// comes.
std::string encode_window(std::string_view encoding, std::string_view content, int window_bits);

/// Some text that repeats itself here and there, as real ones do.
std::string sample(std::size_t bytes, std::uint64_t seed);

struct Decoded {
  std::string bytes;
  ErrorCode error = ErrorCode::none;
  std::string detail;
};

/// Runs `encoded` through the decoder, `cuts` bytes at a time (repeating; whole if empty) with
/// `room` bytes of room.
Decoded decode_all(Decoder& decoder, std::string_view encoded,
                   const std::vector<std::size_t>& cuts = {}, std::size_t room = 4096);
/// The same from start to finish with a decoder of its own.
Decoded decode_all(std::string_view content_encoding, std::string_view encoded,
                   std::uint64_t max_bytes = UINT64_MAX);

}  // namespace holdfast::wire
