// On real sockets: what the kernel tells a client is what the script said. The client is a plain
// blocking socket on a thread of its own.
#include "fault_server/uv/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fault_server/answer/body.h"

namespace fault {
namespace {

/// A client that hides nothing of what its calls return.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) error = errno;
  }
  /// On a Unix domain socket.
  explicit RawClient(const std::string& path) {
    fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) error = errno;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) error = errno;
  }
  void get(std::string_view target) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  /// Until the end; `error` is 0 for FIN.
  std::string read_all() {
    std::string out;
    char buffer[65536];
    for (;;) {
      const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
      if (count < 0) error = errno;
      if (count <= 0) return out;
      out.append(buffer, static_cast<std::size_t>(count));
    }
  }
  void wait_readable() {
    char byte = 0;
    EXPECT_EQ(::recv(fd_, &byte, 1, MSG_PEEK), 1);
  }
  std::string read_until(std::string_view what) {
    std::string out;
    char byte = 0;
    while (out.find(what) == std::string::npos && ::recv(fd_, &byte, 1, 0) == 1) out += byte;
    return out;
  }

  int error = 0;

 private:
  int fd_ = -1;
};

std::int64_t wall_ns() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
}

/// Serves `rules` on a loop of its own while `client` runs on a thread.
void serve(std::string_view rules, const std::function<void(std::uint16_t)>& client,
           const std::function<void(Peer&)>& judge = {}) {
  std::signal(SIGPIPE, SIG_IGN);
  Scenario scenario;
  while (!rules.empty()) {
    const std::size_t end = std::min(rules.find('\n'), rules.size());
    ASSERT_FALSE(add_rule_line(scenario, rules.substr(0, end))) << rules;
    rules.remove_prefix(std::min(end + 1, rules.size()));
  }
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv server(&loop, scenario);
    const auto error = server.start();
    ASSERT_FALSE(error) << *error;
    uv_async_t finished;
    finished.data = &server;
    uv_async_init(&loop, &finished, [](uv_async_t* handle) {
      static_cast<ServerUv*>(handle->data)->close();
      uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
    });
    const std::uint16_t port = server.port();
    std::thread thread([&] {
      client(port);
      uv_async_send(&finished);
    });
    uv_run(&loop, UV_RUN_DEFAULT);
    thread.join();
    if (judge) judge(server.peer());
  }
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

TEST(ServerUv, a_reset_is_a_real_reset) {
  for (std::string_view rule : {"reset", "reset@headers:20", "reset@body:100", "reset@end",
                                "200 does=reset", "connection : reset@accept"}) {
    serve(rule, [&](std::uint16_t port) {
      RawClient client(port);
      if (!rule.ends_with("accept")) client.get("/x");
      client.read_all();
      EXPECT_EQ(client.error, ECONNRESET) << rule;
    });
  }
}

TEST(ServerUv, a_reset_comes_after_exactly_the_bytes_before_it) {
  serve("reset@body:100", [](std::uint16_t port) {
    RawClient client(port);
    client.get("/x");
    const std::string received = client.read_all();
    EXPECT_EQ(received.size() - received.find("\r\n\r\n") - 4, 100U);
    EXPECT_EQ(client.error, ECONNRESET);
  });
}

TEST(ServerUv, an_answer_is_never_dated_later_than_it_arrived) {
  // On one processor a write wakes its reader, who often goes first: the bytes are there, and the
  // server's call has not returned yet.
  cpu_set_t all, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
  ::sched_setaffinity(0, sizeof one, &one);  // the client's thread inherits it
  std::vector<std::int64_t> arrived;
  const auto ask = [&](std::uint16_t port) {
    RawClient client(port);
    for (int i = 0; i < 300; ++i) {
      client.get("/");
      client.wait_readable();
      arrived.push_back(wall_ns());
      client.read_until("}");
    }
  };
  serve("503 ra=1 body=text:{}", ask, [&](Peer& peer) {
    std::size_t n = 0;
    for (const Entry& entry : peer.journal().entries()) {
      if (entry.type != EntryType::kRespHead) continue;
      ASSERT_LT(n, arrived.size());
      EXPECT_LE(entry.wall_ns, arrived[n++]);
    }
    EXPECT_EQ(n, arrived.size());
  });
  ::sched_setaffinity(0, sizeof all, &all);
}

