// What the flags of the holdfast command do, judged by what the fault server received or the person
// at the keyboard sees; and its manners with files, pipes and signals.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::size_t files_in(const std::string& folder) {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// What the built-in /echo says it received.
json echoed(const std::string& arguments, const Server& server) {
  const Ran ran = holdfast(arguments + " " + server.url("/echo"));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  return json::parse(ran.out);
}

std::string field(const json& echo, const std::string& name) {
  for (const auto& one : echo["headers"]) {
    if (one[0] == name) return one[1];
  }
  return "";
}

// --- What is sent --------------------------------------------------------------------------------

TEST(command_flags, user_is_basic_authorization_and_never_repeated) {
  Server server({"--rule", "pass"});
  EXPECT_EQ(field(echoed("get -u me:s3cret", server), "Authorization"), "Basic bWU6czNjcmV0");
  EXPECT_EQ(field(echoed("get --user=me:", server), "Authorization"), "Basic bWU6");
  EXPECT_EQ(field(echoed("get -u me:s3cret -H 'Authorization: mine'", server), "Authorization"),
            "mine");
  const Ran told = holdfast("get -v -u me:s3cret " + server.url("/status/404"));
  EXPECT_FALSE(has(told.out + told.err, "s3cret"));
  const Ran mistaken = holdfast("get -u s3cret " + server.url("/"));
  EXPECT_EQ(mistaken.exit, 2);
  EXPECT_EQ(lines(mistaken.err), 1U);
  EXPECT_FALSE(has(mistaken.err, "s3cret")) << mistaken.err;
}

TEST(command_flags, secrets_are_not_seen_in_the_list_of_processes) {
  Server server({"--rule", "stall@body:100 body=random:1000"});
  Running running({"get", "-vu", "me:s3cret", "--option", "default_headers=X-Key: s3cret", "-x",
                   "me:s3cret@127.0.0.1:" + server.port(), server.url("/")});
  // Once the request is at the server the flags have been read.
  server.wait_for("req.head");
  const std::string seen = slurp("/proc/" + std::to_string(running.pid()) + "/cmdline");
  EXPECT_TRUE(has(seen, "xxxxxxxxx")) << seen;
  EXPECT_FALSE(has(seen, "s3cret")) << seen;
}

TEST(command_flags, form_sends_values_and_files_as_multipart) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  std::ofstream(scratch / "photo.jpg") << "JPEG";
  const json echo = echoed("post -F title=Holiday -F 'photo=@" + (scratch / "photo.jpg") +
                               ";type=image/jpeg' -F 'note={};type=application/json'",
                           server);
  EXPECT_EQ(field(echo, "Content-Type").rfind("multipart/form-data; boundary=", 0), 0U);
  const Ran raw = holdfast("post -F title=Holiday -F 'photo=@" + (scratch / "photo.jpg") +
                           ";type=image/jpeg;filename=beach.jpg' " + server.url("/echo?raw=1"));
  EXPECT_TRUE(has(raw.out, "name=\"title\"\r\n\r\nHoliday\r\n")) << raw.out;
  EXPECT_TRUE(has(raw.out,
                  "name=\"photo\"; filename=\"beach.jpg\"\r\n"
                  "Content-Type: image/jpeg\r\n\r\nJPEG\r\n"))
      << raw.out;
}

TEST(command_flags, form_is_for_methods_that_carry_one_and_not_beside_data) {
  for (const char* arguments :
       {"get -F a=b http://127.0.0.1:1/", "post -F a=b -d c http://127.0.0.1:1/",
        "post -F a http://a/", "post -F a=b -H 'Content-Type: text/plain' http://a/"}) {
    const Ran ran = holdfast(arguments);
    EXPECT_EQ(ran.exit, 2) << arguments;
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
  }
}

// --- What is waited for and retried --------------------------------------------------------------

TEST(command_flags, retry_policy_says_what_is_retried) {
  Server server({"--rule", "418 x2; 200 body=text:tea"});
  const std::string policy = "statuses=418+503,backoff.base=1ms,max_attempts=4";
  EXPECT_EQ(holdfast("get --retry-policy " + policy + " " + server.url("/")).out, "tea");
}

