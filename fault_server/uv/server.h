// The fault server over libuv: performs the peer's orders on real sockets. For programs (main) and
// for tests that want a misbehaving server inside their own loop. Owns its handles and nothing of
// the loop; never touches loop->data; decides nothing. Thread: the loop's.
//
//   fault::ServerUv server(loop, scenario, {});
//   if (auto error = server.start()) ...
//   client.get("http://127.0.0.1:" + std::to_string(server.port()) + "/x");
//   server.close();   // then run the loop until its callbacks are through
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/peer/peer.h"
#include "fault_server/script/scenario.h"

struct uv_loop_s;

namespace fault {

struct ServerOptions {
  std::string host = "127.0.0.1";  // where listeners without a host of their own listen
  std::uint16_t port = 0;          // of the first listener without a port; 0: any free one
  std::uint64_t seed = 0;          // 0: the scenario's
  bool admin = true;               // /__fault/..., only on loopback unless admin_anywhere
  bool admin_anywhere = false;
  bool allow_override_anywhere = false;                // ?fault= and X-Fault beyond loopback
  std::shared_ptr<const CertificateKit> certificates;  // of TLS listeners; null: made when needed
};

class ServerUv {
 public:
  ServerUv(uv_loop_s* loop, Scenario scenario, ServerOptions options = {});
  /// Closes; the loop must still run for the callbacks, which outlive this object.
  ~ServerUv();
  ServerUv(const ServerUv&) = delete;
  ServerUv& operator=(const ServerUv&) = delete;

  /// Opens the listeners. What failed and what to do about it, if something did.
  std::optional<std::string> start();
  /// The port really listened on; of the first TCP listener when `listener` is empty; 0: none such.
  std::uint16_t port(std::string_view listener = "") const;
  const std::string& host() const;

  Peer& peer();
  /// Ends every connection with FIN and all handles; `done` is called from the loop when nothing
  /// of this server is left in it.
  void close(std::function<void()> done = {});
  /// Called when somebody asks for the end through the admin interface.
  void on_shutdown(std::function<void()> callback);

 private:
  struct State;
  State* state_;  // destroys itself after its last close callback
};

/// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(std::string_view host);

}  // namespace fault
