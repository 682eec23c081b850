// Bodies of answers, made as they are sent: whatever their size, only what is in flight takes
// memory. BodySource says which bytes, BodyStream frames them (raw or chunked, well or badly).
// Thread: one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fault {

/// The reproducible bytes that /bytes/n?seed=S and body=random:n with seed=S send: any part of
/// them, for clients and tests that want to know what must arrive.
std::string seeded_bytes(std::uint64_t seed, std::uint64_t offset, std::size_t count);

/// Content without framing; any part of it can be asked for. A value.
class BodySource {
 public:
  BodySource() = default;
  static BodySource text(std::string text);
  static BodySource random(std::uint64_t size, std::uint64_t seed);
  /// abc...zabc...
  static BodySource fill(std::uint64_t size);

  std::uint64_t size() const { return size_; }
  void append(std::string& out, std::uint64_t offset, std::size_t count) const;
  /// SHA-256 of the first `count` bytes.
  std::string sha256(std::uint64_t count) const;

 private:
  enum class Kind : std::uint8_t { kText, kRandom, kFill };
  Kind kind_ = Kind::kText;
  std::uint64_t size_ = 0;
  std::uint64_t seed_ = 0;
  std::string text_;
};

/// What is wrong with the chunks.
enum class ChunkFlaw : std::uint8_t {
  kNone,
  kBadSize,
  kNegativeSize,
  kHugeSize,
  kNoTerminator,
  kHugeExtension,
  kBadCrlf,
  kBareLf,
};
/// By its word after chunked=; kNone for "ok".
ChunkFlaw parse_chunk_flaw(std::string_view word);

class BodyStream {
 public:
  BodyStream() = default;
  explicit BodyStream(BodySource source) : source_(std::move(source)) {}

  /// `trailers` are field lines with their CRLFs.
  void use_chunks(std::uint64_t chunk_bytes, ChunkFlaw flaw, std::string trailers);

  const BodySource& source() const { return source_; }
  /// Content bytes produced so far.
  std::uint64_t position() const { return position_; }

  /// Appends at most about `most` bytes, but never content beyond `until`. False when content has
  /// reached `until` (or its end) and no framing that precedes it is left.
  bool produce(std::string& out, std::uint64_t until, std::size_t most);
  /// What ends the message: last chunk and trailers; empty for raw bodies.
  std::string terminator() const;

 private:
  std::string size_line(std::uint64_t size) const;

  BodySource source_;
  bool chunked_ = false;
  std::uint64_t chunk_bytes_ = 0;
  ChunkFlaw flaw_ = ChunkFlaw::kNone;
  std::string trailers_;
  std::uint64_t position_ = 0;
  std::uint64_t chunk_end_ = 0;  // where the chunk under way ends
  bool in_chunk_ = false;
};

}  // namespace fault
