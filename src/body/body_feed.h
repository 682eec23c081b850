// Opens the body source of an attempt when the engine orders it, and reads it into a buffer that
// does not move while it is written. Shared by the libuv driver and the simulation. Owner: one
// exchange. Thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/body.h"

namespace holdfast::http {

/// The result of opening the source of an attempt's body.
struct OpenedBody {
  bool ok = false;
  std::optional<std::uint64_t> length{};  ///< of the body; nullopt: unknown
  bool repeatable = true;                 ///< a later attempt can read the same content again
  std::string why{};                      ///< the reason when not ok
};

/// Opens a new source of `body` (kinds factory and one_shot). `source` is null on failure.
OpenedBody open_source(Body& body, std::unique_ptr<BodySource>& source);

class BodyFeed {
 public:
  static constexpr std::size_t kPiece = 64 * 1024;

  struct Piece {
    BodySource::State state = BodySource::State::end;
    std::string_view bytes;  ///< with `failed`: the reason; valid until the next call
  };

  /// Opens the source of the next attempt. A source that can be read once and has not been read yet
  /// is kept.
  OpenedBody open(Body& body);
  /// The next piece of the source that was opened last.
  Piece next();
  /// Call it when another body follows.
  void reset() {
    source_.reset();
    begun_ = false;
  }

 private:
  OpenedBody opened_;  // of source_
  bool begun_ = false;
  std::unique_ptr<BodySource> source_;
  std::unique_ptr<char[]> buffer_;
  std::string failure_;
};

}  // namespace holdfast::http
