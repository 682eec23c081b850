// The holdfast command on a terminal: the line that shows how far a download has come, and who does
// not get to see it.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

struct Screen {
  int exit = -1;
  std::string seen;  // all that was written to the terminal
};

/// Runs the command with a terminal of 100 columns as standard error, and with `out` as standard
/// output ("" for the terminal as well).
Screen on_terminal(const std::string& arguments, const std::string& out = "/dev/null") {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  EXPECT_TRUE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  winsize size{};
  size.ws_col = 100;
  size.ws_row = 25;
  EXPECT_EQ(ioctl(master, TIOCSWINSZ, &size), 0);
  const std::string line = "exec timeout 60 " + kBin + "/holdfast " + arguments;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int output = out.empty() ? slave : open(out.c_str(), O_WRONLY);
    dup2(output, STDOUT_FILENO);
    dup2(slave, STDERR_FILENO);
    close(master);
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  close(slave);
  Screen screen;
  char piece[4096];
  // Once nobody has the terminal open any more, reading fails.
  for (ssize_t n; (n = read(master, piece, sizeof piece)) > 0;) {
    screen.seen.append(piece, static_cast<std::size_t>(n));
  }
  close(master);
  int status = 0;
  waitpid(child, &status, 0);
  screen.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return screen;
}

/// Slow enough that the line is drawn more than once.
const std::vector<std::string> kRules = {
    "--rule",
    "/big : 200 body=random:3000000 rate=6000000",
    "--rule",
    "/endless : 200 body=random:3000000 chunked rate=6000000",
    "--rule",
    "/small : 200 body=random:1000000 rate=3000000",
    "--rule",
    "/shaky : truncate@body:2000000 body=random:3000000 rate=6000000; "
    "200 body=random:3000000 rate=6000000"};

TEST(command_terminal, a_download_shows_a_bar_with_rate_and_time_left) {
  Server server(kRules);
  for (const std::string stream : {"", "--stream "}) {
    const Screen screen = on_terminal("get " + stream + server.url("/big"));
    EXPECT_EQ(screen.exit, 0);
    for (const char* wanted : {"[=", ">", "of 2.86 MiB", "iB/s", " left", "100% [====", "in all"}) {
      EXPECT_TRUE(has(screen.seen, wanted)) << wanted << "\n" << screen.seen;
    }
    EXPECT_TRUE(screen.seen.ends_with("\n")) << screen.seen;
  }
}

TEST(command_terminal, an_unknown_length_shows_bytes_and_rate) {
  Server server(kRules);
  for (const std::string stream : {"", "--stream "}) {
    const Screen screen = on_terminal("get " + stream + server.url("/endless"));
    EXPECT_EQ(screen.exit, 0);
    EXPECT_TRUE(has(screen.seen, "iB/s  0:0")) << screen.seen;
    EXPECT_FALSE(has(screen.seen, " left")) << screen.seen;
  }
}

TEST(command_terminal, a_retry_begins_the_line_anew) {
  Server server(kRules);
  const Screen screen = on_terminal("get --backoff-base 0.001 " + server.url("/shaky"));
  EXPECT_EQ(screen.exit, 0);
  const std::size_t told = screen.seen.find("* attempt 1");
  ASSERT_NE(told, screen.seen.npos) << screen.seen;
  EXPECT_EQ(screen.seen[told - 1], '\r') << "the line was not taken away first";
  EXPECT_TRUE(has(screen.seen.substr(told), "100% [====")) << screen.seen;
}

TEST(command_terminal, nothing_is_shown_where_nobody_wants_it) {
  Server server(kRules);
  EXPECT_EQ(on_terminal("get " + server.url("/small")).seen, "");
  EXPECT_EQ(on_terminal("get --no-progress " + server.url("/big")).seen, "");
  EXPECT_EQ(on_terminal("get --json " + server.url("/big")).seen, "");
  EXPECT_EQ(holdfast("get --progress -o /dev/null " + server.url("/big")).err, "");
  // The body itself goes to the screen.
  EXPECT_FALSE(has(on_terminal("get --stream " + server.url("/big"), "").seen, "iB/s  "));
}

TEST(command_terminal, progress_asked_for_is_shown_beside_json) {
  Server server(kRules);
  EXPECT_TRUE(has(on_terminal("get --json --progress " + server.url("/big")).seen, "100% [===="));
}

TEST(command_terminal, a_failure_takes_the_line_away_before_it_is_told) {
  Server server({"--rule", "truncate@body:2000000 body=random:3000000 rate=6000000"});
  const Screen screen = on_terminal("get --max-attempts 1 " + server.url("/"));
  EXPECT_EQ(screen.exit, 18);
  EXPECT_TRUE(has(screen.seen, "[=")) << screen.seen;
  EXPECT_TRUE(has(screen.seen, "\rholdfast: the response was cut short")) << screen.seen;
}

}  // namespace
}  // namespace proof
