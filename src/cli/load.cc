#include "cli/load.h"

#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/json_report.h"
#include "cli/loop_end.h"
#include "cli/redirect_report.h"
#include "cli/remedy.h"
#include "cli/ticker.h"
#include "cli/watchdog.h"
#include "holdfast/client.h"
#include "tool/process_start.h"

namespace holdfast::cli {

namespace {

/// What is reported in the end. Times are of whole requests, retries and waits included.
struct Figures {
  std::size_t requests = 0;
  std::uint64_t errors = 0, retries = 0, opened = 0;
  double seconds = 0, rate = 0;
  double p50_us = 0, p90_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  nlohmann::ordered_json protocols = nlohmann::ordered_json::object();
};

struct Figure {
  const char* name;
  const char* meaning;
  nlohmann::ordered_json (*value)(const Figures& figures);
};
using FigureJson = nlohmann::ordered_json;
using AllFigures = const Figures&;

constexpr Figure kFigures[] = {
    {"requests", "Requests that ended", [](AllFigures f) { return FigureJson(f.requests); }},
    {"errors",
     "Those that failed, got a status of 400 or above, or (with -L) a redirect that was not "
     "followed",
     [](AllFigures f) { return FigureJson(f.errors); }},
    {"retries", "Attempts beyond each request's first",
     [](AllFigures f) { return FigureJson(f.retries); }},
    {"seconds", "What all of it took", [](AllFigures f) { return FigureJson(f.seconds); }},
    {"rps", "Requests per second", [](AllFigures f) { return FigureJson(f.rate); }},
    {"latency_us", "Microseconds of whole requests, retries included: p50, p90, p99, p999 and max",
     [](AllFigures f) {
       return FigureJson{{"p50", f.p50_us},
                         {"p90", f.p90_us},
                         {"p99", f.p99_us},
                         {"p999", f.p999_us},
                         {"max", f.max_us}};
     }},
    {"connections_opened", "Connections made in all",
     [](AllFigures f) { return FigureJson(f.opened); }},
    {"protocols", "How many answers came by each protocol",
     [](AllFigures f) { return f.protocols; }},
};

std::string figures_json(const Figures& figures) {
  FigureJson out;
  for (const Figure& member : kFigures) out[member.name] = member.value(figures);
  return out.dump() + "\n";
}

/// A closed loop: each answer sends the next request, `concurrency` of them are under way.
class Load {
 public:
  Load(uv_loop_t* loop, Watchdog& watchdog, const CommandLine& line)
      : line_(line),
        watchdog_(watchdog),
        client_(loop, line.client),
        watch_(loop, [this] { limit_time(); }),
        end_(loop),
        interrupt_(loop, watchdog, [this](int number) {
          signal_ = number;
          end();
        }) {
    latencies_ns_.reserve(line.requests);
  }

  void start() {
    started_ns_ = ended_ns_ = uv_hrtime();
    limit_time(line_.json ? figures_json({}) : "");
    watch_.start(kRenewEvery_ms);
    const std::uint64_t first = std::min<std::uint64_t>(line_.concurrency, line_.requests);
    for (std::uint64_t i = 0; i < first; ++i) send();
  }

  int report() const;

 private:
  static constexpr std::uint64_t kRenewEvery_ms = 100;

  Figures figures() const;
  /// --total-timeout is each request's, and the client keeps it while the loop runs; the watchdog
  /// does where the loop is blocked. Renewed now and then, since each time costs system calls.
  void limit_time(std::string output = {}) {
    const Duration total = line_.client.timeouts.total;
    if (total != kOff) watchdog_.end_after(total, std::move(output));
  }
  void send() {
    ++sent_;
    const std::uint64_t begun_ns = uv_hrtime();
    client_.send(
        Request{.method = line_.method, .url = line_.urls.front(), .headers = line_.headers},
        [this, begun_ns](const Result<Response>& result) { done(begun_ns, result); });
  }

  void end() {
    opened_ = client_.stats().opened;
    watch_.stop();
    limit_time();  // of what is printed
    interrupt_.stop();
    client_.close();
    end_.begin();
  }

  void done(std::uint64_t begun_ns, const Result<Response>& result) {
    if (signal_ != 0) return;  // what is called off tells nothing about the server
    const std::uint64_t now_ns = uv_hrtime();
    latencies_ns_.push_back(now_ns - begun_ns);
    ended_ns_ = now_ns;
    const Timeline& timeline = result ? result->timeline : result.error().timeline;
    if (timeline.attempts() > 1) retries_ += timeline.attempts() - 1;
    if (result) count_protocol(timeline.last());
    if (const int status = status_of(result); status != kDelivered) {
      ++errors_;
      if (errors_ == 1) {
        first_error_ = complaint_of(result);
        first_status_ = status;
      }
    }
    if (sent_ < line_.requests) {
      send();
    } else if (latencies_ns_.size() == line_.requests) {
      end();
    }
  }

