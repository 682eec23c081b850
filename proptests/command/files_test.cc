// What the holdfast command leaves in the files that -o and -D name, and what it needs meanwhile:
// bodies for a file are stored as they come, and the file is replaced by whole ones only.
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// The most memory that the command had at once, in KiB.
long peak_kib(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kBin + "/holdfast");
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage used{};
  EXPECT_EQ(wait4(child, &status, 0, &used), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  return used.ru_maxrss;
}

TEST(command_files, a_large_body_for_a_file_is_not_held_in_memory) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  const long little = peak_kib({"get", "-o", file, server.url("/bytes/1000")});
  const long much = peak_kib({"get", "--json", "-o", file, server.url("/bytes/67108864")});
  EXPECT_EQ(fs::file_size(file), 67108864U);
  EXPECT_LT(much, little + 16 * 1024) << "64 MiB were stored";
}

TEST(command_files, a_body_cut_short_is_fetched_again_from_its_beginning) {
  Server server({"--rule",
                 "truncate@body:500 body=random:1000; reset@body:9000 body=random:90000; "
                 "200 body=text:whole"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  const Ran ran = holdfast("get --backoff-base 0.001 -o " + file + " " + server.url("/"));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(slurp(file), "whole");
  EXPECT_EQ(files_in(scratch / ""), 1U);
}

TEST(command_files, a_download_that_is_too_large_ends_at_once_and_leaves_the_file) {
  Server server({"--rule", "/endless : stall@body:100000 body=random:1000000 chunked", "--rule",
                 "/announced : stall@body:10 body=random:1000000", "--rule", "pass"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  std::ofstream(file) << "old";
  for (const std::string path : {"/endless", "/announced", "/bytes/51201"}) {
    const Ran ran = holdfast("get --max-filesize 50k -o " + file + " " + server.url(path));
    EXPECT_EQ(ran.exit, 63) << path << ran.err;
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
    EXPECT_TRUE(has(ran.err, "larger than 51200 bytes: raise --max-filesize")) << ran.err;
    EXPECT_EQ(slurp(file), "old");
    EXPECT_EQ(files_in(scratch / ""), 1U);
  }
  EXPECT_EQ(holdfast("get --max-filesize 50k -o " + file + " " + server.url("/bytes/51200")).exit,
            0);
  EXPECT_EQ(fs::file_size(file), 51200U);
}

TEST(command_files, an_error_body_is_for_the_file_unless_fail_is_said) {
  Server server({"--rule", "404 body=text:no"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  std::ofstream(file) << "old";
  EXPECT_EQ(holdfast("get --fail -o " + file + " " + server.url("/")).exit, 22);
  EXPECT_EQ(slurp(file), "old");
  EXPECT_EQ(holdfast("get -o " + file + " " + server.url("/")).exit, 0);
  EXPECT_EQ(slurp(file), "no");
  EXPECT_EQ(files_in(scratch / ""), 1U);
}

TEST(command_files, several_bodies_stand_one_behind_the_other) {
  Server server({"--rule", "/a : 200 body=text:A", "--rule", "/none : 204", "--rule",
                 "/no : 404 body=text:N", "--rule", "/coded : 200 body=fill:70000 coding=gzip"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  const Ran ran =
      holdfast("get -o " + file + " " + server.url("/a") + " " + server.url("/no") + " " +
               server.url("/coded") + " " + server.url("/none") + " " + server.url("/a"));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  const std::string coded = holdfast("get " + server.url("/coded")).out;
  EXPECT_EQ(coded.size(), 70000U);
  EXPECT_TRUE(slurp(file) == "AN" + coded + "A");
  EXPECT_EQ(files_in(scratch / ""), 1U);
}

TEST(command_files, json_tells_of_a_stored_body_what_it_tells_of_any) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  const std::string url = server.url("/bytes/300000?seed=3");
  const json held = json::parse(holdfast("get --json " + url).out);
  const json stored = json::parse(holdfast("get --json -o " + (scratch / "body") + " " + url).out);
  EXPECT_EQ(stored["body"], held["body"]);
  EXPECT_EQ(stored["body"]["size"], 300000);
  EXPECT_EQ(stored["attempts"].size(), 1U);
}

TEST(command_files, dump_header_keeps_interim_heads_beside_a_stored_body) {
  Server server({"--rule", "200 interim=103 body=text:hi"});
  const Scratch scratch;
  EXPECT_EQ(
      holdfast("get -o " + (scratch / "body") + " -D " + (scratch / "head") + " " + server.url("/"))
          .exit,
      0);
  EXPECT_EQ(slurp(scratch / "body"), "hi");
  EXPECT_EQ(slurp(scratch / "head").rfind("HTTP/1.1 103", 0), 0U);
  EXPECT_TRUE(has(slurp(scratch / "head"), "\r\n\r\nHTTP/1.1 200"));
}

TEST(command_files, what_is_no_regular_file_is_written_straight_through) {
  Server server({"--rule", "404 body=text:lost; 200 body=text:hi"});
  EXPECT_EQ(holdfast("get -o /dev/null " + server.url("/")).exit, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(holdfast("get -o /dev/stdout " + server.url("/")).out, "hi");
  const Scratch scratch;
  ASSERT_EQ(mkfifo((scratch / "pipe").c_str(), 0600), 0);
  const Ran ran =
      run("sh -c 'cat " + (scratch / "pipe") + " & " + kBin + "/holdfast get -o " +
          (scratch / "pipe") + " " + server.url("/") + "; status=$?; wait; exit $status'");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "hi");
  EXPECT_TRUE(fs::is_fifo(scratch / "pipe"));
}

TEST(command_files, a_link_leads_to_the_file_that_is_replaced) {
  Server server({"--rule", "200 body=text:new"});
  const Scratch scratch;
  std::ofstream(scratch / "file") << "old";
  fs::create_symlink("file", scratch / "link");
  EXPECT_EQ(holdfast("get -o " + (scratch / "link") + " " + server.url("/")).exit, 0);
  EXPECT_TRUE(fs::is_symlink(scratch / "link"));
  EXPECT_EQ(slurp(scratch / "file"), "new");
}

TEST(command_files, a_file_that_may_not_grow_is_exit_23_and_leaves_nothing) {
  Server server({"--rule", "/cut : truncate body=random:10", "--rule", "pass"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  std::ofstream(file) << "old";
  for (const std::string flags : {"", "--json ", "--stream "}) {
    const Ran ran =
        run("sh -c 'trap \"\" XFSZ; ulimit -f 100; exec " + kBin + "/holdfast get " + flags +
            "-o " + file + " " + server.url("/bytes/900000") + " " + server.url("/bytes/10") + "'");
    EXPECT_EQ(ran.exit, 23) << flags << ran.err;
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
    EXPECT_TRUE(has(ran.err, "-o " + file + ": File too large: ")) << ran.err;
    EXPECT_EQ(slurp(file), "old");
    EXPECT_EQ(files_in(scratch / ""), 1U);
    if (flags == "--json ") {
      EXPECT_EQ(json::parse(ran.out)["url"], server.url("/bytes/900000"));
    }
  }
}

TEST(command_files, a_place_where_no_file_can_be_is_told_with_the_remedy_before_anything_is_sent) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  std::ofstream(scratch / "file") << "x";
  const struct {
    std::string path;
    const char* wanted;
  } places[] = {{"/no/such/folder/x", "No such file or directory: make the folder first"},
                {scratch / "file/x", "Not a directory"},
                {scratch / "", "Is a directory: name a file in it"}};
  for (const auto& place : places) {
    for (const std::string flag : {"-o", "-D"}) {
      const Ran ran = holdfast("get " + flag + " " + place.path + " " + server.url("/"));
      EXPECT_EQ(ran.exit, 23) << place.path;
      EXPECT_EQ(lines(ran.err), 1U) << ran.err;
      EXPECT_TRUE(has(ran.err, flag + " " + place.path + ": ") && has(ran.err, place.wanted))
          << ran.err;
    }
  }
  EXPECT_FALSE(has(server.journal(), "req.head"));
}

}  // namespace
}  // namespace proof
