#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "cli/explain_report.h"
#include "cli/manual.h"
#include "cli/option_text.h"
#include "cli/protocol_options.h"
#include "cli/request_options.h"
#include "cli/retry_options.h"
#include "cli/route_options.h"
#include "cli/secret_words.h"
#include "cli/url_words.h"
#include "tool/command_tree.h"
#include "tool/completion.h"
#include "tool/help_page.h"
#include "tool/nearest.h"

namespace holdfast::cli {

namespace {

struct Method {
  const char* command;
  const char* name;
  Content content;
};
constexpr Method kMethods[] = {
    {"get", "GET", Content::data},         {"head", "HEAD", Content::data},
    {"post", "POST", Content::form},       {"put", "PUT", Content::form},
    {"patch", "PATCH", Content::form},     {"delete", "DELETE", Content::data},
    {"options", "OPTIONS", Content::data}, {"query", "QUERY", Content::form},
    {"trace", "TRACE", Content::data},
};

constexpr const char* kLoadGroup = "Load";

void add_client_options(CLI::App& app, CommandLine& line) {
  add_retry_options(app, line);
  app.add_option("--connections", line.client.pool.max_connections,
                 "Connections at most (default 50)")
      ->type_name("N")
      ->group(kConnectionGroup);
  add_protocol_options(app, line.client);
  add_route_options(app, line);
  add_named_options(app, line);
}

/// Not `required` for CLI11, since --explain does without; see parse_command_line().
CLI::Option* add_url(CLI::App& app, CommandLine& line, const char* help) {
  return app.add_option("URL", line.urls, help)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->type_name("URL");
}

void add_fetch(CLI::App& app, const Method& method, CommandLine& line) {
  CLI::App* sub =
      app.add_subcommand(method.command, std::string("Send requests of method ") + method.name);
  add_url(*sub, line, "One or more URLs, fetched in order by one client");
  add_output_options(*sub, line);
  add_request_options(*sub, line, method.content);
  add_client_options(*sub, line);
  sub->callback([&line, name = method.name] {
    line.mode = CommandLine::Mode::fetch;
    line.method = name;
  });
}

void add_load(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("load", "Send many GET requests and print the rate");
  add_url(*sub, line, "What to fetch")->expected(1);
  sub->add_option("-c,--concurrency", line.concurrency, "Requests at once (default 50)")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{100'000}))
      ->type_name("N")
      ->group(kLoadGroup);
  sub->add_flag("--json", line.json, "Print the figures as JSON")->group(kLoadGroup);
  add_raw_option(*sub, line.client, kLoadGroup);
  sub->add_option("-n,--requests", line.requests, "Requests in all (default 1000)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("N")
      ->group(kLoadGroup);
  sub->add_option("--streams", line.client.http2.max_streams,
                  "HTTP/2: requests at once on one connection (default 250)")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{100'000}))
      ->type_name("N")
      ->group(kLoadGroup);
  add_request_options(*sub, line, Content::none);
  add_client_options(*sub, line);
  sub->callback([&line] {
    line.mode = CommandLine::Mode::load;
    line.method = "GET";
  });
}

/// What is printed instead of sending anything.
struct Pages {
  CLI::App* completion = nullptr;
  CLI::App* man = nullptr;
  std::string shell;
};

void add_pages(CLI::App& app, Pages& pages) {
  pages.completion = app.add_subcommand("completion", "Print the completion script of a shell");
  pages.completion->add_option("SHELL", pages.shell, "bash, zsh or fish")
      ->type_name(tool::kShells)
      ->required();
  pages.man = app.add_subcommand("man", "Print the manual page, in troff");
}

int complain(const std::string& complaint, int status = kUsage) {
  std::fprintf(stderr, "holdfast: %s\n", complaint.c_str());
  return status;
}

/// A parse error in our words where CLI11's would not name the value or the remedy.
std::string in_our_words(const CLI::ParseError& error, const CLI::App& app) {
  const std::string text = error.what();
  const std::string kind = error.get_name();
  const auto after = [&](std::string_view mark) {
    const std::size_t at = text.find(mark);
    return at == text.npos ? std::string() : text.substr(at + mark.size());
  };
  // Its kind is not told by its name: CLI11 puts the command's there.
  if (std::string word = after(" not expected: "); !word.empty()) {
    word = word.substr(0, word.find_first_of(" ="));  // what follows may be a secret
    if (!word.starts_with('-'))
      return "'" + word + "' is one too many" + usage_hint("", app.get_name());
    return no_such_option(word, app);
  }
  if (kind == "ConversionError" && text.find(" = ") != text.npos) {
    const std::string flag = after(": ").substr(0, after(": ").find(' '));
    const CLI::Option* const option = app.get_option_no_throw(flag);
    const bool seconds = option != nullptr && option->get_type_name() == "SECONDS";
    return flag + " '" + after(" = ") + "': use a " +
           (seconds ? "number of seconds, e.g. 2.5" : "whole number, 0 or more");
  }
  if (kind == "ArgumentMismatch" && text.ends_with(" missing")) {
    return text.substr(0, text.find(':')) + ": its value is missing" +
           usage_hint("", app.get_name());
  }
  const bool whole = kind == "ValidationError";  // ours name the remedy
  return text + (whole ? "" : usage_hint("", app.get_name()));
}

/// As commands are written: "GET" means get.
std::string in_small_letters(std::string word) {
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return word;
}

int usage(const CLI::ParseError& error, const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> commands;
  for (const CLI::App* sub : app.get_subcommands({})) commands.push_back(sub->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.empty() && word.front() == '-') continue;
    if (std::find(commands.begin(), commands.end(), word) == commands.end()) {
      return complain("'" + word + "' is no command" +
                      usage_hint(tool::nearest(in_small_letters(word), commands), ""));
    }
    return complain(in_our_words(error, *app.get_subcommand(word)));
  }
  if (argc < 2)
    return complain("name a command, e.g. holdfast get http://localhost/" + usage_hint("", ""));
  return complain(in_our_words(error, app));
}

/// Whether all of `text` went to standard output, as an exit status.
int print(const std::string& text) {
  const bool all = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) == 0 && all) return kDelivered;
  std::fprintf(stderr, "holdfast: the output could not be written\n");
  return kWriteFailed;
}

int print_page(const CLI::App& app, const Pages& pages) {
  const tool::CommandInfo command = tool::describe_commands(app);
  if (pages.man->parsed()) return print(manual(command));
  const auto script = tool::completion_for(pages.shell, command);
  if (script) return print(*script);
  return complain("'" + pages.shell + "' is no shell there is a script for: use bash, zsh or fish");
}

/// What is wrong with the options taken together; kDelivered if nothing.
int check(CommandLine& line, const CLI::App& command, const Words& words) {
  if (line.mode == CommandLine::Mode::load && line.urls.size() > 1) {
    return complain("'" + line.urls.back() + "' is one too many: load fetches one URL");
  }
  if (const std::string complaint = settle_request(line); !complaint.empty()) {
    return complain(complaint);
  }
  if (const std::string complaint = settle_route(line); !complaint.empty()) {
    return complain(complaint);
  }
  if (const std::string complaint = protocol_complaint(line.client); !complaint.empty()) {
    return complain(complaint);
  }
  const auto complaints = line.client.validate();
  if (complaints.empty()) {
    const UrlComplaint complaint = url_complaint(line, command, words);
    return complaint.text.empty() ? kDelivered : complain(complaint.text, complaint.status);
  }
  const bool url = complaints.size() == 1 && complaints.front().option == "base_url";
  return complain(to_string(complaints), url ? kBadUrl : kUsage);
}

}  // namespace

Parsed parse_command_line(int argc, char** argv) {
  CommandLine line;
  line.client.limits.max_body_bytes = 1ULL << 30;
  CLI::App app{"An HTTP client that retries exactly what is safe", "holdfast"};
  tool::use_help_page(app);
  app.set_help_flag("-h,--help", "Print this page and exit");
  app.set_version_flag("--version", HOLDFAST_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  // Of an option that is given twice the last one counts, as with curl.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  Pages pages;
  for (const Method& method : kMethods) add_fetch(app, method, line);
  add_load(app, line);
  add_pages(app, pages);
  const Words words = split_words(app, argc, argv);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(words.parsed.rbegin(), words.parsed.rend()));
  } catch (const CLI::Success& success) {  // --help, --version
    std::ostringstream page;
    app.exit(success, page, page);
    return {std::nullopt, print(page.str())};
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, usage(error, app, argc, argv)};
  }
  hide_secret_words(argc, argv, line.secrets);
  if (pages.man->parsed() || pages.completion->parsed()) {
    return {std::nullopt, print_page(app, pages)};
  }
  const CLI::App& command = *app.get_subcommands().front();
  line.urls.insert(line.urls.end(), words.literal.begin(), words.literal.end());
  if (const int status = check(line, command, words); status != kDelivered) {
    return {std::nullopt, status};
  }
  if (line.explain) return {std::nullopt, print(explain_report(line.client))};
  if (line.urls.empty()) {
    return {std::nullopt, complain("the URL is missing: holdfast " + command.get_name() +
                                   " http://localhost/, say")};
  }
  return {std::move(line), 0};
}

}  // namespace holdfast::cli
