// The body of a request. Thread: the loop's; sources are read on the loop's thread.
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

/// Supplies the bytes of a streamed request body; derive from it. It is called on the loop's thread
/// only, and never after the request has ended. Each attempt calls open() before it waits for a
/// connection, and read() once the request's head has been sent. Do in open() whatever can fail
/// before the first byte.
class HOLDFAST_EXPORT BodySource {
 public:
  /// What read() did.
  enum class State : std::uint8_t {
    more,     ///< `bytes` were written; read() is called again
    end,      ///< `bytes` (0 or more) were written, and the body is complete
    pending,  ///< no bytes yet; call RequestHandle::body_ready() when there are
    failed,   ///< the request ends with `body_source_failed` and the text of failure()
  };
  /// The result of read().
  struct Read {
    State state = State::end;  ///< whether more bytes follow
    std::size_t bytes = 0;     ///< bytes written to the buffer
  };

  virtual ~BodySource() = default;
  /// Prepares for reading, and determines the length if it is known. Called once, before anything
  /// is sent. Returns false to end the request with `body_source_failed` and the text of failure().
  /// Must not throw. Default: true.
  virtual bool open() { return true; }
  /// Returns the number of bytes that read() will supply. Called after open(); sent as
  /// Content-Length unless the Body has a length of its own. nullopt (the default): unknown, and
  /// over HTTP/1.1 the body is sent chunked.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
  /// Returns whether another source of the same factory supplies the same bytes. Called after
  /// open(). false: the request is not retried once read() has been called (R8). Default: true.
  virtual bool repeatable() const { return true; }
  /// Writes at most `capacity` bytes to `into`. Must not throw.
  virtual Read read(char* into, std::size_t capacity) = 0;
  /// Returns why open() or read() failed, for Error::detail. Default: empty.
  virtual std::string failure() const { return {}; }
};

/// The body of a request (R8). Copies share the factory or the source.
class HOLDFAST_EXPORT Body {
 public:
  /// Makes a new source for an attempt. Null ends the request with `body_source_failed`.
  using Factory = std::function<std::unique_ptr<BodySource>()>;

  /// Where the bytes come from.
  enum class Kind : std::uint8_t { none, bytes, factory, one_shot };

  /// No body.
  Body() = default;
  /// Bytes in memory. Replayable.
  Body(std::string bytes) : kind_(Kind::bytes), bytes_(std::move(bytes)) {}  // NOLINT: implicit
  /// A copy of the text up to its NUL. Replayable.
  Body(const char* bytes) : Body(std::string(bytes)) {}  // NOLINT: implicit

  /// A body with a new source for each attempt. Replayable. `make` is called before the attempt
  /// waits for a connection. `length` is sent as Content-Length; a source that supplies more or
  /// fewer bytes ends the request with `body_source_failed`. Without it BodySource::length() is
  /// used, and if that is unknown too, the body is sent chunked.
  static Body factory(Factory make, std::optional<std::uint64_t> length = std::nullopt);
  /// The contents of a file, opened and measured anew for each attempt, before anything is sent. A
  /// regular file is replayable and has a Content-Length. Files whose size the system does not know
  /// (/proc) are sent chunked. Pipes and devices are read to their end once, like one_shot(), and
  /// sent chunked. A file that cannot be opened, a directory, and a file whose size changes while
  /// it is sent end the request with `body_source_failed`, with the path and the system's reason.
  ///
  /// Opening and reading, at most 64 KiB at a time, block the loop's thread. Opening a FIFO blocks
  /// until another process opens it for writing. While a disk hangs, no request of that loop makes
  /// progress, and no timeout, cancel or close acts; when it responds, they act first, and only
  /// `total` counts the time. For files that may hang use a source that returns `pending`.
  static Body file(std::string path);
  /// A source that can be read once. Once read() has been called, the request is not retried (R8).
  /// `length` as in factory().
  static Body one_shot(std::unique_ptr<BodySource> source,
                       std::optional<std::uint64_t> length = std::nullopt);

  /// Returns where the bytes come from.
  Kind kind() const noexcept { return kind_; }
  /// Returns the bytes in memory; empty unless kind() is `bytes`.
  const std::string& bytes() const noexcept { return bytes_; }
  /// Returns the length in bytes, if it is known without opening a source. nullopt for files, which
  /// each attempt measures.
  std::optional<std::uint64_t> length() const noexcept;

  /// Returns the source for the next attempt; call its open() before read(). Null if there is none:
  /// a one-shot source that was taken already, a factory that returned null, or another kind.
  std::unique_ptr<BodySource> open();
  /// Returns whether the whole body can be sent again, as far as is known without opening it.
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