TEST(command_flags, retry_policy_comes_from_a_file_and_flags_go_before_it) {
  const Scratch scratch;
  std::ofstream(scratch / "policy") << "# of the tea shop\n\nretry.max_attempts = 2  # not more\n"
                                       "backoff.base=1ms\ntimeouts.total = 20s\n";
  const auto attempts = [&](const std::string& flags) {
    Server server({"--rule", "503"});
    const Ran ran = holdfast("get --json " + flags + " " + server.url("/"));
    return json::parse(ran.out)["attempts"].size();
  };
  const std::string policy = "--retry-policy " + (scratch / "policy");
  EXPECT_EQ(attempts(policy), 2U);
  EXPECT_EQ(attempts("--max-attempts 3 " + policy), 3U);
  EXPECT_EQ(attempts(policy + " --max-attempts 3"), 3U);
  EXPECT_EQ(attempts(policy + " --retry-policy max_attempts=1"), 1U);
}

TEST(command_flags, retry_policy_mistakes_name_file_line_key_value_and_remedy) {
  const Scratch scratch;
  std::ofstream(scratch / "policy") << "max_attempts = 2\n\nbackoff.base = soon\n";
  const Ran ran = holdfast("get --explain --retry-policy " + (scratch / "policy"));
  EXPECT_EQ(ran.exit, 2);
  EXPECT_EQ(lines(ran.err), 1U);
  for (const std::string wanted : {"policy:3: ", "retry.backoff.base", "soon", "250ms"}) {
    EXPECT_TRUE(has(ran.err, wanted)) << wanted << "\n" << ran.err;
  }
  for (const char* text : {"max_attempt=3", "=3", "max_attempts=x", "max_attempts=0", "/no/such",
                           "tls.insecure_skip_verification=true", "max_attempts=3,", "/"}) {
    const Ran bad = holdfast(std::string("get --explain --retry-policy ") + text);
    EXPECT_EQ(bad.exit, 2) << text;
    EXPECT_EQ(lines(bad.err), 1U) << bad.err;
  }
}

TEST(command_flags, retry_policy_names_the_errors_that_are_retried) {
  const Scratch scratch;
  std::ofstream(scratch / "policy") << "errors = default, dns_not_found, -pool_timeout\n";
  for (const std::string& policy :
       {std::string("errors=default+dns_not_found-pool_timeout,max_attempts=3"),
        std::string("errors=default,dns_not_found,-pool_timeout,max_attempts=3"),
        std::string(scratch / "policy")}) {
    const Ran ran = holdfast("get --explain --retry-policy " + policy);
    EXPECT_TRUE(has(ran.out, "errors retried: default,dns_not_found,-pool_timeout\n")) << policy;
    EXPECT_TRUE(has(ran.out, "dns_not_found, dns_temporary")) << ran.out;
    EXPECT_FALSE(has(ran.out, " pool_timeout")) << ran.out;
  }
  EXPECT_FALSE(has(holdfast("get --explain --retry-policy errors=none").out, "read_timeout"));
  const Ran bad = holdfast("get --explain --retry-policy errors=protocol_error");
  EXPECT_EQ(bad.exit, 2);
  EXPECT_TRUE(has(bad.err, "retry.errors is protocol_error: remove it")) << bad.err;
}

TEST(command_flags, explain_prints_the_cost_and_sends_nothing) {
  Server server({"--rule", "pass"});
  const Ran ran = holdfast("get --explain --max-attempts 3 --total-timeout 20 " + server.url("/"));
  EXPECT_EQ(ran.exit, 0);
  EXPECT_EQ(ran.err, "");
  for (const char* wanted : {"attempts: at most 3", "latency: at most 20s", "requests: at most 3",
                             "408 429 500 502 503 504", "dns_temporary"}) {
    EXPECT_TRUE(has(ran.out, wanted)) << wanted << "\n" << ran.out;
  }
  EXPECT_FALSE(has(server.journal(), "conn.open"));
  EXPECT_TRUE(has(holdfast("get --explain --retry-policy non_idempotent=unsent").out,
                  "if proven unprocessed"));
  EXPECT_TRUE(has(holdfast("get --explain --max-attempts 1").out, "Nothing is retried"));
  EXPECT_TRUE(has(holdfast("get --explain -L --max-redirs 4").out, "at most 5 places"));
  EXPECT_EQ(holdfast("load --explain").exit, 0);
}

