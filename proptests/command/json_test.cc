// What --json tells of a request: where each attempt went and by which way, and no secret.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

TEST(command_json, an_attempt_after_a_redirect_says_what_it_asked_and_where) {
  Server server({"--rule", "/a : 303 h.Location=/b?token=s3cret", "--rule",
                 "/b : 503 ra=0; 200 body=text:there"});
  const Ran ran = holdfast("post -L -d x --json --backoff-base 0.001 " + server.url("/a"));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const json told = json::parse(ran.out);
  ASSERT_EQ(told["attempts"].size(), 3U) << ran.out;
  EXPECT_EQ(told["attempts"][0]["method"], "POST");
  EXPECT_EQ(told["attempts"][0]["url"], nullptr);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(told["attempts"][i]["method"], "GET");
    EXPECT_EQ(told["attempts"][i]["hop"], 1);
    const std::string url = told["attempts"][i]["url"];
    EXPECT_EQ(url.rfind(server.url("/b?token="), 0), 0U) << url;
    EXPECT_FALSE(has(url, "s3cret")) << url;
  }
  EXPECT_EQ(told["final_url"], server.url("/b?token=s3cret"));
  EXPECT_EQ(told["attempts"][1]["route"], "direct");
  EXPECT_EQ(told["attempts"][1]["proxy"], nullptr);
}

TEST(command_json, each_urls_attempts_are_its_own) {
  Server server({"--rule", "/a : 302 h.Location=/b", "--rule", "200"});
  const std::string urls = server.url("/a") + " " + server.url("/c") + " " + server.url("/a");
  std::istringstream lines(holdfast("get -L --json " + urls).out);
  std::vector<json> told;
  for (std::string line; std::getline(lines, line);) told.push_back(json::parse(line));
  ASSERT_EQ(told.size(), 3U);
  for (const std::size_t i : {0U, 2U}) EXPECT_EQ(told[i]["attempts"][1]["url"], server.url("/b"));
  EXPECT_EQ(told[1]["attempts"][0]["url"], nullptr);
  EXPECT_EQ(told[1]["final_url"], nullptr);
}

TEST(command_json, a_redirect_that_leads_to_a_dead_end_says_where) {
  Server server({"--rule", "302 h.Location=http://me:s3cret@127.0.0.1:1/end"});
  const Ran ran = holdfast("get -L --json --max-attempts 1 " + server.url("/"));
  EXPECT_EQ(ran.exit, 7) << ran.err;
  const json told = json::parse(ran.out);
  EXPECT_EQ(told["attempts"][1]["url"], "http://127.0.0.1:1/end");
  EXPECT_EQ(told["attempts"][1]["os_error"], "ECONNREFUSED");
  EXPECT_EQ(told["error"]["os_error"], "ECONNREFUSED");
  EXPECT_EQ(told["status"], nullptr);
  EXPECT_EQ(told["final_url"], nullptr);
  EXPECT_FALSE(has(ran.out + ran.err, "s3cret")) << ran.out << ran.err;
}

TEST(command_json, the_proxy_is_named_without_its_credentials) {
  Server proxy({"--rule", "/tunnelled : 200", "--rule", "200 body=text:by-proxy"});
  for (const std::string spelt : {"me:s3cret@127.0.0.1:", "http://me:s3cret@127.0.0.1:"}) {
    const std::string through = "get --json --max-attempts 1 -x " + spelt + proxy.port();
    const Ran plain = holdfast(through + " http://origin.invalid/");
    EXPECT_EQ(plain.exit, 0) << plain.err;
    const json told = json::parse(plain.out)["attempts"][0];
    EXPECT_EQ(told["route"], "proxy");
    EXPECT_EQ(told["proxy"], "http://127.0.0.1:" + proxy.port());
    EXPECT_EQ(told["peer"], "127.0.0.1:" + proxy.port());
    const Ran tunnel = holdfast(through + " https://origin.invalid/");
    const json asked = json::parse(tunnel.out)["attempts"][0];
    EXPECT_EQ(asked["route"], "tunnel");
    EXPECT_EQ(asked["proxy"], "http://127.0.0.1:" + proxy.port());
    EXPECT_FALSE(has(plain.out + tunnel.out + tunnel.err, "s3cret"));
  }
  const Ran past = holdfast("get --json -x 127.0.0.1:1 --noproxy '*' " + proxy.url("/"));
  EXPECT_EQ(json::parse(past.out)["attempts"][0]["route"], "direct");
  EXPECT_EQ(json::parse(past.out)["attempts"][0]["proxy"], nullptr);
}

TEST(command_json, the_url_is_as_it_was_given_but_for_user_and_password) {
  Server server({"--rule", "200"});
  const std::string given = "http://me:s3cret@127.0.0.1:" + server.port() + "/a?b=c@d";
  const Ran ran = holdfast("get --json '" + given + "'");
  EXPECT_EQ(json::parse(ran.out)["url"], server.url("/a?b=c@d"));
  const Ran relative = holdfast("get --json --base-url " + server.url("/") + " 'x?b=c@d'");
  EXPECT_EQ(json::parse(relative.out)["url"], "x?b=c@d");
}

TEST(command_json, attempts_that_are_not_kept_are_counted) {
  Server server({"--rule", "503"});
  const Ran ran = holdfast(
      "get --json --max-attempts 40 --backoff-base 0.0001 --backoff-max 0.001 " + server.url("/"));
  const json told = json::parse(ran.out);
  EXPECT_EQ(told["attempts"].size(), 32U);
  EXPECT_EQ(told["attempts_dropped"], 8);
  EXPECT_EQ(told["attempts"][31]["number"], 40);
  EXPECT_EQ(told["attempts"][31]["method"], "GET");
}

TEST(command_json, every_member_is_in_every_object_and_in_the_manual) {
  Server server({"--rule", "200 body=text:hi"});
  const json good = json::parse(holdfast("get --json " + server.url("/")).out);
  const json bad = json::parse(holdfast("get --json --max-attempts 1 http://127.0.0.1:1/").out);
  const json load = json::parse(holdfast("load --json -n 3 " + server.url("/")).out);
  std::string manual = holdfast("man").out;
  manual.erase(std::remove(manual.begin(), manual.end(), '\\'), manual.end());
  const auto documented = [&](const std::string& path) {
    return has(manual, "\nfB" + path + "fR\n");
  };
  for (const auto& [name, value] : good.items()) {
    EXPECT_TRUE(bad.contains(name)) << name;
    EXPECT_TRUE(documented(name)) << name;
  }
  EXPECT_EQ(good.size(), bad.size());
  for (const auto& [name, value] : good["attempts"][0].items()) {
    EXPECT_TRUE(bad["attempts"][0].contains(name)) << name;
    EXPECT_TRUE(documented("attempts[]." + name)) << name;
  }
  for (const auto& [name, value] : load.items()) EXPECT_TRUE(documented("load: " + name)) << name;
}

}  // namespace
}  // namespace proof
