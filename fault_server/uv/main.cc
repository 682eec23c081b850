// The command fault-server: a scenario from a file, from lines or a preset, served over libuv until
// it is told to end. Exit codes: 0 ended as asked, 1 could not listen or write, 2 usage.
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "fault_server/rules/rulebook.h"
#include "fault_server/script/presets.h"
#include "fault_server/script/words.h"
#include "fault_server/uv/server.h"
#include "tool/command_tree.h"
#include "tool/completion.h"
#include "tool/help_page.h"
#include "tool/man_page.h"
#include "tool/process_start.h"

namespace {

struct Arguments {
  std::string script, preset, host = "127.0.0.1", port_file, journal, freeze, cert_dir;
  std::string tls_cert = "good", unix_path;
  std::optional<std::uint16_t> tls_port;
  std::vector<std::string> rules;
  std::uint16_t port = 0;
  std::uint64_t seed = 0;
  bool allow_override = false, admin_anywhere = false, no_admin = false;
  bool help_script = false, exit_with_parent = false, man = false;
  std::string completion;
};

int usage(const std::string& problem) {
  std::cerr << "fault-server: " << problem << "\n";
  return 2;
}

void describe(CLI::App& app, Arguments& args) {
  holdfast::tool::use_help_page(app);
  app.set_help_flag("-h,--help", "Print this page and exit");
  app.set_version_flag("--version", HOLDFAST_VERSION, "Print the version and exit");
  app.add_option("--script", args.script, "Scenario file (JSON)")->type_name("FILE");
  app.add_option("--rule", args.rules,
                 "A rule, as often as wanted: 'GET /pay/* : 503 ra=1 x2; 200'")
      ->type_name("LINE")
      ->allow_extra_args(false);
  app.add_option("--preset", args.preset, "A scenario that comes with the server")
      ->type_name("flaky-wifi|dying-pod|overloaded|draining-lb|rate-limited-api|hostile");
  app.add_option("--host", args.host, "Address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option("--port", args.port, "Port to listen on; 0: any free one")
      ->type_name("PORT")
      ->capture_default_str();
  app.add_option("--tls-port", args.tls_port,
                 "Also listen here with TLS (h2 and http/1.1), as listener 'tls'; 0: any free one")
      ->type_name("PORT");
  app.add_option("--tls-cert", args.tls_cert, "The certificate of --tls-port")
      ->type_name("good|expired|not-yet-valid|self-signed|wrong-host|unknown-ca|incomplete|weak")
      ->capture_default_str()
      ->needs("--tls-port");
  app.add_option(
         "--unix", args.unix_path,
         "Also listen on this Unix domain socket, as listener 'unix'; its file goes at the end")
      ->type_name("PATH");
  app.add_option("--cert-dir", args.cert_dir,
                 "Write ca.pem (to be trusted), client.pem and client-key.pem here")
      ->type_name("DIR");
  app.add_option("--port-file", args.port_file,
                 "Write the port here once listening; of several listeners, then a line for each")
      ->type_name("FILE");
  app.add_option("--journal", args.journal, "Write every journal entry here, as NDJSON")
      ->type_name("FILE");
  app.add_option("--seed", args.seed, "Of every random choice; 0: the scenario's")->type_name("N");
  app.add_option("--freeze", args.freeze,
                 "At the end write the run here as a scenario without chance")
      ->type_name("FILE");
  app.add_flag("--allow-override", args.allow_override,
               "Take ?fault= and X-Fault also when listening beyond loopback");
  app.add_flag("--admin-anywhere", args.admin_anywhere,
               "Answer /__fault/ also when listening beyond loopback");
  app.add_flag("--no-admin", args.no_admin, "Do not answer /__fault/ at all");
  app.add_flag("--help-script", args.help_script, "Print the vocabulary of scripts and exit");
  app.add_option("--completion", args.completion, "Print the completion script of a shell and exit")
      ->type_name(holdfast::tool::kShells);
  app.add_flag("--man", args.man, "Print the manual page, in troff, and exit");
  app.add_flag("--exit-with-parent", args.exit_with_parent, "End when the parent process ends");
}

std::string manual(const holdfast::tool::CommandInfo& command) {
  holdfast::tool::ManPage page;
  page.version = HOLDFAST_VERSION;
  page.tagline = "an HTTP server that misbehaves exactly as told";
  page.description =
      "fault-server answers HTTP/1.1 and HTTP/2, in cleartext and over TLS, as a script says: with "
      "statuses, silence, resets, bodies cut short, bad framing, bad certificates. It keeps a "
      "journal of what really went over the wire, and shows it live at /__fault/ui. Without a "
      "script it answers properly, and any request may ask for a fault by ?fault= or X-Fault.\n\n"
      "A rule is 'METHOD PATH : ACTION; ACTION', an action a fault or a status with its "
      "particulars: "
      "--help-script lists them all. Scripts as files are JSON. Once it listens it prints one line "
      "of JSON with its ports.";
  page.sections.push_back({"Exit status",
                           "",
                           {{"0", "Ended as asked, by SIGINT, SIGTERM or its admin interface."},
                            {"1", "It could not listen, or not write a file."},
                            {"2", "Wrong usage, or a script with a mistake."}}});
  page.sections.push_back(
      {"Examples",
       "",
       {},
       "fault-server --port 8080 --rule 'GET /pay/* : 503 ra=1 x2; 200'\n"
       "fault-server --port 8080 --preset flaky-wifi --journal run.ndjson\n"
       "fault-server --tls-port 8443 --tls-cert expired --cert-dir certificates"});
  page.see_also = {"holdfast(1)"};
  return holdfast::tool::man_page(command, page);
}

/// --man and --completion; the exit code.
int print_page(const CLI::App& app, const Arguments& args) {
  const auto command = holdfast::tool::describe_commands(app);
  const auto page = args.man ? std::optional(manual(command))
                             : holdfast::tool::completion_for(args.completion, command);
  if (!page) {
    return usage("--completion: found '" + args.completion + "', expected bash, zsh or fish");
  }
  std::cout << *page << std::flush;
  return std::cout ? 0 : 1;
}

/// 0 when there is a scenario, else the exit code.
int load(const Arguments& args, fault::Scenario& scenario) {
  if (!args.script.empty() && !args.preset.empty()) {
    return usage(
        "--script and --preset exclude each other; use one of them, --rule adds to either");
  }
  if (!args.script.empty()) {
    std::ifstream in(args.script, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf())) {
      return usage("--script: cannot read '" + args.script + "'; give a readable, non-empty file");
    }
    auto parsed = fault::parse_scenario(text.str(), args.script);
    if (!parsed) return usage(to_string(parsed.error()));
    scenario = std::move(*parsed);
  }
  if (!args.preset.empty()) {
    auto ready = fault::preset(args.preset);
    if (!ready) return usage("--preset: " + fault::preset_complaint(args.preset));
    scenario = std::move(*ready);
  }
  sockaddr_storage where{};
  const std::string numeric = args.host == "localhost" ? "127.0.0.1" : args.host;
  if (uv_ip4_addr(numeric.c_str(), 0, reinterpret_cast<sockaddr_in*>(&where)) != 0 &&
      uv_ip6_addr(numeric.c_str(), 0, reinterpret_cast<sockaddr_in6*>(&where)) != 0) {
    return usage("--host: found '" + args.host +
                 "', expected an IPv4 or IPv6 address such as 127.0.0.1 or ::1");
  }
  // Rules of the command line come before those of the file: they were asked for just now.
  fault::Scenario lines;
  for (const std::string& line : args.rules) {
    if (const auto bad = fault::add_rule_line(lines, line)) {
      return usage("--rule '" + line + "': " + to_string(*bad));
    }
  }
  if (!args.script.empty() || !args.preset.empty()) {
    for (fault::Rule& rule : lines.rules) rule.id = "line-" + rule.id;
    for (fault::Rule& rule : lines.connections) rule.id = "line-" + rule.id;
  }
  scenario.rules.insert(scenario.rules.begin(), lines.rules.begin(), lines.rules.end());
  scenario.connections.insert(scenario.connections.begin(), lines.connections.begin(),
                              lines.connections.end());
  if (args.tls_port) {
    if (scenario.listeners.empty()) scenario.listeners.emplace_back();
    fault::Listener tls;
    tls.id = "tls";
    tls.port = *args.tls_port;
    tls.tls_cert = args.tls_cert;
    scenario.listeners.push_back(std::move(tls));
  }
  if (!args.unix_path.empty()) {
    if (scenario.listeners.empty()) scenario.listeners.emplace_back();
    fault::Listener local;
    local.id = "unix";
    local.unix_path = args.unix_path;
    scenario.listeners.push_back(std::move(local));
  }
  if (args.seed != 0) scenario.seed = args.seed;
  const auto complaints = fault::validate(scenario);
  for (const std::string& complaint : complaints) usage(complaint);
  return complaints.empty() ? 0 : 2;
}

void follow_parent() {
  const pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // It may have died before the request was in place.
  if (getppid() != parent) std::raise(SIGTERM);
}

/// Runs until a signal or the admin interface ends it.
class Service {
 public:
  Service(const Arguments& args, fault::Scenario scenario)
      : args_(args), server_(&loop_, std::move(scenario), options(args)) {}