// --- What comes back -----------------------------------------------------------------------------

TEST(command_flags, max_filesize_refuses_a_larger_body) {
  Server server({"--rule", "/chunked : 200 body=random:3000 chunked", "--rule", "pass"});
  for (const std::string stream : {"", "--stream "}) {
    for (const std::string path : {"/bytes/2049", "/chunked"}) {
      const Ran ran = holdfast("get " + stream + "--max-filesize 2k " + server.url(path));
      EXPECT_EQ(ran.exit, 63) << stream << path << ran.err;
      EXPECT_LE(ran.out.size(), 2048U);
      EXPECT_EQ(lines(ran.err), 1U) << ran.err;
      EXPECT_TRUE(has(ran.err, "--max-filesize")) << ran.err;
      const Ran told = holdfast("get --json " + stream + "--max-filesize 2k " + server.url(path));
      EXPECT_EQ(json::parse(told.out)["error"]["code"], "body_too_large") << told.out;
    }
    EXPECT_EQ(holdfast("get " + stream + "--max-filesize 2k " + server.url("/bytes/2048")).exit, 0);
    EXPECT_EQ(holdfast("head " + stream + "--max-filesize 2k " + server.url("/bytes/9999")).exit,
              0);
  }
  for (const char* size : {"", "0", "2x", "-1", "1.5k"}) {
    const Ran ran = holdfast(std::string("get --max-filesize '") + size + "' http://127.0.0.1:1/");
    EXPECT_EQ(ran.exit, 2) << size;
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
  }
}

TEST(command_flags, location_follows_redirects_up_to_max_redirs) {
  Server server({"--rule", "/a : 302 h.Location=/b", "--rule", "/b : 301 h.Location=/c", "--rule",
                 "/c : 200 body=text:there"});
  EXPECT_EQ(holdfast("get -L " + server.url("/a")).out, "there");
  EXPECT_EQ(holdfast("get -L --stream " + server.url("/a")).out, "there");
  EXPECT_EQ(json::parse(holdfast("get --json " + server.url("/a")).out)["status"], 302);
  const json told = json::parse(holdfast("get --json -L --max-redirs 2 " + server.url("/a")).out);
  EXPECT_EQ(told["status"], 200);
  EXPECT_EQ(told["final_url"], server.url("/c"));
  ASSERT_EQ(told["attempts"].size(), 3U);
  EXPECT_EQ(told["attempts"][2]["hop"], 2);
  const Ran loud = holdfast("get -v -L " + server.url("/a"));
  EXPECT_TRUE(has(loud.err, "status 302") && has(loud.err, "status 301")) << loud.err;
  EXPECT_TRUE(has(loud.err, "redirected") && !has(loud.err, "next attempt")) << loud.err;
  const Ran many = holdfast("get -L --max-redirs 1 " + server.url("/a"));
  EXPECT_EQ(many.exit, 47) << many.err;
  EXPECT_EQ(lines(many.err), 1U) << many.err;
}

TEST(command_flags, a_redirect_that_is_not_followed_is_no_success_and_says_why) {
  const std::vector<std::string> rules = {
      "/post : 307 h.Location=/there body=text:moved", "/data : 302 h.Location=data:,hi",
      "/bad : 302 h.Location=http://[::1/", "/none : 302", "/loop : 302 h.Location=/loop"};
  std::vector<std::string> arguments;
  for (const std::string& rule : rules) arguments.insert(arguments.end(), {"--rule", rule});
  Server server(arguments);
  const struct {
    const char* command;
    const char* path;
    int exit;
    const char* says;
  } rows[] = {{"post -L -d order=1", "/post", 111, "redirects.resend_unsafe"},
              {"get -L", "/data", 1, "\"data\""},
              {"get -L", "/bad", 3, "closing bracket"},
              {"get -L", "/none", 3, "no Location"},
              {"get -L --max-redirs 0", "/loop", 47, "more than 0"}};
  for (const auto& row : rows) {
    const Ran ran = holdfast(row.command + (" " + server.url(row.path)));
    EXPECT_EQ(ran.exit, row.exit) << row.path << ran.err;
    EXPECT_TRUE(has(ran.err, row.says)) << ran.err;
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
  }
  EXPECT_EQ(holdfast("post -L -d order=1 " + server.url("/post")).out, "moved");
  const Scratch scratch;
  const std::string file = scratch / "kept";
  std::ofstream(file) << "before";
  EXPECT_EQ(holdfast("get -L -o " + file + " " + server.url("/none")).exit, 3);
  EXPECT_EQ(slurp(file), "before");
  EXPECT_FALSE(has(server.journal(), "\"target\":\"/there\""));
}

