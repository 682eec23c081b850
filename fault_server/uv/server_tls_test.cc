// TLS on real sockets: what OpenSSL's client on a blocking socket sees is what the script said.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "fault_server/answer/body.h"
#include "fault_server/tls/client_rig.h"
#include "fault_server/uv/server.h"

namespace fault {
namespace {

holdfast::base::WallTime today() {
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

std::shared_ptr<const CertificateKit> socket_kit() {
  static const auto made = [] {
    CertificateWish wish;
    wish.now = today();
    return std::make_shared<const CertificateKit>(wish);
  }();
  return made;
}

/// A blocking socket with ten seconds of patience, and TLS above it.
class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port, TlsClientWish wish = {})
      : tls(*socket_kit(), today(), std::move(wish)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) error = errno;
    tls.feed("");
    flush();
    while (!tls.established && !tls.failed && take()) {
    }
  }
  ~SocketClient() { ::close(fd_); }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  void get(std::string_view target, std::string_view fields = "") {
    tls.write("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
              std::string(fields) + "\r\n");
    flush();
  }
  /// Until the connection ends; `error` is 0 for FIN.
  void read_all() {
    while (take()) {
    }
  }

  TlsClient tls;
  int error = 0;

 private:
  void flush() {
    const std::string out = tls.take_output();
    if (!out.empty() && ::send(fd_, out.data(), out.size(), MSG_NOSIGNAL) < 0) error = errno;
  }
  bool take() {
    char buffer[65536];
    const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count < 0) error = errno;
    if (count <= 0) return false;
    tls.feed({buffer, static_cast<std::size_t>(count)});
    flush();
    return true;
  }

  int fd_ = -1;
};

/// Serves `rules` on a plain and a TLS listener while `client` runs on a thread.
void serve_tls(std::string_view rules,
               const std::function<void(std::uint16_t tls, std::uint16_t plain)>& client,
               const std::function<void(Peer&)>& judge = {}) {
  std::signal(SIGPIPE, SIG_IGN);
  Scenario scenario = PeerRig::scenario_of(rules);
  scenario.listeners = {Listener{}, TlsRig::secure()};
  ServerOptions options;
  options.certificates = socket_kit();
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv server(&loop, scenario, options);
    const auto error = server.start();
    ASSERT_FALSE(error) << *error;
    uv_async_t finished;
    finished.data = &server;
    uv_async_init(&loop, &finished, [](uv_async_t* handle) {
      static_cast<ServerUv*>(handle->data)->close();
      uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
    });
    std::thread thread([&, tls = server.port("tls"), plain = server.port("h1")] {
      client(tls, plain);
      uv_async_send(&finished);
    });
    uv_run(&loop, UV_RUN_DEFAULT);
    thread.join();
    if (judge) judge(server.peer());
  }
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

TEST(ServerUvTls, a_large_body_arrives_whole_and_ends_with_close_notify) {
  serve_tls("", [](std::uint16_t port, std::uint16_t) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      SocketClient client(port, {.host = "localhost", .version = version});
      ASSERT_TRUE(client.tls.established) << client.tls.reason;
      EXPECT_EQ(client.tls.verified(), X509_V_OK);
      client.get("/bytes/3M?seed=7", "Connection: close\r\n");
      client.read_all();
      EXPECT_EQ(client.error, 0);
      EXPECT_TRUE(client.tls.closed);
      EXPECT_EQ(after_head(client.tls.received), seeded_bytes(7, 0, 3'000'000));
    }
  });
}

TEST(ServerUvTls, resumption_is_on_by_default) {
  serve_tls(
      "",
      [](std::uint16_t port, std::uint16_t) {
        SocketClient first(port, {.host = "localhost"});
        first.get("/x", "Connection: close\r\n");
        first.read_all();
        ASSERT_NE(first.tls.session(), nullptr);
        SocketClient second(port, {.host = "localhost", .resume = first.tls.session()});
        EXPECT_TRUE(second.tls.resumed());
        second.get("/x", "Connection: close\r\n");
        second.read_all();
      },
      [](Peer& peer) {
        std::string notes;
        for (const Entry& entry : peer.journal().entries()) {
          if (entry.type != EntryType::kTls) continue;
          for (const std::string& one : entry.notes) {
            if (one.starts_with("resumed=")) notes += one + " ";
          }
        }
        EXPECT_EQ(notes, "resumed=no resumed=yes ");
      });
}

