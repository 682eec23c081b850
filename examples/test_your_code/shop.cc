#include "examples/test_your_code/shop.h"

#include <memory>
#include <utility>

namespace {

std::shared_ptr<const holdfast::RequestPolicy> within_two_seconds() {
  auto policy = std::make_shared<holdfast::RequestPolicy>();
  policy->timeouts.emplace().total = std::chrono::seconds(2);
  return policy;
}

}  // namespace

void Shop::price(std::string_view item, holdfast::Function<void(std::string)> tell) {
  holdfast::Request request;
  request.url = "/price/" + std::string(item);
  request.policy = within_two_seconds();
  client_.send(std::move(request), [this, tell = std::move(tell)](auto result) mutable {
    if (result.ok() && result->is_success()) last_known_ = result->body;
    tell(last_known_);
  });
}

void Shop::order(std::string_view item, holdfast::Function<void(Placed)> tell) {
  client_.post("/orders", std::string(item), [tell = std::move(tell)](auto result) mutable {
    if (result.ok()) return tell(result->is_success() ? Placed::yes : Placed::no);
    // The error reports whether the server can have processed the request.
    const bool untouched = result.error().replay == holdfast::ReplayClass::unprocessed;
    tell(untouched ? Placed::no : Placed::unknown);
  });
}