TEST(command_flags, a_redirect_to_a_sloppy_url_and_one_with_a_post_is_followed) {
  Server server({"--rule", "/post : 307 h.Location=/there", "--rule",
                 "/percent : 302 h.Location=/x?y=100%", "--rule",
                 "/up : 302 h.Location=/a/../there", "--rule", "200 body=text:there"});
  const std::string leave = "post -L --option redirects.resend_unsafe=true -d order=1 ";
  EXPECT_EQ(holdfast(leave + server.url("/post")).out, "there");
  for (const char* path : {"/percent", "/up"}) {
    EXPECT_EQ(holdfast("get -L " + server.url(path)).out, "there") << path;
  }
  EXPECT_TRUE(has(server.journal(), "\"target\":\"/x?y=100%25\""));
}

TEST(command_flags, dot_segments_are_removed_unless_the_path_is_to_be_sent_as_it_is) {
  Server server({"--rule", "200"});
  holdfast("get '" + server.url("/a/../b c?d=%") + "'");
  holdfast("get --path-as-is " + server.url("/a/../e"));
  EXPECT_TRUE(has(server.journal(), "\"target\":\"/b%20c?d=%25\""));
  EXPECT_TRUE(has(server.journal(), "\"target\":\"/a/../e\""));
}

TEST(command_flags, cookies_are_kept_for_the_urls_of_one_command) {
  Server server({"--rule", "/login : 200 h.Set-Cookie=session=7", "--rule", "pass"});
  const std::string urls = server.url("/login") + " " + server.url("/echo");
  EXPECT_TRUE(has(holdfast("get --cookies " + urls).out, "session=7"));
  EXPECT_FALSE(has(holdfast("get " + urls).out, "session=7"));
}

TEST(command_flags, raw_asks_for_no_coding_and_leaves_what_comes) {
  Server server({"--rule", "/coded : 200 body=fill:5000 coding=gzip", "--rule", "pass"});
  EXPECT_NE(field(echoed("get", server), "Accept-Encoding"), "");
  EXPECT_EQ(field(echoed("get --raw", server), "Accept-Encoding"), "");
  EXPECT_EQ(holdfast("get " + server.url("/coded")).out.size(), 5000U);
  const std::string raw = holdfast("get --raw " + server.url("/coded")).out;
  EXPECT_EQ(raw.rfind("\x1f\x8b", 0), 0U);
  EXPECT_LT(raw.size(), 1000U);
  EXPECT_EQ(json::parse(holdfast("get --json " + server.url("/coded")).out)["decoded"], true);
}

TEST(command_flags, fail_gives_no_body) {
  Server server({"--rule", "404 body=text:sorry"});
  for (const std::string stream : {"", "--stream "}) {
    const Ran ran = holdfast("get --fail " + stream + server.url("/"));
    EXPECT_EQ(ran.exit, 22);
    EXPECT_EQ(ran.out, "");
  }
}

// --- Files, pipes and signals --------------------------------------------------------------------

TEST(command_manners, a_file_is_replaced_only_by_a_whole_body) {
  Server server({"--rule", "/cut : truncate body=random:1000", "--rule", "/no : 404 body=text:no",
                 "--rule", "200 body=text:new"});
  const Scratch scratch;
  const std::string file = scratch / "body";
  std::ofstream(file) << "old";
  for (const std::string stream : {"", "--stream "}) {
    const std::string get = "get --max-attempts 1 -o " + file + " " + stream;
    EXPECT_EQ(holdfast(get + server.url("/cut")).exit, 18);
    EXPECT_EQ(holdfast(get + "--fail " + server.url("/no")).exit, 22);
    EXPECT_EQ(slurp(file), "old");
  }
  EXPECT_EQ(holdfast("get -o " + file + " " + server.url("/")).exit, 0);
  EXPECT_EQ(slurp(file), "new");
  EXPECT_EQ(files_in(scratch / ""), 1U);
}

