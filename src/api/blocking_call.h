// One call of the blocking client: a mailbox from the loop's thread to the calling thread. Owner:
// both threads, shared. Thread: the loop's thread fills it, the calling thread empties it. Never
// holds more than the high-water mark and one read; never calls a function of the user.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/client.h"

namespace holdfast::api {

class BlockingCall {
 public:
  /// With this many bytes waiting here, reading from the peer is paused.
  static constexpr std::size_t kHighWater = 64 * 1024;

  /// Everything that arrived since the last take().
  struct News {
    std::optional<ResponseHead> head;
    std::string bytes;
    std::optional<Result<Response>> result;  ///< the last piece of news
    bool resume = false;                     ///< the exchange was paused and can be resumed
  };

  // Called on the loop's thread.
  void add_head(const ResponseHead& head);
  void add_bytes(std::string_view bytes);
  void finish(Result<Response>&& result);
  RequestHandle handle;

  // Called on the calling thread.
  /// Waits for news; reuses the storage of `news.bytes`.
  void take(News& news);
  /// Waits for the result and drops all other news.
  Result<Response> take_result();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  News news_;  // under mutex_
};

}  // namespace holdfast::api
