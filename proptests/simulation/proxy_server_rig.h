// A small HTTP proxy on a real loopback socket and a thread of its own, for tests of clients behind
// one: it relays tunnels, hands on requests in absolute form, and keeps what it could read. A rig:
// one request after another on a connection, no chunked request bodies. Thread: the test's, but
// for the one inside.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace proof {

class ProxyServer {
 public:
  /// `answer`: what it says to every CONNECT instead of opening the tunnel; empty: it opens it.
  explicit ProxyServer(std::string answer = "") : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    EXPECT_EQ(0, ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address));
    EXPECT_EQ(0, ::listen(listener_, 128));
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    EXPECT_EQ(0, ::pipe2(wake_, O_CLOEXEC));
    thread_ = std::thread([this] { serve(); });
  }
  ~ProxyServer() {
    EXPECT_EQ(1, ::write(wake_[1], "x", 1));
    thread_.join();
    for (const int fd : {listener_, wake_[0], wake_[1]}) ::close(fd);
  }
  ProxyServer(const ProxyServer&) = delete;
  ProxyServer& operator=(const ProxyServer&) = delete;

  std::string url(const std::string& userinfo = "") const {
    return "http://" + userinfo + "127.0.0.1:" + std::to_string(port_);
  }
  /// The heads it was sent, and every byte that clients sent at all.
  std::vector<std::string> heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  std::string read() const {
    const std::lock_guard lock(mutex_);
    return read_;
  }

 private:
  struct Channel {
    int client = -1, origin = -1;
    std::string input;
    bool tunnel = false;
  };

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static bool send(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void serve() {
    for (;;) {
      std::vector<pollfd> watched = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
      for (const Channel& channel : channels_) {
        watched.push_back({channel.client, POLLIN, 0});
        watched.push_back({channel.origin, POLLIN, 0});  // -1 is passed over
      }
      ::poll(watched.data(), watched.size(), -1);
      if (watched[0].revents != 0) break;
      std::size_t at = 2;
      for (auto channel = channels_.begin(); channel != channels_.end(); at += 2) {
        const bool fine = (watched[at].revents == 0 || from_client(*channel)) &&
                          (watched[at + 1].revents == 0 || from_origin(*channel));
        if (!fine) end(*channel);
        channel = fine ? std::next(channel) : channels_.erase(channel);
      }
      if (watched[1].revents == 0) continue;
      channels_.emplace_back().client = ::accept(listener_, nullptr, nullptr);
    }
    for (Channel& channel : channels_) end(channel);
    channels_.clear();
  }

  static void end(Channel& channel) {
    ::close(channel.client);
    if (channel.origin >= 0) ::close(channel.origin);
  }

  /// False: both ends are to be closed.
  bool from_client(Channel& channel) {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(channel.client, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    const std::string_view got(bytes, static_cast<std::size_t>(count));
    {
      const std::lock_guard lock(mutex_);
      read_.append(got);
    }
    if (channel.tunnel) return send(channel.origin, got);
    channel.input.append(got);
    const std::size_t head_end = channel.input.find("\r\n\r\n");
    return head_end == std::string::npos || on_request(channel, head_end + 4);
  }

  bool from_origin(Channel& channel) {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(channel.origin, bytes, sizeof bytes, 0);
    return count > 0 && send(channel.client, {bytes, static_cast<std::size_t>(count)});
  }

  bool on_request(Channel& channel, std::size_t head_bytes) {
    std::string head = channel.input.substr(0, head_bytes);
    {
      const std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    const std::size_t target = head.find(' ') + 1;
    const bool connect = head.starts_with("CONNECT ");
    if (connect && !answer_.empty()) {
      send(channel.client, answer_);
      return false;
    }
    const std::size_t authority = connect ? target : target + 7;  // behind http://
    const std::size_t path = head.find_first_of("/ ", authority);
    const std::string host = head.substr(authority, path - authority);
    if (channel.origin < 0 && !dial(channel, host)) return false;
    if (connect) {
      channel.tunnel = true;
      return send(channel.client, "HTTP/1.1 200 Connection established\r\n\r\n");
    }
    std::string handed_on = head.substr(0, target) + head.substr(path);
    if (const std::size_t own = handed_on.find("\r\nProxy-Authorization: "); own != head.npos) {
      handed_on.erase(own, handed_on.find("\r\n", own + 2) - own);
    }
    handed_on += channel.input.substr(head_bytes);
    channel.input.clear();
    return send(channel.origin, handed_on);
  }

  /// Whatever the host's name, it lives on this machine.
  static bool dial(Channel& channel, const std::string& authority) {
    const std::size_t colon = authority.rfind(':');
    const int port = colon == std::string::npos ? 80 : std::atoi(authority.c_str() + colon + 1);
    const sockaddr_in address = loopback(port);
    channel.origin = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return ::connect(channel.origin, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
           0;
  }

  std::string answer_;
  int listener_ = -1, port_ = 0;
  int wake_[2] = {-1, -1};
  std::list<Channel> channels_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::string read_;
  std::thread thread_;
};

}  // namespace proof
