#include "api/batch.h"

#include <algorithm>
#include <utility>

#include "api/ended.h"

namespace holdfast::api {

std::size_t pool_width(const PoolPolicy& pool) {
  const std::uint32_t per_origin = pool.max_per_origin;
  return per_origin == 0 ? pool.max_connections : std::min(pool.max_connections, per_origin);
}

Batch::Batch(std::shared_ptr<ClientState> client, std::vector<Request>&& requests,
             std::size_t limit, Each&& each, Function<void()>&& done)
    : client_(std::move(client)),
      requests_(std::move(requests)),
      handles_(requests_.size()),
      each_(std::move(each)),
      done_(std::move(done)),
      limit_(limit) {
  if (limit_ == 0 && client_ != nullptr) limit_ = pool_width(client_->options().pool);
  limit_ = std::max<std::size_t>(limit_, 1);
}

void Batch::cancel() {
  if (std::exchange(cancelled_, true)) return;
  for (RequestHandle& handle : handles_) handle.cancel();
}

/// With a closed client a request can end inside begin(). The loop counts these; recursion would
/// need one stack frame per request.
void Batch::fill() {
  if (std::exchange(filling_, true)) return;
  while (running_ < limit_ && next_ < requests_.size()) {
    ++running_;
    begin(next_++);
  }
  filling_ = false;
  if (active() || !done_) return;
  Function<void()> done = std::move(done_);
  done();
}

void Batch::begin(std::size_t index) {
  if (cancelled_) {
    return one_ended(index, ended(ErrorCode::cancelled, StopReason::cancelled));
  }
  if (client_ == nullptr) return one_ended(index, closed_error("the client was moved from"));
  RequestHandle handle = client_->send(std::move(requests_[index]),
                                       [self = shared_from_this(), index](Result<Response> result) {
                                         self->one_ended(index, std::move(result));
                                       });
  handles_[index] = std::move(handle);
}

void Batch::one_ended(std::size_t index, Result<Response>&& result) {
  --running_;
  if (each_) each_(index, std::move(result));
  fill();
}

}  // namespace holdfast::api