TEST(ServerUv, a_close_is_a_clean_fin) {
  for (std::string_view rule : {"close", "close@headers:20", "close@body:100", "truncate",
                                "200 says=close", "connection : close@accept"}) {
    serve(rule, [&](std::uint16_t port) {
      RawClient client(port);
      if (!rule.ends_with("accept")) client.get("/x");
      client.read_all();
      EXPECT_EQ(client.error, 0) << rule;
    });
  }
}

TEST(ServerUv, a_close_with_unread_input_is_a_clean_fin) {
  serve("close@reqbody:10", [](std::uint16_t port) {
    RawClient client(port);
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n" +
                std::string(20000, 'x'));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(client.error, 0);
  });
}

TEST(ServerUv, a_half_close_lets_the_client_go_on_writing) {
  serve("halfclose@body:10 body=fill:20", [](std::uint16_t port) {
    RawClient client(port);
    client.get("/x");
    EXPECT_TRUE(client.read_all().ends_with("abcdefghij"));
    client.get("/y");
    EXPECT_EQ(client.error, 0);
  });
}

TEST(ServerUv, a_refused_connection_meets_a_closed_port_and_the_next_one_gets_through) {
  serve(
      "connection 1 : refuse\n200",
      [](std::uint16_t port) {
        EXPECT_EQ(RawClient(port).error, ECONNREFUSED);
        // The window of the refusal passes by itself: trying again is all a client can do.
        for (int error = ECONNREFUSED; error == ECONNREFUSED;) error = RawClient(port).error;
        RawClient client(port);
        client.get("/x");
        EXPECT_TRUE(client.read_until("200 OK\n").starts_with("HTTP/1.1 200 OK"));
      },
      [](Peer& peer) {
        EXPECT_EQ(peer.journal().entries().front().type, EntryType::kConnRefused);
      });
}

TEST(ServerUv, large_bodies_arrive_whole_both_ways) {
  serve("", [](std::uint16_t port) {
    RawClient client(port);
    client.get("/bytes/10M?seed=7");
    client.read_until("\r\n\r\n");
    client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.read_all().substr(0, 10'000'000), seeded_bytes(7, 0, 10'000'000));
    RawClient sender(port);
    const std::string body = seeded_bytes(8, 0, 200'000);
    sender.send("POST /echo?raw=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(sender.read_all().ends_with(body));
  });
}

TEST(ServerUv, a_client_that_leaves_a_stalled_connection_is_noticed) {
  serve("connection 1 : stall@accept", [](std::uint16_t port) {
    { RawClient left(port); }
    // Nobody reads there, so only the kernel's word for it ends the connection.
    for (bool stalled = true; stalled;) {
      RawClient asking(port);
      asking.send(
          "GET /__fault/connections HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      stalled = asking.read_all().find("\"conn\": 1,") != std::string::npos;
    }
  });
}

TEST(ServerUv, a_port_in_use_is_said_with_the_remedy) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv first(&loop, Scenario{});
    ASSERT_FALSE(first.start());
    ServerOptions options;
    options.port = first.port();
    ServerUv second(&loop, Scenario{}, options);
    const auto error = second.start();
    ASSERT_TRUE(error);
    EXPECT_NE(error->find("address already in use; choose another --port"), std::string::npos)
        << *error;
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

TEST(ServerUv, the_admin_interface_answers_and_can_end_the_server) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv server(&loop, Scenario{});
    ASSERT_FALSE(server.start());
    server.on_shutdown([&] { server.close(); });
    const std::uint16_t port = server.port();
    std::thread thread([port] {
      RawClient client(port);
      client.send(
          "POST /__fault/shutdown HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
      EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 200 OK"));
    });
    uv_run(&loop, UV_RUN_DEFAULT);
    thread.join();
  }
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

// --- Unix domain sockets -------------------------------------------------------------------------

/// A folder of its own, and a path in it.
class LocalPath {
 public:
  LocalPath() {
    std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~LocalPath() { std::filesystem::remove_all(folder_); }
  LocalPath(const LocalPath&) = delete;
  LocalPath& operator=(const LocalPath&) = delete;
  std::string path() const { return folder_ + "/socket"; }

 private:
  std::string folder_;
};

/// Serves `rule` on `path` while `client` runs on a thread; what start() complained about.
std::string serve_locally(std::string_view rule, const std::string& path,
                          const std::function<void()>& client,
                          const std::function<void(Peer&)>& judge = {}) {
  std::signal(SIGPIPE, SIG_IGN);
  Scenario scenario;
  EXPECT_FALSE(add_rule_line(scenario, rule)) << rule;
  Listener local;
  local.id = "unix";
  local.unix_path = path;
  scenario.listeners = {local};
  EXPECT_EQ(validate(scenario), std::vector<std::string>{});
  std::string complaint;
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv server(&loop, scenario);
    complaint = server.start().value_or("");
    if (complaint.empty()) {
      uv_async_t finished;
      finished.data = &server;
      uv_async_init(&loop, &finished, [](uv_async_t* handle) {
        static_cast<ServerUv*>(handle->data)->close();
        uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
      });
      std::thread thread([&] {
        client();
        uv_async_send(&finished);
      });
      uv_run(&loop, UV_RUN_DEFAULT);
      thread.join();
    }
    if (judge) judge(server.peer());
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&loop), 0);
  return complaint;
}