TEST(command_manners, a_cut_body_among_several_leaves_no_piece_in_the_file) {
  Server server({"--rule", "/cut : truncate body=random:1000", "--rule", "/a : 200 body=text:A",
                 "--rule", "/b : 200 body=text:B"});
  const Scratch scratch;
  for (const std::string stream : {"", "--stream "}) {
    EXPECT_EQ(holdfast("get --max-attempts 1 " + stream + "-o " + (scratch / "body") + " " +
                       server.url("/a") + " " + server.url("/cut") + " " + server.url("/b"))
                  .exit,
              18);
    EXPECT_EQ(slurp(scratch / "body"), "AB");
  }
}

TEST(command_manners, a_full_disk_and_a_closed_pipe_are_exit_23_and_say_so) {
  Server server({"--rule", "pass"});
  for (const std::string stream : {"", "--stream "}) {
    for (const std::string where : {"-o /dev/full ", "-D /dev/full -o /dev/null "}) {
      const Ran full = holdfast("get " + stream + where + server.url("/bytes/300000"));
      EXPECT_EQ(full.exit, 23) << where << full.err;
      EXPECT_EQ(lines(full.err), 1U) << full.err;
      EXPECT_TRUE(has(full.err, "No space left on device")) << full.err;
    }
    const Ran cut = run("bash -c 'set -o pipefail; " + kBin + "/holdfast get " + stream +
                        server.url("/bytes/9000000") + " | head -c 5'");
    EXPECT_EQ(cut.out.size(), 5U);
    EXPECT_EQ(cut.exit, 23) << cut.err;
    EXPECT_EQ(lines(cut.err), 1U) << cut.err;
  }
  for (const std::string& command : {"get --json " + server.url("/"), std::string("man"),
                                     "load -n 2 " + server.url("/"), std::string("--help")}) {
    EXPECT_EQ(run("sh -c '" + kBin + "/holdfast " + command + " >/dev/full'").exit, 23) << command;
  }
}

TEST(command_manners, a_file_that_cannot_be_written_is_told_before_anything_is_sent) {
  Server server({"--rule", "pass"});
  for (const char* flag : {"-o", "-D"}) {
    const Ran ran = holdfast(std::string("get ") + flag + " /no/such/folder/x " + server.url("/"));
    EXPECT_EQ(ran.exit, 23);
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
    EXPECT_TRUE(has(ran.err, std::string(flag) + " /no/such/folder/x: No such file")) << ran.err;
  }
  EXPECT_FALSE(has(server.journal(), "req.head"));
}

TEST(command_manners, an_interrupt_leaves_no_file_and_is_130) {
  for (const auto& [signal, status] : {std::pair{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}}) {
    for (const bool stream : {false, true}) {
      Server server({"--rule", "stall@body:100 body=random:1000"});
      const Scratch scratch;
      std::vector<std::string> words = {
          "get", "-o", scratch / "body", "-D", scratch / "head", server.url("/")};
      if (stream) words.push_back("--stream");
      Running running(words);
      server.wait_for("req.head");
      const Ran ran = running.end(signal);
      EXPECT_EQ(ran.exit, status) << ran.err;
      EXPECT_EQ(ran.err, "");
      EXPECT_EQ(files_in(scratch / ""), 0U);
    }
  }
}

TEST(command_manners, an_interrupted_load_tells_what_it_did) {
  Server server({"--rule", "stall@body:100 body=random:1000"});
  Running running({"load", "-n", "5", server.url("/")});
  server.wait_for("req.head");
  const Ran ran = running.end(SIGINT);
  EXPECT_EQ(ran.exit, 130) << ran.err;
  EXPECT_TRUE(has(ran.out, "0 requests")) << ran.out;
}

}  // namespace
}  // namespace proof
