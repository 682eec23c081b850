#include "bench/allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocation_count{0};
std::atomic<std::int64_t> bytes_held{0};

// The atomics are relaxed and mostly uncontended. They add a few nanoseconds to each allocation,
// which the times of benchmarks that allocate include.
void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  bytes_held.fetch_add(static_cast<std::int64_t>(malloc_usable_size(memory)),
                       std::memory_order_relaxed);
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  bytes_held.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(memory)),
                       std::memory_order_relaxed);
  std::free(memory);
}

std::size_t at_least_one(std::size_t size) { return size == 0 ? 1 : size; }

}  // namespace

namespace bench {

std::uint64_t allocations() { return allocation_count.load(std::memory_order_relaxed); }
std::int64_t heap_bytes() { return bytes_held.load(std::memory_order_relaxed); }

}  // namespace bench

// The standard library's array and nothrow forms call these.
void* operator new(std::size_t size) { return counted(std::malloc(at_least_one(size))); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(step, (at_least_one(size) + step - 1) / step * step));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
