// Counts the heap of the whole process: linking counted_heap.cc replaces malloc and its family by
// functions that count and then call glibc's own. So the allocations of OpenSSL, nghttp2 and libuv
// are counted like those of operator new, which calls malloc. Thread: any.
#pragma once

#include <cstdint>

namespace budgets {

/// Calls of malloc, calloc, realloc and the aligned forms that returned memory.
std::uint64_t allocations();
/// Bytes held now, as the allocator rounds them; without its own header of 8 bytes a block.
std::int64_t heap_bytes();

/// `hook` is called after each allocation; it must not allocate.
void on_allocation(void (*hook)());

}  // namespace budgets
