#include "fault_server/answer/coding.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <utility>

#include "fault_server/script/values.h"

namespace fault {
namespace {

/// zlib's names for its wrappers: 15 is zlib's own ("deflate"), 16 more gzip's, a negative one
/// none.
int window_bits(std::string_view coding) {
  if (coding == "gzip") return 15 + 16;
  return coding == "raw-deflate" ? -15 : 15;
}

std::string encoded(const BodySource& body, int bits) {
  constexpr std::size_t kPiece = 64 * 1024;
  std::string out, piece;
  z_stream zlib{};
  if (deflateInit2(&zlib, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) return out;
  char room[kPiece];
  for (std::uint64_t at = 0;;) {
    piece.clear();
    body.append(piece, at, kPiece);
    at += piece.size();
    const bool last = at >= body.size();
    zlib.next_in = reinterpret_cast<Bytef*>(piece.data());
    zlib.avail_in = static_cast<uInt>(piece.size());
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(room);
      zlib.avail_out = sizeof room;
      deflate(&zlib, last ? Z_FINISH : Z_NO_FLUSH);
      out.append(room, sizeof room - zlib.avail_out);
    } while (zlib.avail_out == 0);
    if (last) break;
  }
  deflateEnd(&zlib);
  return out;
}

void spoil(std::string_view flaw, std::string& bytes) {
  if (flaw == "cut") bytes.resize(bytes.size() - std::max<std::size_t>(1, bytes.size() / 3));
  if (flaw == "checksum") bytes.back() = static_cast<char>(bytes.back() ^ 0x55);
  if (flaw == "surplus") bytes += "surplus";
}

}  // namespace

void encode_answer(const Step& step, Answer& answer) {
  const auto coding = word(step, "coding");
  if (!coding) return;
  std::string bytes = encoded(answer.body, window_bits(*coding));
  if (const auto flaw = word(step, "coding_flaw")) spoil(*flaw, bytes);
  answer.body = BodySource::text(std::move(bytes));
  answer.headers.emplace_back("Content-Encoding", *coding == "gzip" ? "gzip" : "deflate");
}

}  // namespace fault
