// A response as a sequence of pieces to await. Made by CoClient (coro.h, whose rules apply).
// Buffers at most its high-water mark and one read. Owner: the holder of the Stream. Thread: the
// loop's.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/co_operation.h"

namespace holdfast::co {

namespace detail {

/// As Pending, for a response that is delivered in pieces.
class PendingStream final : public Pending {
 public:
  /// Bytes buffered here before the peer is stopped by flow control; one more read can be added.
  static constexpr std::size_t kHighWater = 64 * 1024;
  enum class Wanted { head, piece };

  using Pending::Pending;

  bool has(Wanted what) const {
    return ended() || (what == Wanted::head ? head_.has_value() : !arrived_.empty());
  }
  void want(Wanted what, std::coroutine_handle<> waiter) {
    wanted_ = what;
    set_waiter([waiter] { waiter.resume(); });
  }

  Result<ResponseHead> head() const {
    if (head_) return *head_;
    if (result_->ok()) return static_cast<const ResponseHead&>(**result_);
    return result_->error();
  }
  Result<std::string_view> piece() {
    if (!arrived_.empty()) {
      handed_over_.clear();
      handed_over_.swap(arrived_);
      if (std::exchange(held_back_, false)) handle_.resume();
      return std::string_view(handed_over_);
    }
    if (!result_->ok()) return result_->error();
    return std::string_view();
  }
  const Response* response() const {
    return ended() && arrived_.empty() && result_->ok() ? &**result_ : nullptr;
  }

 private:
  RequestHandle send(Client& client, Request&& request) override {
    const auto self = std::static_pointer_cast<PendingStream>(shared_from_this());
    StreamCallbacks callbacks;
    callbacks.on_head = [self](const ResponseHead& head) { self->take_head(head); };
    callbacks.on_body = [self](std::string_view bytes) { self->take_bytes(bytes); };
    callbacks.on_done = when_done();
    return client.stream(std::move(request), std::move(callbacks));
  }
  void take_head(const ResponseHead& head) {
    head_ = head;
    if (wanted_ == Wanted::head) wake();
  }
  void take_bytes(std::string_view bytes) {
    arrived_.append(bytes);
    if (wanted_ == Wanted::piece) wake();
    if (arrived_.size() < kHighWater || ended()) return;
    held_back_ = true;
    handle_.pause();
  }

  Wanted wanted_ = Wanted::head;
  std::optional<ResponseHead> head_;
  std::string arrived_, handed_over_;
  bool held_back_ = false;
};

}  // namespace detail

/// One request whose response is taken piece by piece. While no piece is awaited, at most about 64
/// KiB are buffered; then flow control stops the peer. Sends nothing until its head or first piece
/// is awaited, or start() is called. Once the head has been received, the request is not retried
/// (R5). Destroying it before the end cancels the request. Move-only.
///
///     auto body = client.stream({.url = "/big"});
///     for (;;) {
///       holdfast::Result<std::string_view> piece = co_await body.next();
///       if (!piece) co_return piece.error();  // cut short, timed out, cancelled, …
///       if (piece->empty()) break;            // the end; body.response()->trailers
///       use(*piece);
///     }
class [[nodiscard]] Stream {
 public:
  /// Moves the stream.
  Stream(Stream&&) noexcept = default;
  /// Cancels the request and moves the other stream here.
  Stream& operator=(Stream&& other) noexcept {
    const Stream old(std::exchange(pending_, std::move(other.pending_)));
    return *this;
  }
  /// Cancels the request if it has not ended.
  ~Stream() {
    if (pending_ != nullptr) pending_->abandon();
  }

  /// Sends the request now; await its head or pieces later.
  void start() { pending_->start(); }
  /// Ends the stream with `cancelled`, after the pieces received so far.
  void cancel() { pending_->cancel(); }
  /// Tells that the request's body source, which returned `pending`, has bytes now; see
  /// RequestHandle::body_ready().
  void body_ready() { pending_->body_ready(); }

  template <detail::PendingStream::Wanted what>
  class Awaiter;
  /// Awaits the response head: returns Result<ResponseHead>, a copy. Can be awaited more than once.
  Awaiter<detail::PendingStream::Wanted::head> head() &;
  /// Awaits the next bytes of the body: returns Result<std::string_view>. The view is empty only at
  /// the end of a complete body. It lives until next() is awaited again or the stream is destroyed.
  /// After an error every further call returns the same error.
  Awaiter<detail::PendingStream::Wanted::piece> next() &;

  /// Returns head, trailers (RFC 9110 §6.5) and timeline, without the body, after the end of a
  /// complete body. Null before that and after an error, which has the timeline.
  const Response* response() const { return pending_->response(); }

 private:
  friend class holdfast::CoClient;
  explicit Stream(std::shared_ptr<detail::PendingStream> pending) : pending_(std::move(pending)) {}

  std::shared_ptr<detail::PendingStream> pending_;
};

template <detail::PendingStream::Wanted what>
class [[nodiscard]] Stream::Awaiter {
 public:
  explicit Awaiter(std::shared_ptr<detail::PendingStream> pending) : pending_(std::move(pending)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter() {
    if (waiting_) pending_->set_waiter({});
  }

  bool await_ready() {
    refused_ = pending_->has_waiter();
    if (!refused_) pending_->start();
    return refused_ || pending_->has(what);
  }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiting_ = true;
    pending_->want(what, waiter);
  }
  auto await_resume() {
    waiting_ = false;
    if constexpr (what == detail::PendingStream::Wanted::head) {
      return refused_ ? Result<ResponseHead>(detail::Pending::awaited_before()) : pending_->head();
    } else {
      return refused_ ? Result<std::string_view>(detail::Pending::awaited_before())
                      : pending_->piece();
    }
  }

 private:
  std::shared_ptr<detail::PendingStream> pending_;
  bool waiting_ = false, refused_ = false;
};

inline Stream::Awaiter<detail::PendingStream::Wanted::head> Stream::head() & {
  return Awaiter<detail::PendingStream::Wanted::head>(pending_);
}
inline Stream::Awaiter<detail::PendingStream::Wanted::piece> Stream::next() & {
  return Awaiter<detail::PendingStream::Wanted::piece>(pending_);
}

}  // namespace holdfast::co
