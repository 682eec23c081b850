#include "holdfast/body.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "body/body_feed.h"

namespace holdfast {
namespace {

using State = BodySource::State;
using http::BodyFeed;

/// A source of the given pieces and states; later reads repeat the end.
class Scripted : public BodySource {
 public:
  explicit Scripted(std::vector<std::pair<State, std::string>> pieces) : pieces_(pieces) {}
  Read read(char* into, std::size_t capacity) override {
    if (next_ == pieces_.size()) return {State::end, 0};
    const auto& [state, bytes] = pieces_[next_++];
    bytes.copy(into, capacity);
    return {state, bytes.size()};
  }

 private:
  std::vector<std::pair<State, std::string>> pieces_;
  std::size_t next_ = 0;
};

std::unique_ptr<BodySource> source_of(const std::string& bytes) {
  return std::make_unique<Scripted>(
      std::vector<std::pair<State, std::string>>{{State::end, bytes}});
}

/// Everything that a source returns in reads of `capacity`; nullopt if it fails or is null.
std::optional<std::string> read_all(BodySource* source, std::size_t capacity) {
  if (source == nullptr || !source->open()) return std::nullopt;
  std::string all, piece(capacity, '\0');
  for (;;) {
    const BodySource::Read read = source->read(piece.data(), capacity);
    if (read.state == State::failed) return std::nullopt;
    EXPECT_LE(read.bytes, capacity);
    all.append(piece, 0, read.bytes);
    if (read.state == State::end) return all;
  }
}

http::OpenedBody opened(Body body) {
  BodyFeed feed;
  return feed.open(body);
}
std::optional<std::uint64_t> measured(const Body& body) { return opened(body).length; }

/// A temporary file in a temporary folder, removed after the test.
class FileBody : public ::testing::Test {
 protected:
  FileBody() {
    std::string pattern = ::testing::TempDir() + "holdfast_body_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileBody() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/body"; }
  void write(const std::string& content) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << content;
  }

