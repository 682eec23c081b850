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

/// Where the bytes of a streamed request body come from. Used on the loop thread only, never after
/// the request has ended. Each attempt opens its source before it waits for a connection and reads
/// it after the request's head: what can fail, and is not part of reading, belongs into open().
class HOLDFAST_EXPORT BodySource {
 public:
  enum class State : std::uint8_t {
    more,     ///< `bytes` were given; ask again
    end,      ///< `bytes` (possibly 0) were given and there are no more
    pending,  ///< nothing now: call RequestHandle::body_ready() when there is
    failed,   ///< the request ends with body_source_failed; failure() says why
  };
  struct Read {
    State state = State::end;
    std::size_t bytes = 0;
  };

  virtual ~BodySource() = default;
  /// Opens and measures what read() will give; called once, before anything is sent. False: the
  /// request ends with body_source_failed, and failure() says why. Must not throw. Default: true.
  virtual bool open() { return true; }
  /// After open(): the bytes that read() gives in all. They become Content-Length unless the Body
  /// names a length. nullopt (the default): not known, sent in chunks over HTTP/1.1.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
  /// After open(): whether another source of the same factory gives the same bytes. False: the
  /// request is not retried once read() has been called (SPEC R8). Default: true.
  virtual bool repeatable() const { return true; }
  /// Fills at most `capacity` bytes at `into`. Must not throw.
  virtual Read read(char* into, std::size_t capacity) = 0;
  /// Why open() or read() failed; becomes part of Error::detail. Default: empty.
  virtual std::string failure() const { return {}; }
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
  /// and a source that yields more or fewer bytes is body_source_failed; without, the source's own
  /// length() counts, and where that is not known either, the body is sent chunked. `make` is
  /// called before the attempt waits for a connection; null ends the request likewise.
  static Body factory(Factory make, std::optional<std::uint64_t> length = std::nullopt);
  /// A file, opened and measured anew for each attempt, before any of the request is sent.
  /// A regular file is replayable and carries Content-Length; files whose size the system does not
  /// know (/proc) are sent chunked. Pipes and devices are read to their end like one_shot, chunked.
  /// body_source_failed, with the path and the system's reason, ends the request for a file that
  /// cannot be opened, a directory, and a file whose size changes while it is sent.
  ///
  /// Opening and reading (at most 64 KiB at a time) block the loop thread; opening a FIFO blocks
  /// until another process opens it for writing. For slow files use a source that says `pending`.
  static Body file(std::string path);
  /// A stream that can be read once: once begun, the request is not replayed (SPEC R8).
  static Body one_shot(std::unique_ptr<BodySource> source,
                       std::optional<std::uint64_t> length = std::nullopt);

  Kind kind() const noexcept { return kind_; }
  const std::string& bytes() const noexcept { return bytes_; }
  /// The length in bytes, as far as it is known before a source is opened. nullopt for files: each
  /// attempt measures its own.
  std::optional<std::uint64_t> length() const noexcept;

  /// The source for the next attempt, on which open() is to be called before read(). Null when
  /// there is none (a one-shot already taken, a factory that returned null), and for kinds other
  /// than factory and one_shot.
  std::unique_ptr<BodySource> open();
  /// Whether open() would give the whole body (again), as far as is known without opening it.
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
