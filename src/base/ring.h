// A first-in-first-out ring that grows and keeps its capacity: after warm-up it does not allocate.
// Elements are plain values. Thread: one owner.
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

  /// Appends an element and returns it with the value of its last use.
  T& push() {
    if (size_ == slots_.size()) grow();
    T& slot = slots_[(first_ + size_) & (slots_.size() - 1)];
    ++size_;
    return slot;
  }
  void push(const T& value) { push() = value; }

  T& front() { return slots_[first_]; }
  /// Removes the first element; it stays readable until the next push().
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

  std::vector<T> slots_;  // its size is a power of two
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace holdfast::base
