#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "cli/exit_code.h"
#include "cli/protocol_options.h"

namespace holdfast::cli {

namespace {

constexpr std::pair<const char*, const char*> kMethods[] = {
    {"get", "GET"},     {"head", "HEAD"},     {"post", "POST"},       {"put", "PUT"},
    {"patch", "PATCH"}, {"delete", "DELETE"}, {"options", "OPTIONS"}, {"trace", "TRACE"},
};

// Headings of the help page; within one the options stand in order of their names.
constexpr const char* kRequestGroup = "Request";
constexpr const char* kOutputGroup = "Output";
constexpr const char* kWaitGroup = "Retries and timeouts";
constexpr const char* kLoadGroup = "Load";

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
      ->group(kWaitGroup);
}

void add_request_options(CLI::App& app, CommandLine& line, bool takes_body) {
  app.add_option("--base-url", line.client.base_url, "Resolve relative URLs against this")
      ->type_name("URL")
      ->group(kRequestGroup);
  if (takes_body) {
    app.add_option("-d,--data", line.data, "Request body: text, @FILE, or @- for standard input")
        ->type_name("DATA|@FILE")
        ->group(kRequestGroup);
  }
  app.add_option("-H,--header", line.header_lines, "Add a field: 'Name: value' (repeatable)")
      ->type_name("FIELD")
      ->allow_extra_args(false)
      ->group(kRequestGroup);
}

void add_waiting(CLI::App& app, ClientOptions& client) {
  add_seconds(app, "--backoff-base", client.retry.backoff.base,
              "First wait between attempts, doubled each time (default 1)");
  add_seconds(app, "--backoff-max", client.retry.backoff.max,
              "Longest wait between attempts (default 30)");
  add_seconds(app, "--connect-timeout", client.timeouts.connect,
              "Look-up, connecting and TLS, all addresses (default 5; 0: off)");
  app.add_option("--max-attempts", client.retry.max_attempts,
                 "Tries in total, the first included (default 5; 1: no retries)")
      ->type_name("N")
      ->group(kWaitGroup);
  add_seconds(app, "--pool-timeout", client.timeouts.pool,
              "Waiting for a connection (default 2; 0: off)");
  add_seconds(app, "--read-timeout", client.timeouts.read,
              "Between bytes received (default 10; 0: off)");
  app.add_option("--seed", client.seed, "Seed of the jitter (default: from the system)")
      ->type_name("N")
      ->group(kWaitGroup);
  add_seconds(app, "--total-timeout", client.timeouts.total,
              "Everything, retries and waits included (default: off)");
  add_seconds(app, "--write-timeout", client.timeouts.write,
              "Between bytes accepted by the system (default 5; 0: off)");
}

void add_client_options(CLI::App& app, ClientOptions& client) {
  add_waiting(app, client);
  app.add_option("--connections", client.pool.max_connections, "Connections at most (default 50)")
      ->type_name("N")
      ->group(kConnectionGroup);
  add_protocol_options(app, client);
}

void add_fetch(CLI::App& app, const char* name, const char* method, CommandLine& line) {
  CLI::App* sub = app.add_subcommand(name, std::string("Send requests of method ") + method);
  sub->add_option("URL", line.urls, "One or more URLs, fetched in order by one client")->required();
  sub->add_option("-D,--dump-header", line.head_file, "Write the received heads here")
      ->type_name("FILE")
      ->group(kOutputGroup);
  sub->add_flag("--fail", line.fail, "Exit 22 when the status is 400 or above")
      ->group(kOutputGroup);
  sub->add_flag("--json", line.json, "Print one JSON object per URL instead of the body")
      ->group(kOutputGroup);
  sub->add_option("-o,--output", line.output_file, "Write bodies here, not to standard output")
      ->type_name("FILE")
      ->group(kOutputGroup);
  sub->add_flag("--stream", line.stream,
                "Write the body as it arrives: any size, but no retry once it has begun")
      ->group(kOutputGroup);
  sub->add_flag("-v,--verbose", line.verbose, "Tell every attempt on standard error")
      ->group(kOutputGroup);
  add_request_options(*sub, line, true);
  add_client_options(*sub, line.client);
  sub->callback([&line, method] {
    line.mode = CommandLine::Mode::fetch;
    line.method = method;
  });
}

void add_load(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("load", "Send many GET requests and print the rate");
  sub->add_option("URL", line.urls, "What to fetch")->required()->expected(1);
  sub->add_option("-c,--concurrency", line.concurrency, "Requests at once (default 50)")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{100'000}))
      ->type_name("N")
      ->group(kLoadGroup);
  sub->add_flag("--json", line.json, "Print the figures as JSON")->group(kLoadGroup);
  sub->add_option("-n,--requests", line.requests, "Requests in all (default 1000)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("N")
      ->group(kLoadGroup);
  sub->add_option("--streams", line.client.http2.max_streams,
                  "HTTP/2: requests at once on one connection (default 250)")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{100'000}))
      ->type_name("N")
      ->group(kLoadGroup);
  add_request_options(*sub, line, false);
  add_client_options(*sub, line.client);
  sub->callback([&line] {
    line.mode = CommandLine::Mode::load;
    line.method = "GET";
  });
}

/// "Name: value" lines to fields; what is wrong with the first bad one, or "".
std::string take_headers(CommandLine& line) {
  for (const std::string& text : line.header_lines) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0) {
      return "-H '" + text.substr(0, 40) + "': expected 'Name: value'";
    }
    const std::size_t value = text.find_first_not_of(" \t", colon + 1);
    line.headers.add(text.substr(0, colon),
                     value == std::string::npos ? "" : std::string_view(text).substr(value));
  }
  const std::string complaint = line.headers.complaint();
  return complaint.empty() ? "" : "-H: " + complaint;
}

/// One line: what is wrong, and where the remedy is found.
int usage(const std::string& complaint, const std::string& command = "") {
  std::fprintf(stderr, "holdfast: %s (holdfast %s--help lists what there is)\n", complaint.c_str(),
               command.empty() ? "" : (command + " ").c_str());
  return kUsage;
}

/// A parse error in our words where CLI11's would not name the value.
int usage(const CLI::ParseError& error, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.empty() && word.front() == '-') continue;
    std::string known = "load";
    for (const auto& [name, method] : kMethods) {
      if (word == name) return usage(error.what(), word);
      known += std::string(", ") + name;
    }
    if (word == "load") return usage(error.what(), word);
    return usage("'" + word + "' is not a command: use one of " + known);
  }
  return usage(error.what());
}

}  // namespace

Parsed parse_command_line(int argc, char** argv) {
  CommandLine line;
  line.client.limits.max_body_bytes = 1ULL << 30;
  CLI::App app{"holdfast: an HTTP client that retries exactly what is safe", "holdfast"};
  app.set_version_flag("--version", HOLDFAST_VERSION);
  app.require_subcommand(1);
  for (const auto& [name, method] : kMethods) add_fetch(app, name, method, line);
  add_load(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return {std::nullopt, app.exit(success)};
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, usage(error, argc, argv)};
  }
  if (const std::string complaint = take_headers(line); !complaint.empty()) {
    return {std::nullopt, usage(complaint)};
  }
  if (const std::string complaint = protocol_complaint(line.client); !complaint.empty()) {
    return {std::nullopt, usage(complaint)};
  }
  const auto complaints = line.client.validate();
  if (!complaints.empty()) {
    const bool url = complaints.size() == 1 && complaints.front().option == "base_url";
    usage(to_string(complaints));
    return {std::nullopt, url ? kBadUrl : kUsage};
  }
  return {std::move(line), 0};
}

}  // namespace holdfast::cli