TEST(ServerUvLocal, is_named_in_the_journal_and_its_file_goes_at_the_end) {
  const LocalPath at;
  const auto client = [&] {
    RawClient raw(at.path());
    raw.get("/x");
    EXPECT_NE(raw.read_all().find("200 OK"), std::string::npos);
    EXPECT_EQ(raw.error, 0);
  };
  const auto judge = [&](Peer& peer) {
    const Entry& open = peer.journal().entries().front();
    EXPECT_EQ(open.type, EntryType::kConnOpen);
    EXPECT_EQ(open.peer, "unix:" + at.path());
    EXPECT_EQ(open.listener, "unix");
  };
  EXPECT_EQ(serve_locally("200 does=close", at.path(), client, judge), "");
  EXPECT_FALSE(std::filesystem::exists(at.path()));
}

TEST(ServerUvLocal, a_reset_becomes_a_close_and_the_journal_does_not_claim_otherwise) {
  const LocalPath at;
  const auto client = [&] {
    RawClient raw(at.path());
    raw.get("/x");
    EXPECT_NE(raw.read_all().find("200 OK"), std::string::npos);
    EXPECT_EQ(raw.error, 0);
  };
  const auto judge = [](Peer& peer) {
    const Entry& close = peer.journal().entries().back();
    ASSERT_EQ(close.type, EntryType::kConnClose);
    EXPECT_EQ(close.how, CloseHow::kFin);
    EXPECT_EQ(close.closed_by, ClosedBy::kFault);
  };
  EXPECT_EQ(serve_locally("reset@body:10", at.path(), client, judge), "");
}

TEST(ServerUvLocal, a_refused_connection_is_really_refused) {
  const LocalPath at;
  const auto client = [&] { EXPECT_EQ(RawClient(at.path()).error, ECONNREFUSED); };
  EXPECT_EQ(serve_locally("connection 1 : refuse", at.path(), client), "");
}

TEST(ServerUvLocal, a_client_that_leaves_a_stalled_connection_is_noticed) {
  const LocalPath at;
  const auto client = [&] {
    { RawClient raw(at.path()); }
    for (bool stalled = true; stalled;) {
      RawClient asking(at.path());
      asking.send(
          "GET /__fault/connections HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      stalled = asking.read_all().find("\"conn\": 1,") != std::string::npos;
    }
  };
  EXPECT_EQ(serve_locally("connection 1 : stall@accept", at.path(), client), "");
}

TEST(ServerUvLocal, a_file_left_behind_is_replaced_and_what_is_no_socket_is_not) {
  const LocalPath at;
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);  // as a killed server leaves it
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    at.path().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  std::string second;
  EXPECT_EQ(
      serve_locally("200", at.path(), [&] { second = serve_locally("200", at.path(), [] {}); }),
      "");
  EXPECT_NE(second.find("somebody listens there"), std::string::npos) << second;
  std::ofstream(at.path()) << "precious";
  EXPECT_NE(serve_locally("200", at.path(), [] {}).find("no socket"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(at.path()), 8U);
}

}  // namespace
}  // namespace fault
