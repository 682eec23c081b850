#include "fault_server/answer/body.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/rng.h"
#include "fault_server/journal/sha256.h"

namespace fault {
namespace {

constexpr std::uint64_t kChunkBytes = 4096;
constexpr std::size_t kHugeExtension = 128 * 1024;

constexpr std::array<std::pair<std::string_view, ChunkFlaw>, 7> kChunkFlaws = {{
    {"bad-size", ChunkFlaw::kBadSize},
    {"negative-size", ChunkFlaw::kNegativeSize},
    {"huge-size", ChunkFlaw::kHugeSize},
    {"no-terminator", ChunkFlaw::kNoTerminator},
    {"huge-ext", ChunkFlaw::kHugeExtension},
    {"bad-crlf", ChunkFlaw::kBadCrlf},
    {"bare-lf", ChunkFlaw::kBareLf},
}};

std::string hex_number(std::uint64_t value) {
  char text[20];
  const int size = std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(value));
  return {text, static_cast<std::size_t>(size)};
}

void append_seeded(std::string& out, std::uint64_t seed, std::uint64_t offset, std::size_t count) {
  // Each aligned group of eight bytes is a hash of its place, so that any part can be made alone.
  std::uint64_t word = 0;
  const std::uint64_t end = offset + count;
  for (std::uint64_t at = offset; at < end; ++at) {
    if (at == offset || at % 8 == 0) {
      word = holdfast::base::mix64(seed ^ holdfast::base::mix64(at / 8)) >> (8 * (at % 8));
    }
    out += static_cast<char>(word & 0xFF);
    word >>= 8;
  }
}

}  // namespace

std::string seeded_bytes(std::uint64_t seed, std::uint64_t offset, std::size_t count) {
  std::string out;
  out.reserve(count);
  append_seeded(out, seed, offset, count);
  return out;
}

BodySource BodySource::text(std::string text) {
  BodySource source;
  source.size_ = text.size();
  source.text_ = std::move(text);
  return source;
}

BodySource BodySource::random(std::uint64_t size, std::uint64_t seed) {
  BodySource source;
  source.kind_ = Kind::kRandom;
  source.size_ = size;
  source.seed_ = seed;
  return source;
}

BodySource BodySource::fill(std::uint64_t size) {
  BodySource source;
  source.kind_ = Kind::kFill;
  source.size_ = size;
  return source;
}

void BodySource::append(std::string& out, std::uint64_t offset, std::size_t count) const {
  if (offset >= size_) return;
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
  switch (kind_) {
    case Kind::kText:
      out.append(text_, static_cast<std::size_t>(offset), count);
      break;
    case Kind::kRandom:
      append_seeded(out, seed_, offset, count);
      break;
    case Kind::kFill:
      for (std::size_t i = 0; i < count; ++i) {
        out += static_cast<char>('a' + static_cast<int>((offset + i) % 26));
      }
      break;
  }
}

std::string BodySource::sha256(std::uint64_t count) const {
  Sha256 hash;
  std::string piece;
  constexpr std::size_t kPiece = 16384;
  count = std::min(count, size_);
  for (std::uint64_t at = 0; at < count; at += kPiece) {
    piece.clear();
    append(piece, at, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, count - at)));
    hash.update(piece);
  }
  return hash.hex();
}

ChunkFlaw parse_chunk_flaw(std::string_view word) {
  for (const auto& [name, flaw] : kChunkFlaws) {
    if (name == word) return flaw;
  }
  return ChunkFlaw::kNone;
}

void BodyStream::use_chunks(std::uint64_t chunk_bytes, ChunkFlaw flaw, std::string trailers) {
  chunked_ = true;
  chunk_bytes_ = chunk_bytes == 0 ? kChunkBytes : chunk_bytes;
  flaw_ = flaw;
  trailers_ = std::move(trailers);
}

std::string BodyStream::size_line(std::uint64_t size) const {
  switch (flaw_) {
    case ChunkFlaw::kBadSize:
      return "G" + hex_number(size) + "\r\n";
    case ChunkFlaw::kNegativeSize:
      return "-" + hex_number(size) + "\r\n";
    case ChunkFlaw::kHugeSize:
      return "FFFFFFFFFFFFFFFFF\r\n";  // 17 digits: beyond 64 bits
    case ChunkFlaw::kHugeExtension:
      return hex_number(size) + ";x=" + std::string(kHugeExtension, 'e') + "\r\n";
    case ChunkFlaw::kBareLf:
      return hex_number(size) + "\n";
    default:
      return hex_number(size) + "\r\n";
  }
}

bool BodyStream::produce(std::string& out, std::uint64_t until, std::size_t most) {
  until = std::min(until, source_.size());
  const std::size_t begin = out.size();
  while (position_ < until && out.size() - begin < most) {
    if (chunked_ && !in_chunk_) {
      chunk_end_ = std::min(position_ + chunk_bytes_, source_.size());
      out += size_line(chunk_end_ - position_);
      in_chunk_ = true;
    }
    const std::uint64_t end = chunked_ ? std::min(until, chunk_end_) : until;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(end - position_, most));
    source_.append(out, position_, count);
    position_ += count;
    if (in_chunk_ && position_ == chunk_end_) {
      const bool lf = flaw_ == ChunkFlaw::kBareLf;
      out += flaw_ == ChunkFlaw::kBadCrlf ? "XX" : lf ? "\n" : "\r\n";
      in_chunk_ = false;
    }
  }
  return position_ < until;
}

std::string BodyStream::terminator() const {
  if (!chunked_ || flaw_ == ChunkFlaw::kNoTerminator) return "";
  // Without a chunk to spoil, the last one is.
  const bool spoilt = source_.size() == 0 && flaw_ != ChunkFlaw::kNone;
  return (spoilt ? size_line(0) : "0\r\n") + trailers_ + "\r\n";
}

}  // namespace fault
