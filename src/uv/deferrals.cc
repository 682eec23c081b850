#include "uv/deferrals.h"

#include <utility>
#include <vector>

namespace holdfast::uv {

void Deferrals::add(uv_loop_t* loop, Function<void()> work, Function<void()> gone) {
  items_.push_back(std::make_unique<Item>());
  Item& item = *items_.back();
  item.owner = this;
  item.work = std::move(work);
  item.gone = std::move(gone);
  item.at = std::prev(items_.end());
  uv_timer_init(loop, &item.timer);
  item.timer.data = &item;
  uv_timer_start(&item.timer, on_due, 0, 0);
}

void Deferrals::on_due(uv_timer_t* timer) noexcept {
  auto* item = static_cast<Item*>(timer->data);
  item->ran = true;
  item->work();
  auto* handle = reinterpret_cast<uv_handle_t*>(timer);
  if (uv_is_closing(handle) == 0) uv_close(handle, on_closed);
}

void Deferrals::on_closed(uv_handle_t* handle) noexcept {
  auto* item = static_cast<Item*>(handle->data);
  const std::unique_ptr<Item> done = std::move(*item->at);
  done->owner->items_.erase(done->at);
  done->gone();
}

void Deferrals::run_all() {
  std::vector<Item*> due;
  for (const auto& item : items_) {
    if (!std::exchange(item->ran, true)) due.push_back(item.get());
  }
  for (Item* item : due) item->work();
}

}  // namespace holdfast::uv
