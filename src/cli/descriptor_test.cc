#include "cli/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace holdfast::cli {
namespace {

TEST(Descriptor, names_of_inherited_ones_are_known_and_no_others) {
  EXPECT_EQ(inherited_descriptor("-", 1), 1);
  EXPECT_EQ(inherited_descriptor("/dev/stdin", 1), 0);
  EXPECT_EQ(inherited_descriptor("/dev/stdout", 0), 1);
  EXPECT_EQ(inherited_descriptor("/dev/stderr", 0), 2);
  EXPECT_EQ(inherited_descriptor("/dev/fd/63", 0), 63);
  EXPECT_EQ(inherited_descriptor("/proc/self/fd/7", 0), 7);
  for (const char* name : {"", "--", "/dev/null", "/dev/fd/", "/dev/fd/x", "/dev/fd/3x",
                           "/dev/fd/-1", "/dev/fd/99999999999", "./-", "dev/stdin"}) {
    EXPECT_EQ(inherited_descriptor(name, 0), std::nullopt) << name;
  }
}

TEST(Descriptor, one_that_is_non_blocking_is_waited_for) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const std::string sent(300'000, 'x');
  bool written = false;
  std::thread writer([&] {
    written = write_all(ends[1], sent);
    close(ends[1]);
  });
  std::string got;
  char piece[4096];
  std::ptrdiff_t n = 0;
  while ((n = read_some(ends[0], piece, sizeof piece)) > 0) {
    got.append(piece, static_cast<std::size_t>(n));
  }
  writer.join();
  close(ends[0]);
  EXPECT_EQ(n, 0);
  EXPECT_TRUE(written);
  EXPECT_TRUE(got == sent);
}

TEST(Descriptor, what_is_not_open_is_an_error) {
  char byte = 0;
  EXPECT_FALSE(write_all(-1, "x"));
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(read_some(-1, &byte, 1), -1);
  EXPECT_EQ(open_file("/no/such/file", O_RDONLY), -1);
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace holdfast::cli
