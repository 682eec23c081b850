#include "api/blocking_call.h"

#include <utility>

namespace holdfast::api {

void BlockingCall::add_head(const ResponseHead& head) {
  {
    const std::lock_guard lock(mutex_);
    news_.head = head;
  }
  changed_.notify_one();
}

void BlockingCall::add_bytes(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    news_.bytes.append(bytes);
    if (news_.bytes.size() >= kHighWater) {
      news_.resume = true;
      handle.pause();
    }
  }
  changed_.notify_one();
}

void BlockingCall::finish(Result<Response>&& result) {
  {
    const std::lock_guard lock(mutex_);
    news_.result.emplace(std::move(result));
  }
  changed_.notify_one();
}

void BlockingCall::take(News& news) {
  news.head.reset();
  news.bytes.clear();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return news_.head || !news_.bytes.empty() || news_.result; });
  news.head.swap(news_.head);
  news.bytes.swap(news_.bytes);
  if (news_.result) news.result.emplace(std::move(*news_.result));
  news.resume = std::exchange(news_.resume, false);
}

Result<Response> BlockingCall::take_result() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return news_.result.has_value(); });
  return std::move(*news_.result);
}

}  // namespace holdfast::api
