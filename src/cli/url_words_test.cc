#include "cli/url_words.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace holdfast::cli {
namespace {

class UrlWords : public testing::Test {
 protected:
  UrlWords() {
    CLI::App* const post = app_.add_subcommand("post", "");
    post->add_option("-d,--data", data_, "");
    post->add_flag("-v,--verbose", verbose_, "");
    post->add_flag("--json", json_, "");
  }

  Words split(std::vector<std::string> words) const {
    words.insert(words.begin(), "holdfast");
    std::vector<char*> argv;
    argv.reserve(words.size());
    for (std::string& word : words) argv.push_back(word.data());
    return split_words(app_, static_cast<int>(argv.size()), argv.data());
  }

  /// The status and the complaint about these words, of which `urls` were taken for URLs.
  std::string complaint(const std::vector<std::string>& words,
                        const std::vector<std::string>& urls) const {
    CommandLine line;
    line.urls = urls;
    const UrlComplaint found =
        url_complaint(line, *app_.get_subcommands(nullptr).front(), split(words));
    return found.text.empty() ? "" : std::to_string(found.status) + " " + found.text;
  }

  CLI::App app_;
  std::string data_;
  bool verbose_ = false, json_ = false;
};

using Strings = std::vector<std::string>;

TEST_F(UrlWords, after_the_marker_stand_urls) {
  EXPECT_EQ(split({"post", "a", "--", "b", "-c", "--"}).literal, (Strings{"b", "-c", "--"}));
  EXPECT_EQ(split({"post", "a", "--", "b"}).parsed, (Strings{"post", "a"}));
  EXPECT_EQ(split({}).parsed, Strings{});
}

TEST_F(UrlWords, a_marker_that_is_a_value_is_none) {
  for (const char* option : {"-d", "--data", "-vd"}) {
    EXPECT_EQ(split({"post", option, "--", "b"}).literal, Strings{}) << option;
  }
  for (const char* word : {"-v", "-dv", "--data=x", "a", "--no-such"}) {
    EXPECT_EQ(split({"post", word, "--", "b"}).literal, Strings{"b"}) << word;
  }
}

TEST_F(UrlWords, every_url_is_looked_at) {
  const std::string good = "http://a.test/";
  EXPECT_EQ(complaint({"post", good, good}, {good, good}), "");
  EXPECT_TRUE(complaint({"post", good, "http://"}, {good, "http://"}).starts_with("3 "));
  EXPECT_TRUE(complaint({"post", "ftp://a/", good}, {"ftp://a/", good}).starts_with("1 "));
  EXPECT_TRUE(complaint({"post", "-4", good}, {"-4", good}).starts_with("2 '-4' is no option"));
  EXPECT_TRUE(complaint({"post", "--", "-4"}, {"-4"}).starts_with("3 "));
}

TEST_F(UrlWords, a_word_after_a_flag_was_perhaps_its_value) {
  const std::string json = R"({"a":1})";
  EXPECT_TRUE(complaint({"post", "--json", json}, {json})
                  .starts_with("2 --json takes no value, and the word after it is no URL: did you "
                               "mean -d?"));
  EXPECT_TRUE(complaint({"post", "-v", "5"}, {"5"}).ends_with("; -v takes no value"));
  EXPECT_FALSE(complaint({"post", "-v", "a.test"}, {"a.test"}).ends_with("; -v takes no value"));
  EXPECT_TRUE(complaint({"post", "--json", "[1]"}, {"1"}).starts_with("2 --json takes no value"));
  EXPECT_EQ(complaint({"post", "-d", "[1]", "http://a/"}, {"http://a/"}), "");
}

}  // namespace
}  // namespace holdfast::cli
