// BlockingClient::for_each(): requests end on the loop's thread, callbacks run on the caller's.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "api/batch.h"
#include "api/blocking_state.h"
#include "api/ended.h"

namespace holdfast::api {

namespace {

/// The queue of results from the loop's thread to the calling thread.
class Results {
 public:
  using Ended = std::pair<std::size_t, Result<Response>>;

  void add(std::size_t index, Result<Response>&& result) {
    {
      const std::lock_guard lock(mutex_);
      ended_.emplace_back(index, std::move(result));
    }
    changed_.notify_one();
  }
  Ended take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ended_.empty(); });
    Ended first = std::move(ended_.front());
    ended_.pop_front();
    return first;
  }

  std::vector<RequestHandle> handles;  // used by the loop's thread only

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Ended> ended_;  // under mutex_
};

}  // namespace

void BlockingState::for_each(std::vector<Request>&& requests, std::size_t limit,
                             Function<void(std::size_t, Result<Response>)>& callback,
                             const StopToken& stop) {
  const std::size_t count = requests.size();
  const auto results = std::make_shared<Results>();
  results->handles.resize(count);
  const auto begin = [&](std::size_t index) {
    if (auto refused = refusal(stop)) return results->add(index, std::move(*refused));
    const bool taken = client_->post_to_loop(
        [this, results, index, request = std::move(requests[index])]() mutable {
          results->handles[index] =
              client_->send(std::move(request), [results, index](Result<Response> result) {
                results->add(index, std::move(result));
              });
        });
    if (!taken) results->add(index, closed_error());
  };
  const auto cancel_all = [&] {
    if (!client_) return;
    client_->post_to_loop([results] {
      for (RequestHandle& handle : results->handles) handle.cancel();
    });
  };
  std::size_t next = std::min(count, limit == 0 ? width_ : limit);
  for (std::size_t i = 0; i < next; ++i) begin(i);
  const StopCallback on_stop(stop, cancel_all);
  for (std::size_t told = 0; told < count; ++told) {
    auto [index, result] = results->take();
    // Before the callback, so that the next request runs meanwhile.
    if (next < count) begin(next++);
    try {
      if (callback) callback(index, std::move(result));
    } catch (...) {
      cancel_all();
      throw;
    }
  }
}

}  // namespace holdfast::api
