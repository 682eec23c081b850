// Where nghttp2's small objects live: blocks that are used again instead of given back, since a
// request costs three of them and with many in flight malloc has no quick answer left. Owned by an
// H2Session, and outlives its nghttp2_session. Thread: one owner. Does not move.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace holdfast::wire {

class H2Memory {
 public:
  H2Memory() = default;
  ~H2Memory() { trim(); }
  H2Memory(const H2Memory&) = delete;
  H2Memory& operator=(const H2Memory&) = delete;

  /// To be given to nghttp2_session_client_new3.
  nghttp2_mem hooks() {
    return {this, [](std::size_t size, void* self) { return of(self).take(size); },
            [](void* at, void* self) { of(self).give_back(at); },
            [](std::size_t count, std::size_t size, void* self) {
              return of(self).take_zeroed(count, size);
            },
            [](void* at, std::size_t size, void* self) { return of(self).resize(at, size); }};
  }

  /// Gives the unused blocks back to the system.
  void trim() {
    for (Head*& free : free_) {
      while (free != nullptr) std::free(std::exchange(free, free->next));
    }
    kept_ = 0;
  }
  std::size_t kept() const { return kept_; }

 private:
  /// Before each block: how many bytes it has; and while it is unused, the next such block.
  struct alignas(std::max_align_t) Head {
    std::size_t size = 0;
    Head* next = nullptr;
  };
  static constexpr std::size_t kStep = 64;
  static constexpr std::size_t kClasses = 16;

  static H2Memory& of(void* self) { return *static_cast<H2Memory*>(self); }
  static Head* head_of(void* at) { return static_cast<Head*>(at) - 1; }

  void* take(std::size_t size) {
    const std::size_t which = (size + kStep - 1) / kStep;
    if (which < kClasses && free_[which] != nullptr) {
      Head* const head = std::exchange(free_[which], free_[which]->next);
      --kept_;
      return head + 1;
    }
    if (which < kClasses) size = which * kStep;
    auto* const head = static_cast<Head*>(std::malloc(sizeof(Head) + size));
    if (head == nullptr) return nullptr;
    head->size = size;
    return head + 1;
  }

  void give_back(void* at) {
    if (at == nullptr) return;
    Head* const head = head_of(at);
    const std::size_t which = head->size / kStep;
    if (which >= kClasses) return std::free(head);
    head->next = std::exchange(free_[which], head);
    ++kept_;
  }

  void* take_zeroed(std::size_t count, std::size_t size) {
    void* const at = take(count * size);
    if (at != nullptr) std::memset(at, 0, count * size);
    return at;
  }

  void* resize(void* at, std::size_t size) {
    if (at != nullptr && size <= head_of(at)->size) return at;
    void* const larger = take(size);
    if (larger == nullptr || at == nullptr) return larger;
    std::memcpy(larger, at, head_of(at)->size);
    give_back(at);
    return larger;
  }

  std::array<Head*, kClasses> free_{};
  std::size_t kept_ = 0;
};

}  // namespace holdfast::wire
