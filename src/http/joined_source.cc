#include "http/joined_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace holdfast::http {

StreamSearch::StreamSearch(std::string text)
    : text_(std::move(text)), fallback_(text_.size() + 1, 0) {
  for (std::size_t i = 1, shared = 0; i < text_.size(); ++i) {
    while (shared != 0 && text_[i] != text_[shared]) shared = fallback_[shared];
    if (text_[i] == text_[shared]) ++shared;
    fallback_[i + 1] = shared;
  }
}

bool StreamSearch::found_in(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (matched_ == 0) {
      const std::size_t start = piece.find(text_.front(), i);
      if (start == piece.npos) return false;
      i = start;
    }
    while (matched_ != 0 && piece[i] != text_[matched_]) matched_ = fallback_[matched_];
    if (piece[i] == text_[matched_]) ++matched_;
    if (matched_ == text_.size()) return true;
  }
  return false;
}

JoinedSource::JoinedSource(Pieces pieces, std::string forbidden)
    : pieces_(std::move(pieces)), search_(std::move(forbidden)) {}

BodySource::Read JoinedSource::read_piece(const Body& piece, char* into, std::size_t capacity) {
  if (piece.kind() == Body::Kind::none) return {State::end, 0};
  if (piece.kind() == Body::Kind::bytes) {
    const std::string_view left = std::string_view(piece.bytes()).substr(offset_);
    const std::size_t bytes = left.copy(into, capacity);
    offset_ += bytes;
    return {bytes == left.size() ? State::end : State::more, bytes};
  }
  if (source_ == nullptr) {
    Body copy = piece;  // refers to the same factory or stream
    source_ = copy.open();
    search_.reset();
    if (source_ == nullptr) return {State::failed, 0};
  }
  const Read read = source_->read(into, capacity);
  if (read.bytes > capacity || search_.found_in({into, read.bytes})) return {State::failed, 0};
  return read;
}

BodySource::Read JoinedSource::read(char* into, std::size_t capacity) {
  std::size_t filled = 0;
  while (piece_ != pieces_->size()) {
    if (filled == capacity) return {State::more, filled};
    const Read read = read_piece((*pieces_)[piece_], into + filled, capacity - filled);
    filled += read.bytes;
    switch (read.state) {
      case State::end:
        source_.reset();
        offset_ = 0;
        ++piece_;
        break;
      case State::failed:
        return {State::failed, 0};
      case State::pending:
        // Asked again for the next piece, the source says again that it has nothing.
        return {filled == 0 ? State::pending : State::more, filled};
      case State::more:
        if (read.bytes == 0) return {State::more, filled};  // not allowed; the reader sees to it
        break;
    }
  }
  return {State::end, filled};
}

}  // namespace holdfast::http
