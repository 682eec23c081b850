#include "holdfast/body.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/rng.h"
#include "http/body_feed.h"

namespace holdfast {
namespace {

using State = BodySource::State;
using http::BodyFeed;

/// A source of given pieces; `states` may end early or not at all.
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

/// Everything a source gives in pieces of at most `capacity`; nullopt if it fails or there is none.
std::optional<std::string> read_all(BodySource* source, std::size_t capacity) {
  if (source == nullptr) return std::nullopt;
  std::string all, piece(capacity, '\0');
  for (;;) {
    const BodySource::Read read = source->read(piece.data(), capacity);
    if (read.state == State::failed) return std::nullopt;
    EXPECT_LE(read.bytes, capacity);
    all.append(piece, 0, read.bytes);
    if (read.state == State::end) return all;
  }
}

/// A file of its own in a folder of its own, gone when the test is.
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
  std::string content(150'000, '\0');
  for (char& c : content) c = static_cast<char>(rng.next());
  write(content);
  Body body = Body::file(path());
  EXPECT_EQ(body.length(), content.size());
  EXPECT_TRUE(body.replayable());
  // 50,000 divides the content: its end is then found by the piece after the last.
  for (const std::size_t capacity : {std::size_t{1000}, std::size_t{50'000}, BodyFeed::kPiece}) {
    EXPECT_EQ(read_all(body.open().get(), capacity), content) << capacity;
  }
}

TEST_F(FileBody, an_empty_file_is_an_empty_body) {
  write("");
  Body body = Body::file(path());
  EXPECT_EQ(body.length(), 0U);
  EXPECT_EQ(read_all(body.open().get(), 10), "");
}

TEST_F(FileBody, a_file_that_is_missing_fails) {
  Body body = Body::file(path());
  EXPECT_EQ(body.length(), std::nullopt);
  EXPECT_EQ(read_all(body.open().get(), 10), std::nullopt);
}

TEST_F(FileBody, a_folder_fails) {
  Body body = Body::file(folder_);
  EXPECT_EQ(body.length(), std::nullopt);
  EXPECT_EQ(read_all(body.open().get(), 10), std::nullopt);
}

TEST_F(FileBody, a_file_that_comes_into_being_only_later_fails) {
  Body body = Body::file(path());
  write("late");
  EXPECT_EQ(body.open(), nullptr);
}

// To open it would block for good: nobody writes to it.
TEST_F(FileBody, a_pipe_fails_without_being_opened) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  Body body = Body::file(path());
  EXPECT_EQ(body.length(), std::nullopt);
  EXPECT_EQ(body.open(), nullptr);
}

TEST_F(FileBody, a_device_fails) { EXPECT_EQ(Body::file("/dev/zero").open(), nullptr); }

TEST_F(FileBody, a_file_that_is_deleted_between_attempts_fails) {
  write("here");
  Body body = Body::file(path());
  EXPECT_EQ(read_all(body.open().get(), 10), "here");
  std::filesystem::remove(path());
  EXPECT_EQ(body.open(), nullptr);
}

TEST_F(FileBody, a_file_of_another_size_than_at_first_fails_at_every_attempt) {
  write("four");
  Body body = Body::file(path());
  EXPECT_EQ(read_all(body.open().get(), 10), "four");
  for (const char* other : {"", "abc", "fives"}) {
    write(other);
    EXPECT_EQ(body.open(), nullptr) << other;
    EXPECT_EQ(body.length(), 4U);
  }
  write("five");
  EXPECT_EQ(read_all(body.open().get(), 10), "five");
}

TEST_F(FileBody, a_file_that_changes_its_size_while_it_is_read_fails_before_its_last_bytes) {
  const std::string content(300'000, 'x');
  for (const std::size_t other : {content.size() - 1, content.size() + 1, std::size_t{0}}) {
    for (const std::size_t capacity : {std::size_t{1000}, std::size_t{7777}, BodyFeed::kPiece}) {
      write(content);
      Body body = Body::file(path());
      const std::unique_ptr<BodySource> source = body.open();
      ASSERT_NE(source, nullptr);
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
    }
  }
}

TEST(BodyFeed, a_new_attempt_reads_a_new_source_from_its_start) {
  Body body = Body::factory([] {
    return std::make_unique<Scripted>(std::vector<std::pair<State, std::string>>{
        {State::more, "ab"}, {State::pending, ""}, {State::end, "c"}});
  });
  BodyFeed feed;
  EXPECT_EQ(feed.next(body, 1).bytes, "ab");
  EXPECT_EQ(feed.next(body, 1).state, State::pending);
  for (const std::uint32_t attempt : {2U, 3U}) {
    const BodyFeed::Piece first = feed.next(body, attempt);
    EXPECT_EQ(first.state, State::more);
    EXPECT_EQ(first.bytes, "ab");
    EXPECT_EQ(feed.next(body, attempt).state, State::pending);
    const BodyFeed::Piece last = feed.next(body, attempt);
    EXPECT_EQ(last.state, State::end);
    EXPECT_EQ(last.bytes, "c");
  }
}

TEST(BodyFeed, reset_forgets_the_attempt) {
  Body body = Body::factory([] { return source_of("x"); });
  BodyFeed feed;
  EXPECT_EQ(feed.next(body, 1).bytes, "x");
  feed.reset();
  EXPECT_EQ(feed.next(body, 1).bytes, "x");
}

TEST(BodyFeed, no_source_is_a_failure) {
  BodyFeed feed;
  Body spent = Body::one_shot(source_of("x"));
  spent.open();
  EXPECT_EQ(feed.next(spent, 1).state, State::failed);
}

TEST(BodyFeed, a_source_that_claims_more_than_there_was_room_for_is_a_failure) {
  class Liar : public BodySource {
    Read read(char*, std::size_t capacity) override { return {State::more, capacity + 1}; }
  };
  Body body = Body::factory([] { return std::make_unique<Liar>(); });
  BodyFeed feed;
  const BodyFeed::Piece piece = feed.next(body, 1);
  EXPECT_EQ(piece.state, State::failed);
  EXPECT_TRUE(piece.bytes.empty());
}

}  // namespace
}  // namespace holdfast
