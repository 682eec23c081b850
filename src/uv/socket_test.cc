#include "uv/socket.h"

#include <gtest/gtest.h>

#include <cerrno>

#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "uv/loop_rig.h"

namespace holdfast::uv {
namespace {

PeerAddress loopback(int port) {
  PeerAddress address;
  address.family = 4;
  address.port = static_cast<std::uint16_t>(port);
  address.bytes[0] = 127;
  address.bytes[3] = 1;
  return address;
}

class SocketTest : public LoopTest, protected SocketEvents {
 protected:
  ~SocketTest() override {
    if (!closed) socket.close();
    server.close();
    EXPECT_TRUE(closed);
  }
  void connect() {
    ASSERT_EQ(0, socket.connect(&loop, {3, 1}, loopback(server.port())));
    run_until([&] { return connected; });
  }

  void on_connected(Socket& from) override {
    EXPECT_EQ((engine::ConnectionId{3, 1}), from.id());
    connected = true;
  }
  void on_connect_failed(Socket&, int code) override { connect_code = code; }
  void on_bytes(Socket&, std::string_view bytes) override { received += bytes; }
  void on_written(Socket&, std::size_t bytes) override { written += bytes; }
  void on_eof(Socket&) override { eof = true; }
  void on_failed(Socket&, int code, bool uncertain) override {
    EXPECT_EQ(0, failed) << "a second failure";
    failed = code;
    failed_uncertain = uncertain;
  }
  void on_closed(Socket&) override { closed = true; }

  RawServer server{&loop};
  ReadBuffer buffer;
  Socket socket{*this, buffer};
  bool connected = false, eof = false, closed = false, failed_uncertain = false;
  int connect_code = 0, failed = 0;
  std::string received;
  std::size_t written = 0;
};

TEST_F(SocketTest, what_is_sent_arrives_on_both_sides) {
  server.on_bytes = [](RawServer::Peer& peer) { peer.send("pong"); };
  connect();
  const Socket::Accepted accepted = socket.write("pi", "ng");
  EXPECT_EQ(4U, accepted.bytes);
  EXPECT_FALSE(socket.writing());
  run_until([&] { return received == "pong"; });
  EXPECT_EQ("ping", server.peers[0]->received);
  EXPECT_EQ(0U, written);
}

TEST_F(SocketTest, a_refused_connect_says_so_and_can_be_closed) {
  server.stop_listening();
  run_ready();
  ASSERT_EQ(0, socket.connect(&loop, {3, 1}, loopback(server.port())));
  run_until([&] { return connect_code != 0; });
  EXPECT_EQ(UV_ECONNREFUSED, connect_code);
}

TEST_F(SocketTest, a_zone_names_an_interface_that_has_to_exist) {
  PeerAddress address;
  address.family = 6;
  address.port = 80;
  address.bytes[0] = 0xFE;
  address.bytes[1] = 0x80;
  EXPECT_EQ(-ENODEV, socket.connect(&loop, {3, 1}, address, "no-such-interface"));
}

TEST_F(SocketTest, the_peers_fin_and_the_peers_reset_are_told_apart) {
  server.on_bytes = [](RawServer::Peer& peer) { peer.close(); };
  connect();
  socket.write("x", "");
  run_until([&] { return eof; });
  EXPECT_EQ(0, failed);
  EXPECT_EQ(0, socket.read_start());  // nothing is left to read, and no second EOF
  run_ready();
}

TEST_F(SocketTest, a_reset_is_a_failure) {
  server.on_bytes = [](RawServer::Peer& peer) { peer.reset(); };
  connect();
  socket.write("x", "");
  run_until([&] { return failed != 0; });
  EXPECT_EQ(UV_ECONNRESET, failed);
  EXPECT_FALSE(failed_uncertain);
  EXPECT_FALSE(eof);
}

TEST_F(SocketTest, a_write_longer_than_the_buffers_is_counted_to_the_byte) {
  server.on_accept = [](RawServer::Peer&) {};  // does not read yet
  connect();
  std::string body(10U << 20, '\0');
  std::iota(body.begin(), body.end(), '\0');
  const std::string head = "head:";
  const std::size_t at_once = socket.write(head, body).bytes;
  ASSERT_LT(at_once, head.size() + body.size());
  EXPECT_TRUE(socket.writing());
  run_until([&] { return !server.peers.empty(); });
  run_ready();
  const std::size_t while_stalled = at_once + written + socket.take_progress();
  EXPECT_LT(while_stalled, body.size());
  EXPECT_EQ(0U, socket.take_progress());
  const std::size_t told_extra = while_stalled - at_once - written;
  server.peers[0]->read_start();
  run_until([&] { return server.peers[0]->received_bytes == head.size() + body.size(); });
  run_ready();
  EXPECT_EQ(head.size() + body.size(), at_once + told_extra + written);
  EXPECT_FALSE(socket.writing());
  EXPECT_TRUE(server.peers[0]->received == head + body);
}

TEST_F(SocketTest, closing_in_the_middle_of_a_write_tells_nothing_more) {
  server.on_accept = [](RawServer::Peer&) {};
  connect();
  const std::string body(10U << 20, 'x');
  socket.write("", body);
  const std::size_t before = written;
  socket.close();
  run_until([&] { return closed; });
  EXPECT_EQ(before, written);
  EXPECT_EQ(0, failed);
}

TEST_F(SocketTest, what_the_peer_said_before_it_reset_is_read_before_the_failure_is_told) {
  // An early response followed by a reset while the upload is running.
  server.on_accept = [](RawServer::Peer&) {};
  connect();
  const std::string body(10U << 20, 'x');
  socket.write("", body);
  run_until([&] { return !server.peers.empty(); });
  const uv_buf_t answer = uv_buf_init(const_cast<char*>("early"), 5);
  ASSERT_EQ(5, uv_try_write(server.peers[0]->stream(), &answer, 1));
  server.peers[0]->reset();
  run_until([&] { return failed != 0; });
  EXPECT_EQ("early", received);
}

TEST_F(SocketTest, while_reading_is_stopped_nothing_is_taken) {
  connect();
  socket.read_stop();
  run_until([&] { return !server.peers.empty(); });
  server.peers[0]->send("later");
  run_ready();
  EXPECT_EQ("", received);
  EXPECT_EQ(0, socket.read_start());
  run_until([&] { return received == "later"; });
}

TEST_F(SocketTest, an_open_socket_does_not_hold_the_loop) {
  connect();
  run();  // returns although the socket reads
  EXPECT_FALSE(closed);
}

TEST_F(SocketTest, a_socket_can_be_used_again_after_its_close) {
  connect();
  socket.close();
  run_until([&] { return closed; });
  closed = connected = false;
  connect();
  EXPECT_EQ(1U, socket.write("x", "").bytes);
}

// --- Unix domain sockets -------------------------------------------------------------------------

class LocalSocketTest : public SocketTest {
 protected:
  LocalSocketTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path = folder_ + "/socket";
    local = std::make_unique<RawServer>(&loop, path);
  }
  ~LocalSocketTest() override {
    local->close();
    std::filesystem::remove_all(folder_);
  }
  void connect_locally() {
    ASSERT_EQ(0, socket.connect(&loop, {3, 1}, path));
    run_until([&] { return connected; });
  }

