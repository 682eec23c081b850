// What a driver does when the engine asks for body bytes: opens the source of the current attempt
// and reads it into a buffer that stays put while it is being written. Shared by the libuv shell
// and the simulation. Owner: one exchange. Thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/body.h"

namespace holdfast::http {

class BodyFeed {
 public:
  static constexpr std::size_t kPiece = 64 * 1024;

  struct Piece {
    BodySource::State state = BodySource::State::end;
    std::string_view bytes;
  };

  /// The next piece of attempt `attempt`'s source; a new attempt opens a new source.
  Piece next(Body& body, std::uint32_t attempt) {
    if (attempt != attempt_) {
      source_ = body.open();
      attempt_ = attempt;
    }
    if (source_ == nullptr) return {BodySource::State::failed, {}};
    if (buffer_ == nullptr) buffer_ = std::make_unique<char[]>(kPiece);
    const BodySource::Read read = source_->read(buffer_.get(), kPiece);
    if (read.bytes > kPiece) return {BodySource::State::failed, {}};
    return {read.state, {buffer_.get(), read.bytes}};
  }
  void reset() {
    source_.reset();
    attempt_ = 0;
  }

 private:
  std::uint32_t attempt_ = 0;
  std::unique_ptr<BodySource> source_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace holdfast::http