  int run() {
    if (!args_.journal.empty()) {
      journal_.open(args_.journal, std::ios::binary | std::ios::trunc);
      if (!journal_) return fail("--journal: cannot write '" + args_.journal + "'");
      server_.peer().journal().set_sink([this](const fault::Entry& entry) {
        journal_ << to_json_line(entry) << '\n';
        // A reader follows along, and a killed server leaves no half of the story behind.
        journal_.flush();
      });
    }
    for (std::size_t i = 0; i < 2; ++i) {
      uv_signal_init(&loop_, &signals_[i]);
      signals_[i].data = this;
      uv_signal_start(
          &signals_[i],
          [](uv_signal_t* handle, int) { static_cast<Service*>(handle->data)->end(); },
          i == 0 ? SIGINT : SIGTERM);
    }
    server_.on_shutdown([this] { end(); });
    // Before it listens, so that a client that can connect finds them.
    const bool written = write_certificates();
    const std::optional<std::string> error = written ? server_.start() : std::nullopt;
    if (!written || error || !announce()) end();
    uv_run(&loop_, UV_RUN_DEFAULT);
    if (error) return fail(*error);
    return ready_ ? freeze() : 1;
  }

  ~Service() {
    // After a failure before the loop ran, its handles are still open.
    end();
    uv_run(&loop_, UV_RUN_DEFAULT);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

 private:
  struct Loop : uv_loop_t {
    Loop() { uv_loop_init(this); }
    ~Loop() { uv_loop_close(this); }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
  };

  static fault::ServerOptions options(const Arguments& args) {
    fault::ServerOptions out;
    out.host = args.host;
    out.port = args.port;
    out.seed = args.seed;
    out.admin = !args.no_admin;
    out.admin_anywhere = args.admin_anywhere;
    out.allow_override_anywhere = args.allow_override;
    return out;
  }

  int fail(const std::string& text) {
    std::cerr << "fault-server: " << text << "\n";
    return 1;
  }

  bool write_certificates() {
    if (args_.cert_dir.empty()) return true;
    const fault::CertificateKit& kit = server_.peer().certificates();
    const std::filesystem::path directory(args_.cert_dir);
    std::error_code ignored;
    std::filesystem::create_directories(directory, ignored);
    const std::pair<const char*, const std::string&> files[] = {
        {"ca.pem", kit.ca_pem()},
        {"client.pem", kit.client_pem()},
        {"client-key.pem", kit.client_key_pem()}};
    for (const auto& [name, text] : files) {
      std::ofstream out(directory / name, std::ios::binary | std::ios::trunc);
      out << text << std::flush;
      if (out) continue;
      fail("--cert-dir: cannot write '" + (directory / name).string() + "'");
      return false;
    }
    return true;
  }

  bool announce() {
    nlohmann::ordered_json ready;
    ready["listening"] = args_.host;
    ready["port"] = server_.port();
    ready["seed"] = server_.peer().rulebook().scenario().seed;
    std::string ports = std::to_string(server_.port()) + "\n";
    std::vector<fault::Listener> listeners = server_.peer().rulebook().scenario().listeners;
    if (listeners.empty()) listeners.emplace_back();
    const auto with_port = std::count_if(listeners.begin(), listeners.end(),
                                         [](const auto& one) { return one.unix_path.empty(); });
    for (const fault::Listener& one : listeners) {
      const std::uint16_t port = server_.port(one.id);
      ready["listeners"].push_back(
          {{"id", one.id}, {"port", port}, {"tls", !one.tls_cert.empty()}});
      if (!one.unix_path.empty()) ready["listeners"].back()["unix"] = one.unix_path;
      if (with_port > 1 && one.unix_path.empty())
        ports += one.id + " " + std::to_string(port) + "\n";
    }
    std::cout << ready.dump() << std::endl;
    if (!args_.port_file.empty()) {
      // Written beside and renamed, so that whoever waits for it never reads half of it.
      const std::string beside = args_.port_file + ".part";
      std::ofstream(beside, std::ios::trunc) << ports;
      if (std::rename(beside.c_str(), args_.port_file.c_str()) != 0) {
        fail("--port-file: cannot write '" + args_.port_file + "'");
        return false;
      }
    }
    return ready_ = true;
  }

  void end() {
    if (ending_) return;
    ending_ = true;
    for (uv_signal_t& one : signals_) {
      if (one.data != nullptr) uv_close(reinterpret_cast<uv_handle_t*>(&one), nullptr);
    }
    server_.close();
  }

  int freeze() {
    if (args_.freeze.empty()) return 0;
    std::ofstream out(args_.freeze, std::ios::binary | std::ios::trunc);
    out << fault::scenario_to_json(server_.peer().rulebook().frozen()) << "\n";
    out.flush();
    return out ? 0 : fail("--freeze: cannot write '" + args_.freeze + "'");
  }

  const Arguments& args_;
  Loop loop_;
  std::ofstream journal_;
  uv_signal_t signals_[2] = {};
  bool ready_ = false;
  bool ending_ = false;
  fault::ServerUv server_;
};

}  // namespace

int main(int argc, char** argv) {
  constexpr int kDescriptors = 16;  // the loop, the listeners and a connection
  if (const auto complaint = holdfast::tool::start_process(kDescriptors); !complaint.empty()) {
    std::cerr << "fault-server: " << complaint << "\n";
    return 1;
  }
  Arguments args;
  CLI::App app{"An HTTP/1.1 and HTTP/2 server that misbehaves exactly as told", "fault-server"};
  describe(app, args);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    return usage(std::string(error.what()) + " (--help lists what there is)");
  }
  if (args.man || !args.completion.empty()) return print_page(app, args);
  if (args.help_script) {
    std::cout << fault::script_help();
    return 0;
  }
  fault::Scenario scenario;
  if (const int code = load(args, scenario); code != 0) return code;
  std::signal(SIGPIPE, SIG_IGN);
  if (args.exit_with_parent) follow_parent();
  return Service(args, std::move(scenario)).run();
}
