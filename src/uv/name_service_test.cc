// The system's name service, with a getaddrinfo() that hangs on demand (lookup_rig.cc).
#include "uv/name_service.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <uv.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "uv/lookup_rig.h"
#include "uv/loop_rig.h"
#include "uv/post_queue.h"

namespace holdfast::uv {
namespace {

class SystemNamesTest : public LoopTest, public NameService::Sink {
 protected:
  SystemNamesTest() {
    posts.open(&loop);
    names = system_names([this](Function<void()> work) { return posts.post(std::move(work)); });
  }
  ~SystemNamesTest() override { close(); }
  static void TearDownTestSuite() { lookup_rig::release(); }
  void close() {
    if (names == nullptr) return;
    names->shut_down();
    names.reset();
    posts.close([] {});
    run();
  }
  int look_up(const std::string& host) {
    status.reset();
    const int started = names->start(7, host, *this);
    if (started == 0) run_until([&] { return status.has_value(); });
    return started != 0 ? started : *status;
  }
  void looked_up(NameService::Ticket ticket, int code,
                 std::span<const PeerAddress> found) override {
    EXPECT_EQ(7U, ticket);
    status = code;
    addresses.assign(found.begin(), found.end());
  }

  PostQueue posts;
  std::unique_ptr<NameService> names;
  std::optional<int> status;
  std::vector<PeerAddress> addresses;
};

TEST_F(SystemNamesTest, localhost_is_found) {
  EXPECT_EQ(0, look_up("localhost"));
  bool loopback = false;
  for (const PeerAddress& address : addresses) {
    loopback |= address.to_string() == "127.0.0.1:0" || address.to_string() == "[::1]:0";
  }
  EXPECT_TRUE(loopback);
}

TEST_F(SystemNamesTest, a_name_of_no_host_does_not_exist) {
  EXPECT_EQ(UV_EAI_NONAME, look_up("nowhere.noname.test"));
}

#ifndef __SANITIZE_ADDRESS__  // UBSan needs descriptors to check the type of an object
TEST_F(SystemNamesTest, without_a_descriptor_the_system_is_short_and_the_host_may_exist) {
  rlimit before{};
  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
  ASSERT_EQ(0, names->start(7, "nowhere.noname.test", *this));
  run_until([&] { return status.has_value(); });
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
  EXPECT_EQ(UV_EMFILE, status);
}
#endif

TEST_F(SystemNamesTest, short_memory_and_errors_of_the_system_are_told_apart) {
  EXPECT_EQ(UV_EAI_MEMORY, look_up("nowhere.memory.test"));
  EXPECT_EQ(UV_ENFILE, look_up("nowhere.enfile.test"));
  EXPECT_EQ(UV_EAI_AGAIN, look_up("nowhere.again.test"));
}

TEST_F(SystemNamesTest, the_loop_and_the_service_end_while_a_look_up_hangs) {
  ASSERT_EQ(0, names->start(7, "nowhere.hang.test", *this));
  lookup_rig::await_hanging(1);
  close();
  EXPECT_FALSE(status);
  // ~LoopTest checks that uv_loop_close() returns 0.
}

TEST_F(SystemNamesTest, a_look_up_that_ends_after_the_service_is_dropped) {
  lookup_rig::release();  // lookups that the previous test left
  ASSERT_EQ(0, names->start(7, "nowhere.hang.test", *this));
  lookup_rig::await_hanging(1);
  names.reset();
  lookup_rig::release();
  names = system_names([this](Function<void()> work) { return posts.post(std::move(work)); });
  EXPECT_EQ(0, look_up("localhost"));
}

}  // namespace
}  // namespace holdfast::uv
