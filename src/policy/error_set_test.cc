#include "policy/error_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "holdfast/options_text.h"
#include "holdfast/policy.h"

namespace holdfast {
namespace {

std::vector<ErrorCode> every_code() {
  return {
#define X(name, text, fault, transient) ErrorCode::name,
      HOLDFAST_ERROR_CODES(X)
#undef X
  };
}

TEST(ErrorSet, default_is_the_list_of_r4) {
  const ErrorSet errors = RetryPolicy().errors;
  for (const ErrorCode code : every_code()) {
    EXPECT_EQ(errors.contains(code), is_transient(code)) << name(code);
  }
  EXPECT_FALSE(errors.contains(ErrorCode::none));
  EXPECT_FALSE(errors.empty());
}

TEST(ErrorSet, adds_and_removes_every_code_and_never_none) {
  for (const ErrorCode code : every_code()) {
    ErrorSet errors;
    EXPECT_TRUE(errors.empty());
    errors.add(code);
    EXPECT_TRUE(errors.contains(code));
    EXPECT_EQ(errors, ErrorSet{code});
    errors.remove(code);
    EXPECT_TRUE(errors.empty()) << name(code);
  }
  EXPECT_TRUE(ErrorSet{ErrorCode::none}.empty());
}

TEST(ErrorSet, text_is_a_list_or_edits_of_the_default_whichever_is_shorter) {
  EXPECT_EQ(to_string(ErrorSet()), "none");
  EXPECT_EQ(to_string(ErrorSet::transient()), "default");
  EXPECT_EQ(to_string(ErrorSet{ErrorCode::read_timeout}), "read_timeout");
  ErrorSet edited = ErrorSet::transient();
  edited.add(ErrorCode::dns_not_found);
  edited.remove(ErrorCode::pool_timeout);
  EXPECT_EQ(to_string(edited), "default,dns_not_found,-pool_timeout");
}

TEST(ErrorSet, what_the_default_holds_may_be_listed) {
  for (const ErrorCode code : every_code()) {
    if (!is_transient(code)) continue;
    EXPECT_EQ(policy::why_unlistable(code), nullptr) << name(code);
  }
}

RC_GTEST_PROP(ErrorSetProperty, text_is_read_back, ()) {
  ErrorSet errors;
  for (const ErrorCode code : every_code()) {
    if (*rc::gen::arbitrary<bool>()) errors.add(code);
  }
  ClientOptions options;
  RC_ASSERT(!set_option(options, "retry.errors", to_string(errors)));
  RC_ASSERT(options.retry.errors == errors);
}

}  // namespace
}  // namespace holdfast
