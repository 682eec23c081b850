// What the holdfast command sends as a body: -d and -F from words, files, pipes, /proc and standard
// input, byte for byte, and read before anything is sent.
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// What arrived as the body, of a command line for the shell, in which URL stands for the server's.
std::string sent(const Server& server, std::string line) {
  const std::string url = "'" + server.url("/echo?raw=1") + "'";
  line = kBin + "/holdfast " + line + " " + url;
  const Ran ran = run("bash -c \"" + line + "\"");
  EXPECT_EQ(ran.exit, 0) << line << "\n" << ran.err;
  return ran.out;
}

TEST(command_body, data_adds_up_as_in_a_form) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  std::ofstream(scratch / "file") << "from=file\r\n";
  EXPECT_EQ(sent(server, "post -d a=1 -d b=2 -d c=3"), "a=1&b=2&c=3");
  EXPECT_EQ(sent(server, "put -d a=1 -d @" + (scratch / "file")), "a=1&from=file\r\n");
  EXPECT_EQ(sent(server, "post -d {}"), "{}");
  EXPECT_EQ(sent(server, "post -d [1,2]"), "[1,2]");
  EXPECT_EQ(sent(server, "post -d ''"), "");
}

TEST(command_body, what_is_no_regular_file_is_read_whole_first) {
  Server server({"--rule", "pass"});
  const std::string version = slurp("/proc/version");
  EXPECT_EQ(sent(server, "post -d @/proc/version"), version);
  EXPECT_EQ(sent(server, "post -d @<(printf 'a\\r\\nb\\0c')"), std::string("a\r\nb\0c", 6));
  EXPECT_EQ(sent(server, "post -d @/dev/null"), "");
  EXPECT_TRUE(has(sent(server, "post -F a=@/proc/version"), "\r\n\r\n" + version + "\r\n"));
  EXPECT_TRUE(has(sent(server, "post -F a=@<(echo piped)"), "\r\n\r\npiped\n\r\n"));
  for (const std::string from : {"post -d @-", "post -d @/dev/stdin", "post -d @/dev/fd/0"}) {
    const Ran ran = run("sh -c 'printf in | " + kBin + "/holdfast " + from + " \"" +
                        server.url("/echo?raw=1") + "\"'");
    EXPECT_EQ(ran.out, "in") << from << ran.err;
  }
  const Ran form = run("sh -c 'printf in | " + kBin + "/holdfast post -F a=@- \"" +
                       server.url("/echo?raw=1") + "\"'");
  EXPECT_TRUE(has(form.out, "filename=\"-\"")) << form.out;
  EXPECT_TRUE(has(form.out, "\r\n\r\nin\r\n")) << form.out;
}

TEST(command_body, every_url_and_every_attempt_gets_all_of_it) {
  Server server({"--rule", "PUT /flaky : 503; pass", "--rule", "pass"});
  const std::string url = server.url("/echo?raw=1");
  const Ran ran =
      run("sh -c 'printf piped | " + kBin + "/holdfast put --backoff-base 0.001 -d @- " + url +
          " " + server.url("/flaky") + " " + url + "'");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  const std::string journal = server.journal();
  std::size_t bodies = 0;
  for (std::size_t at = 0; (at = journal.find("\"req.end\"", at)) != journal.npos; ++at) ++bodies;
  EXPECT_EQ(bodies, 4U) << journal;
  EXPECT_TRUE(ran.out.starts_with("piped") && ran.out.ends_with("piped")) << ran.out;
}

TEST(command_body, a_large_file_is_sent_whole) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  std::string large(3'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i % 251);
  std::ofstream(scratch / "large", std::ios::binary) << large;
  EXPECT_TRUE(sent(server, "post -d @" + (scratch / "large")) == large);
  EXPECT_TRUE(sent(server, "post -d @" + (scratch / "large") + " -d b") == large + "&b");
}

TEST(command_body, content_type_is_that_of_a_form_unless_said_otherwise) {
  Server server({"--rule", "pass"});
  const auto type = [&](const std::string& arguments) {
    const json echo = json::parse(holdfast(arguments + " " + server.url("/echo")).out);
    for (const auto& field : echo["headers"]) {
      if (field[0] == "Content-Type") return std::string(field[1]);
    }
    return std::string();
  };
  EXPECT_EQ(type("post -d a=1"), "application/x-www-form-urlencoded");
  EXPECT_EQ(type("post -d {} -H 'Content-Type: application/json'"), "application/json");
  EXPECT_TRUE(type("post -F a=1").starts_with("multipart/form-data; boundary="));
  EXPECT_EQ(type("post"), "");
}

TEST(command_body, query_sends_its_method_with_a_body) {
  Server server({"--rule", "garbage"});  // reads no request
  const Ran ran = holdfast("query -d select=name --json --max-attempts 1 " + server.url("/table"));
  const json told = json::parse(ran.out);
  EXPECT_EQ(told["attempts"][0]["method"], "QUERY");
  EXPECT_TRUE(has(holdfast("query --help").out, "Send requests of method QUERY"));
}

}  // namespace
}  // namespace proof
