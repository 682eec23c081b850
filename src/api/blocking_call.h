// One call of the blocking client: where the loop's thread leaves what the calling thread waits
// for. Owner: both, shared. Thread: the loop's fills, the caller's takes. Never holds more than one
// read on top of its high-water mark; never calls anybody.
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
  /// Bytes that may lie here untaken before the peer is held back.
  static constexpr std::size_t kHighWater = 64 * 1024;

  /// What has come since the caller last took.
  struct News {
    std::optional<ResponseHead> head;
    std::string bytes;
    std::optional<Result<Response>> result;  ///< the last news
    bool resume = false;                     ///< the peer was held back and need not be any more
  };

  // The loop's thread.
  void add_head(const ResponseHead& head);
  void add_bytes(std::string_view bytes);
  void finish(Result<Response>&& result);
  RequestHandle handle;

  // The caller's.
  /// Waits for news; `news.bytes` lends its room.
  void take(News& news);
  /// Waits for the end, and drops all other news.
  Result<Response> take_result();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  News news_;  // under mutex_
};

}  // namespace holdfast::api
