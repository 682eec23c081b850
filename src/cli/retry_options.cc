#include "cli/retry_options.h"

#include <cmath>
#include <string>

#include "cli/checked_option.h"
#include "cli/retry_policy_text.h"

namespace holdfast::cli {

namespace {

constexpr const char* kGroup = "Retries and timeouts";

/// Seconds as people write them ("2", "0.25"); 0 switches a timeout off.
void add_seconds(CLI::App& app, const std::string& name, Duration& into, const std::string& help) {
  app.add_option_function<double>(
         name,
         [name, &into](double seconds) {
           if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) {
             throw CLI::ValidationError(
                 name, "must be a number of seconds from 0 (off) to 1e9, e.g. 2.5");
           }
           // A positive time is never rounded down to 0, which would switch it off.
           into =
               seconds == 0 ? kOff : Duration(static_cast<std::int64_t>(std::ceil(seconds * 1e9)));
         },
         help)
      ->type_name("SECONDS")
      ->group(kGroup);
}

}  // namespace

void add_retry_options(CLI::App& app, CommandLine& line) {
  ClientOptions& client = line.client;
  add_seconds(app, "--backoff-base", client.retry.backoff.base,
              "First wait between attempts, doubled each time (default 1)");
  add_seconds(app, "--backoff-max", client.retry.backoff.max,
              "Longest wait between attempts (default 30)");
  add_seconds(app, "--connect-timeout", client.timeouts.connect,
              "Lookup, connecting and TLS, all addresses (default 5; 0: off)");
  app.add_flag("--explain", line.explain,
               "Print what the policy can cost and what it retries; send nothing")
      ->group(kGroup);
  app.add_option("--max-attempts", client.retry.max_attempts,
                 "Tries in total, the first included (default 5; 1: no retries)")
      ->type_name("N")
      ->group(kGroup);
  add_seconds(app, "--pool-timeout", client.timeouts.pool,
              "Waiting for a connection (default 2; 0: off)");
  add_seconds(app, "--read-timeout", client.timeouts.read,
              "Between bytes received (default 10; 0: off)");
  // Taken as soon as it is read, the others only when all is read: so they go before it.
  add_checked(
      app, "--retry-policy",
      [&client](const std::string& text) { return apply_retry_policy(text, client); },
      "Policy as KEY=VALUE[,…] or a file of such lines; other flags go before it (repeatable)",
      Shown::no)
      ->trigger_on_parse()
      ->type_name("FILE|KEY=VALUE[,...]")
      ->group(kGroup);
  app.add_option("--seed", client.seed, "Seed of the jitter (default: from the system)")
      ->type_name("N")
      ->group(kGroup);
  add_seconds(app, "--total-timeout", client.timeouts.total,
              "Everything, retries and waits included (default: off)");
  add_seconds(app, "--write-timeout", client.timeouts.write,
              "Between bytes accepted by the system (default 5; 0: off)");
}

}  // namespace holdfast::cli
