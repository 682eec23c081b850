#include "body/file_store.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "base/folder_rig.h"

namespace holdfast::http {
namespace {

namespace fs = std::filesystem;
using base::Folder;

using Names = std::set<std::string>;

TEST(FileStore, what_was_kept_takes_the_place_of_what_was_there) {
  const Folder folder;
  folder.put("f", "old");
  FileStore store(folder / "f");
  EXPECT_EQ(store.restart(), "");
  EXPECT_EQ(store.write("new "), "");
  EXPECT_EQ(store.write("content"), "");
  EXPECT_EQ(folder.content("f"), "old");
  EXPECT_EQ(store.keep(), "");
  EXPECT_EQ(folder.content("f"), "new content");
  EXPECT_EQ(folder.names(), Names{"f"});
}

TEST(FileStore, what_was_not_kept_leaves_nothing_behind) {
  const Folder folder;
  {
    FileStore store(folder / "f");
    EXPECT_EQ(store.restart(), "");
    EXPECT_EQ(store.write("some"), "");
    EXPECT_EQ(folder.names(), Names{"f.part"});
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(FileStore, two_at_once_do_not_meet_and_the_later_one_stays) {
  const Folder folder;
  folder.put("f.part", "somebody else's");
  FileStore a(folder / "f"), b(folder / "f");
  for (FileStore* store : {&a, &b}) EXPECT_EQ(store->restart(), "");
  EXPECT_EQ(a.write("a"), "");
  EXPECT_EQ(b.write("b"), "");
  for (FileStore* store : {&b, &a}) EXPECT_EQ(store->keep(), "");
  EXPECT_EQ(folder.content("f"), "a");
  EXPECT_EQ(folder.content("f.part"), "somebody else's");
  EXPECT_EQ(folder.names(), (Names{"f", "f.part"}));
}

TEST(FileStore, permissions_of_what_was_there_are_kept) {
  const Folder folder;
  folder.put("f", "old");
  fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
  FileStore store(folder / "f");
  EXPECT_EQ(store.restart(), "");
  EXPECT_EQ(store.write("new"), "");
  EXPECT_EQ(store.keep(), "");
  EXPECT_EQ(fs::status(folder / "f").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(FileStore, a_folder_that_is_not_there_is_said_with_path_and_reason) {
  const Folder folder;
  FileStore store(folder / "missing/f");
  EXPECT_EQ(store.restart(),
            "cannot make a file beside " + (folder / "missing/f") + ": No such file or directory");
  EXPECT_EQ(folder.names(), Names{});
}

TEST(FileStore, a_folder_in_its_place_is_refused_before_anything_is_written) {
  const Folder folder;
  fs::create_directory(folder / "f");
  FileStore store(folder / "f");
  EXPECT_EQ(store.restart(), "cannot replace " + (folder / "f") + ": Is a directory");
}

TEST(FileStore, a_folder_is_known_before_anything_is_asked_for) {
  const Folder folder;
  EXPECT_EQ(FileStore(folder / "f").check(), "");
  EXPECT_EQ(FileStore(folder.path()).check(),
            "cannot replace " + std::string(folder.path()) + ": Is a directory");
}

TEST(FileStore, a_symbolic_link_is_followed_to_its_last_target) {
  const Folder folder;
  fs::create_directory(folder / "sub");
  fs::create_symlink("sub/second", folder / "first");
  fs::create_symlink("../target", folder / "sub/second");
  for (const char* content : {"made", "replaced"}) {
    FileStore store(folder / "first");
    EXPECT_FALSE(store.writes_through());
    EXPECT_EQ(store.restart(), "");
    EXPECT_EQ(store.write(content), "");
    EXPECT_EQ(store.keep(), "");
    EXPECT_EQ(folder.content("target"), content);
    EXPECT_TRUE(fs::is_symlink(folder / "first"));
    EXPECT_TRUE(fs::is_symlink(folder / "sub/second"));
  }
  fs::create_symlink("loop", folder / "loop");
  EXPECT_NE(FileStore(folder / "loop").check(), "");
}

TEST(FileStore, a_device_is_written_through_and_never_replaced) {
  const Folder folder;
  fs::create_symlink("/dev/null", folder / "null");
  for (const std::string& path : {std::string("/dev/null"), folder / "null"}) {
    FileStore store(path);
    EXPECT_EQ(store.check(), "");
    EXPECT_TRUE(store.writes_through());
    EXPECT_EQ(store.restart(), "");
    EXPECT_EQ(store.restart(), "") << "restart() failed although nothing was written";
    EXPECT_EQ(store.write("content"), "");
    EXPECT_NE(store.restart(), "");
    EXPECT_EQ(store.keep(), "");
  }
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(folder.names(), Names{"null"});
}

TEST(FileStore, a_device_that_takes_nothing_is_said) {
  FileStore store("/dev/full");
  EXPECT_EQ(store.restart(), "");
  EXPECT_EQ(store.write("content"),
            "cannot write the content of /dev/full: No space left on device");
}

TEST(FileStore, a_fifo_is_written_as_the_content_comes_and_needs_a_reader) {
  const Folder folder;
  const std::string path = folder / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(FileStore(path).restart(),
            "cannot write to " + path + ": no process has it open for reading");
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  FileStore store(path);
  EXPECT_EQ(store.restart(), "");
  EXPECT_EQ(store.write("content"), "");
  char bytes[16];
  EXPECT_EQ(::read(reader, bytes, sizeof bytes), 7);
  EXPECT_EQ(store.keep(), "");
  ::close(reader);
  EXPECT_TRUE(fs::is_fifo(path));
}

TEST(FileStore, a_fifo_that_has_come_into_its_place_is_not_replaced) {
  const Folder folder;
  FileStore store(folder / "f");
  EXPECT_EQ(store.restart(), "");
  EXPECT_EQ(store.write("x"), "");
  ASSERT_EQ(::mkfifo((folder / "f").c_str(), 0600), 0);
  EXPECT_NE(store.keep(), "");
  EXPECT_TRUE(fs::is_fifo(folder / "f"));
  EXPECT_EQ(folder.names(), Names{"f"});
}

TEST(FileStore, a_place_lost_meanwhile_is_said_and_nothing_left) {
  const Folder folder;
  FileStore store(folder / "f");
  EXPECT_EQ(store.restart(), "");
  EXPECT_EQ(store.write("x"), "");
  fs::create_directory(folder / "f");
  EXPECT_EQ(store.keep(), "cannot replace " + (folder / "f") + ": Is a directory");
  EXPECT_EQ(folder.names(), Names{"f"});
}

/// Limits the size of this process's files to `bytes`, to imitate a full disk.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(FileStore, a_full_disk_is_said_at_once_or_at_the_end_and_nothing_left) {
  for (const std::size_t bytes : {std::size_t{100'000}, std::size_t{1100}}) {
    const Folder folder;
    folder.put("f", "old");
    std::string complaint;
    {
      const SmallDisk full(1000);
      FileStore store(folder / "f");
      complaint = store.restart();
      if (complaint.empty()) complaint = store.write(std::string(bytes, 'x'));
      if (complaint.empty()) complaint = store.keep();
    }
    EXPECT_EQ(complaint, "cannot write the content of " + (folder / "f") + ": File too large");
    EXPECT_EQ(folder.content("f"), "old");
    EXPECT_EQ(folder.names(), Names{"f"});
  }
}

// For any sequence of calls, the file has the content that was kept last, and no other file is
// left.
RC_GTEST_PROP(FileStoreProperty, only_what_was_kept_is_ever_seen, ()) {
  const Folder folder;
  std::optional<std::string> kept;
  const int stores = *rc::gen::inRange(1, 5);
  for (int i = 0; i < stores; ++i) {
    FileStore store(folder / "f");
    std::string written;
    const int restarts = *rc::gen::inRange(0, 4);
    for (int k = 0; k < restarts; ++k) {
      RC_ASSERT(store.restart() == "");
      written.clear();
      for (const auto& piece : *rc::gen::arbitrary<std::vector<std::string>>()) {
        RC_ASSERT(store.write(piece) == "");
        written += piece;
      }
      RC_ASSERT(folder.content("f") == kept);
    }
    if (restarts != 0 && *rc::gen::arbitrary<bool>()) {
      RC_ASSERT(store.keep() == "");
      kept = written;
    }
  }
  RC_ASSERT(folder.content("f") == kept);
  RC_ASSERT(folder.names() == (kept ? Names{"f"} : Names{}));
}

}  // namespace
}  // namespace holdfast::http
