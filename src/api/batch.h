// The implementation of Client::for_each(): many requests, a limited number of them at a time.
// Owner: the callbacks of its running requests. Thread: the loop's. Never calls a user's function
// inside start(), unless the client is closed or there is no request.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "api/client_state.h"
#include "holdfast/client.h"

namespace holdfast::api {

class Batch final : public std::enable_shared_from_this<Batch> {
 public:
  using Each = Function<void(std::size_t, Result<Response>)>;

  /// `client` is null when the Client was moved from. `limit` 0: as many as the pool has
  /// connections.
  Batch(std::shared_ptr<ClientState> client, std::vector<Request>&& requests, std::size_t limit,
        Each&& each, Function<void()>&& done);

  void start() { fill(); }
  void cancel();
  bool active() const { return next_ != requests_.size() || running_ != 0; }

 private:
  void fill();
  void begin(std::size_t index);
  void one_ended(std::size_t index, Result<Response>&& result);

  std::shared_ptr<ClientState> client_;
  std::vector<Request> requests_;
  std::vector<RequestHandle> handles_;  // of the requests that have begun
  Each each_;
  Function<void()> done_;
  std::size_t limit_, next_ = 0, running_ = 0;
  bool filling_ = false;  // fill() is running further up the stack
  bool cancelled_ = false;
};

/// The number of requests that run at once without waiting in the pool.
std::size_t pool_width(const PoolPolicy& pool);

}  // namespace holdfast::api
