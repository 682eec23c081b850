// Test support for the client on real sockets: a raw HTTP server with canned responses, and a
// client of which nothing may be left at the end. Thread: the test's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/client.h"
#include "uv/loop_rig.h"

namespace holdfast::api {

using uv::RawServer;

/// A "200 OK" response with a Content-Length.
inline std::string response(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

/// Stores a callback's result for the test.
struct Outcome {
  std::optional<Result<Response>> result;
  int calls = 0;

  Callback callback() {
    return [this](Result<Response> r) {
      ++calls;
      result.emplace(std::move(r));
    };
  }
  bool done() const { return calls != 0; }
  /// "200 body", or the error's name.
  std::string text() const {
    if (!result) return "nothing";
    if (!result->ok()) return std::string(name(result->error().code));
    return std::to_string((*result)->status) + " " + (*result)->body;
  }
};

class ClientTest : public uv::LoopTest {
 protected:
  ClientTest() {
    // Responds to every request at once, with its target as the body.
    server.on_bytes = [](RawServer::Peer& peer) {
      for (;;) {
        const std::size_t end = peer.received.find("\r\n\r\n");
        if (end == peer.received.npos) return;
        const std::size_t from = peer.received.find(' ') + 1;
        const std::string target = peer.received.substr(from, peer.received.find(' ', from) - from);
        peer.received.erase(0, end + 4);
        peer.send(response(target));
      }
    };
  }
  ~ClientTest() override {
    // These functions refer to locals of the test's body.
    server.on_bytes = nullptr;
    server.on_accept = nullptr;
    client.reset();
    run();  // closes the last handles
    server.close();
  }

  Client& make(ClientOptions options = {}) {
    client = std::make_unique<Client>(&loop, std::move(options));
    return *client;
  }
  static ClientOptions without_retries() {
    ClientOptions options;
    options.retry.max_attempts = 1;
    return options;
  }

  bool is_other(const uv_handle_t* handle) const override { return server.owns(handle); }

  RawServer server{&loop};
  std::unique_ptr<Client> client;
};

}  // namespace holdfast::api
