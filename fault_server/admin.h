// The admin interface under /__fault/: what tests in other languages and people with curl use
// instead of the library. Sans-I/O: a request in, an answer out, as for any built-in path; its
// requests are neither matched against rules nor written into the journal. Owned by Peer.
// Thread: one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "fault_server/emit.h"
#include "fault_server/peer.h"
#include "fault_server/plan.h"

namespace fault {

struct PeerShared;
struct Exchange;
class Connection;

class Admin {
 public:
  explicit Admin(PeerShared& shared) : shared_(shared) {}

  static bool is_path(std::string_view path) { return path.starts_with("/__fault/"); }
  void attach(Peer& peer) { peer_ = &peer; }

  /// What is played on the connection as the answer to this request.
  Plan answer(const Connection& connection, const Exchange& exchange, holdfast::base::Now now);

  bool shutdown_requested() const { return shutdown_; }

 private:
  struct Request {
    std::string_view method, path, query, body;  // path without /__fault/
    holdfast::base::Now now;
    std::uint64_t connection = 0;  // the one that asks
    const Fields* headers = nullptr;
    holdfast::base::Instant asked;  // when it came
  };
  struct Route {
    std::string_view method, path;
    Answer (Admin::*answer)(const Request&);
    std::string_view help;
  };
  static const std::vector<Route>& routes();

  Answer dispatch(const Request& request);
  Answer health(const Request& request);
  Answer version(const Request& request);
  Answer journal(const Request& request);
  Answer get_scenario(const Request& request);
  Answer put_scenario(const Request& request);
  Answer get_rules(const Request& request);
  Answer add_rule(const Request& request);
  Answer delete_rule(const Request& request);
  Answer inject(const Request& request);
  Answer reset(const Request& request);
  Answer verify(const Request& request);
  Answer wait(const Request& request);
  Answer events(const Request& request);
  Answer get_connections(const Request& request);
  Answer delete_connection(const Request& request);
  Answer shut_down(const Request& request);

  Answer adopt(Scenario scenario, holdfast::base::Now now);

  PeerShared& shared_;
  Peer* peer_ = nullptr;
  std::uint64_t generation_ = 1;
  std::uint64_t injected_ = 0;
  bool shutdown_ = false;
  // Set by wait() and events() for the answer being made.
  std::optional<Duration> ask_again_;
  std::optional<std::uint64_t> feed_from_;
};

}  // namespace fault
