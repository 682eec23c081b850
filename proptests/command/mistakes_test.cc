// The holdfast command as somebody new to it meets it: mistakes get one line that names what was
// given and what to do, and the exit status that curl has for them; and --option reaches every
// option of the library.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++found;
  return found;
}

struct Mistake {
  const char* situation;
  const char* arguments;
  int exit;
  std::vector<const char*> wanted;  ///< what the line has
};

const Mistake kMistakes[] = {
    {"a_mistyped_flag",
     "get --max-atempts 3 http://127.0.0.1:1/",
     2,
     {"'--max-atempts' is no option of get", "did you mean --max-attempts?",
      "holdfast get --help"}},
    {"a_flag_of_another_program",
     "get -X POST http://127.0.0.1:1/",
     2,
     {"'-X'", "holdfast get --help"}},
    {"a_mistyped_flag_with_a_secret",
     "get --usr=me:s3cret http://127.0.0.1:1/",
     2,
     {"'--usr'", "did you mean --user?"}},
    {"a_mistyped_command", "gte http://127.0.0.1:1/", 2, {"'gte'", "did you mean get?"}},
    {"no_command", "", 2, {"holdfast get http://localhost/"}},
    {"no_url", "get", 2, {"the URL is missing"}},
    {"two_urls_to_load", "load http://127.0.0.1:1/ http://127.0.0.1:1/", 2, {"URL", "At Most 1"}},
    {"a_word_for_a_number",
     "get --max-attempts x http://127.0.0.1:1/",
     2,
     {"--max-attempts 'x'", "number"}},
    {"a_flag_without_its_value",
     "get http://127.0.0.1:1/ --max-attempts",
     2,
     {"--max-attempts", "value is missing"}},
    {"a_url_without_a_scheme", "get 127.0.0.1:1/", 3, {"127.0.0.1:1/", "http://"}},
    {"a_url_with_a_blank", "get 'http://a b/'", 3, {"a b", "the host"}},
    {"a_url_of_another_scheme", "get ftp://127.0.0.1/", 1, {"ftp", "use http or https"}},
    {"a_closed_port",
     "get --max-attempts 1 http://127.0.0.1:1/",
     7,
     {"127.0.0.1:1", "check that a server listens there"}},
    {"a_host_that_does_not_exist",
     "get --max-attempts 1 http://no-such.invalid/",
     6,
     {"no-such.invalid", "check the host name"}},
    {"a_file_to_send_that_is_missing",
     "post -d @/no/such http://127.0.0.1:1/",
     26,
     {"-d @/no/such: No such file", "name a file"}},
    {"a_folder_to_send", "post -d @/tmp http://127.0.0.1:1/", 26, {"-d @/tmp", "name a file"}},
    {"a_part_of_a_form_that_is_missing",
     "post -F a=@/no/such http://127.0.0.1:1/",
     26,
     {"-F a=@/no/such: No such file", "name a file"}},
    {"a_part_of_a_form_that_is_none", "post -F photo http://127.0.0.1:1/", 2, {"NAME=@FILE"}},
    {"a_policy_file_that_is_missing",
     "get --retry-policy /no/such http://127.0.0.1:1/",
     2,
     {"'/no/such': No such file", "KEY=VALUE"}},
    {"a_mistyped_key",
     "get --retry-policy max_atempts=3 http://127.0.0.1:1/",
     2,
     {"'max_atempts'", "did you mean max_attempts?", "holdfast man"}},
    {"a_key_without_its_group",
     "get --retry-policy total=3s http://127.0.0.1:1/",
     2,
     {"did you mean timeouts.total?"}},
    {"a_key_that_is_far_from_all",
     "get --retry-policy colour=red http://127.0.0.1:1/",
     2,
     {"'colour'", "max_attempts", "holdfast man"}},
    {"a_key_of_something_else",
     "get --retry-policy pool.max_idle=3 http://127.0.0.1:1/",
     2,
     {"'pool.max_idle'", "--option"}},
    {"a_mistyped_option",
     "get --option pool.max_idel=3 http://127.0.0.1:1/",
     2,
     {"'pool.max_idel'", "did you mean pool.max_idle?", "holdfast man"}},
    {"an_option_without_a_value",
     "get --option pool.max_idle http://127.0.0.1:1/",
     2,
     {"NAME=VALUE"}},
    {"an_option_of_the_wrong_kind",
     "get --option timeouts.total=soon http://127.0.0.1:1/",
     2,
     {"timeouts.total", "'soon'", "250ms"}},
    {"an_option_that_makes_no_sense",
     "get --option retry.max_attempts=0 http://127.0.0.1:1/",
     2,
     {"retry.max_attempts", "use 1"}},
    {"a_proxy_that_is_none",
     "get -x 'http://me:s3cret@a b' http://127.0.0.1:1/",
     2,
     {"--proxy", "http://host:port"}},
    {"a_proxy_that_is_not_there",
     "get --max-attempts 1 -x me:s3cret@127.0.0.1:1 http://a.test/",
     7,
     {"proxy", "127.0.0.1:1"}},
    {"an_authority_that_is_missing",
     "get --cacert /no/such https://127.0.0.1:1/",
     2,
     {"--cacert", "'/no/such': No such file", "PEM"}},
    {"a_file_without_certificates",
     "get --cacert /etc/passwd https://127.0.0.1:1/",
     2,
     {"/etc/passwd", "no certificate", "PEM"}},
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, get_one_short_line_with_the_remedy) {
  const Mistake& mistake = GetParam();
  const Ran ran = holdfast(mistake.arguments);
  EXPECT_EQ(ran.exit, mistake.exit) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(count(ran.err, "\n"), 1U) << ran.err;
  EXPECT_TRUE(ran.err.starts_with("holdfast: ")) << ran.err;
  EXPECT_LT(ran.err.size(), 200U) << ran.err;
  EXPECT_FALSE(has(ran.err, "s3cret")) << ran.err;
  for (const char* wanted : mistake.wanted) {
    EXPECT_TRUE(has(ran.err, wanted)) << wanted << "\n" << ran.err;
  }
}

