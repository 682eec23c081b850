// The admin interface under /__fault/: what tests in other languages and people with curl or a
// browser use instead of the library. Sans-I/O: a request in, an answer out, as for any built-in
// path; its requests are neither matched against rules nor written into the journal. Answers no
// page of another site (admin_guard.h). Owned by Peer. Thread: one owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "fault_server/admin/openapi.h"
#include "fault_server/answer/emit.h"
#include "fault_server/answer/plan.h"
#include "fault_server/peer/peer.h"
#include "fault_server/session/admin_door.h"

namespace fault {

struct PeerShared;
class Admin final : public AdminDoor {
 public:
  /// Requests of `peer` to /__fault/... come here from now on; it must outlive this.
  explicit Admin(Peer& peer);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  Plan answer(const Session& session, const Exchange& exchange, holdfast::base::Now now) override;

  /// Whether POST /__fault/shutdown has come.
  bool shutdown_requested() const { return shutdown_; }

  /// All that there is, as requests are routed.
  static std::vector<RouteInfo> route_infos();

 private:
  struct Request {
    std::string_view method, path, query, body;  // path below /__fault/
    std::string id;                              // what stands for a route's {name}, decoded
    holdfast::base::Now now;
    std::uint64_t connection = 0;  // the one that asks
    std::string_view peer;         // where it comes from
    const Fields* headers = nullptr;
    holdfast::base::Instant asked;  // when it came
  };
  struct Route {
    Answer (Admin::*answer)(const Request&);
    RouteInfo info;
  };
  static const std::vector<Route>& routes();
  static std::vector<Route> routes_of_server();
  static std::vector<Route> routes_of_rules();
  static std::vector<Route> routes_of_journal();

  Answer dispatch(Request request);
  void note_asker(std::uint64_t connection, std::uint64_t exchange);
  Answer no_such_route(const Request& request, const std::string& methods);

  // admin.cc
  Answer index(const Request& request);
  Answer health(const Request& request);
  Answer version(const Request& request);
  Answer openapi(const Request& request);
  Answer authority(const Request& request);
  Answer get_connections(const Request& request);
  Answer delete_connection(const Request& request);
  Answer clock(const Request& request);
  Answer shut_down(const Request& request);
  // admin_rules.cc
  Answer get_scenario(const Request& request);
  Answer put_scenario(const Request& request);
  Answer patch_scenario(const Request& request);
  Answer get_rules(const Request& request);
  Answer get_rule(const Request& request);
  Answer add_rule(const Request& request);
  Answer put_rule(const Request& request);
  Answer delete_rules(const Request& request);
  Answer delete_rule(const Request& request);
  Answer inject(const Request& request);
  Answer reset(const Request& request);
  Answer get_state(const Request& request);
  Answer put_state(const Request& request);
  // admin_journal.cc
  Answer journal(const Request& request);
  Answer unmatched(const Request& request);
  Answer verify(const Request& request);
  Answer wait(const Request& request);
  Answer events(const Request& request);
  Answer metrics(const Request& request);
  Answer conduct(const Request& request);
  Answer timeline(const Request& request);
  Answer report(const Request& request);

  Answer adopt(Scenario scenario, holdfast::base::Now now, std::string_view rule = "");
  std::string fresh_id(std::string_view prefix);

  PeerShared& shared_;
  Peer& peer_;
  std::uint64_t generation_ = 1;
  std::uint64_t injected_ = 0;
  std::uint64_t resets_ = 0;
  bool shutdown_ = false;
  struct Asker {
    std::uint64_t requests = 0, last_exchange = 0;
  };
  std::map<std::uint64_t, Asker> askers_;  // by connection: what it has asked of this interface
  // Set by wait() and events() for the answer being made.
  std::optional<Duration> ask_again_;
  std::optional<std::uint64_t> feed_from_;
};

}  // namespace fault
