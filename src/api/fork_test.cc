// Clients in a forked child (F8): calls fail at once, destructors return, and the parent's
// connections keep working.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "api/blocking_rig.h"
#include "api/result_text_rig.h"
#include "holdfast/coro.h"

namespace holdfast::api {
namespace {

class ForkTest : public BlockingTest {
 protected:
  /// Returns what `work` returned in a child; "hangs" or "crashes" when it did not return.
  template <class Work>
  std::string in_child(Work work) {
    int out[2];
    EXPECT_EQ(0, pipe(out));
    const pid_t child = fork();
    if (child == 0) {
      alarm(10);
      const std::string text = work();
      const ssize_t written = write(out[1], text.data(), text.size());
      _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    close(out[1]);
    std::string text;
    char bytes[256];
    for (ssize_t n; (n = read(out[0], bytes, sizeof bytes)) > 0;) {
      text.append(bytes, static_cast<std::size_t>(n));
    }
    close(out[0]);
    int status = 0;
    EXPECT_EQ(child, waitpid(child, &status, 0));
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? "hangs" : "crashes";
    return text;
  }
};

TEST_F(ForkTest, every_blocking_call_of_a_child_fails_at_once) {
  auto blocking = std::make_unique<BlockingClient>(options());
  begin(1, [&](int) { EXPECT_EQ("200 /x", text_of(blocking->get("/x"))); });
  finish();
  EXPECT_EQ("forked forked forked 0 0 done", in_child([&] {
              std::string text = text_of(blocking->get("/x")) + " ";
              text += text_of(blocking->stream(
                          {.url = "/x"}, {.on_body = [](std::string_view) { return true; }})) +
                      " ";
              text += text_of(blocking->download({.url = "/x"}, "/nowhere")) + " ";
              blocking->stats();
              text += std::to_string(blocking->origin_stats().size()) + " ";
              text += std::to_string(static_cast<int>(blocking->post_to_loop([] {}))) + " ";
              blocking->observe(nullptr);
              blocking->close_gracefully();
              blocking->close();
              blocking.reset();
              return text + "done";
            }));
  begin(1, [&](int) { EXPECT_EQ("200 /y", text_of(blocking->get("/y"))); });
  finish();
}

TEST_F(ForkTest, a_client_of_the_childs_own_works) {
  BlockingClient blocking(options());
  EXPECT_EQ("200 /x", in_child([&] {
              // The test's server is in the parent, whose loop does not run until this child ends.
              BlockingClient own(options());
              begin(0, [](int) {});
              return text_of(own.get("http://127.0.0.1:1/")) == "connect_refused" ? "200 /x" : "no";
            }));
}

TEST_F(ForkTest, a_client_on_a_loop_fails_in_the_child_and_goes_on_in_the_parent) {
  Outcome before, after;
  make().get(server.url("/before"), before.callback());
  run();
  EXPECT_EQ("200 /before", before.text());
  Outcome under_way;
  RequestHandle handle = client->get(server.url("/under_way"), under_way.callback());
  EXPECT_EQ("forked 0 1 0 0", in_child([&] {
              Outcome refused;
              client->get(server.url("/child"), refused.callback());
              std::string text = refused.text() + " ";
              text += std::to_string(static_cast<int>(handle.active())) + " ";
              handle.cancel();
              bool closed = false;
              client->close([&] { closed = true; });
              text += std::to_string(static_cast<int>(closed)) + " ";
              text += std::to_string(static_cast<int>(client->post_to_loop([] {}))) + " ";
              client.reset();
              return text + std::to_string(under_way.calls);
            }));
  client->get(server.url("/after"), after.callback());
  run();
  EXPECT_EQ("200 /under_way", under_way.text());
  EXPECT_EQ("200 /after", after.text());
}

TEST_F(ForkTest, an_operation_of_a_child_fails_at_once) {
  CoClient co(&loop);
  EXPECT_EQ("forked", in_child([&] {
              auto op = co.get(server.url("/child"));
              op.start();
              std::string text = op.done() ? "" : "waits";
              auto task = [](co::Operation& one) -> co::Task<std::string> {
                Result<Response> result = co_await one;
                co_return std::string(name(result.error().code));
              }(op);
              task.start();
              return text + (task.done() ? task.result() : "waits");
            }));
}

}  // namespace
}  // namespace holdfast::api
