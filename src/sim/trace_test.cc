#include "sim/trace.h"

#include <gtest/gtest.h>

namespace holdfast::sim {
namespace {

TEST(Trace, off_keeps_nothing) {
  Trace trace;
  trace.add({1}, "net", "x");
  EXPECT_EQ(trace.events(), 0U);
  EXPECT_EQ(trace.hash(), 0U);
}

TEST(Trace, hash_depends_on_every_part_and_on_the_order) {
  const auto hash_of = [](auto&& fill) {
    Trace trace;
    trace.set_mode(Trace::Mode::hash);
    fill(trace);
    return trace.hash();
  };
  const std::uint64_t base = hash_of([](Trace& t) { t.add({5}, "a", "b", 1, 2, "c"); });
  EXPECT_EQ(base, hash_of([](Trace& t) { t.add({5}, "a", "b", 1, 2, "c"); }));
  EXPECT_NE(base, hash_of([](Trace& t) { t.add({6}, "a", "b", 1, 2, "c"); }));
  EXPECT_NE(base, hash_of([](Trace& t) { t.add({5}, "x", "b", 1, 2, "c"); }));
  EXPECT_NE(base, hash_of([](Trace& t) { t.add({5}, "a", "x", 1, 2, "c"); }));
  EXPECT_NE(base, hash_of([](Trace& t) { t.add({5}, "a", "b", 9, 2, "c"); }));
  EXPECT_NE(base, hash_of([](Trace& t) { t.add({5}, "a", "b", 1, 9, "c"); }));
  EXPECT_NE(base, hash_of([](Trace& t) { t.add({5}, "a", "b", 1, 2, "x"); }));
  const auto two = [](std::string_view first, std::string_view second) {
    return [=](Trace& t) {
      t.add({5}, first, "b");
      t.add({5}, second, "b");
    };
  };
  EXPECT_NE(hash_of(two("p", "q")), hash_of(two("q", "p")));
}

TEST(Trace, text_hashes_as_hash_does_and_keeps_the_last_lines) {
  Trace text, hash;
  text.set_mode(Trace::Mode::text);
  text.keep(2);
  hash.set_mode(Trace::Mode::hash);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    text.add({1'500'000'000}, "client", "send", i, 0, "GET /\r\n");
    hash.add({1'500'000'000}, "client", "send", i, 0, "GET /\r\n");
  }
  EXPECT_EQ(text.hash(), hash.hash());
  ASSERT_EQ(text.lines().size(), 2U);
  EXPECT_EQ(text.lines().back(), "   0.500000000 client send           #5 \"GET /\\r\\n\"");
}

TEST(Trace, bytes_are_printed_on_one_line_and_shortened) {
  EXPECT_EQ(printable("a\r\n\x01\x7f"), "a\\r\\n\\x01\\x7f");
  EXPECT_EQ(printable("abcdef", 3), "abc…");
}

}  // namespace
}  // namespace holdfast::sim
