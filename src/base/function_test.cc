#include "holdfast/function.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace holdfast {
namespace {

/// Counts its live instances; `Padding` decides whether it is stored inside the Function or on the
/// heap.
template <std::size_t Padding>
struct Counted {
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_(other.alive_), calls_(other.calls_) { ++*alive_; }
  Counted(const Counted& other) noexcept : alive_(other.alive_), calls_(other.calls_) { ++*alive_; }
  Counted& operator=(Counted&&) = delete;
  ~Counted() { --*alive_; }

  int operator()() { return ++calls_; }

  int* alive_;
  int calls_ = 0;
  std::array<char, Padding> padding_{};
};

using Small = Counted<1>;
using Big = Counted<200>;

template <class Callable>
class FunctionOf : public ::testing::Test {};
using Callables = ::testing::Types<Small, Big>;
TYPED_TEST_SUITE(FunctionOf, Callables);

TYPED_TEST(FunctionOf, a_callable_keeps_its_state_between_calls_and_through_moves) {
  int alive = 0;
  Function<int()> first = TypeParam(alive);
  EXPECT_EQ(first(), 1);
  Function<int()> second = std::move(first);
  EXPECT_EQ(second(), 2);
  Function<int()> third;
  third = std::move(second);
  EXPECT_EQ(third(), 3);
  EXPECT_EQ(alive, 1);
}

TYPED_TEST(FunctionOf, what_was_moved_from_is_empty) {
  int alive = 0;
  Function<int()> first = TypeParam(alive);
  Function<int()> second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT: looked at on purpose
  EXPECT_TRUE(second);
}

TYPED_TEST(FunctionOf, the_callable_is_destroyed_once_at_the_end_of_life) {
  int alive = 0;
  {
    Function<int()> function = TypeParam(alive);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TYPED_TEST(FunctionOf, reset_and_null_assignment_destroy_the_callable) {
  int alive = 0;
  Function<int()> function = TypeParam(alive);
  function.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(function);
  function.reset();
  function = TypeParam(alive);
  EXPECT_EQ(alive, 1);
  function = nullptr;
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(function);
}

TYPED_TEST(FunctionOf, assignment_destroys_the_callable_that_was_held) {
  int held = 0, given = 0;
  Function<int()> function = TypeParam(held);
  function = Function<int()>(TypeParam(given));
  EXPECT_EQ(held, 0);
  EXPECT_EQ(given, 1);
}

TYPED_TEST(FunctionOf, self_move_changes_nothing) {
  int alive = 0;
  Function<int()> function = TypeParam(alive);
  Function<int()>& same = function;
  function = std::move(same);
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(function(), 1);
}

TYPED_TEST(FunctionOf, a_growing_vector_keeps_every_callable) {
  int alive = 0;
  {
    std::vector<Function<int()>> functions;
    // NOLINTNEXTLINE(performance-inefficient-vector-operation): its growing is what is tested
    for (int i = 0; i < 100; ++i) functions.emplace_back(TypeParam(alive));
    EXPECT_EQ(alive, 100);
    for (Function<int()>& function : functions) EXPECT_EQ(function(), 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Function, one_that_is_plain_bytes_keeps_its_state_through_moves) {
  Function<int()> first = [by = std::array<std::int64_t, 3>{1, 2, 3}, calls = 0]() mutable {
    ++calls;
    return static_cast<int>(by[0] + by[1] * 10 + by[2] * 100) + calls;
  };
  EXPECT_EQ(first(), 322);
  Function<int()> second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT: looked at on purpose
  EXPECT_EQ(second(), 323);
  Function<int()> third = [] { return 0; };
  third = std::move(second);
  EXPECT_EQ(third(), 324);
}

TEST(Function, empty_by_default_and_from_null) {
  EXPECT_FALSE(Function<void()>());
  EXPECT_FALSE(Function<void()>(nullptr));
}

TEST(FunctionDeathTest, calling_an_empty_one_ends_the_process) {
  Function<void()> empty;
  EXPECT_DEATH(empty(), "");
}

TEST(Function, holds_what_cannot_be_copied) {
  Function<int(int)> add = [held = std::make_unique<int>(40)](int more) { return *held + more; };
  EXPECT_EQ(add(2), 42);
}

TEST(Function, arguments_are_forwarded_not_copied) {
  Function<std::unique_ptr<int>(std::unique_ptr<int>)> pass = [](std::unique_ptr<int> given) {
    return given;
  };
  EXPECT_EQ(*pass(std::make_unique<int>(7)), 7);
  Function<void(std::string&)> append = [](std::string& text) { text += "!"; };
  std::string text = "hey";
  append(text);
  EXPECT_EQ(text, "hey!");
}

TEST(Function, a_result_that_nobody_wants_is_dropped) {
  int calls = 0;
  Function<void()> inside = [&calls] { return ++calls; };
  Function<void()> on_heap = [&calls, padding = std::array<char, 100>()] {
    return ++calls + padding[0];
  };
  inside();
  on_heap();
  EXPECT_EQ(calls, 2);
}

TEST(Function, a_callable_whose_move_may_throw_lives_on_the_heap_and_is_not_moved) {
  struct Pinned {
    Pinned() = default;
    Pinned(Pinned&&) noexcept(false) { ++moves(); }
    static int& moves() {
      static int count = 0;
      return count;
    }
    void operator()() {}
  };
  Function<void()> first = Pinned();
  const int moves = Pinned::moves();
  Function<void()> second = std::move(first);
  EXPECT_EQ(Pinned::moves(), moves);
  EXPECT_TRUE(second);
}

TEST(Function, returns_references_as_such) {
  int value = 1;
  Function<int&()> get = [&value]() -> int& { return value; };
  get() = 5;
  EXPECT_EQ(value, 5);
}

}  // namespace
}  // namespace holdfast
