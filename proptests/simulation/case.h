// A generated run: everything that decides what will happen, as plain values, so that it can be
// printed, shrunk and run again. Thread: any.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fault_server/script/scenario.h"
#include "holdfast/options.h"
#include "proptests/simulation/coded.h"
#include "proptests/simulation/proxy_rig.h"
#include "sim/driver.h"
#include "sim/network.h"
#include "sim/resolver.h"

namespace proof {

using holdfast::Duration;

/// What a user's code does when something happens to its request.
struct Reaction {
  enum class When : std::uint8_t { later, on_interim, on_head, on_body, on_complete };
  enum class Act : std::uint8_t { cancel, cancel_next, submit, pause, shut_down, drain_away };
  When when = When::later;
  Act act = Act::cancel;
  Duration wait{0};  ///< when == later: after the submission; act == pause: until the resume
};

struct BodyPlan {
  enum class Kind : std::uint8_t { none, bytes, factory, one_shot };
  Kind kind = Kind::none;
  std::uint32_t size = 0;
  bool known_length = true;         ///< factory, one_shot: else chunked
  std::uint32_t piece = 100;        ///< a source gives at most this at once
  std::uint32_t pending_every = 0;  ///< every n-th read has nothing yet; 0: never
  Duration pending_for = std::chrono::milliseconds(3);  ///< until it has
  std::optional<std::uint32_t> hangs_after{};  ///< once it gave so many bytes it never has more
  Duration disk{0};    ///< opening and reading keep the loop for up to this, now and then
  bool fails = false;  ///< a source fails half way
};

struct RequestPlan {
  Duration at{0};
  std::string method = "GET";
  std::uint32_t host = 0;
  std::string path = "/";
  BodyPlan body;
  bool streaming = false;
  std::vector<std::pair<std::string, std::string>> fields;  ///< of its own, besides
  bool storing = false;  ///< as a download is: kept by the user, and retried all the same
  Duration disk{0};      ///< keeping what comes keeps the loop for up to this, now and then
  bool expect = false;   ///< its body waits for 100 (Continue)
  bool key = false;      ///< carries an Idempotency-Key
  std::optional<holdfast::RequestPolicy> policy;
  std::vector<Reaction> reactions;
};

struct HostPlan {
  enum class Door : std::uint8_t { serves, refuses, unreachable, black_hole };
  bool named = false;                            ///< reached by a name, else by its first address
  std::vector<Door> addresses = {Door::serves};  ///< every second one is IPv6
  std::vector<holdfast::sim::NameAnswer::Kind> lookups;  ///< answers before the good one
};

/// What is spoken on every connection of a run.
enum class Transport : std::uint8_t { h1, h1_tls, h2_tls, h2_cleartext };
constexpr bool is_tls(Transport transport) {
  return transport == Transport::h1_tls || transport == Transport::h2_tls;
}
constexpr bool is_h2(Transport transport) {
  return transport == Transport::h2_tls || transport == Transport::h2_cleartext;
}

/// A proxy at kProxy with two users, "a" and "b" (password "pw"), and every host behind a Unix
/// domain socket as well (socket_of). The fault server has a listener for each of these ways:
/// "via-a", "via-b", "via-unix".
struct ProxyPlan {
  std::vector<ProxyAct> acts;  ///< over and over
  ProxyWords words{};
};
inline constexpr std::string_view kProxy = "10.1.0.1:8080";

struct Case {
  std::uint64_t seed = 1;
  Transport transport = Transport::h1;
  holdfast::ClientOptions options;
  holdfast::sim::LinkProfile link;
  holdfast::sim::DriverProfile driver;
  fault::Scenario script;
  CodedByName contents;    ///< what the script's coded answers stand for
  std::string tls_script;  ///< for connections over TLS: what their handshakes meet
  std::vector<HostPlan> hosts = {HostPlan{}};
  std::optional<ProxyPlan> proxy;
  std::vector<RequestPlan> requests;
  struct WallJump {
    Duration at{0}, by{0};
  };
  std::vector<WallJump> wall_jumps;
  std::optional<Duration> host_lost_at;  ///< the first host vanishes
  std::optional<Duration> shut_down_at;
  bool gracefully = false;
  Duration horizon = std::chrono::hours(2);
  bool observed = false;  ///< an observer listens, and is judged
  /// The hook before each attempt writes the attempt's number into X-Attempt.
  struct HookPlan {
    enum class Kind : std::uint8_t { none, signs, waits };
    Kind kind = Kind::none;
    Duration most{0};           ///< waits: up to this
    std::uint32_t refuses = 0;  ///< every n-th attempt that it is asked about; 0: none
    std::uint32_t forgets = 0;  ///< waits: never answers every n-th; 0: none
  };
  HookPlan hook;

  /// The policies a request is under.
  const holdfast::RetryPolicy& retry_of(const RequestPlan& request) const;
  const holdfast::TimeoutPolicy& timeouts_of(const RequestPlan& request) const;
  const holdfast::RedirectPolicy& redirects_of(const RequestPlan& request) const;
};

/// Whether the user holds its own answer up at some time.
bool pauses(const RequestPlan& request);

/// Scripts in their one-line spelling, options where they differ from the default, a line a
/// request.
std::ostream& operator<<(std::ostream& out, const Case& c);

/// The addresses of a host, in the order a lookup gives them.
std::vector<holdfast::PeerAddress> addresses_of(const Case& c, std::uint32_t host);
std::string url_of(const Case& c, const RequestPlan& request);
std::string socket_of(std::uint32_t host);
/// What a body holds: the same for the same request, every attempt.
std::string content_of(std::size_t request, std::uint32_t size);
/// A scenario of rules in the one-line spelling; malformed ones end the program with a word.
fault::Scenario scenario_of(const std::vector<std::string>& lines);

}  // namespace proof
