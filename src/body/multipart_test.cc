#include "holdfast/multipart.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/folder_rig.h"
#include "body/body_feed.h"

namespace holdfast {
namespace {

using State = BodySource::State;

class OneText : public BodySource {
 public:
  explicit OneText(std::string text) : text_(std::move(text)) {}
  Read read(char* into, std::size_t capacity) override {
    const std::size_t bytes = text_.copy(into, capacity, at_);
    at_ += bytes;
    return {at_ == text_.size() ? State::end : State::more, bytes};
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

Body streamed(const std::string& text, bool with_length = true) {
  return Body::factory([text] { return std::make_unique<OneText>(text); },
                       with_length ? std::optional<std::uint64_t>(text.size()) : std::nullopt);
}

/// The bytes that an attempt would send; nullopt if its source fails. `length` is set to the
/// measured length.
std::optional<std::string> sent(Body body, std::optional<std::uint64_t>* length = nullptr) {
  if (body.kind() == Body::Kind::bytes) return body.bytes();
  http::BodyFeed feed;
  const http::OpenedBody opened = feed.open(body);
  if (!opened.ok) return std::nullopt;
  if (length != nullptr) *length = opened.length;
  std::string all;
  for (;;) {
    const http::BodyFeed::Piece piece = feed.next();
    if (piece.state == State::failed) return std::nullopt;
    all += piece.bytes;
    if (piece.state == State::end) return all;
  }
}

struct Received {
  std::string head, content;
};

/// A parser by the letter of RFC 2046 §5.1.1, independent of the code under test.
std::vector<Received> received(const std::string& text, const std::string& boundary) {
  std::vector<Received> parts;
  const std::string delimiter = "\r\n--" + boundary;
  std::string rest = "\r\n" + text;
  RC_ASSERT(rest.starts_with(delimiter));
  rest.erase(0, delimiter.size());
  while (rest.starts_with("\r\n")) {
    const std::size_t end = rest.find(delimiter), blank = rest.find("\r\n\r\n");
    RC_ASSERT(end != rest.npos && blank + 4 <= end);
    parts.push_back({rest.substr(2, blank - 2), rest.substr(blank + 4, end - blank - 4)});
    rest.erase(0, end + delimiter.size());
  }
  RC_ASSERT(rest == "--\r\n");
  return parts;
}

TEST(Multipart, looks_as_rfc_7578_has_it) {
  Multipart form;
  form.field("text", "some value")
      .part({.name = "file", .body = "bytes", .filename = "a.txt", .content_type = "text/plain"});
  const std::string b = form.boundary();
  EXPECT_EQ(form.body().kind(), Body::Kind::bytes);
  EXPECT_EQ(form.body().bytes(),
            "--" + b + "\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nsome value\r\n--" +
                b + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n" +
                "Content-Type: text/plain\r\n\r\nbytes\r\n--" + b + "--\r\n");
  EXPECT_EQ(form.content_type(), "multipart/form-data; boundary=" + b);
  EXPECT_EQ(form.length(), form.body().bytes().size());
  EXPECT_LE(b.size(), 70U);  // RFC 2046 §5.1.1
}

TEST(Multipart, names_are_escaped_as_browsers_do) {
  Multipart form;
  form.part({.name = "a\"b\r\nc", .body = "", .filename = "\xC3\xA9;\\%22\".txt"});
  EXPECT_NE(form.body().bytes().find("name=\"a%22b%0D%0Ac\"; filename=\"\xC3\xA9;\\%22%22.txt\""),
            std::string::npos);
}

TEST(Multipart, a_content_type_cannot_begin_another_line) {
  Multipart form;
  form.part({.name = "a", .body = "", .content_type = "text/x; y=\"z\"\r\nX: y"});
  EXPECT_NE(form.body().bytes().find("Content-Type: text/x; y=\"z\"%0D%0AX: y\r\n\r\n"),
            std::string::npos);
}

TEST(Multipart, a_form_of_nothing_is_an_end_alone) {
  const Multipart form;
  EXPECT_EQ(form.body().bytes(), "--" + form.boundary() + "--\r\n");
}

RC_GTEST_PROP(Multipart, what_is_received_is_what_was_added_at_every_attempt, ()) {
  Multipart form(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::string> contents;
  bool all_lengths = true;
  const auto count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    // Includes text that a careless parser takes for the end of a part.
    contents.push_back(*rc::gen::arbitrary<std::string>() +
                       *rc::gen::element<std::string>("", "\r\n--", "--\r\n", "\r\n--holdfast-"));
    Multipart::Part part{.name = *rc::gen::arbitrary<std::string>(), .body = contents.back()};
    if (*rc::gen::arbitrary<bool>()) {
      const bool with_length = *rc::gen::arbitrary<bool>();
      all_lengths = all_lengths && with_length;
      part.body = streamed(contents.back(), with_length);
    }
    if (*rc::gen::arbitrary<bool>()) part.filename = *rc::gen::arbitrary<std::string>();
    form.part(std::move(part));
  }
  Body body = form.body();
  RC_ASSERT(body.replayable());
  const std::optional<std::string> first = sent(body);
  RC_ASSERT(first.has_value());
  RC_ASSERT(first == sent(body));
  RC_ASSERT(first == sent(form.body()));
  RC_ASSERT(body.length() ==
            (all_lengths ? std::optional<std::uint64_t>(first->size()) : std::nullopt));
  RC_ASSERT(body.length() == form.length());
  const std::vector<Received> parts = received(*first, form.boundary());
  RC_ASSERT(parts.size() == contents.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    RC_ASSERT(parts[i].content == contents[i]);
    RC_ASSERT(parts[i].head.starts_with("Content-Disposition: form-data; name=\""));
    RC_ASSERT(parts[i].head.find("\r\n") == std::string::npos);
  }
}

TEST(Multipart, the_boundary_follows_from_seed_and_parts_and_is_in_no_part) {
  Multipart one, same, other_seed(7), other_part;
  one.field("a", "b");
  same.field("a", "b");
  other_seed.field("a", "b");
  other_part.field("a", "c");
  EXPECT_EQ(one.boundary(), same.boundary());
  EXPECT_NE(one.boundary(), other_seed.boundary());
  EXPECT_NE(one.boundary(), other_part.boundary());
  // The boundary is derived from the first bytes of a part, so the rest of the part can contain it.
  Multipart first;
  const std::string prefix(1000, 'x');
  first.part({.name = "a", .body = prefix + std::string(41, '?')});
  Multipart trap;
  trap.part({.name = "a", .body = prefix + first.boundary()});
  EXPECT_NE(trap.boundary(), first.boundary());
  EXPECT_EQ(first.boundary().size(), 41U);
}

TEST(Multipart, a_streamed_part_with_the_boundary_in_it_fails) {
  Multipart innocent;
  innocent.part({.name = "a", .body = streamed(std::string(41, '?'))});
  Multipart trap;
  trap.part({.name = "a", .body = streamed(innocent.boundary())});
  ASSERT_EQ(trap.boundary(), innocent.boundary());  // the content is unknown in advance
  EXPECT_TRUE(sent(innocent.body()).has_value());
  EXPECT_FALSE(sent(trap.body()).has_value());
}

TEST(Multipart, with_a_one_shot_part_the_whole_is_one_shot) {
  Multipart form;
  form.field("a", "b").part(
      {.name = "c", .body = Body::one_shot(std::make_unique<OneText>("once"), 4)});
  Body body = form.body();
  EXPECT_EQ(body.kind(), Body::Kind::one_shot);
  ASSERT_TRUE(body.length().has_value());
  EXPECT_EQ(sent(body)->size(), *body.length());
  EXPECT_FALSE(body.replayable());
}

TEST(Multipart, files_are_named_by_their_last_segment_and_read_anew_each_time) {
  const base::Folder folder;
  const std::string path = folder / "some \"file\".bin";
  folder.put("some \"file\".bin", std::string(200'000, 'z'));
  Multipart form;
  form.field("a", "b").file("upload", path).file("missing", folder / "none");
  EXPECT_FALSE(form.length().has_value());
  EXPECT_FALSE(sent(form.body()).has_value());
  Multipart good;
  good.field("a", "b").file("upload", path, "image/png");
  std::optional<std::uint64_t> length;
  const std::optional<std::string> first = sent(good.body(), &length);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(length, first->size());
  EXPECT_EQ(good.length(), std::nullopt) << "each attempt measures the file";
  EXPECT_NE(first->find("filename=\"some %22file%22.bin\"\r\nContent-Type: image/png\r\n\r\nzzz"),
            std::string::npos);
  EXPECT_EQ(first->find(folder.path()), std::string::npos);
  EXPECT_EQ(sent(good.body()), first);
  Body body = good.body();
  folder.put("some \"file\".bin", std::string(200'004, 'z'));
  EXPECT_EQ(sent(body, &length)->size(), first->size() + 4);
  EXPECT_EQ(length, first->size() + 4);
}

TEST(Multipart, what_cannot_be_opened_says_so_before_anything_is_given) {
  const base::Folder folder;
  Multipart form;
  form.field("a", "b").file("missing", folder / "none");
  Body body = form.body();
  http::BodyFeed feed;
  const http::OpenedBody opened = feed.open(body);
  EXPECT_FALSE(opened.ok);
  EXPECT_EQ(opened.why, "cannot open " + (folder / "none") + ": No such file or directory");
}

TEST(Multipart, a_part_that_can_be_read_once_makes_the_whole_so) {
  Multipart form;
  form.field("a", "b").file("null", "/dev/null");
  Body body = form.body();
  http::BodyFeed feed;
  const http::OpenedBody opened = feed.open(body);
  EXPECT_TRUE(opened.ok);
  EXPECT_FALSE(opened.repeatable);
  EXPECT_EQ(opened.length, std::nullopt);
}

}  // namespace
}  // namespace holdfast
