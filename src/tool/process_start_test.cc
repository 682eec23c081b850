#include "tool/process_start.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace holdfast::tool {
namespace {

/// Runs `act` in a child process and returns its result.
template <class Act>
int in_a_child(Act act) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(process_start, closed_standard_descriptors_are_taken_and_of_no_use) {
  for (const unsigned closed : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    EXPECT_EQ(0, in_a_child([&] {
                for (int fd = 0; fd < 3; ++fd) {
                  if ((closed >> fd & 1U) != 0) close(fd);
                }
                if (!start_process(4).empty()) return 1;
                char byte = 0;
                if ((closed & 1U) != 0 && (read(0, &byte, 1) != -1 || errno != EBADF)) return 2;
                if ((closed & 2U) != 0 && (write(1, &byte, 1) != -1 || errno != EBADF)) return 3;
                if ((closed & 4U) != 0 && write(2, &byte, 1) != 1) return 4;
                return open("/dev/null", O_RDONLY) > 2 ? 0 : 5;
              }))
        << closed;
  }
}

TEST(process_start, blocked_signals_act_again_and_ignored_ones_stay_ignored) {
  EXPECT_EQ(1000 + SIGTERM, in_a_child([] {
              sigset_t all;
              sigfillset(&all);
              sigprocmask(SIG_SETMASK, &all, nullptr);
              start_process(4);
              raise(SIGTERM);
              return 0;
            }));
  EXPECT_EQ(7, in_a_child([] {
              for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
              start_process(4);
              for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) raise(number);
              return 7;
            }));
}

TEST(process_start, too_few_descriptors_are_told_with_the_limit_and_the_remedy) {
  EXPECT_EQ(0, in_a_child([] {
              const int used = dup(0);
              const rlimit limit{static_cast<rlim_t>(used) + 4, static_cast<rlim_t>(used) + 4};
              for (int fd = used; fd < used + 16; ++fd) close(fd);
              setrlimit(RLIMIT_NOFILE, &limit);
              const std::string complaint = start_process(5);
              if (complaint.find("fewer than 5 more files") == complaint.npos) return 1;
              if (complaint.find("ulimit -n") == complaint.npos) return 2;
              return start_process(4).empty() ? 0 : 3;
            }));
}

TEST(process_start, end_process_flushes_and_leaves_threads_alone) {
  int pipe_ends[2];
  ASSERT_EQ(0, pipe(pipe_ends));
  EXPECT_EQ(23, in_a_child([&] {
              std::FILE* const file = fdopen(pipe_ends[1], "w");
              std::fputs("said", file);
              end_process(23);
              return 0;
            }));
  close(pipe_ends[1]);
  char text[8] = {};
  EXPECT_EQ(4, read(pipe_ends[0], text, sizeof text));
  close(pipe_ends[0]);
}

}  // namespace
}  // namespace holdfast::tool
