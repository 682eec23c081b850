#include "body/joined_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "body/body_feed.h"

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

bool JoinedSource::open() {
  length_ = 0;
  for (const Body& piece : *pieces_) {
    std::unique_ptr<BodySource>& source = sources_.emplace_back();
    OpenedBody opened{.ok = true, .length = piece.length()};
    if (piece.kind() == Body::Kind::factory || piece.kind() == Body::Kind::one_shot) {
      Body copy = piece;  // shares the factory or stream
      opened = open_source(copy, source);
    }
    if (!opened.ok) {
      failure_ = std::move(opened.why);
      return false;
    }
    repeatable_ = repeatable_ && opened.repeatable;
    if (length_ && opened.length) {
      *length_ += *opened.length;
    } else {
      length_.reset();
    }
  }
  return true;
}

BodySource::Read JoinedSource::read_piece(const Body& piece, char* into, std::size_t capacity) {
  if (piece.kind() == Body::Kind::none) return {State::end, 0};
  if (piece.kind() == Body::Kind::bytes) {
    const std::string_view left = std::string_view(piece.bytes()).substr(offset_);
    const std::size_t bytes = left.copy(into, capacity);
    offset_ += bytes;
    return {bytes == left.size() ? State::end : State::more, bytes};
  }
  BodySource* const source = piece_ < sources_.size() ? sources_[piece_].get() : nullptr;
  if (source == nullptr) return {State::failed, 0};
  const Read read = source->read(into, capacity);
  if (read.state == State::failed || read.bytes > capacity) {
    failure_ = source->failure();
    return {State::failed, 0};
  }
  if (search_.found_in({into, read.bytes})) {
    failure_ = "the boundary occurs in a part that is streamed: use another seed for the Multipart";
    return {State::failed, 0};
  }
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
        if (piece_ < sources_.size()) sources_[piece_].reset();
        search_.reset();
        offset_ = 0;
        ++piece_;
        break;
      case State::failed:
        return {State::failed, 0};
      case State::pending:
        // A second read of this source would return `pending` again.
        return {filled == 0 ? State::pending : State::more, filled};
      case State::more:
        if (read.bytes == 0) return {State::more, filled};  // not allowed; the caller checks
        break;
    }
  }
  return {State::end, filled};
}

}  // namespace holdfast::http
