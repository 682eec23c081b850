#include "uv/sigpipe.h"

#include <gtest/gtest.h>

#include <csignal>

namespace holdfast::uv {
namespace {

class SigpipeTest : public ::testing::Test {
 protected:
  SigpipeTest() { sigaction(SIGPIPE, nullptr, &before_); }
  ~SigpipeTest() override { sigaction(SIGPIPE, &before_, nullptr); }
  static void set(void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    sigaction(SIGPIPE, &action, nullptr);
  }
  static auto current() {
    struct sigaction action = {};
    sigaction(SIGPIPE, nullptr, &action);
    return action.sa_handler;
  }

 private:
  struct sigaction before_ = {};
};

TEST_F(SigpipeTest, the_default_becomes_ignore) {
  set(SIG_DFL);
  ignore_sigpipe();
  EXPECT_EQ(SIG_IGN, current());
}

TEST_F(SigpipeTest, a_handler_of_the_process_stays) {
  const auto handler = +[](int) {};
  set(handler);
  ignore_sigpipe();
  EXPECT_EQ(handler, current());
}

}  // namespace
}  // namespace holdfast::uv
