#include "base/keep.h"

#include <atomic>
#include <utility>

namespace holdfast::base {

namespace {

struct Kept {
  std::shared_ptr<void> what;
  Kept* next = nullptr;
};

constinit std::atomic<Kept*> kept{nullptr};

}  // namespace

void keep_for_ever(std::shared_ptr<void> what) {
  auto* one = new Kept{std::move(what), kept.load()};
  while (!kept.compare_exchange_weak(one->next, one)) {
  }
}

}  // namespace holdfast::base