INSTANTIATE_TEST_SUITE_P(command, Mistakes, testing::ValuesIn(kMistakes),
                         [](const auto& one) { return std::string(one.param.situation); });

TEST(command_mistakes, nothing_is_sent_when_a_word_is_wrong) {
  Server server({"--rule", "pass"});
  const std::string url = " " + server.url("/echo") + " ";
  const struct {
    std::string arguments;
    int exit;
    const char* wanted;
  } mistakes[] = {
      {"post --json '{\"a\":1}'" + url, 2, "--json takes no value"},
      {"post --json '{\"a\":1}'" + url, 2, "did you mean -d?"},
      {"post --base-url " + server.url("/") + " -v '[1]'" + url, 2, "-v takes no value"},
      {"get -L 5" + url, 3, "-L takes no value"},
      {"get -4" + url, 2, "'-4' is no option of get"},
      {"get -" + url, 2, "'-' is no option of get"},
      {"get" + url + "-4", 2, "'-4' is no option of get"},
      {"get --max-attemps=3" + url, 2, "did you mean --max-attempts?"},
      {"get" + url + "-- -4", 3, "\"-4\""},
      {"get --base-url " + server.url("/") + url + "-- -4", 3, "\"-4\""},
      {"get" + url + "'http://a b/'", 3, "the host"},
      {"get" + url + "nonsense", 3, "\"nonsense\""},
      {"get" + url + "''", 3, "not valid"},
      {"get" + url + "ftp://127.0.0.1/", 1, "use http or https"},
      {"get -H nonsense" + url, 2, "'Name: value'"},
      {"get -H {}" + url, 2, "'Name: value'"},
      {"post -F {}" + url, 2, "NAME=VALUE"},
      {"get --option {}" + url, 2, "NAME=VALUE"},
      {"post -d @/no/such" + url, 26, "-d @/no/such: No such file"},
      {"post -d a -d @/tmp" + url, 26, "that is a folder"},
      {"post -F a=@/no/such" + url, 26, "-F a=@/no/such: No such file"},
      {"post -F a=@/tmp" + url, 26, "that is a folder"},
      {"post -d @- -d @-" + url, 2, "more than once"},
      {"post -F a=@- -F b=@/dev/stdin" + url, 2, "more than once"},
      {"get --json -o -" + url, 2, "give them a file"},
      {"get --json -D /dev/stdout" + url, 2, "give them a file"},
      {"get --cacert /etc/passwd" + url, 2, "no certificate"},
      {"get --cert /etc/passwd --key /etc/passwd" + url + "https://127.0.0.1:1/", 2,
       "no certificate"},
      {"get -o /tmp/. " + url, 23, "Is a directory"},
  };
  for (const auto& mistake : mistakes) {
    const Ran ran = holdfast(mistake.arguments);
    EXPECT_EQ(ran.exit, mistake.exit) << mistake.arguments << "\n" << ran.err;
    EXPECT_EQ(count(ran.err, "\n"), 1U) << ran.err;
    EXPECT_TRUE(has(ran.err, mistake.wanted)) << mistake.arguments << "\n" << ran.err;
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_FALSE(has(server.journal(), "conn.open"));
}

TEST(command_mistakes, of_an_option_given_twice_the_last_one_counts) {
  Server server({"--rule", "/none : 503", "--rule", "pass"});
  const Ran ran = holdfast("get --json --max-attempts 9 --backoff-base 0.001 --max-attempts 2 " +
                           server.url("/none"));
  EXPECT_EQ(json::parse(ran.out)["attempts"].size(), 2U) << ran.err;
  const Scratch scratch;
  const std::string files = "-o " + (scratch / "first") + " -o " + (scratch / "last") + " ";
  EXPECT_EQ(holdfast("get " + files + server.url("/bytes/3")).exit, 0);
  EXPECT_FALSE(std::filesystem::exists(scratch / "first"));
  EXPECT_EQ(slurp(scratch / "last").size(), 3U);
  const std::string echo = server.url("/echo");
  EXPECT_TRUE(has(holdfast("get -u a:1 -u me: " + echo).out, "Basic bWU6"));
  EXPECT_TRUE(has(holdfast("get -H 'A: 1' -H 'A: 2' " + echo).out, "\"2\""));
  EXPECT_EQ(holdfast("get --tls-min 1.3 --tls-min 1.2 " + echo).exit, 0);
  EXPECT_EQ(holdfast("get --max-filesize 1 --max-filesize 1M -v -v -L -L " + echo).exit, 0);
}

TEST(command_mistakes, a_server_that_dies_while_it_answers_is_told_and_nothing_is_kept) {
  const Scratch scratch;
  Server server({"--rule", "stall@body:1000 body=random:5000"});
  Running running({"get", "--max-attempts", "1", "-o", scratch / "body", server.url("/")});
  server.wait_for("req.head");
  server.journal();  // its end
  const Ran ran = running.wait();
  EXPECT_TRUE(ran.exit == 18 || ran.exit == 56 || ran.exit == 52) << ran.exit << ran.err;
  EXPECT_EQ(count(ran.err, "\n"), 1U) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(scratch / "body"));
}

