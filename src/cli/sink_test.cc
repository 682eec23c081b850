#include "cli/sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace holdfast::cli {
namespace {

namespace fs = std::filesystem;

class SinkTest : public testing::Test {
 protected:
  SinkTest() {
    std::string pattern = (fs::temp_directory_path() / "holdfast-sink-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~SinkTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string contents(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(SinkTest, what_stood_there_stands_until_the_new_file_is_kept) {
  std::ofstream(path("body")) << "old";
  Sink sink;
  ASSERT_TRUE(sink.open(path("body")));
  sink.write("new");
  EXPECT_EQ(contents("body"), "old");
  EXPECT_TRUE(sink.keep());
  EXPECT_EQ(contents("body"), "new");
  EXPECT_EQ(files(), 1U);
}

TEST_F(SinkTest, what_is_given_up_leaves_nothing) {
  {
    Sink sink;
    ASSERT_TRUE(sink.open(path("body")));
    sink.write("half");
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(SinkTest, what_was_written_since_the_mark_is_taken_back) {
  Sink sink;
  ASSERT_TRUE(sink.open(path("body")));
  sink.write("first");
  sink.mark();
  sink.write(std::string(100'000, 'x'));
  sink.take_back();
  sink.write(" third");
  EXPECT_TRUE(sink.keep());
  EXPECT_EQ(contents("body"), "first third");
}

TEST_F(SinkTest, a_link_stays_a_link_and_the_mode_stays_the_files) {
  std::ofstream(path("file")) << "old";
  fs::permissions(path("file"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("file", path("link"));
  Sink sink;
  ASSERT_TRUE(sink.open(path("link")));
  sink.write("new");
  EXPECT_TRUE(sink.keep());
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(contents("file"), "new");
  EXPECT_EQ(fs::status(path("file")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SinkTest, a_new_file_gets_the_mode_that_the_mask_leaves) {
  const mode_t before = umask(027);
  Sink sink;
  ASSERT_TRUE(sink.open(path("body")));
  EXPECT_TRUE(sink.keep());
  umask(before);
  EXPECT_EQ(static_cast<unsigned>(fs::status(path("body")).permissions()), 0640U);
}

TEST_F(SinkTest, a_device_is_written_straight_through_and_its_failure_kept) {
  Sink sink;
  ASSERT_TRUE(sink.open("/dev/full"));
  sink.write("x");
  EXPECT_FALSE(sink.keep());
  EXPECT_EQ(sink.error(), ENOSPC);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(SinkTest, an_inherited_descriptor_is_written_where_it_stands) {
  const int file = ::open(path("log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::write(file, "before ", 7), 7);
  Sink sink;
  ASSERT_TRUE(sink.open("/dev/fd/" + std::to_string(file)));
  EXPECT_EQ(sink.spool(), "");
  sink.write("body");
  EXPECT_TRUE(sink.keep());
  EXPECT_EQ(::write(file, " after", 6), 6);
  ::close(file);
  EXPECT_EQ(contents("log"), "before body after");
  EXPECT_FALSE(Sink().open("/dev/fd/" + std::to_string(file)));
  EXPECT_EQ(errno, EBADF);
}

TEST_F(SinkTest, a_pipe_is_written_at_once_and_stays_one) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  Sink sink;
  ASSERT_TRUE(sink.open(path("pipe")));
  sink.write("piece");
  char seen[8] = {};
  EXPECT_EQ(::read(reader, seen, sizeof seen), 5);
  EXPECT_TRUE(sink.keep());
  ::close(reader);
  EXPECT_TRUE(fs::is_fifo(path("pipe")));
}

TEST_F(SinkTest, stored_bodies_are_taken_one_behind_the_other) {
  const mode_t before = umask(027);
  Sink sink;
  ASSERT_TRUE(sink.open(path("body")));
  for (const std::string text : {"first", "", " second", " third"}) {
    sink.mark();
    if (text == " second") {
      sink.write(text);
      continue;
    }
    std::ofstream(sink.spool()) << text;
    EXPECT_TRUE(sink.adopt(sink.spool()));
    EXPECT_FALSE(fs::exists(sink.spool()));
  }
  sink.take_back();
  EXPECT_TRUE(sink.keep());
  umask(before);
  EXPECT_EQ(contents("body"), "first second");
  EXPECT_EQ(static_cast<unsigned>(fs::status(path("body")).permissions()), 0640U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(SinkTest, what_is_written_behind_a_stored_body_stands_behind_it) {
  Sink sink;
  ASSERT_TRUE(sink.open(path("body")));
  std::ofstream(sink.spool()) << std::string(100'000, 'x');
  EXPECT_TRUE(sink.adopt(sink.spool()));
  sink.write("y");
  EXPECT_TRUE(sink.keep());
  EXPECT_EQ(contents("body"), std::string(100'000, 'x') + "y");
}

TEST_F(SinkTest, a_stored_body_that_is_gone_is_a_failure) {
  Sink sink;
  ASSERT_TRUE(sink.open(path("body")));
  EXPECT_FALSE(sink.adopt(sink.spool()));
  EXPECT_EQ(sink.error(), ENOENT);
  sink.give_up();
  EXPECT_EQ(files(), 0U);
}

TEST_F(SinkTest, a_name_as_long_as_names_may_be_leaves_room_for_the_stored_body) {
  const std::string longest(255 - 7, 'n');
  Sink sink;
  ASSERT_TRUE(sink.open(path(longest)));
  std::ofstream(sink.spool() + ".part") << "x";
  EXPECT_TRUE(fs::exists(sink.spool() + ".part"));
  EXPECT_EQ(Sink().spool(), "");
}

TEST_F(SinkTest, a_folder_that_is_not_there_is_told_at_once) {
  Sink sink;
  EXPECT_FALSE(sink.open(path("no/such/folder")));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(Sink().open(folder_.string()));
}

}  // namespace
}  // namespace holdfast::cli
