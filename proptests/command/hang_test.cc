// The holdfast command while a name lookup or a disk hangs: signals and --total-timeout end it
// within a second all the same, with the status that says which (invariant 65 `exits`).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

constexpr int kSoon_ms = 2000;           // a second, and one for a busy machine
constexpr std::size_t kLarge = 3 << 20;  // more than the command reads before it sends

/// One way to hang: the calls that never return, and what is run. FILE and UPLOAD are files of the
/// test's folder; a path is of the server.
struct Hang {
  const char* situation;
  const char* calls;
  const char* command;
  const char* url;
  const char* stopped = "deadline";  ///< what --json tells at --total-timeout
};

constexpr Hang kHangs[] = {
    {"a_lookup", "getaddrinfo", "get", "http://silent.test/"},
    {"a_lookup_told_in_json", "getaddrinfo", "get --json", "http://silent.test/"},
    {"a_lookup_of_a_proxy", "getaddrinfo", "get -x silent.test:8080", "http://other.test/"},
    {"lookups_under_load", "getaddrinfo", "load -n 9 -c 3", "http://silent.test/"},
    {"opening_what_is_sent", "open", "post -d @UPLOAD", "/echo"},
    {"reading_what_is_sent", "read", "post -d @UPLOAD", "/echo"},
    {"reading_a_part_of_a_form", "read", "post -F a=@UPLOAD", "/echo"},
    {"storing_a_body", "fwrite", "get -o FILE", "/bytes/200000"},
    {"storing_a_body_told_in_json", "fwrite", "get --json -o FILE", "/bytes/200000"},
    {"writing_a_body_as_it_comes", "write", "get --stream -o FILE", "/bytes/200000"},
    {"putting_a_file_in_its_place", "rename", "get -o FILE", "/bytes/200000"},
    {"keeping_a_file_of_which_json_has_told", "rename", "get --json --stream -o FILE", "/bytes/9",
     "success"},
    {"removing_half_a_file", "fwrite,unlink", "get -o FILE", "/bytes/200000"},
};

class CommandHang : public testing::TestWithParam<Hang> {
 protected:
  CommandHang() {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ + "/upload") << std::string(kLarge, 'u');
    std::istringstream words(GetParam().command);
    for (std::string word; words >> word;) {
      if (const std::size_t at = word.find("UPLOAD"); at != word.npos) {
        word = word.substr(0, at) + folder_ + "/upload";
      }
      words_.push_back(word == "FILE" ? folder_ + "/body" : word);
    }
    const std::string url = GetParam().url;
    words_.push_back(url.starts_with('/') ? server_.url(url) : url);
  }
  std::function<void()> in_child() const {
    return [this] {
      const char* const given = std::getenv("ASAN_OPTIONS");
      const std::string options = given == nullptr ? "" : std::string(given) + ":";
      setenv("ASAN_OPTIONS", (options + "verify_asan_link_order=0").c_str(), 1);
      setenv("LD_PRELOAD", HOLDFAST_HANGING_CALLS, 1);
      setenv("HOLDFAST_HANG", GetParam().calls, 1);
      setenv("HOLDFAST_HANG_AT", folder_.c_str(), 1);
      setenv("HOLDFAST_HANG_SIGN", sign_.c_str(), 1);
    };
  }
  bool may_leave_files() const {
    return std::string_view(GetParam().calls).find("unlink") != std::string_view::npos;
  }
  void expect_no_file_left() const {
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      EXPECT_TRUE(may_leave_files() || file.path().filename() == "upload") << file.path();
    }
  }

  Scratch scratch_;
  const std::string folder_ = scratch_ / "disk";
  const std::string sign_ = scratch_ / "hangs";
  Server server_{{"--rule", "pass"}};
  std::vector<std::string> words_;
};

TEST_P(CommandHang, ends_soon_on_a_signal) {
  Running running(words_, in_child());
  running.wait_until_there(sign_);
  const Ran ran = running.end_within(SIGINT, kSoon_ms);
  EXPECT_EQ(ran.exit, 130) << ran.err;
  EXPECT_EQ(ran.err, "");
  expect_no_file_left();
}

TEST_P(CommandHang, ends_soon_at_the_total_timeout) {
  words_.insert(words_.end(), {"--total-timeout", "0.2"});
  for (const std::string flag :
       {"--connect-timeout", "--read-timeout", "--write-timeout", "--pool-timeout"}) {
    words_.insert(words_.end(), {flag, "0.2"});
  }
  Running running(words_, in_child());
  const Ran ran = running.end_within(0, kSoon_ms);
  EXPECT_EQ(ran.exit, 28) << ran.err;
  EXPECT_TRUE(std::filesystem::exists(sign_)) << "nothing hung: " << ran.err;
  expect_no_file_left();
  if (std::find(words_.begin(), words_.end(), "--json") == words_.end()) {
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    return;
  }
  const nlohmann::json told = nlohmann::json::parse(ran.out, nullptr, false);
  ASSERT_TRUE(told.is_object()) << "no object, or not one: " << ran.out;
  EXPECT_EQ(told["stopped_because"], GetParam().stopped) << ran.out;
}

INSTANTIATE_TEST_SUITE_P(command, CommandHang, testing::ValuesIn(kHangs),
                         [](const auto& one) { return std::string(one.param.situation); });

}  // namespace
}  // namespace proof