// --- load ----------------------------------------------------------------------------------------

TEST(command_load, where_all_failed_exits_as_the_first_failure_would) {
  const Ran refused = holdfast("load -n 7 --max-attempts 1 --json http://127.0.0.1:1/");
  EXPECT_EQ(refused.exit, 7);
  EXPECT_EQ(json::parse(refused.out)["errors"], 7);
  EXPECT_EQ(count(refused.err, "\n"), 1U) << refused.err;
  EXPECT_TRUE(has(refused.err, "all 7 of 7 requests failed, the first: the connection was refused"))
      << refused.err;
  Server server({"--rule", "404"});
  const Ran missing = holdfast("load -n 3 " + server.url("/"));
  EXPECT_EQ(missing.exit, 22);
  EXPECT_TRUE(has(missing.err, "the response has status 404")) << missing.err;
  EXPECT_EQ(holdfast("load -n 3 nonsense").exit, 3);
}

TEST(command_load, where_some_failed_exits_1_and_says_how_many) {
  Server server({"--rule", "404 x2; 200; loop"});
  const Ran ran = holdfast("load -n 6 -c 1 " + server.url("/"));
  EXPECT_EQ(ran.exit, 1) << ran.err;
  EXPECT_EQ(ran.err, "holdfast: 4 of 6 requests failed, the first: the response has status 404\n");
}

