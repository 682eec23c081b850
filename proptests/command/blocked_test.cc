// The holdfast command while its input or output is blocked: signals and --total-timeout end it
// within a second all the same (invariant 65 `exits`), and what comes is written as it comes.
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

constexpr int kSoon_ms = 2000;  // a second, and one for a busy machine

std::size_t files_in(const std::string& folder) {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// One way to block: the arguments, and which descriptor of the child is a pipe that nobody serves.
struct Blocked {
  const char* situation;
  const char* command;
  int descriptor;     ///< -1: none
  const char* path;   ///< of the server, or a URL
  bool full = false;  ///< the pipe has no room from the start
};

const Blocked kBlocked[] = {
    {"standard_input", "post -d @-", STDIN_FILENO, "/echo"},
    {"standard_input_of_a_form", "post -F a=@-", STDIN_FILENO, "/echo"},
    {"standard_output", "get", STDOUT_FILENO, "/bytes/200000"},
    {"standard_output_streamed", "get --stream", STDOUT_FILENO, "/bytes/200000"},
    {"standard_output_by_name", "get -o /dev/stdout", STDOUT_FILENO, "/bytes/200000"},
    {"a_pipe_to_read", "post -d @FIFO", -1, "/echo"},
    {"a_pipe_to_write", "get -o FIFO", -1, "/bytes/10"},
    {"a_pipe_for_heads", "get -D FIFO -o FILE", -1, "/bytes/10"},
    {"standard_input_and_json", "post --json -d @-", STDIN_FILENO, "/echo"},
    {"a_pipe_to_read_and_json", "post --json -d @FIFO", -1, "/echo"},
    {"a_pipe_to_write_and_json", "get --json -o FIFO", -1, "/bytes/10"},
    {"a_pipe_of_certificates", "get --cacert FIFO", -1, "https://127.0.0.1:1/"},
    {"full_standard_output_of_json", "get --json", STDOUT_FILENO, "/bytes/10", true},
    {"full_standard_output_of_load", "load -n 3", STDOUT_FILENO, "/bytes/10", true},
    {"full_standard_output_of_json_of_load", "load --json -n 3", STDOUT_FILENO, "/bytes/10", true},
    {"load_and_a_pipe_of_certificates", "load -n 3 --cacert FIFO", -1, "https://127.0.0.1:1/"},
    {"load_and_a_pipe_of_certificates_and_json", "load --json -n 3 --cacert FIFO", -1,
     "https://127.0.0.1:1/"},
};

class CommandBlocked : public testing::TestWithParam<Blocked> {
 protected:
  CommandBlocked() {
    EXPECT_EQ(mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
    std::istringstream words(GetParam().command);
    for (std::string word; words >> word;) {
      if (const std::size_t at = word.find("FIFO"); at != word.npos) {
        word = word.substr(0, at) + (scratch_ / "fifo");
      }
      words_.push_back(word == "FILE" ? scratch_ / "body" : word);
    }
    const std::string path = GetParam().path;
    words_.push_back(path.starts_with('/') ? server_.url(path) : path);
    json_ = std::find(words_.begin(), words_.end(), "--json") != words_.end();
    if (GetParam().full) {
      EXPECT_EQ(write(pipe_.writer(), std::string(4096, '.').data(), 4096), 4096);
    }
  }
  std::function<void()> in_child() const {
    return [this] {
      const int number = GetParam().descriptor;
      if (number == STDIN_FILENO) dup2(pipe_.reader(), number);
      if (number == STDOUT_FILENO) dup2(pipe_.writer(), number);
    };
  }

  Scratch scratch_;
  Pipe pipe_;
  Server server_{{"--rule", "pass"}};
  std::vector<std::string> words_;
  bool json_ = false;
};

TEST_P(CommandBlocked, ends_soon_on_a_signal) {
  for (const auto& [signal, status] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    Running running(words_, in_child());
    running.wait_until_watched();
    if (GetParam().descriptor == STDOUT_FILENO) pipe_.wait_until_holding(4096);
    if (GetParam().full) running.wait_until_in(SYS_write);
    if (GetParam().descriptor == STDIN_FILENO) {
      EXPECT_EQ(write(pipe_.writer(), "x", 1), 1);
      pipe_.wait_until_read();
    }
    const Ran ran = running.end_within(signal, kSoon_ms);
    EXPECT_EQ(ran.exit, status) << ran.err;
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(files_in(scratch_ / ""), 1U) << "half a file is left";
  }
}

TEST_P(CommandBlocked, ends_soon_at_the_total_timeout) {
  words_.insert(words_.end(), {"--total-timeout", "0.2"});
  for (const std::string flag :
       {"--connect-timeout", "--read-timeout", "--write-timeout", "--pool-timeout"}) {
    words_.insert(words_.end(), {flag, "0.2"});
  }
  Running running(words_, in_child());
  const Ran ran = running.end_within(0, kSoon_ms);
  EXPECT_EQ(ran.exit, 28) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_NE(ran.err.find("raise --total-timeout"), ran.err.npos) << ran.err;
  EXPECT_EQ(files_in(scratch_ / ""), 1U) << "half a file is left";
  if (GetParam().full) {
    EXPECT_EQ(pipe_.take(9000), std::string(4096, '.')) << "part of an object";
  } else if (!json_) {
    EXPECT_EQ(ran.out, "");
  } else if (words_.front() == "load") {
    EXPECT_EQ(nlohmann::json::parse(ran.out)["requests"], 0) << ran.out;
  } else {
    const nlohmann::json told = nlohmann::json::parse(ran.out);
    EXPECT_EQ(told["url"], server_.url(GetParam().path)) << ran.out;
    EXPECT_EQ(told["error"]["code"], "deadline_exceeded") << ran.out;
    EXPECT_EQ(told["stopped_because"], "deadline") << ran.out;
    EXPECT_EQ(told["attempts"], nlohmann::json::array()) << ran.out;
  }
}

INSTANTIATE_TEST_SUITE_P(command, CommandBlocked, testing::ValuesIn(kBlocked),
                         [](const auto& one) { return std::string(one.param.situation); });

TEST(command_blocked, standard_error_that_nobody_reads_does_not_keep_it) {
  Server server({"--rule", "pass"});
  const Pipe pipe;
  std::vector<std::string> words = {"get", "-v"};
  words.insert(words.end(), 200, server.url("/bytes/1"));
  Running running(words, [&] { dup2(pipe.writer(), STDERR_FILENO); });
  running.wait_until_watched();
  pipe.wait_until_holding(3900);  // less than a line fits
  EXPECT_EQ(running.end_within(SIGINT, kSoon_ms).exit, 130);
}

TEST(command_blocked, the_time_that_reading_took_counts) {
  Server server({"--rule", "stall@status"});
  const Pipe pipe;
  Running running(
      {"post", "--total-timeout", "0.6", "-d", "@-", "--connect-timeout", "0.6", "--read-timeout",
       "0.6", "--write-timeout", "0.6", "--pool-timeout", "0.6", server.url("/")},
      [&] { dup2(pipe.reader(), STDIN_FILENO); });
  running.wait_until_watched();
  const Ran ran = running.end_within(0, kSoon_ms);
  EXPECT_EQ(ran.exit, 28) << ran.err;
}

TEST(command_blocked, a_slow_reader_gets_everything) {
  Server server({"--rule", "pass"});
  for (const bool stream : {false, true}) {
    for (const bool nonblocking : {false, true}) {
      std::vector<std::string> words = {"get", server.url("/bytes/300000?seed=5")};
      if (stream) words.push_back("--stream");
      Pipe pipe;
      Running running(words, [&] {
        if (nonblocking) fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
        dup2(pipe.writer(), STDOUT_FILENO);
      });
      pipe.wait_until_holding(4096);
      std::string all;
      for (std::string piece; all.size() < 300000 && !(piece = pipe.take(997)).empty();)
        all += piece;
      EXPECT_EQ(running.end_within(0, kSoon_ms).exit, 0);
      EXPECT_TRUE(all == holdfast("get " + server.url("/bytes/300000?seed=5")).out);
    }
  }
}

TEST(command_blocked, a_stream_is_written_as_it_comes) {
  Server server({"--rule", "/events : stall@body:10 body=text:data:hello-and-more", "--rule",
                 "/quick : 200 body=text:x", "--rule", "/slow : stall@status"});
  const struct {
    std::vector<std::string> words;
    std::string wanted;
  } cases[] = {{{"get", "--stream", server.url("/events")}, "data:hello"},
               {{"get", "--json", server.url("/quick"), server.url("/slow")}, "{\"url\":"},
               {{"get", server.url("/quick"), server.url("/slow")}, "x"},
               {{"get", "-D", "-", "--stream", server.url("/events")}, "HTTP/1.1 200"}};
  for (const auto& one : cases) {
    const Pipe pipe;
    Running running(one.words, [&] { dup2(pipe.writer(), STDOUT_FILENO); });
    std::string seen;
    for (std::string piece; seen.size() < one.wanted.size(); seen += piece) {
      piece = pipe.take(one.wanted.size() - seen.size());
      if (piece.empty()) break;
    }
    EXPECT_EQ(seen, one.wanted);
    EXPECT_EQ(running.end_within(SIGTERM, kSoon_ms).exit, 143);
  }
}

}  // namespace
}  // namespace proof
