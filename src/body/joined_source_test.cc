#include "body/joined_source.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace holdfast::http {
namespace {

using State = BodySource::State;

/// Returns its text in pieces of at most `step` bytes, and `pending` at every `pause`-th read.
class Halting : public BodySource {
 public:
  Halting(std::string text, std::size_t step, std::size_t pause)
      : text_(std::move(text)), step_(step), pause_(pause) {}
  Read read(char* into, std::size_t capacity) override {
    if (pause_ != 0 && ++reads_ % pause_ == 0) return {State::pending, 0};
    const std::size_t bytes = text_.copy(into, std::min(step_, capacity), at_);
    at_ += bytes;
    return {at_ == text_.size() ? State::end : State::more, bytes};
  }

 private:
  std::string text_;
  std::size_t step_, pause_, at_ = 0, reads_ = 0;
};

Body halting(const std::string& text, std::size_t step, std::size_t pause = 0) {
  return Body::factory([=] { return std::make_unique<Halting>(text, step, pause); }, text.size());
}

JoinedSource joined(std::vector<Body> pieces, std::string forbidden = "\x01never\x01") {
  return {std::make_shared<const std::vector<Body>>(std::move(pieces)), std::move(forbidden)};
}

struct Got {
  std::string bytes;
  State state = State::more;
  std::size_t pauses = 0;
};

Got read_through(BodySource& source, std::size_t capacity) {
  Got got;
  std::vector<char> piece(capacity);
  while (got.state != State::end && got.state != State::failed) {
    const BodySource::Read read = source.read(piece.data(), capacity);
    RC_ASSERT(read.bytes <= capacity);
    RC_ASSERT(read.state != State::more || read.bytes != 0U);
    got.bytes.append(piece.data(), read.bytes);
    got.state = read.state;
    got.pauses += read.state == State::pending ? 1 : 0;
  }
  return got;
}

RC_GTEST_PROP(JoinedSource, gives_its_pieces_in_order_whatever_their_kinds_and_the_capacity, ()) {
  std::vector<Body> pieces;
  std::string whole;
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    const auto text = *rc::gen::arbitrary<std::string>();
    const auto step = *rc::gen::inRange<std::size_t>(1, 5);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        pieces.emplace_back();
        continue;
      case 1:
        pieces.emplace_back(text);
        break;
      case 2:
        pieces.push_back(halting(text, step, *rc::gen::element<std::size_t>(0, 2, 3)));
        break;
      default:
        pieces.push_back(Body::one_shot(std::make_unique<Halting>(text, step, 0)));
    }
    whole += text;
  }
  JoinedSource source = joined(pieces);
  EXPECT_TRUE(source.open());
  const Got got = read_through(source, *rc::gen::element<std::size_t>(1, 2, 10, 1000));
  RC_ASSERT(got.state == State::end);
  RC_ASSERT(got.bytes == whole);
}

RC_GTEST_PROP(StreamSearch, agrees_with_find_however_the_text_is_cut, ()) {
  const auto letters = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab-")));
  const std::string text = *letters, wanted = *rc::gen::nonEmpty(letters);
  const auto cut = *rc::gen::inRange<std::size_t>(1, 5);
  StreamSearch search(wanted);
  bool found = false;
  for (std::size_t at = 0; at < text.size() && !found; at += cut) {
    found = search.found_in(std::string_view(text).substr(at, cut));
  }
  RC_CLASSIFY(found, "found");
  RC_ASSERT(found == (text.find(wanted) != text.npos));
}

TEST(JoinedSource, fills_a_piece_across_sources_so_that_small_ones_do_not_go_out_alone) {
  JoinedSource source = joined({"head", halting("middle", 100), "tail"});
  EXPECT_TRUE(source.open());
  char piece[100];
  const BodySource::Read read = source.read(piece, sizeof piece);
  EXPECT_EQ(read.state, State::end);
  EXPECT_EQ(std::string_view(piece, read.bytes), "headmiddletail");
}

TEST(JoinedSource, hands_over_what_it_has_before_it_says_that_there_is_nothing_now) {
  JoinedSource source = joined({"head", halting("ab", 1, 1)});
  EXPECT_TRUE(source.open());
  char piece[100];
  EXPECT_EQ(source.read(piece, sizeof piece).bytes, 4U);
  const BodySource::Read read = source.read(piece, sizeof piece);
  EXPECT_EQ(read.state, State::pending);
  EXPECT_EQ(read.bytes, 0U);
}

TEST(JoinedSource, a_piece_that_cannot_be_had_fails_the_whole) {
  Body spent = Body::one_shot(std::make_unique<Halting>("x", 1, 0));
  spent.open();
  for (const Body& broken : {Body::factory([] { return nullptr; }), spent}) {
    JoinedSource source = joined({"head", broken, "tail"});
    EXPECT_FALSE(source.open());
    EXPECT_FALSE(source.failure().empty());
    char piece[100];
    EXPECT_EQ(source.read(piece, sizeof piece).state, State::failed);
  }
}

TEST(JoinedSource, a_piece_that_claims_more_than_there_was_room_for_fails_the_whole) {
  class Liar : public BodySource {
    Read read(char*, std::size_t capacity) override { return {State::more, capacity + 1}; }
  };
  JoinedSource source = joined({Body::factory([] { return std::make_unique<Liar>(); })});
  EXPECT_TRUE(source.open());
  char piece[10];
  EXPECT_EQ(source.read(piece, sizeof piece).state, State::failed);
}

TEST(JoinedSource, forbidden_text_in_a_streamed_piece_fails_the_whole_however_it_is_cut) {
  for (std::size_t step = 1; step < 9; ++step) {
    JoinedSource source = joined({halting("xx-ababa-yy", step)}, "ababa");
    EXPECT_TRUE(source.open());
    EXPECT_EQ(read_through(source, 100).state, State::failed) << step;
    JoinedSource clean = joined({halting("xx-abab-yy", step), "ababa"}, "ababa");
    EXPECT_TRUE(clean.open());
    EXPECT_EQ(read_through(clean, 100).bytes, "xx-abab-yyababa") << step;
    JoinedSource apart = joined({halting("aba", step), halting("ba", step)}, "ababa");
    EXPECT_TRUE(apart.open());
    EXPECT_EQ(read_through(apart, 100).bytes, "ababa") << step;
  }
}

}  // namespace
}  // namespace holdfast::http