TEST(ServerUvTls, row_33_a_reset_during_the_handshake_is_a_real_reset) {
  for (const std::string_view rule :
       {"connection : reset@tls", "connection : reset@tls:100", "connection : reset@accept"}) {
    serve_tls(rule, [&](std::uint16_t port, std::uint16_t) {
      SocketClient client(port);
      client.read_all();
      EXPECT_EQ(client.error, ECONNRESET) << rule;
      EXPECT_FALSE(client.tls.established);
    });
  }
}

TEST(ServerUvTls, row_33_garbage_plain_and_alerts_end_by_a_clean_fin) {
  for (const std::string_view rule :
       {"connection : tls.garbage", "connection : tls.plain", "connection : tls.alert",
        "connection : close@tls", "connection : close@tls:50"}) {
    serve_tls(rule, [&](std::uint16_t port, std::uint16_t) {
      SocketClient client(port);
      client.read_all();
      EXPECT_EQ(client.error, 0) << rule;
      EXPECT_FALSE(client.tls.established) << rule;
    });
  }
}

TEST(ServerUvTls, row_34_a_slow_handshake_takes_its_time_and_succeeds) {
  serve_tls("connection : tls.stall delay=30ms", [](std::uint16_t port, std::uint16_t) {
    const auto begin = std::chrono::steady_clock::now();
    SocketClient client(port, {.host = "localhost", .version = TLS1_2_VERSION});
    EXPECT_TRUE(client.tls.established);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60));
  });
}

TEST(ServerUvTls, row_34_a_client_that_leaves_a_stalled_handshake_is_noticed) {
  serve_tls(
      "connection 1 : tls.stall",
      [](std::uint16_t port, std::uint16_t) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        TlsClient tls(*socket_kit(), today());
        tls.feed("");
        const std::string hello = tls.take_output();
        ASSERT_EQ(::send(fd, hello.data(), hello.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(hello.size()));
        ::close(fd);
        // Nobody reads there, so only the kernel's word for it ends the connection.
        for (bool stalled = true; stalled;) {
          SocketClient asking(port, {.host = "localhost"});
          asking.get("/__fault/connections", "Connection: close\r\n");
          asking.read_all();
          ASSERT_TRUE(asking.tls.received.starts_with("HTTP/1.1 200")) << asking.tls.received;
          stalled = asking.tls.received.find("\"conn\": 1,") != std::string::npos;
        }
      },
      [](Peer& peer) {
        bool closed = false;
        for (const Entry& entry : peer.journal().entries()) {
          if (entry.type == EntryType::kConnClose && entry.conn == 1) {
            closed = entry.closed_by == ClosedBy::kClient;
          }
        }
        EXPECT_TRUE(closed);
      });
}

TEST(ServerUvTls, row_36_an_alert_in_mid_stream_and_a_close_without_close_notify) {
  serve_tls("/alert : tls.alert@body:512 alert=access_denied\n/cut : tls.truncate body=fill:64",
            [](std::uint16_t port, std::uint16_t) {
              for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
                SocketClient alerted(port, {.version = version});
                alerted.get("/alert");
                alerted.read_all();
                EXPECT_EQ(alerted.tls.alert, "access_denied");
                EXPECT_EQ(alerted.error, 0);
                SocketClient cut(port, {.version = version});
                cut.get("/cut");
                cut.read_all();
                EXPECT_EQ(after_head(cut.tls.received).size(), 64U);
                EXPECT_FALSE(cut.tls.closed);
                EXPECT_EQ(cut.error, 0);
              }
            });
}

TEST(ServerUvTls, a_reset_in_mid_body_is_a_real_reset) {
  serve_tls("reset@body:512", [](std::uint16_t port, std::uint16_t) {
    SocketClient client(port);
    client.get("/x");
    client.read_all();
    EXPECT_EQ(client.error, ECONNRESET);
    EXPECT_EQ(after_head(client.tls.received).size(), 512U);
    EXPECT_FALSE(client.tls.closed);
  });
}

TEST(ServerUvTls, certificates_are_made_when_none_were_given) {
  Scenario scenario;
  scenario.listeners = {TlsRig::secure()};
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv server(&loop, scenario);
    ASSERT_FALSE(server.start());
    EXPECT_TRUE(server.peer().certificates().ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    EXPECT_EQ(server.peer().certificates().key(), CertificateKey::kP256);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

}  // namespace
}  // namespace fault
