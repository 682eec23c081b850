// A server on plain blocking sockets, driven call by call from the thread that runs the client's
// loop: what the client finds in its socket at each turn is what the test put there. One connection
// at a time. Ends the process with a message when the client leaves it waiting.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace budgets {

class PlainServer {
 public:
  PlainServer();
  ~PlainServer();
  PlainServer(const PlainServer&) = delete;
  PlainServer& operator=(const PlainServer&) = delete;

  /// http://127.0.0.1:PORT/
  std::string url() const;

  /// Waits until the client has connected.
  void accept_one();
  /// Whether there is something to read.
  bool has_input() const;
  /// Reads one header section, which is all that the client may have sent.
  void read_head();
  void send(std::string_view bytes);
  /// 200 with a body of this many bytes.
  void respond(std::size_t body_bytes);
  /// The header section alone of a 200 whose body has this many bytes.
  void respond_head(std::size_t body_bytes);

 private:
  int listener_ = -1;
  int connection_ = -1;
};

/// Prints the message and ends the process with status 2: there is no figure.
[[noreturn]] void give_up(std::string_view message);

}  // namespace budgets
