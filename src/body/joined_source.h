// Several bodies read one after the other as if they were one: what a multipart body is. Streamed
// ones are watched for a text that must not occur in them. Owner: the attempt's feed. Thread: the
// loop's.
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

/// Finds a text in a stream, whatever pieces it comes in (Knuth, Morris, Pratt).
class StreamSearch {
 public:
  /// `text` is not empty.
  explicit StreamSearch(std::string text);
  /// Whether the text ends in this piece, having begun in it or in the ones before.
  bool found_in(std::string_view piece);
  void reset() { matched_ = 0; }

 private:
  std::string text_;
  std::vector<std::size_t> fallback_;  ///< of each prefix, the longest that is also its end
  std::size_t matched_ = 0;
};

class JoinedSource : public BodySource {
 public:
  using Pieces = std::shared_ptr<const std::vector<Body>>;

  /// `forbidden` in a piece that is not bytes is a failure. open() is called before read().
  JoinedSource(Pieces pieces, std::string forbidden);

  /// Opens every piece: none is left that could fail to open once the head has left.
  bool open() override;
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return repeatable_; }
  Read read(char* into, std::size_t capacity) override;
  std::string failure() const override { return failure_; }

 private:
  /// Fills what it can from the current piece. `end` means that this piece is done.
  Read read_piece(const Body& piece, char* into, std::size_t capacity);

  Pieces pieces_;
  StreamSearch search_;
  std::size_t piece_ = 0;
  std::size_t offset_ = 0;                            ///< into a piece that is bytes
  std::vector<std::unique_ptr<BodySource>> sources_;  ///< of the pieces; null for those in memory
  std::optional<std::uint64_t> length_;
  bool repeatable_ = true;
  std::string failure_;
};

}  // namespace holdfast::http
