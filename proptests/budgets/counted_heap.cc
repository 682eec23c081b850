#include "proptests/budgets/counted_heap.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

// glibc exports its allocator under these names as well, for replacements such as this one. dlsym()
// would not do: it can allocate.
void* system_malloc(std::size_t size) __asm__("__libc_malloc");
void* system_calloc(std::size_t count, std::size_t size) __asm__("__libc_calloc");
void* system_realloc(void* memory, std::size_t size) __asm__("__libc_realloc");
void* system_memalign(std::size_t alignment, std::size_t size) __asm__("__libc_memalign");
void system_free(void* memory) __asm__("__libc_free");

namespace {

std::atomic<std::uint64_t> allocation_count{0};
std::atomic<std::int64_t> bytes_held{0};
std::atomic<void (*)()> allocation_hook{nullptr};

std::int64_t size_of(void* memory) {
  return memory == nullptr ? 0 : static_cast<std::int64_t>(malloc_usable_size(memory));
}

/// Inlined, so that malloc is one frame.
[[gnu::always_inline]] inline void* counted(void* memory) {
  if (memory == nullptr) return nullptr;
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  bytes_held.fetch_add(size_of(memory), std::memory_order_relaxed);
  if (auto* const hook = allocation_hook.load(std::memory_order_relaxed)) hook();
  return memory;
}

}  // namespace

namespace budgets {

std::uint64_t allocations() { return allocation_count.load(std::memory_order_relaxed); }
std::int64_t heap_bytes() { return bytes_held.load(std::memory_order_relaxed); }
void on_allocation(void (*hook)()) { allocation_hook.store(hook, std::memory_order_relaxed); }

}  // namespace budgets

extern "C" {

void* malloc(std::size_t size) noexcept { return counted(system_malloc(size)); }

void* calloc(std::size_t count, std::size_t size) noexcept {
  return counted(system_calloc(count, size));
}

void* realloc(void* memory, std::size_t size) noexcept {
  const std::int64_t before = size_of(memory);
  void* const moved = system_realloc(memory, size);
  // Without a block to return, realloc() has freed the old one only if it was asked for no bytes.
  if (moved != nullptr || size == 0) bytes_held.fetch_sub(before, std::memory_order_relaxed);
  return counted(moved);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return counted(system_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return counted(system_memalign(alignment, size));
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = counted(system_memalign(alignment, size));
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) noexcept {
  bytes_held.fetch_sub(size_of(memory), std::memory_order_relaxed);
  system_free(memory);
}

}  // extern "C"