  /// What a fetch that ended so, with --fail, would exit with.
  static int status_of(const Result<Response>& result) {
    if (!result) return exit_code_for(result.error());
    return result->status >= 400 ? kHttpError : exit_code_for(result->timeline.stop_reason());
  }

  std::string complaint_of(const Result<Response>& result) const {
    if (!result) return message_with_remedy(result.error());
    if (result->status >= 400) return "the response has status " + std::to_string(result->status);
    return redirect_complaint(*result, line_.method, line_.urls.front());
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
  Watchdog& watchdog_;
  Client client_;
  Ticker watch_;
  LoopEnd end_;
  Interrupt interrupt_;
  int signal_ = 0;
  std::vector<std::uint64_t> latencies_ns_;
  std::vector<Protocol> protocols_;  ///< nearly always one
  std::string first_error_;
  int first_status_ = kDelivered;  ///< what a fetch that failed so would exit with
  std::uint64_t started_ns_ = 0, ended_ns_ = 0;
  std::uint64_t sent_ = 0, errors_ = 0, retries_ = 0, opened_ = 0;
};

Figures Load::figures() const {
  std::vector<std::uint64_t> sorted = latencies_ns_;
  std::sort(sorted.begin(), sorted.end());
  const auto percentile_us = [&](double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    if (sorted.empty()) return 0.0;
    return static_cast<double>(sorted[std::min(at, sorted.size() - 1)]) / 1000.0;
  };
  Figures f;
  f.requests = sorted.size();
  f.errors = errors_;
  f.retries = retries_;
  f.opened = opened_;
  f.seconds = static_cast<double>(ended_ns_ - started_ns_) / 1e9;
  f.rate = f.seconds > 0 ? static_cast<double>(sorted.size()) / f.seconds : 0;
  f.p50_us = percentile_us(0.5);
  f.p90_us = percentile_us(0.9);
  f.p99_us = percentile_us(0.99);
  f.p999_us = percentile_us(0.999);
  f.max_us = percentile_us(1.0);
  for (const Protocol& protocol : protocols_) f.protocols[protocol.name()] = protocol.answers;
  return f;
}

void print_figures(const Figures& f) {
  std::printf("%zu requests in %.3f s: %.0f per second, %llu errors, %llu retries\n", f.requests,
              f.seconds, f.rate, static_cast<unsigned long long>(f.errors),
              static_cast<unsigned long long>(f.retries));
  std::printf("latency: p50 %.0f us, p90 %.0f us, p99 %.0f us, p99.9 %.0f us, max %.0f us\n",
              f.p50_us, f.p90_us, f.p99_us, f.p999_us, f.max_us);
  std::printf("connections opened: %llu\n", static_cast<unsigned long long>(f.opened));
  for (const auto& [protocol, answers] : f.protocols.items()) {
    std::printf("answered by %s: %llu\n", protocol.c_str(),
                static_cast<unsigned long long>(answers.get<std::uint64_t>()));
  }
}

/// What is told, and the exit status.
int Load::report() const {
  const Figures f = figures();
  if (line_.json) {
    std::fputs(figures_json(f).c_str(), stdout);
  } else {
    print_figures(f);
  }
  // The figures first, where both go to the same screen.
  const bool printed = std::fflush(stdout) == 0;
  if (!printed) std::fprintf(stderr, "holdfast: standard output: %s\n", std::strerror(errno));
  const bool all = errors_ == f.requests;
  if (errors_ != 0) {
    std::fprintf(stderr, "holdfast: %s%llu of %zu requests failed, the first: %s\n",
                 all ? "all " : "", static_cast<unsigned long long>(errors_), f.requests,
                 first_error_.c_str());
  }
  if (signal_ != 0) return kKilledBy + signal_;
  if (!printed) return kWriteFailed;
  if (errors_ == 0) return kDelivered;
  return all ? first_status_ : kSomeFailed;
}

}  // namespace

std::vector<JsonMember> load_json_members() {
  std::vector<JsonMember> all;
  for (const Figure& member : kFigures) all.push_back({member.name, member.meaning});
  return all;
}

int load(const CommandLine& line) {
  Watchdog watchdog;
  uv_loop_t loop;
  uv_loop_init(&loop);
  int status = 0;
  {
    Load load(&loop, watchdog, line);
    load.start();
    uv_run(&loop, UV_RUN_DEFAULT);
    status = load.report();
    watchdog.end_after(kOff);
    if (uv_loop_alive(&loop) != 0) tool::end_process(status);
  }
  // What is left are handles that close.
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return status;
}

}  // namespace holdfast::cli
