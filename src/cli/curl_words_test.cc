#include "cli/curl_words.h"

#include <gtest/gtest.h>

namespace holdfast::cli {
namespace {

TEST(CurlWords, name_what_to_use_here) {
  EXPECT_EQ(instead_of_curls("-f"), "-f is --fail here");
  EXPECT_EQ(instead_of_curls("-fsSL"), "-f is --fail here");
  EXPECT_EQ(instead_of_curls("-XPUT"), "-X is the command itself here, as in holdfast post");
  EXPECT_EQ(instead_of_curls("--max-time=3"), "--max-time is --total-timeout here");
  EXPECT_EQ(instead_of_curls("--retry"), "--retry is --max-attempts here");
}

TEST(CurlWords, know_no_others) {
  for (const char* word : {"", "-", "--", "-4", "--fail", "--no-such", "--retry-policy"}) {
    EXPECT_EQ(instead_of_curls(word), "") << word;
  }
}

}  // namespace
}  // namespace holdfast::cli
