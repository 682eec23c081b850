// Counts the heap allocations of a benchmark program: linking allocations.cc replaces operator new
// by one that counts. Memory that C libraries take with malloc (libuv, during set-up only) is not
// counted. Thread: any; the counts are for the whole process.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace bench {

/// Calls of operator new since the process started.
std::uint64_t allocations();
/// Bytes that operator new holds now, as rounded by the allocator.
std::int64_t heap_bytes();

/// Created before the measured loop and reported after it: adds the counter `allocs` (per
/// operation) to a benchmark.
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
