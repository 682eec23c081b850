// What the client takes from the heap: allocations per request and per read, bytes per idle
// connection. Usage: budget_heap HTTP_URL HTTPS_URL CA_FILE, both of a server in another process,
// whose responses have a body of 100 bytes. Prints a line `figure value` for each figure of
// table.txt; run.py judges them.
#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/client.h"
#include "proptests/budgets/counted_calls.h"
#include "proptests/budgets/counted_heap.h"
#include "proptests/budgets/plain_server.h"

namespace {

using namespace holdfast;

constexpr std::size_t kBody = 100;

/// A client on a loop of its own that sends GETs, some at once.
class Load {
 public:
  Load(std::string url, ClientOptions options, std::uint32_t connections) : url_(std::move(url)) {
    uv_loop_init(&loop_);
    options.pool.max_connections = connections;
    options.pool.max_idle = connections;
    options.timeouts.pool = kOff;
    client_ = std::make_unique<Client>(&loop_, std::move(options));
    bytes_before_ = budgets::heap_bytes();
  }
  ~Load() {
    client_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void run(std::uint64_t count, std::uint64_t at_once) {
    left_ = count;
    while (left_ > 0 && at_once-- > 0) get();
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

  ClientStats stats() const { return client_->stats(); }
  /// More than a client has that has sent nothing.
  std::int64_t bytes_grown() const { return budgets::heap_bytes() - bytes_before_; }

 private:
  void get() {
    --left_;
    client_->get(url_, [this](const Result<Response>& result) {
      if (!result) budgets::give_up(result.error().message());
      if (result->body.size() != kBody) budgets::give_up("the body is not what was sent");
      if (left_ != 0) get();
    });
  }

  std::string url_;
  uv_loop_t loop_{};
  std::unique_ptr<Client> client_;
  std::int64_t bytes_before_ = 0;
  std::uint64_t left_ = 0;
};

void print(const char* figure, double value) { std::printf("%s %.3f\n", figure, value); }

double per_request(const std::string& url, ClientOptions options, std::uint32_t connections,
                   std::uint32_t at_once) {
  constexpr std::uint64_t kRequests = 2000;
  Load load(url, std::move(options), connections);
  load.run(kRequests, at_once);  // opens the connections, and the memory that is used again
  const std::uint64_t before = budgets::allocations();
  if (before == 0) budgets::give_up("the allocations are not counted");
  load.run(kRequests, at_once);
  return static_cast<double>(budgets::allocations() - before) / static_cast<double>(kRequests);
}

/// Bytes of a client that has sent this many requests at once, over this many connections, and each
/// of these has carried more than one.
std::int64_t bytes_kept(const std::string& url, const ClientOptions& options,
                        std::uint32_t requests, std::uint32_t connections) {
  Load load(url, options, connections);
  // A request may take a connection that another one opened.
  for (int round = 0; load.stats().idle != connections; ++round) {
    if (round == 100) budgets::give_up("the connections are not all open");
    load.run(requests, requests);
  }
  for (int round = 0; round < 2; ++round) load.run(requests, requests);
  if (load.stats().opened != connections) budgets::give_up("connections were closed");
  return load.bytes_grown();
}

/// As many requests at once over many connections and over one: what is kept for each request is
/// the same, and the connections are the difference.
void print_idle(const char* figure, const char* figure_with_exchange, const std::string& url,
                const ClientOptions& options) {
  constexpr std::uint32_t kMany = 200;
  const std::int64_t many = bytes_kept(url, options, kMany, kMany);
  const std::int64_t one = bytes_kept(url, options, kMany, 1);
  print(figure, static_cast<double>(many - one) / (kMany - 1));
  print(figure_with_exchange, static_cast<double>(many) / kMany);
}

/// What a connection holds after its first response and gives back with its second request.
double first_response_extra(const std::string& url, const ClientOptions& options) {
  Load load(url, options, 1);
  load.run(1, 1);
  const std::int64_t first = load.bytes_grown();
  load.run(2, 1);
  return static_cast<double>(first - load.bytes_grown());
}

/// A body that arrives in many pieces, delivered piece by piece.
class Download {
 public:
  Download() {
    uv_loop_init(&loop_);
    client_ = std::make_unique<Client>(&loop_, ClientOptions{});
  }
  ~Download() {
    client_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  void connect() {
    begin();
    server_.accept_one();
    while (!server_.has_input()) uv_run(&loop_, UV_RUN_ONCE);
    take(1);
  }
  void get(std::size_t pieces) {
    begin();
    take(pieces);
  }

 private:
  static constexpr std::size_t kPiece = 10'000;

  void begin() {
    received_ = 0;
    done_ = false;
    Request request;
    request.url = server_.url();
    StreamCallbacks callbacks;
    callbacks.on_body = [this](std::string_view bytes) { received_ += bytes.size(); };
    callbacks.on_done = [this](const Result<Response>& result) {
      if (!result) budgets::give_up(result.error().message());
      done_ = true;
    };
    client_->stream(std::move(request), std::move(callbacks));
  }
  void take(std::size_t pieces) {
    server_.read_head();
    server_.respond_head(pieces * kPiece);
    for (std::size_t sent = 1; sent <= pieces; ++sent) {
      server_.send(piece_);
      while (received_ < sent * kPiece) uv_run(&loop_, UV_RUN_ONCE);
    }
    while (!done_) uv_run(&loop_, UV_RUN_ONCE);
  }

  uv_loop_t loop_{};
  budgets::PlainServer server_;
  std::unique_ptr<Client> client_;
  std::string piece_ = std::string(kPiece, 'x');
  std::size_t received_ = 0;
  bool done_ = false;
};

/// Of a long body beyond those of a short one.
void print_per_read() {
  constexpr std::size_t kShort = 100, kLong = 1100;
  Download download;
  download.connect();
  std::uint64_t allocations[2], reads[2];
  int run = 0;
  for (const std::size_t pieces : {kShort, kLong}) {
    download.get(pieces);  // the longest body yet may grow what is kept
    const std::uint64_t allocations_before = budgets::allocations();
    const std::uint64_t reads_before = budgets::calls().reads;
    download.get(pieces);
    allocations[run] = budgets::allocations() - allocations_before;
    reads[run++] = budgets::calls().reads - reads_before;
  }
  if (reads[1] < reads[0] + kLong - kShort) budgets::give_up("the reads are not counted");
  print("heap.allocations.read", static_cast<double>(allocations[1] - allocations[0]) /
                                     static_cast<double>(reads[1] - reads[0]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) budgets::give_up("usage: budget_heap HTTP_URL HTTPS_URL CA_FILE");
  const std::string http = argv[1], https = argv[2];
  ClientOptions options;
  options.tls.ca_file = argv[3];
  ClientOptions http1 = options;
  http1.http2.use = Http2::off;
  print("heap.allocations.http1", per_request(http, options, 50, 50));
  print("heap.allocations.http1_tls", per_request(https, http1, 50, 50));
  print("heap.allocations.http2_tls", per_request(https, options, 1, 100));
  print_per_read();
  print_idle("heap.idle.http1", "heap.idle.http1.exchange", http, options);
  print_idle("heap.idle.http1_tls", "heap.idle.http1_tls.exchange", https, http1);
  print("heap.idle.http1_tls.first_response", first_response_extra(https, http1));
  return 0;
}