TEST(command_load, a_redirect_that_was_to_be_followed_and_was_not_is_an_error) {
  const struct {
    const char* rule;
    const char* flags;
    int exit;
    const char* complaint;
  } cases[] = {
      {"302 h.Location=data:x", "-L", 1, "the scheme of its Location is not supported"},
      {"302", "-L", 3, "it has no Location"},
      {"302 h.Location=/ x2; 200; loop", "-L --max-redirs 1", 47, "redirect"},
      {"302 h.Location=data:x", "", 0, ""},
  };
  for (const auto& one : cases) {
    Server server({"--rule", one.rule});
    const Ran ran = holdfast("load -n 1 --json " + std::string(one.flags) + " " + server.url("/"));
    EXPECT_EQ(ran.exit, one.exit) << one.rule << ran.err;
    EXPECT_EQ(json::parse(ran.out)["errors"], one.exit == 0 ? 0 : 1) << one.rule;
    EXPECT_TRUE(has(ran.err, one.complaint)) << one.rule << ran.err;
  }
  Server server({"--rule", "302; 200; loop"});
  const Ran some = holdfast("load -L -n 4 -c 1 " + server.url("/"));
  EXPECT_EQ(some.exit, 1) << some.err;
  EXPECT_EQ(some.err,
            "holdfast: 2 of 4 requests failed, the first: the redirect (status 302) was not "
            "followed: it has no Location\n");
}

// --- --option ------------------------------------------------------------------------------------

TEST(command_option, reaches_what_no_flag_does) {
  Server server({"--rule", "pass"});
  const std::string urls = server.url("/echo") + " " + server.url("/echo");
  const Ran ran = holdfast("get --option user_agent=me/1 --option decode.enabled=no " +
                           std::string("--option pool.max_requests_per_connection=1 ") + urls);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(count(ran.out, "me/1"), 2U) << ran.out;
  EXPECT_FALSE(has(ran.out, "Accept-Encoding")) << ran.out;
  const Ran load = holdfast("load -n 4 -c 1 --json --option pool.max_requests_per_connection=2 " +
                            server.url("/bytes/1"));
  EXPECT_EQ(json::parse(load.out)["connections_opened"], 2) << load.err;
  EXPECT_EQ(count(server.journal(), "\"conn.open\""), 4U);
}

TEST(command_option, goes_behind_the_flags_wherever_it_stands) {
  const auto attempts = [&](const std::string& flags) {
    Server server({"--rule", "503"});
    const Ran ran = holdfast("get --json --backoff-base 0.001 " + flags + " " + server.url("/"));
    return json::parse(ran.out)["attempts"].size();
  };
  EXPECT_EQ(attempts("--option retry.max_attempts=2"), 2U);
  EXPECT_EQ(attempts("--max-attempts 3 --option retry.max_attempts=2"), 3U);
  EXPECT_EQ(attempts("--option retry.max_attempts=2 --max-attempts 3"), 3U);
  EXPECT_EQ(attempts("--option retry.max_attempts=2 --retry-policy max_attempts=4"), 4U);
}

TEST(command_option, every_name_is_in_the_manual_once) {
  std::string manual = holdfast("man").out;
  manual.erase(std::remove(manual.begin(), manual.end(), '\\'), manual.end());
  const std::string section = manual.substr(manual.find(".SH OPTIONS BY NAME"));
  for (const char* name : {"base_url", "retry.max_attempts", "pool.lifetime_jitter", "tls.ca_pem",
                           "http2.ping_timeout", "decode.max_ratio", "ignore_sigpipe"}) {
    EXPECT_TRUE(has(section, name)) << name;
  }
}

}  // namespace
}  // namespace proof
