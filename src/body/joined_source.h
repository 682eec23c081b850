// Reads several bodies one after the other as one, for multipart bodies. Streamed pieces are
// searched for a text that must not occur in them. Owner: the attempt's feed. Thread: the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/body.h"

namespace holdfast::http {

/// Finds a text in a stream that arrives in pieces of any size (Knuth, Morris, Pratt).
class StreamSearch {
 public:
  /// `text` must not be empty.
  explicit StreamSearch(std::string text);
  /// Whether the text ends in this piece; it may have begun in earlier ones.
  bool found_in(std::string_view piece);
  void reset() { matched_ = 0; }

 private:
  std::string text_;
  std::vector<std::size_t> fallback_;  ///< by prefix: its longest prefix that also ends it
  std::size_t matched_ = 0;
};

class JoinedSource : public BodySource {
 public:
  using Pieces = std::shared_ptr<const std::vector<Body>>;

  /// `forbidden` in a streamed piece is a failure. open() must be called before read().
  JoinedSource(Pieces pieces, std::string forbidden);

  /// Opens every piece, so that none can fail to open after the header section is sent.
  bool open() override;
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return repeatable_; }
  Read read(char* into, std::size_t capacity) override;
  std::string failure() const override { return failure_; }

 private:
  /// Reads from the current piece only. `end` means that this piece is done.
  Read read_piece(const Body& piece, char* into, std::size_t capacity);

  Pieces pieces_;
  StreamSearch search_;
  std::size_t piece_ = 0;
  std::size_t offset_ = 0;                            ///< within a piece in memory
  std::vector<std::unique_ptr<BodySource>> sources_;  ///< of the pieces; null for those in memory
  std::optional<std::uint64_t> length_;
  bool repeatable_ = true;
  std::string failure_;
};

}  // namespace holdfast::http
