// What the commands inherit from their parent and must not depend on: closed descriptors, blocked
// and ignored signals, limits, the environment, the working directory, a missing name.
#include <sys/resource.h>

#include <algorithm>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

constexpr int kSoon_ms = 2000;

void close_all_of(unsigned closed) {
  for (int fd = 0; fd < 3; ++fd) {
    if ((closed >> fd & 1U) != 0) close(fd);
  }
}

TEST(command_start, closed_descriptors_are_no_obstacle_and_no_success_either) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  for (unsigned closed = 1; closed < 8; ++closed) {
    const std::string file = scratch / std::to_string(closed);
    Running to_file({"get", "-o", file, server.url("/bytes/300")}, [&] { close_all_of(closed); });
    EXPECT_EQ(to_file.wait().exit, 0) << closed;
    EXPECT_EQ(std::filesystem::file_size(file), 300U);
    Running to_output({"get", server.url("/bytes/300")}, [&] { close_all_of(closed); });
    const Ran ran = to_output.wait();
    EXPECT_EQ(ran.exit, (closed & 2U) != 0 ? 23 : 0) << closed << ran.err;
    if (closed == 2) {
      EXPECT_TRUE(has(ran.err, "standard output: Bad file descriptor")) << ran.err;
    }
    Running from_input({"post", "-d", "@-", "-o", file, server.url("/echo")}, [&] {
      dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
      close_all_of(closed);
    });
    EXPECT_EQ(from_input.wait().exit, (closed & 1U) != 0 ? 26 : 0) << closed;
  }
  for (const char* page : {"--help", "--version", "man", "completion bash", "get --explain"}) {
    EXPECT_EQ(run("sh -c '" + kBin + "/holdfast " + page + " >&-'").exit, 23) << page;
  }
}

TEST(command_start, the_fault_server_needs_no_standard_descriptors) {
  const Scratch scratch;
  const std::string port_file = scratch / "port";
  const pid_t server = fork();
  if (server == 0) {
    close_all_of(7);
    execl((kBin + "/fault-server").c_str(), "fault-server", "--port", "0", "--port-file",
          port_file.c_str(), "--rule", "200 body=text:hi", nullptr);
    _exit(127);
  }
  std::string port;
  while (port.empty() && waitpid(server, nullptr, WNOHANG) == 0) {
    std::istringstream(slurp(port_file)) >> port;
  }
  ASSERT_FALSE(port.empty()) << "it ended";
  EXPECT_EQ(holdfast("get http://127.0.0.1:" + port + "/").out, "hi");
  kill(server, SIGTERM);
  int status = 0;
  waitpid(server, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(command_start, a_signal_that_is_ignored_stays_ignored) {
  Server server({"--rule", "stall@status"});
  Running running({"get", server.url("/")}, [] {
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
  });
  server.wait_for("req.head");
  kill(running.pid(), SIGINT);
  kill(running.pid(), SIGHUP);
  EXPECT_EQ(running.end_within(SIGTERM, kSoon_ms).exit, 143);
}

TEST(command_start, a_signal_that_is_blocked_acts) {
  for (const auto& [signal, status] : {std::pair{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}}) {
    Server server({"--rule", "stall@status"});
    Running running({"get", server.url("/")}, [] {
      sigset_t all;
      sigfillset(&all);
      sigprocmask(SIG_SETMASK, &all, nullptr);
    });
    server.wait_for("req.head");
    EXPECT_EQ(running.end_within(signal, kSoon_ms).exit, status);
  }
}

TEST(command_start, a_limit_on_open_files_is_told_with_the_remedy) {
  for (const std::string command : {"holdfast get http://127.0.0.1:1/", "fault-server --port 0"}) {
    for (const char* limit : {"5", "8", "12"}) {
      const Ran ran =
          run("sh -c 'ulimit -n " + std::string(limit) + "; exec " + kBin + "/" + command + "'");
      EXPECT_EQ(ran.exit, command.starts_with("holdfast") ? 27 : 1) << limit << ran.err;
      EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
      EXPECT_TRUE(has(ran.err, "the limit is " + std::string(limit)) && has(ran.err, "ulimit -n"))
          << ran.err;
    }
  }
  Server server({"--rule", "pass"});
  const Scratch scratch;
  const std::string get = kBin + "/holdfast get -o " + (scratch / "body") + " -D " +
                          (scratch / "head") + " " + server.url("/bytes/9");
  EXPECT_EQ(run("sh -c 'ulimit -n 24; exec " + get + "'").exit, 0);
}

TEST(command_start, a_limit_on_the_size_of_files_is_a_failed_write) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  const Ran ran = run("sh -c 'ulimit -f 8; exec " + kBin + "/holdfast get -o " +
                      (scratch / "body") + " " + server.url("/bytes/900000") + "'");
  EXPECT_EQ(ran.exit, 23) << ran.err;
  EXPECT_TRUE(has(ran.err, "File too large")) << ran.err;
  EXPECT_TRUE(std::filesystem::is_empty(scratch / ""));
}

TEST(command_start, neither_an_environment_nor_a_folder_nor_a_name_is_needed) {
  Server server({"--rule", "200 body=text:hi"});
  EXPECT_EQ(run("env -i " + kBin + "/holdfast get " + server.url("/")).out, "hi");
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "gone");
  Running lost({"get", server.url("/")}, [&] {
    if (chdir((scratch / "gone").c_str()) != 0 || rmdir((scratch / "gone").c_str()) != 0) _exit(99);
  });
  EXPECT_EQ(lost.wait().out, "hi");
  Running nameless({}, [] {
    char* const none[] = {nullptr};
    execv((kBin + "/holdfast").c_str(), none);
  });
  const Ran ran = nameless.wait();
  EXPECT_EQ(ran.exit, 2);
  EXPECT_TRUE(has(ran.err, "name a command")) << ran.err;
}

}  // namespace
}  // namespace proof