  std::string folder_;
};

TEST(Body, none_has_no_bytes_and_no_source) {
  Body body;
  EXPECT_EQ(body.kind(), Body::Kind::none);
  EXPECT_EQ(body.length(), 0U);
  EXPECT_TRUE(body.replayable());
  EXPECT_EQ(body.open(), nullptr);
}

TEST(Body, bytes_may_hold_anything_and_be_sent_again) {
  const Body body = std::string("a\0b", 3);
  EXPECT_EQ(body.kind(), Body::Kind::bytes);
  EXPECT_EQ(body.bytes(), std::string("a\0b", 3));
  EXPECT_EQ(body.length(), 3U);
  EXPECT_TRUE(body.replayable());
  EXPECT_EQ(Body("text").length(), 4U);
  EXPECT_EQ(Body("").length(), 0U);
}

TEST(Body, a_factory_makes_a_new_source_each_time) {
  int made = 0;
  Body body = Body::factory([&made] { return source_of(std::to_string(++made)); }, 1);
  EXPECT_EQ(body.kind(), Body::Kind::factory);
  EXPECT_EQ(body.length(), 1U);
  for (const char* expected : {"1", "2", "3"}) {
    EXPECT_TRUE(body.replayable());
    EXPECT_EQ(read_all(body.open().get(), 10), expected);
  }
}

TEST(Body, a_factory_without_length_is_of_unknown_length) {
  EXPECT_EQ(Body::factory([] { return source_of(""); }).length(), std::nullopt);
}

TEST(Body, a_factory_that_has_nothing_to_give_opens_nothing) {
  EXPECT_EQ(Body::factory([] { return nullptr; }).open(), nullptr);
  EXPECT_EQ(Body::factory(nullptr).open(), nullptr);
}

TEST(Body, a_one_shot_is_replayable_only_until_it_is_opened_by_whichever_copy) {
  Body body = Body::one_shot(source_of("once"), 4);
  Body copy = body;
  EXPECT_EQ(body.kind(), Body::Kind::one_shot);
  EXPECT_EQ(body.length(), 4U);
  EXPECT_TRUE(body.replayable());
  EXPECT_EQ(read_all(copy.open().get(), 10), "once");
  EXPECT_FALSE(body.replayable());
  EXPECT_FALSE(copy.replayable());
  EXPECT_EQ(body.open(), nullptr);
}

TEST(Body, a_one_shot_of_nothing_cannot_be_sent) {
  Body body = Body::one_shot(nullptr);
  EXPECT_EQ(body.length(), std::nullopt);
  EXPECT_FALSE(body.replayable());
  EXPECT_EQ(body.open(), nullptr);
}

TEST_F(FileBody, is_read_in_pieces_of_any_size_and_again_from_the_start) {
  base::Rng rng(1);
  for (const std::size_t size : {150'000U, 16 * 1024U, 16 * 1024U + 1, 7U}) {
    std::string content(size, '\0');
    for (char& c : content) c = static_cast<char>(rng.next());
    write(content);
    Body body = Body::file(path());
    EXPECT_TRUE(body.replayable());
    // 50,000 divides the first content, so its end is found only by the read after the last bytes.
    for (const std::size_t capacity : {std::size_t{1000}, std::size_t{50'000}, BodyFeed::kPiece}) {
      EXPECT_EQ(measured(body), size);
      EXPECT_EQ(read_all(body.open().get(), capacity), content) << capacity;
    }
  }
}

TEST_F(FileBody, an_empty_file_is_an_empty_body) {
  write("");
  Body body = Body::file(path());
  EXPECT_EQ(measured(body), 0U);
  EXPECT_EQ(read_all(body.open().get(), 10), "");
}

TEST_F(FileBody, a_failure_to_open_names_the_file_and_the_reason) {
  const http::OpenedBody missing = opened(Body::file(path()));
  EXPECT_FALSE(missing.ok);
  EXPECT_EQ(missing.why, "cannot open " + path() + ": No such file or directory");
  const http::OpenedBody folder = opened(Body::file(folder_));
  EXPECT_FALSE(folder.ok);
  EXPECT_EQ(folder.why, "cannot read " + folder_ + ": Is a directory");
}

TEST_F(FileBody, every_attempt_measures_the_file_anew) {
  Body body = Body::file(path());
  EXPECT_FALSE(opened(body).ok);
  for (const std::string& content :
       {std::string(), std::string("four"), std::string(20'000, 'x'), std::string("abc")}) {
    write(content);
    EXPECT_EQ(measured(body), content.size());
    EXPECT_EQ(read_all(body.open().get(), 1000), content);
  }
  std::filesystem::remove(path());
  EXPECT_FALSE(opened(body).ok);
}

TEST_F(FileBody, a_file_whose_size_is_wrong_is_read_to_its_end) {
  // Its size is 0, but it has content.
  const Body body = Body::file("/proc/version");
  const http::OpenedBody version = opened(body);
  ASSERT_TRUE(version.ok);
  EXPECT_TRUE(version.repeatable);
  const std::optional<std::string> content = read_all(Body(body).open().get(), 10);
  ASSERT_TRUE(content);
  EXPECT_TRUE(content->starts_with("Linux"));
  EXPECT_EQ(version.length, content->size());
}

TEST_F(FileBody, a_pipe_is_read_once_to_its_end) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  std::thread writer([this] { write(std::string(100'000, 'p')); });
  Body body = Body::file(path());
  BodyFeed feed;
  const http::OpenedBody first = feed.open(body);
  EXPECT_TRUE(first.ok);
  EXPECT_FALSE(first.repeatable);
  EXPECT_EQ(first.length, std::nullopt);
  EXPECT_TRUE(feed.open(body).ok) << "not read yet: the next attempt gets the same source";
  std::string all;
  BodyFeed::Piece piece;
  do {
    piece = feed.next();
    all += piece.bytes;
  } while (piece.state == State::more);
  writer.join();
  EXPECT_EQ(piece.state, State::end);
  EXPECT_EQ(all, std::string(100'000, 'p'));
}

TEST_F(FileBody, a_device_is_read_without_a_length) {
  const http::OpenedBody null = opened(Body::file("/dev/null"));
  EXPECT_TRUE(null.ok);
  EXPECT_EQ(null.length, std::nullopt);
  EXPECT_FALSE(null.repeatable);
  EXPECT_EQ(read_all(Body::file("/dev/null").open().get(), 10), "");
}

TEST_F(FileBody, a_file_that_changes_its_size_while_it_is_read_fails_before_its_last_bytes) {
  const std::string content(300'000, 'x');
  for (const std::size_t other : {content.size() - 1, content.size() + 1, std::size_t{0}}) {
    for (const std::size_t capacity : {std::size_t{1000}, std::size_t{7777}, BodyFeed::kPiece}) {
      write(content);
      Body body = Body::file(path());
      const std::unique_ptr<BodySource> source = body.open();
      ASSERT_NE(source, nullptr);
      ASSERT_TRUE(source->open());
      std::vector<char> piece(capacity);
      std::size_t given = source->read(piece.data(), capacity).bytes;
      std::filesystem::resize_file(path(), other);
      BodySource::Read read{State::more, 0};
      while (read.state == State::more) {
        read = source->read(piece.data(), capacity);
        given += read.bytes;
      }
      EXPECT_EQ(read.state, State::failed) << other << " in pieces of " << capacity;
      EXPECT_LT(given, content.size());
      EXPECT_NE(source->failure().find(path()), std::string::npos) << source->failure();
      EXPECT_EQ(source->read(piece.data(), capacity).state, State::failed);
    }
  }
}

TEST(BodyFeed, a_new_attempt_reads_a_new_source_from_its_start) {
  Body body = Body::factory([] {
    return std::make_unique<Scripted>(std::vector<std::pair<State, std::string>>{
        {State::more, "ab"}, {State::pending, ""}, {State::end, "c"}});
  });
  BodyFeed feed;
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_TRUE(feed.open(body).ok);
    const BodyFeed::Piece first = feed.next();
    EXPECT_EQ(first.state, State::more);
    EXPECT_EQ(first.bytes, "ab");
    EXPECT_EQ(feed.next().state, State::pending);
    const BodyFeed::Piece last = feed.next();
    EXPECT_EQ(last.state, State::end);
    EXPECT_EQ(last.bytes, "c");
  }
}

TEST(BodyFeed, a_one_shot_that_was_not_read_is_there_for_the_next_attempt) {
  Body body = Body::one_shot(source_of("once"));
  BodyFeed feed;
  EXPECT_TRUE(feed.open(body).ok);
  EXPECT_TRUE(feed.open(body).ok);
  EXPECT_EQ(feed.next().bytes, "once");
  const http::OpenedBody again = feed.open(body);
  EXPECT_FALSE(again.ok);
  EXPECT_NE(again.why.find("one-shot"), std::string::npos);
  EXPECT_EQ(feed.next().state, State::failed);
}

TEST(BodyFeed, reset_drops_a_one_shot_that_was_not_read) {
  Body first = Body::one_shot(source_of("first")), second = Body::one_shot(source_of("second"));
  BodyFeed feed;
  EXPECT_TRUE(feed.open(first).ok);
  feed.reset();
  EXPECT_TRUE(feed.open(second).ok);
  EXPECT_EQ(feed.next().bytes, "second");
}

/// A source with the properties that the test sets.
class Claiming : public BodySource {
 public:
  explicit Claiming(std::optional<std::uint64_t> length, bool opens = true)
      : length_(length), opens_(opens) {}
  bool open() override { return opens_; }
  std::optional<std::uint64_t> length() const override { return length_; }
  Read read(char*, std::size_t) override { return {State::failed, 0}; }
  std::string failure() const override { return "because"; }

 private:
  std::optional<std::uint64_t> length_;
  bool opens_;
};

TEST(BodyFeed, a_source_measures_itself_and_says_why_it_fails) {
  const auto claiming = [](std::optional<std::uint64_t> length, bool opens = true) {
    return [=] { return std::make_unique<Claiming>(length, opens); };
  };
  EXPECT_EQ(opened(Body::factory(claiming(7))).length, 7U);
  EXPECT_EQ(opened(Body::factory(claiming({}))).length, std::nullopt);
  EXPECT_EQ(opened(Body::factory(claiming({}), 7)).length, 7U);
  const http::OpenedBody unlike = opened(Body::factory(claiming(7), 8));
  EXPECT_FALSE(unlike.ok);
  EXPECT_EQ(unlike.why, "the body's source has 7 bytes, and its Body says 8");
  const http::OpenedBody closed = opened(Body::factory(claiming(7, false)));
  EXPECT_FALSE(closed.ok);
  EXPECT_EQ(closed.why, "because");
  Body failing = Body::factory(claiming(7));
  BodyFeed feed;
  EXPECT_TRUE(feed.open(failing).ok);
  const BodyFeed::Piece piece = feed.next();
  EXPECT_EQ(piece.state, State::failed);
  EXPECT_EQ(piece.bytes, "because");
}

TEST(BodyFeed, no_source_is_a_failure) {
  EXPECT_EQ(opened(Body::factory([] { return nullptr; })).why,
            "the body's factory returned no source");
  Body spent = Body::one_shot(source_of("x"));
  spent.open();
  EXPECT_FALSE(opened(spent).ok);
  BodyFeed feed;
  EXPECT_EQ(feed.next().state, State::failed);
}

TEST(BodyFeed, a_source_that_claims_more_than_there_was_room_for_is_a_failure) {
  class Liar : public BodySource {
    Read read(char*, std::size_t capacity) override { return {State::more, capacity + 1}; }
  };
  Body body = Body::factory([] { return std::make_unique<Liar>(); });
  BodyFeed feed;
  EXPECT_TRUE(feed.open(body).ok);
  EXPECT_EQ(feed.next().state, State::failed);
}

}  // namespace
}  // namespace holdfast
