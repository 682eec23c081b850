// The holdfast command as a person meets it: exit statuses, what goes where, and mistakes.
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;

struct ExitCase {
  const char* what;
  const char* rule;       // the server's script
  const char* arguments;  // before the URL
  int exit;
};

class ExitStatus : public testing::TestWithParam<ExitCase> {};

TEST_P(ExitStatus, is_curls) {
  const ExitCase& c = GetParam();
  Server server({"--rule", c.rule});
  const Ran ran = holdfast(std::string(c.arguments) + " --backoff-base 0.001 " + server.url("/x"));
  EXPECT_EQ(ran.exit, c.exit) << c.what << "\n" << ran.err;
  if (c.exit != 0) {
    EXPECT_EQ(ran.err.rfind("holdfast: ", 0), 0U) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

INSTANTIATE_TEST_SUITE_P(
    command, ExitStatus,
    testing::Values(
        ExitCase{"delivered", "200 body=text:hi", "get", 0},
        ExitCase{"an error status is delivered too", "404", "get", 0},
        ExitCase{"--fail", "404", "get --fail", 22}, ExitCase{"unparsable", "garbage", "get", 8},
        ExitCase{"cut short", "truncate body=random:1000", "get --max-attempts 2", 18},
        ExitCase{"cut short while streaming", "truncate body=random:1000", "get --stream", 18},
        ExitCase{"silence", "stall@status", "get --max-attempts 1 --read-timeout 0.1", 28},
        ExitCase{"the deadline", "stall@status",
                 "get --total-timeout 0.1 --connect-timeout 0.1 "
                 "--write-timeout 0.1 --read-timeout 0.1 --pool-timeout 0.1",
                 28},
        ExitCase{"a success before the end of the upload",
                 "200 early=drain early_after=7 says=close body=text:hi",
                 "post -d @" HOLDFAST_BIN_DIR "/holdfast", 55},
        ExitCase{"a success in the middle of an upload that goes on",
                 "200 early=drain early_after=7 body=text:hi",
                 "post -d @" HOLDFAST_BIN_DIR "/holdfast", 0},
        ExitCase{"empty reply", "close@status", "get --max-attempts 2", 52},
        ExitCase{"reset while receiving", "reset@body:10 body=random:1000", "get --max-attempts 2",
                 56}));

TEST(command, other_exit_statuses_need_no_server) {
  EXPECT_EQ(holdfast("get 'http://127.0.0.1:1/' --max-attempts 1").exit, 7);
  EXPECT_EQ(holdfast("get 'http://no-such-name.invalid/' --max-attempts 1").exit, 6);
  EXPECT_EQ(holdfast("get 'http://a b/'").exit, 3);
  EXPECT_EQ(holdfast("get 'nonsense'").exit, 3);
  EXPECT_EQ(holdfast("get 'ftp://127.0.0.1/'").exit, 1);
  EXPECT_EQ(holdfast("get 'https://127.0.0.1:1/' --max-attempts 1").exit, 7);
}

TEST(command, mistakes_get_one_line_with_the_remedy_and_exit_2) {
  for (const char* arguments :
       {"", "get", "gett http://127.0.0.1/", "get --no-such http://127.0.0.1/",
        "get --max-attempts 0 http://127.0.0.1/", "get --max-attempts x http://127.0.0.1/",
        "get --connect-timeout -1 http://127.0.0.1/", "get -H nonsense http://127.0.0.1/",
        "get -H 'Content-Length: 5' http://127.0.0.1/",
        "get -H \"$(printf 'A: b\\r\\nC: d')\" http://127.0.0.1/", "load -n 0 http://127.0.0.1/",
        "load"}) {
    const Ran ran = holdfast(arguments);
    EXPECT_EQ(ran.exit, 2) << arguments << "\n" << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << arguments << "\n" << ran.err;
    EXPECT_EQ(ran.out, "") << arguments;
  }
}

TEST(command, a_mistyped_word_is_named) {
  EXPECT_NE(holdfast("gett http://127.0.0.1/").err.find("'gett'"), std::string::npos);
  EXPECT_NE(holdfast("get --retires 3 http://127.0.0.1/").err.find("--retires"), std::string::npos);
  EXPECT_NE(holdfast("get --retires 3 http://127.0.0.1/").err.find("holdfast get --help"),
            std::string::npos);
}

TEST(command, the_body_goes_to_standard_output_byte_for_byte) {
  Server server({"--rule", "pass"});
  const Ran whole = holdfast("get " + server.url("/bytes/70000?seed=5"));
  EXPECT_EQ(whole.exit, 0);
  EXPECT_EQ(whole.out.size(), 70000U);
  EXPECT_EQ(holdfast("get --stream " + server.url("/bytes/70000?seed=5")).out, whole.out);
  const Scratch scratch;
  EXPECT_EQ(holdfast("get -o " + (scratch / "body") + " " + server.url("/bytes/70000?seed=5")).out,
            "");
  EXPECT_EQ(slurp(scratch / "body"), whole.out);
}

TEST(command, several_urls_share_one_connection_in_order) {
  Server server({"--rule", "/a : 200 body=text:A", "--rule", "/b : 200 body=text:B"});
  const Ran ran =
      holdfast("get " + server.url("/a") + " " + server.url("/b") + " " + server.url("/a"));
  EXPECT_EQ(ran.out, "ABA");
  const std::string journal = server.journal();
  std::size_t opened = 0;
  for (std::size_t at = 0; (at = journal.find("\"conn.open\"", at)) != journal.npos; ++at) ++opened;
  EXPECT_EQ(opened, 1U);
}

TEST(command, dump_header_keeps_the_heads_as_received) {
  Server server({"--rule", "201 h.X-Mark=yes body=text:hi"});
  const Scratch scratch;
  EXPECT_EQ(holdfast("get -D " + (scratch / "head") + " " + server.url("/")).exit, 0);
  const std::string head = slurp(scratch / "head");
  EXPECT_EQ(head.rfind("HTTP/1.1 201", 0), 0U) << head;
  EXPECT_NE(head.find("X-Mark: yes\r\n"), head.npos) << head;
  EXPECT_EQ(head.substr(head.size() - 4), "\r\n\r\n");
}

TEST(command, dump_header_keeps_interim_heads_too) {
  Server server({"--rule", "200 interim=103 body=text:hi"});
  for (const char* stream : {"", "--stream "}) {
    const Scratch scratch;
    EXPECT_EQ(
        holdfast("get " + std::string(stream) + "-D " + (scratch / "head") + " " + server.url("/"))
            .out,
        "hi");
    const std::string head = slurp(scratch / "head");
    EXPECT_EQ(head.rfind("HTTP/1.1 103", 0), 0U) << head;
    EXPECT_NE(head.find("\r\n\r\nHTTP/1.1 200"), head.npos) << head;
  }
}

TEST(command, verbose_tells_every_attempt_and_why_it_stopped) {
  Server server({"--rule", "503 x9"});
  const Ran ran = holdfast("get -v --backoff-base 0.001 --max-attempts 3 " + server.url("/"));
  for (const char* wanted : {"attempt 1", "attempt 2", "attempt 3", "attempts_exhausted"}) {
    EXPECT_NE(ran.err.find(wanted), ran.err.npos) << wanted << "\n" << ran.err;
  }
}

TEST(command, json_tells_the_whole_story_in_one_object) {
  Server server({"--rule", "503 ra=0; 200 body=text:hi"});
  const Ran ran = holdfast("get --json --backoff-base 0.001 " + server.url("/"));
  const json out = json::parse(ran.out);
  EXPECT_EQ(out["status"], 200);
  EXPECT_EQ(out["http_version"], "1.1");
  EXPECT_EQ(out["body"]["size"], 2);
  EXPECT_EQ(out["body"]["sha256"],
            "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4");
  ASSERT_EQ(out["attempts"].size(), 2U);
  EXPECT_EQ(out["attempts"][0]["cause"], 503);
  EXPECT_EQ(out["attempts"][0]["class"], "D");
  EXPECT_EQ(out["attempts"][0]["retry_after_note"], "past");
  EXPECT_EQ(out["attempts"][1]["delay_source"], "backoff");
  EXPECT_EQ(out["attempts"][1]["reused"], true);
  EXPECT_TRUE(out["attempts"][1]["timings"]["first_byte"].is_number());
  EXPECT_EQ(out["stopped_because"], "success");

  const Ran failed = holdfast("post -d x --json http://127.0.0.1:1/");
  const json error = json::parse(failed.out);
  EXPECT_EQ(failed.exit, 7);
  EXPECT_EQ(error["error"]["code"], "connect_refused");
  EXPECT_EQ(error["error"]["phase"], "connect");
  EXPECT_EQ(error["attempts"].size(), 1U);
}

TEST(command, a_post_is_seen_once_whatever_happens) {
  Server server({"--rule", "reset@status x9"});
  EXPECT_EQ(holdfast("post -d order=1 " + server.url("/pay")).exit, 56);
  const std::string journal = server.journal();
  EXPECT_EQ(journal.find("\"req.head\""), journal.rfind("\"req.head\""));
  EXPECT_NE(journal.find("\"req.head\""), journal.npos);
}

TEST(command, data_comes_from_text_file_or_standard_input) {
  Server server({"--rule", "pass"});
  const Scratch scratch;
  std::ofstream(scratch / "data") << "from a file";
  EXPECT_EQ(holdfast("put -d text " + server.url("/echo?raw=1")).out, "text");
  EXPECT_EQ(holdfast("put -d @" + (scratch / "data") + " " + server.url("/echo?raw=1")).out,
            "from a file");
  const Ran piped = run("sh -c 'printf piped | " + kBin + "/holdfast put -d @- " +
                        server.url("/echo?raw=1") + "'");
  EXPECT_EQ(piped.out, "piped");
}

TEST(command, base_url_joins_relative_urls) {
  Server server({"--rule", "/v1/things : 200 body=text:joined"});
  EXPECT_EQ(holdfast("get --base-url " + server.url("/v1/") + " things").out, "joined");
}

TEST(command, load_counts_what_it_did) {
  Server server({"--rule", "pass"});
  const Ran ran = holdfast("load --json -n 300 -c 10 " + server.url("/bytes/100"));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const json out = json::parse(ran.out);
  EXPECT_EQ(out["requests"], 300);
  EXPECT_EQ(out["errors"], 0);
  EXPECT_EQ(out["retries"], 0);
  EXPECT_EQ(out["connections_opened"], 10);
  EXPECT_GE(out["latency_us"]["max"], out["latency_us"]["p50"]);
  EXPECT_GT(out["rps"], 0);
}

TEST(command, a_server_that_dies_is_an_error_not_a_hang) {
  std::string url;
  {
    Server server({"--rule", "pass"});
    url = server.url("/");
  }
  EXPECT_EQ(holdfast("get --max-attempts 2 --backoff-base 0.001 " + url).exit, 7);
}

TEST(fault_server_command, mistakes_get_one_line_and_exit_2) {
  for (const char* arguments : {"--no-such", "--rule '503 xx'", "--rule 'resett'",
                                "--script /no/such/file", "--preset no-such", "--port 99999"}) {
    const Ran ran = run(kBin + "/fault-server " + arguments);
    EXPECT_EQ(ran.exit, 2) << arguments << "\n" << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << arguments << "\n" << ran.err;
  }
}

TEST(fault_server_command, a_scenario_with_an_error_says_file_line_and_column) {
  const Scratch scratch;
  std::ofstream(scratch / "bad.json")
      << "{ \"version\": 1,\n  \"rules\": [ {\"script\": \"5x3\"} ] }";
  const Ran ran = run(kBin + "/fault-server --script " + (scratch / "bad.json"));
  EXPECT_EQ(ran.exit, 2);
  EXPECT_NE(ran.err.find("bad.json:2:"), ran.err.npos) << ran.err;
}

}  // namespace
}  // namespace proof
