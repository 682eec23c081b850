// The cost of a decision (Q6: at most 60 ns). decide() runs once per response, mostly for
// successful ones.
#include <benchmark/benchmark.h>

#include <string_view>

#include "bench/allocations.h"
#include "policy/decide.h"

namespace {

using namespace holdfast;

struct Question {
  RetryPolicy policy;
  policy::Situation situation;
  policy::Outcome outcome;
  Headers headers;

  explicit Question(std::string_view method) {
    situation.method = method;
    headers.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    headers.add("Content-Type", "application/json");
    headers.add("Content-Length", "100");
    outcome.headers = &headers;
    outcome.evidence = {120, false, 200, true};
  }
};

void ask(benchmark::State& state, Question question) {
  question.outcome.headers = question.outcome.headers == nullptr ? nullptr : &question.headers;
  const base::Now now{{1'000'000'000}, {784'111'777'000'000'000}};
  policy::BudgetMeter budget(question.policy.budget);
  base::Rng jitter(7);
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        policy::decide(question.policy, question.situation, question.outcome, now, budget, jitter));
  }
  meter.report(state);
  state.SetLabel("budget 60 ns (Q6)");
}

void get_answered_200(benchmark::State& state) {
  Question question("GET");
  question.outcome.status = 200;
  ask(state, question);
}

void get_answered_404(benchmark::State& state) {
  Question question("GET");
  question.outcome.status = 404;
  ask(state, question);
}

void get_answered_503(benchmark::State& state) {
  Question question("GET");
  question.outcome.status = 503;
  ask(state, question);
}

void get_answered_503_with_retry_after(benchmark::State& state) {
  Question question("GET");
  question.outcome.status = 503;
  question.headers.add("Retry-After", "7");
  ask(state, question);
}

void get_reset_on_a_stale_connection(benchmark::State& state) {
  Question question("GET");
  question.outcome.error = ErrorCode::connection_reset;
  question.outcome.headers = nullptr;
  question.outcome.evidence = {120, false, 0, true};
  ask(state, question);
}

void post_answered_200(benchmark::State& state) {
  Question question("POST");
  question.outcome.status = 200;
  ask(state, question);
}

void post_answered_503(benchmark::State& state) {
  Question question("POST");
  question.outcome.status = 503;
  ask(state, question);
}

BENCHMARK(get_answered_200);
BENCHMARK(get_answered_404);
BENCHMARK(get_answered_503);
BENCHMARK(get_answered_503_with_retry_after);
BENCHMARK(get_reset_on_a_stale_connection);
BENCHMARK(post_answered_200);
BENCHMARK(post_answered_503);

}  // namespace
