// The public API over real sockets: keep-alive GETs on loopback, with the server in the same
// process and on the same loop. Times include the work of the server and of the system. The figures
// to read are the allocations (Q3: at most 4 per request, none per read) and the memory of idle
// connections (Q5: at most 2 KiB). The server allocates nothing during the measurement.
#include <benchmark/benchmark.h>
#include <uv.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bench/allocations.h"
#include "bench/null_server.h"
#include "holdfast/client.h"

namespace {

using namespace holdfast;

class Loopback {
 public:
  explicit Loopback(std::uint32_t connections) {
    uv_loop_init(&loop_);
    server_ = std::make_unique<bench::NullServer>(&loop_, std::uint16_t{0});
    server_->unref();
    server_->reserve(connections);
    url_ = "http://127.0.0.1:" + std::to_string(server_->port()) + "/";
    ClientOptions options;
    options.pool.max_connections = connections;
    options.pool.max_idle = connections;
    options.timeouts.pool = kOff;
    client_ = std::make_unique<Client>(&loop_, std::move(options));
    fresh_client_ = bench::heap_bytes();
  }
  ~Loopback() {
    client_.reset();
    server_->close();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  /// Sends `count` requests, `at_once` of them at a time, each with `send_one`.
  template <class SendOne>
  void run(std::uint64_t count, std::uint32_t at_once, SendOne send_one) {
    left_ = count;
    for (std::uint32_t i = 0; i < at_once && left_ != 0; ++i) send_one();
    uv_run(&loop_, UV_RUN_DEFAULT);
  }
  void get() {
    --left_;
    client_->get(url_, [this](Result<Response> result) {
      if (result && result->body.size() == 100) ++good_;
      if (left_ != 0) get();
    });
  }
  void stream() {
    --left_;
    Request request;
    request.url = url_;
    StreamCallbacks callbacks;
    callbacks.on_body = [this](std::string_view bytes) { streamed_ += bytes.size(); };
    callbacks.on_done = [this](Result<Response> result) {
      if (result) ++good_;
      if (left_ != 0) stream();
    };
    client_->stream(std::move(request), std::move(callbacks));
  }

  std::uint64_t good() const { return good_; }
  /// The client's memory beyond that of a new one: its connections, and the slots of the requests
  /// that ran at the same time.
  std::int64_t grown_bytes() const { return bench::heap_bytes() - fresh_client_; }

 private:
  uv_loop_t loop_{};
  std::unique_ptr<bench::NullServer> server_;
  std::int64_t fresh_client_ = 0;
  std::unique_ptr<Client> client_;
  std::string url_;
  std::uint64_t left_ = 0, good_ = 0, streamed_ = 0;
};

constexpr std::uint64_t kBatch = 1000;

template <class SendOne>
void measure(benchmark::State& state, Loopback& loopback, SendOne send_one) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  // In the first turn requests can share idle connections; later turns open the rest.
  loopback.run(std::uint64_t{20} * connections, connections, send_one);
  const std::int64_t idle = loopback.grown_bytes();
  const std::uint64_t good = loopback.good();
  const bench::AllocationMeter meter;
  while (state.KeepRunningBatch(kBatch)) loopback.run(kBatch, connections, send_one);
  meter.report(state);
  if (loopback.good() - good != static_cast<std::uint64_t>(state.iterations())) {
    return state.SkipWithError("requests went wrong");
  }
  state.counters["idle_bytes"] = static_cast<double>(idle) / static_cast<double>(connections);
}

void callback_face(benchmark::State& state) {
  Loopback loopback(static_cast<std::uint32_t>(state.range(0)));
  measure(state, loopback, [&loopback] { loopback.get(); });
  state.SetLabel("budgets: 4 allocations (Q3), 2048 idle_bytes (Q5)");
}
BENCHMARK(callback_face)->ArgName("connections")->Arg(1)->Arg(50)->Arg(400);

void streaming_face(benchmark::State& state) {
  Loopback loopback(static_cast<std::uint32_t>(state.range(0)));
  measure(state, loopback, [&loopback] { loopback.stream(); });
}
BENCHMARK(streaming_face)->ArgName("connections")->Arg(50);

}  // namespace
