// The cost of HTTP/1.1 alone: a request's header section into the connection's buffer, a response's
// bytes into events.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "bench/allocations.h"
#include "wire/h1/reader.h"
#include "wire/h1/writer.h"

namespace {

using namespace holdfast;

void encode(benchmark::State& state, const wire::H1RequestHead& head) {
  std::string out;
  wire::append_request_head(out, head);
  const auto bytes = static_cast<std::int64_t>(out.size());
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    wire::append_request_head(out, head);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  meter.report(state);
  state.SetBytesProcessed(bytes * static_cast<std::int64_t>(state.iterations()));
}

void encode_plain_get(benchmark::State& state) {
  wire::H1RequestHead head;
  head.method = "GET";
  head.target = "/bytes/100";
  head.authority = "127.0.0.1:8080";
  head.user_agent = "holdfast";
  encode(state, head);
}
BENCHMARK(encode_plain_get);

void encode_post_with_fields(benchmark::State& state) {
  const Headers own{{"Content-Type", "application/json"},
                    {"Accept", "application/json"},
                    {"Authorization", "Bearer 0123456789abcdef0123456789abcdef"},
                    {"X-Request-Id", "3f2a9c51-6f0e-4f0e-9d55-0d5a5d1f8c11"}};
  const Headers defaults{{"Accept", "*/*"},
                         {"Accept-Language", "en"},
                         {"Cache-Control", "no-cache"},
                         {"User-Agent", "bench/1.0"}};
  wire::H1RequestHead head;
  head.method = "POST";
  head.target = "/v1/orders?dry_run=false";
  head.authority = "orders.example.com";
  head.fields = &own;
  head.defaults = &defaults;
  head.content_length = 4096;
  encode(state, head);
}
BENCHMARK(encode_post_with_fields);

/// Parses `response` in pieces of `piece` bytes.
void parse(benchmark::State& state, const std::string& response, std::size_t piece) {
  const LimitPolicy limits;
  wire::H1Reader reader;
  const bench::AllocationMeter meter;
  for ([[maybe_unused]] auto _ : state) {
    reader.expect_response("GET", limits);
    bool ended = false;
    for (std::size_t at = 0; at < response.size() && !ended; at += piece) {
      std::string_view input = std::string_view(response).substr(at, piece);
      for (auto event = reader.next(input); event != wire::H1Reader::Event::need_more;
           event = reader.next(input)) {
        if (event == wire::H1Reader::Event::error) return state.SkipWithError("not parsed");
        if (event == wire::H1Reader::Event::body) benchmark::DoNotOptimize(reader.body().data());
        if (event == wire::H1Reader::Event::head) benchmark::DoNotOptimize(reader.head().status);
        ended = event == wire::H1Reader::Event::end;
        if (ended) break;
      }
    }
    if (!ended) return state.SkipWithError("the response did not end");
  }
  meter.report(state);
  state.SetBytesProcessed(static_cast<std::int64_t>(response.size()) *
                          static_cast<std::int64_t>(state.iterations()));
}

std::string short_response() {
  return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 100\r\n\r\n" +
         std::string(100, 'x');
}

std::string many_fields() {
  return "HTTP/1.1 200 OK\r\n"
         "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
         "Server: nginx/1.22.1\r\n"
         "Content-Type: application/json; charset=utf-8\r\n"
         "Content-Length: 1024\r\n"
         "Connection: keep-alive\r\n"
         "Keep-Alive: timeout=75, max=1000\r\n"
         "Vary: Accept-Encoding, Origin\r\n"
         "Cache-Control: private, max-age=0, must-revalidate\r\n"
         "ETag: \"6f0e4f0e9d550d5a\"\r\n"
         "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
         "X-Content-Type-Options: nosniff\r\n"
         "X-Request-Id: 3f2a9c51-6f0e-4f0e-9d55-0d5a5d1f8c11\r\n\r\n" +
         std::string(1024, 'x');
}

std::string chunked() {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 64; ++i) text += "400\r\n" + std::string(1024, 'x') + "\r\n";
  return text + "0\r\n\r\n";
}

constexpr std::size_t kWhole = 1U << 20;
BENCHMARK_CAPTURE(parse, short_response, short_response(), kWhole);
BENCHMARK_CAPTURE(parse, short_response_byte_by_byte, short_response(), 1);
BENCHMARK_CAPTURE(parse, twelve_fields, many_fields(), kWhole);
BENCHMARK_CAPTURE(parse, chunks_of_1_kib, chunked(), kWhole);
BENCHMARK_CAPTURE(parse, a_mebibyte,
                  "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + std::string(1 << 20, 'x'),
                  64 * 1024);

}  // namespace
