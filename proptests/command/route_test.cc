// By which way the holdfast command reaches a server: proxies and Unix domain sockets.
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// A fault server takes requests in absolute form as well, so that it can stand for a proxy.
TEST(command_route, http_goes_to_the_proxy_in_absolute_form) {
  Server proxy({"--rule", "200 body=text:by-proxy"});
  for (const std::string spelt : {"http://127.0.0.1:", "127.0.0.1:"}) {
    const Ran ran = holdfast("get -x " + spelt + proxy.port() + " http://origin.invalid/things");
    EXPECT_EQ(ran.out, "by-proxy") << ran.err;
  }
  EXPECT_TRUE(has(proxy.journal(), "\"http://origin.invalid/things\""));
}

TEST(command_route, a_proxys_credentials_go_to_it_and_into_no_output) {
  Server proxy({"--rule", "pass"});
  const std::string through = " -v -x me:s3cret@127.0.0.1:" + proxy.port() + " ";
  const Ran ran = holdfast("get" + through + "http://origin.invalid/status/404");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_FALSE(has(ran.out + ran.err, "s3cret")) << ran.out << ran.err;
  EXPECT_TRUE(has(proxy.journal(), "Basic bWU6czNjcmV0"));
  const Ran gone = holdfast("get --max-attempts 1 -x me:s3cret@127.0.0.1:1 http://origin.invalid/");
  EXPECT_EQ(gone.exit, 7);
  EXPECT_FALSE(has(gone.err, "s3cret")) << gone.err;
}

TEST(command_route, noproxy_names_whom_it_goes_to_directly) {
  Server origin({"--rule", "200 body=text:direct"});
  const std::string dead = "get --max-attempts 1 -x 127.0.0.1:1 ";
  EXPECT_EQ(holdfast(dead + origin.url("/")).exit, 7);
  EXPECT_EQ(holdfast(dead + "--noproxy example.org,127.0.0.0/8 " + origin.url("/")).out, "direct");
  EXPECT_EQ(holdfast(dead + "--noproxy '*' " + origin.url("/")).out, "direct");
  EXPECT_EQ(holdfast(dead + "--noproxy example.org " + origin.url("/")).exit, 7);
}

TEST(command_route, the_environment_is_heeded_only_when_asked_for) {
  Server proxy({"--rule", "200 body=text:by-proxy"});
  Server origin({"--rule", "200 body=text:direct"});
  const auto in_environment = [&](const std::string& flags) {
    return run("env http_proxy=http://127.0.0.1:" + proxy.port() + " " + kBin + "/holdfast get " +
               flags + origin.url("/"))
        .out;
  };
  EXPECT_EQ(in_environment(""), "direct");
  EXPECT_EQ(in_environment("--proxy-from-env "), "by-proxy");
  EXPECT_EQ(in_environment("--proxy-from-env --noproxy 127.0.0.1 "), "direct");
}

TEST(command_route, an_environment_for_other_programs_stops_nothing_that_does_not_need_it) {
  Server proxy({"--rule", "200 body=text:by-proxy"});
  Server origin({"--rule", "200 body=text:direct"});
  const auto get = [&](const std::string& variables) {
    return run("env " + variables + " " + kBin + "/holdfast get --proxy-from-env " +
               origin.url("/"));
  };
  const std::string odd = " no_proxy='10.*,<local>,*corp,[::1'";
  EXPECT_EQ(get("http_proxy=http://127.0.0.1:" + proxy.port() + odd).out, "by-proxy");
  EXPECT_EQ(get("all_proxy=socks5h://127.0.0.1:1 no_proxy='10.*,127.0.0.0/8'").out, "direct");
  const Ran ran = get("all_proxy=socks5h://u:s3cret@127.0.0.1:1" + odd);
  EXPECT_EQ(ran.exit, 2);
  EXPECT_NE(ran.err.find("socks5h://127.0.0.1:1"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("s3cret"), std::string::npos) << ran.err;
}

TEST(command_route, load_goes_through_the_proxy_too) {
  Server proxy({"--rule", "200 body=text:x"});
  const Ran ran =
      holdfast("load --json -n 20 -c 2 -x 127.0.0.1:" + proxy.port() + " http://origin.invalid/");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["requests"], 20);
}

TEST(command_route, a_unix_socket_takes_the_place_of_the_host) {
  const Scratch scratch;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (scratch / "s").copy(address.sun_path, sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  std::string asked;
  std::thread server([&] {
    const int peer = accept(listener, nullptr, nullptr);
    char piece[1024];
    while (!has(asked, "\r\n\r\n")) {
      const ssize_t n = read(peer, piece, sizeof piece);
      if (n <= 0) break;
      asked.append(piece, static_cast<std::size_t>(n));
    }
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix";
    EXPECT_EQ(write(peer, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    close(peer);
  });
  const Ran ran = holdfast("get --unix-socket " + (scratch / "s") + " http://origin.invalid/x");
  shutdown(listener, SHUT_RDWR);  // if it never came
  server.join();
  close(listener);
  EXPECT_EQ(ran.out, "unix") << ran.err;
  EXPECT_TRUE(has(asked, "GET /x HTTP/1.1\r\nHost: origin.invalid\r\n")) << asked;
}

TEST(command_route, mistakes_get_one_line_and_exit_2) {
  for (const std::string flags :
       {"-x ''", "-x ftp://127.0.0.1", "-x 'a b'", "--unix-socket /no/such",
        "--unix-socket /etc/passwd", "--unix-socket ''"}) {
    const Ran ran = holdfast("get " + flags + " http://127.0.0.1:1/");
    EXPECT_EQ(ran.exit, 2) << flags << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

}  // namespace
}  // namespace proof
