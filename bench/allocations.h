// Heap allocations of a benchmark program: linking allocations.cc replaces operator new by one that
// counts. What C libraries take by malloc (libuv, in set-up only) is not seen. Thread: any; the
// counts are the whole process's.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace bench {

/// Calls of operator new since the process began.
std::uint64_t allocations();
/// Bytes held by operator new now, as the allocator rounds them.
std::int64_t heap_bytes();

/// Made before the measured loop, reported after it: adds the counter `allocs` (per operation) to a
/// benchmark.
class AllocationMeter {
 public:
  void report(benchmark::State& state) const {
    state.counters["allocs"] = benchmark::Counter(static_cast<double>(allocations() - before_),
                                                  benchmark::Counter::kAvgIterations);
  }

 private:
  std::uint64_t before_ = allocations();
};

}  // namespace bench
