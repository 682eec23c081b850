// A growing first-in-first-out ring that keeps its room: after warm-up it never allocates. Elements
// are plain values. Thread: one owner.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace holdfast::base {

template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// The new last element, in whatever state its last use left it.
  T& push() {
    if (size_ == slots_.size()) grow();
    T& slot = slots_[(first_ + size_) & (slots_.size() - 1)];
    ++size_;
    return slot;
  }
  void push(const T& value) { push() = value; }

  T& front() { return slots_[first_]; }
  /// The popped element stays readable until the next push().
  T& pop() {
    T& slot = slots_[first_];
    first_ = (first_ + 1) & (slots_.size() - 1);
    --size_;
    return slot;
  }

 private:
  void grow() {
    std::vector<T> more(slots_.empty() ? 16 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) {
      more[i] = std::move(slots_[(first_ + i) & (slots_.size() - 1)]);
    }
    slots_ = std::move(more);
    first_ = 0;
  }

  std::vector<T> slots_;  // a power of two
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace holdfast::base
