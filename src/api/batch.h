// Many requests, a few of them at a time: what stands behind Client::for_each(). Owner: the
// callbacks of its requests under way. Thread: the loop's. Never calls a user's function inside
// start(), unless the client has closed or there is no request.
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

  /// `client`: null for one that was moved from. `limit` 0: as many as its pool has connections.
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
  std::vector<RequestHandle> handles_;  // of those that have begun
  Each each_;
  Function<void()> done_;
  std::size_t limit_, next_ = 0, running_ = 0;
  bool filling_ = false;  // an outer frame goes on
  bool cancelled_ = false;
};

/// As many requests as need no wait in the pool of such a client.
std::size_t pool_width(const PoolPolicy& pool);

}  // namespace holdfast::api
