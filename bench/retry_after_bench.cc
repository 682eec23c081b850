// The cost of reading Retry-After, in the forms that servers send and in some that only an attacker
// would send: the cost must grow at most linearly with a header section of up to 64 KiB.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "bench/allocations.h"
#include "policy/retry_after.h"

namespace {

using namespace holdfast;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 §5.6.7.
constexpr base::Now kNow{{1'000'000'000}, {784'111'777'000'000'000}};

void read(benchmark::State& state, const Headers& headers) {
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(policy::read_retry_after(headers, kNow));
  }
  meter.report(state);
  state.SetBytesProcessed(static_cast<std::int64_t>(headers.bytes()) *
                          static_cast<std::int64_t>(state.iterations()));
}

/// The fields of an ordinary response, with Retry-After unless it is empty.
Headers answer(std::string_view retry_after, bool with_date = false) {
  Headers headers{
      {"Server", "nginx"}, {"Content-Type", "text/html; charset=utf-8"}, {"Content-Length", "197"}};
  if (with_date) headers.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  if (!retry_after.empty()) headers.add("Retry-After", retry_after);
  headers.add("Cache-Control", "no-store");
  return headers;
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

void form(benchmark::State& state, const std::string& value, bool with_date) {
  read(state, answer(value, with_date));
}
BENCHMARK_CAPTURE(form, absent, "", false);
BENCHMARK_CAPTURE(form, seconds, "120", false);
BENCHMARK_CAPTURE(form, imf_fixdate, "Sun, 06 Nov 1994 08:51:37 GMT", false);
BENCHMARK_CAPTURE(form, imf_fixdate_against_date, "Sun, 06 Nov 1994 08:51:37 GMT", true);
BENCHMARK_CAPTURE(form, rfc850_date, "Sunday, 06-Nov-94 08:51:37 GMT", false);
BENCHMARK_CAPTURE(form, asctime_date, "Sun Nov  6 08:51:37 1994", false);
BENCHMARK_CAPTURE(form, unparsable, "in a while", false);

constexpr std::size_t kHostile = 60 * 1024;
// Half of the next one: a cost that grows faster than linearly would show.
BENCHMARK_CAPTURE(form, hostile_commas_half, repeated(",", kHostile / 2), false);
BENCHMARK_CAPTURE(form, hostile_digits, repeated("9", kHostile), false);
BENCHMARK_CAPTURE(form, hostile_commas, repeated(",", kHostile), false);
BENCHMARK_CAPTURE(form, hostile_seconds_list, repeated("1, ", kHostile), false);
BENCHMARK_CAPTURE(form, hostile_dates, repeated("Sun, 06 Nov 1994 08:51:37 GMT, ", kHostile),
                  false);
BENCHMARK_CAPTURE(form, hostile_weekdays, repeated("Sun, ", kHostile), false);

void hostile_fields(benchmark::State& state) {
  Headers headers;
  for (int i = 0; i < 250; ++i) headers.add("Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT");
  for (int i = 0; i < 6; ++i) headers.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  read(state, headers);
}
BENCHMARK(hostile_fields);

}  // namespace
