#include "proptests/budgets/plain_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace budgets {

namespace {

/// Only a client that hangs is kept waiting so long.
constexpr int kPatienceSeconds = 60;

void must(bool good, const char* what) {
  if (!good) give_up(std::string("the server could not ") + what);
}

}  // namespace

PlainServer::PlainServer() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  must(listen(listener_, 1) == 0, "listen");
  // Holds for accept(), and for the connections that it returns.
  const timeval patience{kPatienceSeconds, 0};
  setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(listener_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

PlainServer::~PlainServer() {
  if (connection_ >= 0) close(connection_);
  close(listener_);
}

std::string PlainServer::url() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  must(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "find its port");
  return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
}

void PlainServer::accept_one() {
  if (connection_ >= 0) close(connection_);
  connection_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  must(connection_ >= 0, "accept");
  const int on = 1;
  setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool PlainServer::has_input() const {
  pollfd asked{connection_, POLLIN, 0};
  return poll(&asked, 1, 0) == 1;
}

void PlainServer::read_head() {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char bytes[4096];
    const ssize_t length = recv(connection_, bytes, sizeof bytes, 0);
    must(length > 0, "read a request");
    head.append(bytes, static_cast<std::size_t>(length));
  }
}

void PlainServer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t length = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    must(length > 0, "send");
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
}

void PlainServer::respond_head(std::size_t body_bytes) {
  send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n");
}

void PlainServer::respond(std::size_t body_bytes) {
  send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n" +
       std::string(body_bytes, 'x'));
}

void give_up(std::string_view message) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  std::exit(2);
}

}  // namespace budgets
