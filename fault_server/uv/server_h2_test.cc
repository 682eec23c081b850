// HTTP/2 on real sockets: frames by hand against the server as it is run. The client is a plain
// blocking socket on a thread of its own.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "fault_server/h2/frame.h"
#include "fault_server/h2/hpack.h"
#include "fault_server/uv/server.h"

namespace fault {
namespace {

class FrameClient {
 public:
  explicit FrameClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) error = errno;
    std::string hello(kH2Preface);
    append_settings(hello, {});
    send(hello);
  }
  ~FrameClient() { ::close(fd_); }
  FrameClient(const FrameClient&) = delete;
  FrameClient& operator=(const FrameClient&) = delete;

  void send(std::string_view bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) error = errno;
  }
  std::uint32_t get(std::string_view path) {
    const std::uint32_t id = std::exchange(next_, next_ + 2);
    std::string bytes;
    append_headers(bytes, id,
                   deflater_.block({{":method", "GET"},
                                    {":scheme", "http"},
                                    {":path", std::string(path)},
                                    {":authority", "localhost"}}),
                   true);
    send(bytes);
    return id;
  }
  /// Reads until `done` says so of a frame, or the connection ends (then false).
  bool read_until(const std::function<bool(const H2Frame&)>& done) {
    char buffer[65536];
    for (;;) {
      std::string_view rest = unread_;
      while (const auto frame = take_frame(rest)) {
        const bool found = done(*frame);
        if (!found) continue;
        unread_.erase(0, unread_.size() - rest.size());
        return true;
      }
      unread_.erase(0, unread_.size() - rest.size());
      const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
      if (count < 0) error = errno;
      if (count <= 0) return false;
      unread_.append(buffer, static_cast<std::size_t>(count));
    }
  }
  bool ends(std::uint32_t stream) {
    return read_until([&](const H2Frame& frame) {
      if (frame.stream == stream && frame.is(H2Type::kData)) content += frame.payload;
      const bool ending = frame.is(H2Type::kData) || frame.is(H2Type::kHeaders);
      return frame.stream == stream && ending && frame.has(h2flag::kEndStream);
    });
  }

  int error = 0;  // 0 after FIN
  std::string content;

 private:
  int fd_;
  std::uint32_t next_ = 1;
  H2Deflater deflater_;
  std::string unread_;
};

void serve_h2(std::string_view rule, const std::function<void(std::uint16_t)>& client,
              const std::function<void(Peer&)>& judge = {}) {
  std::signal(SIGPIPE, SIG_IGN);
  auto scenario = scenario_of_rule_line(rule);
  ASSERT_TRUE(scenario.ok()) << rule;
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    ServerUv server(&loop, *scenario);
    const auto failed = server.start();
    ASSERT_FALSE(failed) << *failed;
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

TEST(H2ServerUv, answers_several_requests_of_one_connection) {
  serve_h2(
      "200 body=fill:20000",
      [](std::uint16_t port) {
        FrameClient client(port);
        const std::uint32_t a = client.get("/a");
        EXPECT_TRUE(client.ends(a));
        EXPECT_EQ(client.content.size(), 20000U);
        EXPECT_TRUE(client.ends(client.get("/b")));
        EXPECT_EQ(client.error, 0);
      },
      [](Peer& peer) {
        std::size_t ends = 0;
        for (const Entry& entry : peer.journal().entries()) {
          ends += entry.type == EntryType::kRespEnd && entry.complete;
          for (const std::string& note : entry.notes) {
            EXPECT_EQ(note.find("violation"), std::string::npos) << note;
          }
        }
        EXPECT_EQ(ends, 2U);
      });
}

TEST(H2ServerUv, a_stream_is_reset_and_the_connection_lives) {
  serve_h2("rst@body:100 code=CANCEL body=fill:1000; 200", [](std::uint16_t port) {
    FrameClient client(port);
    const std::uint32_t id = client.get("/a");
    EXPECT_TRUE(client.read_until([&](const H2Frame& frame) {
      return frame.is(H2Type::kRstStream) && frame.stream == id &&
             read_u32(frame.payload) == h2code::kCancel;
    }));
    EXPECT_TRUE(client.ends(client.get("/b")));
  });
}

TEST(H2ServerUv, a_goaway_is_followed_by_a_clean_end) {
  serve_h2("goaway last=current", [](std::uint16_t port) {
    FrameClient client(port);
    const std::uint32_t id = client.get("/a");
    EXPECT_TRUE(client.read_until([&](const H2Frame& frame) {
      return frame.is(H2Type::kGoaway) && read_u32(frame.payload) == id;
    }));
    EXPECT_TRUE(client.ends(id));
    EXPECT_FALSE(client.read_until([](const H2Frame&) { return false; }));
    EXPECT_EQ(client.error, 0);
  });
}

TEST(H2ServerUv, a_reset_inside_a_head_is_a_real_reset) {
  serve_h2("reset@headers:10", [](std::uint16_t port) {
    FrameClient client(port);
    client.get("/a");
    EXPECT_FALSE(
        client.read_until([](const H2Frame& frame) { return frame.is(H2Type::kHeaders); }));
    EXPECT_EQ(client.error, ECONNRESET);
  });
}

}  // namespace
}  // namespace fault
