// Storage with generational ids: an id of something gone stays recognisably stale, so a late fact
// about it is ignored instead of hitting its successor. Slots (and their capacity) are reused.
// Thread: one owner. Never shrinks; never moves a live value that is a pointer's target (values
// live apart, so references stay good until erase(); a deque would cost a division per lookup).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace holdfast::base {

/// `Tag` distinguishes the ids of different types of things. The default id refers to nothing.
template <class Tag>
struct SlotId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  explicit operator bool() const { return generation != 0; }
  friend bool operator==(SlotId, SlotId) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy trips over the comparison with 0 in it
  friend auto operator<=>(SlotId, SlotId) = default;
};

/// Generations are odd while a slot is live and even while it is free.
template <class T, class Tag = T>
class SlotMap {
 public:
  using Id = SlotId<Tag>;

  /// Takes a slot; its value is new or as the last owner left it (see `recycle` at the users).
  Id take() {
    std::uint32_t index;
    if (free_.empty()) {
      index = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back(std::make_unique<Slot>());
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Slot& slot = *slots_[index];
    ++slot.generation;
    ++live_;
    return {index, slot.generation};
  }

  T* find(Id id) {
    if (id.index >= slots_.size()) return nullptr;
    Slot& slot = *slots_[id.index];
    // A free slot has an even generation, which an id made up by a caller can match.
    return slot.generation == id.generation && (id.generation & 1U) != 0 ? &slot.value : nullptr;
  }
  const T* find(Id id) const { return const_cast<SlotMap*>(this)->find(id); }

  /// The id of the value in slot `index`; the default id if the slot is free.
  Id live_at(std::uint32_t index) const {
    if (index >= slots_.size() || (slots_[index]->generation & 1U) == 0) return {};
    return {index, slots_[index]->generation};
  }

  T& operator[](Id id) {
    T* value = find(id);
    HF_CHECK(value != nullptr);
    return *value;
  }

  /// Frees the slot without destroying the value: its buffers keep their capacity for the next
  /// owner, which must reset the value.
  void erase(Id id) {
    HF_CHECK(find(id) != nullptr);
    ++slots_[id.index]->generation;
    --live_;
    free_.push_back(id.index);
  }

  std::size_t size() const { return live_; }
  bool empty() const { return live_ == 0; }

  /// Calls `visit(id, value)` for the live values in slot order (deterministic). It may erase `id`.
  template <class Visit>
  void each(Visit&& visit) {
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = *slots_[i];
      if ((slot.generation & 1U) != 0) visit(Id{i, slot.generation}, slot.value);
    }
  }

 private:
  struct Slot {
    T value{};
    std::uint32_t generation = 0;
  };

  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t live_ = 0;
};

}  // namespace holdfast::base
