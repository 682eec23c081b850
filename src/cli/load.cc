#include "cli/load.h"

#include <uv.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/json_report.h"
#include "holdfast/client.h"

namespace holdfast::cli {

namespace {

/// A closed loop: each answer sends the next request, `concurrency` of them are under way.
class Load {
 public:
  Load(uv_loop_t* loop, const CommandLine& line)
      : line_(line), client_(loop, line.client), interrupt_(loop, [this](int number) {
          signal_ = number;
          end();
        }) {
    latencies_ns_.reserve(line.requests);
  }

  void start() {
    started_ns_ = ended_ns_ = uv_hrtime();
    const std::uint64_t first = std::min<std::uint64_t>(line_.concurrency, line_.requests);
    for (std::uint64_t i = 0; i < first; ++i) send();
  }

  int report() const;

 private:
  void send() {
    ++sent_;
    Request request;
    request.method = line_.method;
    request.url = line_.urls.front();
    request.headers = line_.headers;
    const std::uint64_t begun_ns = uv_hrtime();
    client_.send(std::move(request),
                 [this, begun_ns](Result<Response> result) { done(begun_ns, result); });
  }

  void end() {
    opened_ = client_.stats().opened;
    interrupt_.stop();
    client_.close();
  }

  void done(std::uint64_t begun_ns, const Result<Response>& result) {
    if (signal_ != 0) return;  // what is called off tells nothing about the server
    const std::uint64_t now_ns = uv_hrtime();
    latencies_ns_.push_back(now_ns - begun_ns);
    ended_ns_ = now_ns;
    const Timeline& timeline = result ? result->timeline : result.error().timeline;
    if (timeline.attempts() > 1) retries_ += timeline.attempts() - 1;
    if (result) count_protocol(timeline.last());
    if (!result || result->status >= 400) {
      ++errors_;
      if (first_error_.empty()) {
        first_error_ =
            result ? "status " + std::to_string(result->status) : result.error().message();
      }
    }
    if (sent_ < line_.requests) {
      send();
    } else if (latencies_ns_.size() == line_.requests) {
      end();
    }
  }

  /// One protocol of those that answered.
  struct Protocol {
    std::uint8_t http_major = 0, http_minor = 0, tls_minor = 0;
    std::uint64_t answers = 0;

    std::string name() const {
      return "HTTP/" + version_text(http_major, http_minor) +
             (tls_minor == 0 ? "" : " over TLS 1." + std::to_string(tls_minor));
    }
  };

  void count_protocol(const AttemptRecord& record) {
    for (Protocol& known : protocols_) {
      if (known.http_major != record.http_major || known.http_minor != record.http_minor ||
          known.tls_minor != record.tls_minor) {
        continue;
      }
      ++known.answers;
      return;
    }
    protocols_.push_back({record.http_major, record.http_minor, record.tls_minor, 1});
  }

  const CommandLine& line_;
  Client client_;
  Interrupt interrupt_;
  int signal_ = 0;
  std::vector<std::uint64_t> latencies_ns_;
  std::vector<Protocol> protocols_;  ///< nearly always one
  std::string first_error_;
  std::uint64_t started_ns_ = 0, ended_ns_ = 0;
  std::uint64_t sent_ = 0, errors_ = 0, retries_ = 0, opened_ = 0;
};

int Load::report() const {
  std::vector<std::uint64_t> sorted = latencies_ns_;
  std::sort(sorted.begin(), sorted.end());
  const auto percentile_us = [&](double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    if (sorted.empty()) return 0.0;
    return static_cast<double>(sorted[std::min(at, sorted.size() - 1)]) / 1000.0;
  };
  const double seconds = static_cast<double>(ended_ns_ - started_ns_) / 1e9;
  const double rate = seconds > 0 ? static_cast<double>(sorted.size()) / seconds : 0;
  if (line_.json) {
    nlohmann::ordered_json out;
    out["requests"] = sorted.size();
    out["errors"] = errors_;
    out["retries"] = retries_;
    out["seconds"] = seconds;
    out["rps"] = rate;
    out["latency_us"] = {{"p50", percentile_us(0.5)},
                         {"p90", percentile_us(0.9)},
                         {"p99", percentile_us(0.99)},
                         {"p999", percentile_us(0.999)},
                         {"max", percentile_us(1.0)}};
    out["connections_opened"] = opened_;
    out["protocols"] = nlohmann::ordered_json::object();
    for (const Protocol& protocol : protocols_)
      out["protocols"][protocol.name()] = protocol.answers;
    std::printf("%s\n", out.dump().c_str());
  } else {
    std::printf("%zu requests in %.3f s: %.0f per second, %llu errors, %llu retries\n",
                sorted.size(), seconds, rate, static_cast<unsigned long long>(errors_),
                static_cast<unsigned long long>(retries_));
    std::printf("latency: p50 %.0f us, p90 %.0f us, p99 %.0f us, p99.9 %.0f us, max %.0f us\n",
                percentile_us(0.5), percentile_us(0.9), percentile_us(0.99), percentile_us(0.999),
                percentile_us(1.0));
    std::printf("connections opened: %llu\n", static_cast<unsigned long long>(opened_));
    for (const Protocol& protocol : protocols_) {
      std::printf("answered by %s: %llu\n", protocol.name().c_str(),
                  static_cast<unsigned long long>(protocol.answers));
    }
  }
  if (errors_ != 0) std::fprintf(stderr, "holdfast: first error: %s\n", first_error_.c_str());
  if (signal_ != 0) return kKilledBy + signal_;
  return errors_ == 0 ? 0 : 1;
}

}  // namespace

int load(const CommandLine& line) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  int status = 0;
  {
    Load load(&loop, line);
    load.start();
    uv_run(&loop, UV_RUN_DEFAULT);
    status = load.report();
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return status;
}

}  // namespace holdfast::cli
