// Runs the built commands as a person would: a fault server on a free loopback port, the holdfast
// command against it, output and exit status caught. Test helper.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace proof {

inline const std::string kBin = HOLDFAST_BIN_DIR;

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

/// A folder of its own that goes away.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct Ran {
  int exit = -1;
  std::string out, err;
};

/// `command` is given to the shell with standard input empty; bounded in time.
inline Ran run(const std::string& command) {
  const Scratch scratch;
  const std::string line = "timeout 60 " + command + " >" + (scratch / "out") + " 2>" +
                           (scratch / "err") + " </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, slurp(scratch / "out"),
          slurp(scratch / "err")};
}

/// A fault-server process of our own; ended with the object. Asked for TLS it has a second
/// listener.
class Server {
 public:
  enum class Tls : std::uint8_t { none, listens };

  explicit Server(const std::vector<std::string>& arguments, Tls tls = Tls::none) {
    std::vector<std::string> all = {kBin + "/fault-server", "--port",          "0",
                                    "--port-file",          scratch_ / "port", "--journal",
                                    scratch_ / "journal"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    if (tls == Tls::listens) {
      all.insert(all.end(), {"--tls-port", "0", "--cert-dir", scratch_ / "certificates"});
    }
    std::vector<char*> argv;
    argv.reserve(all.size() + 1);
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::fflush(nullptr);  // else the child says once more what waits to be said
    pid_ = fork();
    if (pid_ == 0) {
      std::freopen((scratch_ / "log").c_str(), "w", stdout);
      std::freopen((scratch_ / "log").c_str(), "a", stderr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    // The port file appears whole; a server that ended instead will never write it.
    while (port_.empty() && waitpid(pid_, nullptr, WNOHANG) == 0) {
      std::istringstream(slurp(scratch_ / "port")) >> port_;
      if (port_.empty()) sched_yield();
    }
    EXPECT_FALSE(port_.empty()) << slurp(scratch_ / "log");
    std::istringstream listeners(slurp(scratch_ / "port"));
    for (std::string word; listeners >> word;) {
      if (word == "tls") listeners >> tls_port_;
    }
  }
  ~Server() { end(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + port_ + path; }
  const std::string& port() const { return port_; }
  std::string secure_url(const std::string& path) const {
    return "https://127.0.0.1:" + tls_port_ + path;
  }
  const std::string& tls_port() const { return tls_port_; }
  /// The flags that make the command believe the server, and those that let it say who it is.
  std::string trust() const { return " --cacert " + (scratch_ / "certificates/ca.pem") + " "; }
  std::string identity() const {
    return " --cert " + (scratch_ / "certificates/client.pem") + " --key " +
           (scratch_ / "certificates/client-key.pem") + " ";
  }
  /// Until the journal has `text` in it; the test's own timeout is what ends a vain wait.
  void wait_for(const std::string& text) const {
    while (slurp(scratch_ / "journal").find(text) == std::string::npos) sched_yield();
  }
  /// Ends the server, so that its journal is whole.
  std::string journal() {
    end();
    return slurp(scratch_ / "journal");
  }

 private:
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  Scratch scratch_;
  pid_t pid_ = 0;
  std::string port_, tls_port_;
};

/// The holdfast command, running: what it was given can be looked at, and it can be signalled.
class Running {
 public:
  /// `in_child` runs before the command does, in its process: it may change what is inherited.
  explicit Running(const std::vector<std::string>& arguments,
                   const std::function<void()>& in_child = {}) {
    std::vector<std::string> all = {kBin + "/holdfast"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(all.size() + 1);
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    std::freopen((scratch_ / "out").c_str(), "w", stdout);
    std::freopen((scratch_ / "err").c_str(), "w", stderr);
    if (in_child) in_child();
    execv(argv[0], argv.data());
    _exit(127);
  }
  ~Running() { end(SIGKILL); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t pid() const { return pid_; }
  /// Signals it and waits for its end.
  Ran end(int signal) {
    if (pid_ != 0) kill(pid_, signal);
    return wait();
  }
  /// Until it takes signals in its own way: SIGTERM is then blocked in its main thread.
  void wait_until_watched() const {
    const std::string status = "/proc/" + std::to_string(pid_) + "/status";
    for (;;) {
      std::istringstream lines(slurp(status));
      std::uint64_t blocked = 0;
      for (std::string word; lines >> word;) {
        if (word == "SigBlk:") lines >> std::hex >> blocked;
      }
      if ((blocked >> (SIGTERM - 1) & 1U) != 0) return;
      ASSERT_TRUE(lives());
      sched_yield();
    }
  }
  /// Until there is a file of that name.
  void wait_until_there(const std::string& file) const {
    while (!std::filesystem::exists(file)) {
      ASSERT_TRUE(lives());
      sched_yield();
    }
  }
  /// Until its main thread waits in that call of the system (SYS_write, …). Where the kernel does
  /// not tell, nothing is waited for.
  void wait_until_in(long call) const {
    const std::string file = "/proc/" + std::to_string(pid_) + "/syscall";
    const std::string wanted = std::to_string(call) + " ";
    for (std::string now = slurp(file); !now.empty() && !now.starts_with(wanted);) {
      ASSERT_TRUE(lives());
      sched_yield();
      now = slurp(file);
    }
  }
  /// Signals it (0: does not) and waits for its end, at most that long: else it is killed and
  /// `exit` is -2.
  Ran end_within(int signal, int most_ms) {
    if (signal != 0) kill(pid_, signal);
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    EXPECT_GE(handle, 0);
    pollfd ended{handle, POLLIN, 0};
    const bool in_time = poll(&ended, 1, most_ms) == 1;
    close(handle);
    if (!in_time) kill(pid_, SIGKILL);
    Ran ran = wait();
    if (!in_time) ran.exit = -2;
    return ran;
  }
  /// Waits for its end.
  Ran wait() {
    if (pid_ == 0) return {};
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status),
            slurp(scratch_ / "out"), slurp(scratch_ / "err")};
  }

 private:
  testing::AssertionResult lives() const {
    siginfo_t ended{};
    const int asked = waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (asked == 0 && ended.si_pid == 0) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "it has ended: " << slurp(scratch_ / "err");
  }

  Scratch scratch_;
  pid_t pid_ = 0;
};

/// A pipe of one page, so that it is soon full.
class Pipe {
 public:
  Pipe() {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    fcntl(ends_[1], F_SETPIPE_SZ, 4096);
  }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  /// Until it holds that many bytes or more; 4096: until it is full.
  void wait_until_holding(int bytes) const {
    int held = 0;
    while (ioctl(ends_[0], FIONREAD, &held) == 0 && held < bytes) sched_yield();
  }
  /// What comes next, at most that much; "" if nothing does for five seconds.
  std::string take(std::size_t most) const {
    pollfd ready{ends_[0], POLLIN, 0};
    std::string bytes(most, '\0');
    const ssize_t n = poll(&ready, 1, 5000) == 1 ? read(ends_[0], bytes.data(), most) : 0;
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }
  /// Until all that was written has been read.
  void wait_until_read() const {
    int held = 1;
    while (ioctl(ends_[0], FIONREAD, &held) == 0 && held > 0) sched_yield();
  }

 private:
  int ends_[2] = {-1, -1};
};

inline Ran holdfast(const std::string& arguments) { return run(kBin + "/holdfast " + arguments); }

}  // namespace proof