  std::string path;
  std::unique_ptr<RawServer> local;

 private:
  std::string folder_;
};

TEST_F(LocalSocketTest, what_is_sent_arrives_on_both_sides_and_the_end_is_told) {
  local->on_bytes = [](RawServer::Peer& peer) {
    peer.send("pong");
    if (peer.received == "pingping") peer.close();
  };
  connect_locally();
  EXPECT_TRUE(socket.is_local());
  EXPECT_EQ(4U, socket.write("pi", "ng").bytes);
  run_until([&] { return received == "pong"; });
  EXPECT_EQ(4U, socket.write("", "ping").bytes);
  run_until([&] { return eof; });
  EXPECT_EQ("pong", received.substr(0, 4));
  EXPECT_EQ(0, failed);
}

TEST_F(LocalSocketTest, a_write_longer_than_the_buffers_is_counted_to_the_byte) {
  local->on_accept = [](RawServer::Peer&) {};
  connect_locally();
  const std::string body(4U << 20, 'x');
  const std::size_t at_once = socket.write("head:", body).bytes;
  ASSERT_LT(at_once, body.size());
  run_until([&] { return !local->peers.empty(); });
  local->peers[0]->read_start();
  run_until([&] { return local->peers[0]->received_bytes == body.size() + 5; });
  run_ready();
  EXPECT_EQ(body.size() + 5, at_once + written);
  EXPECT_FALSE(socket.writing());
}

TEST_F(LocalSocketTest, what_cannot_be_connected_to_says_so_later) {
  ASSERT_EQ(0, socket.connect(&loop, {3, 1}, path + ".none"));
  EXPECT_EQ(0, connect_code);
  run_until([&] { return connect_code != 0; });
  EXPECT_EQ(UV_ENOENT, connect_code);
}

TEST_F(LocalSocketTest, a_path_that_does_not_fit_is_not_cut_to_another_s) {
  EXPECT_EQ(UV_ENAMETOOLONG, socket.connect(&loop, {3, 1}, path + std::string(120, 'x')));
}

TEST_F(LocalSocketTest, a_socket_is_tcp_one_time_and_local_the_next) {
  connect_locally();
  socket.close();
  run_until([&] { return closed; });
  closed = connected = false;
  connect();
  EXPECT_FALSE(socket.is_local());
  EXPECT_EQ(1U, socket.write("x", "").bytes);
  socket.close();
  run_until([&] { return closed; });
  closed = connected = false;
  connect_locally();
  EXPECT_EQ(1U, socket.write("x", "").bytes);
}

}  // namespace
}  // namespace holdfast::uv
