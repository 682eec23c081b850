// What a request sends. Thread: the loop's (a source is read on the loop thread).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "holdfast/export.h"

namespace holdfast {

/// Where the bytes of a streamed request body come from. Read in turn on the loop thread, never
/// after the request has ended.
class HOLDFAST_EXPORT BodySource {
 public:
  enum class State : std::uint8_t {
    more,     ///< `bytes` were given; ask again
    end,      ///< `bytes` (possibly 0) were given and there are no more
    pending,  ///< nothing now: call RequestHandle::body_ready() when there is
    failed,   ///< the request ends with body_source_failed
  };
  struct Read {
    State state = State::end;
    std::size_t bytes = 0;
  };

  virtual ~BodySource() = default;
  /// Fills at most `capacity` bytes at `into`. Must not throw.
  virtual Read read(char* into, std::size_t capacity) = 0;
};

/// The body of a request (SPEC R8). Copies share what they refer to.
class HOLDFAST_EXPORT Body {
 public:
  using Factory = std::function<std::unique_ptr<BodySource>()>;

  enum class Kind : std::uint8_t { none, bytes, factory, one_shot };

  Body() = default;
  /// Bytes in memory; replayable.
  Body(std::string bytes) : kind_(Kind::bytes), bytes_(std::move(bytes)) {}  // NOLINT: implicit
  Body(const char* bytes) : Body(std::string(bytes)) {}                      // NOLINT: implicit

  /// A new source for each attempt; replayable. With `length` the request carries Content-Length,
  /// and a source that yields more or fewer bytes is an error; without, it is sent chunked.
  static Body factory(Factory make, std::optional<std::uint64_t> length = std::nullopt);
  /// A regular file, opened anew for each attempt; replayable, its length that of the file now.
  /// Read in pieces of at most 64 KiB on the loop thread, which reading blocks: for files that may
  /// be slow to read (on a network, say) use a factory or one_shot whose source says `pending`. A
  /// file that is not there now, cannot be opened, or whose size is another by the time it is sent,
  /// is body_source_failed; so are pipes, folders and devices.
  static Body file(std::string path);
  /// A stream that can be read once: once begun, the request is not replayed (SPEC R8).
  static Body one_shot(std::unique_ptr<BodySource> source,
                       std::optional<std::uint64_t> length = std::nullopt);

  Kind kind() const noexcept { return kind_; }
  const std::string& bytes() const noexcept { return bytes_; }
  /// Known length in bytes; nullopt means chunked.
  std::optional<std::uint64_t> length() const noexcept;

  /// The source for the next attempt; null when there is none to be had (a one-shot already taken,
  /// a factory that returned null). Kinds factory and one_shot only.
  std::unique_ptr<BodySource> open();
  /// Whether open() would give the whole body (again).
  bool replayable() const noexcept {
    return kind_ != Kind::one_shot || (source_ != nullptr && *source_ != nullptr);
  }

 private:
  Kind kind_ = Kind::none;
  std::string bytes_;
  std::shared_ptr<Factory> factory_;
  std::shared_ptr<std::unique_ptr<BodySource>> source_;
  std::optional<std::uint64_t> length_;
};

}  // namespace holdfast
