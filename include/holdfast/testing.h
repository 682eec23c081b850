// Tests of your own code: a virtual world in which a client meets servers that misbehave by script.
// No sockets, no threads, no waiting: an hour of retries takes a millisecond, and the same seed
// gives the same run, byte for byte.
//
//     holdfast::testing::World world(7);
//     world.serve("http://api.example", {"GET /orders : 503 ra=1; 200 body=text:hello"});
//     holdfast::Client client = world.client({.base_url = "http://api.example"});
//     fetch_orders(client, [&](int status) { … });     // your code, unchanged
//     world.run();                                     // until your requests have ended
//     assert(world.now() >= 1s && world.journal("GET", "/orders").size() == 2);
//
// Real: the whole client (pool, retries, HTTP/1.1 and HTTP/2, TLS by OpenSSL with verification),
// and the fault server, whose one-line scripts mean the same here as on sockets. Virtual: time, the
// network and DNS.
//
// Your code must take a `Client&` (a CoClient is made from one) instead of making its own from a
// loop. Its own timers must be replaceable by after(), because a uv_timer_t does not follow virtual
// time. A BlockingClient cannot be tested this way, because it waits on a thread of its own.
//
// Not simulated: TCP retransmission, Unix domain sockets, the client's DNS cache (each connection
// does a lookup), and the time that callbacks take (none passes in them).
//
// A malformed script, origin or name throws std::invalid_argument, with what was found and what was
// expected. Thread: one for everything, except Client::post_to_loop(). Link with holdfast::testing
// (CMake) or holdfast-testing (pkg-config).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/client.h"
#include "holdfast/export.h"
#include "holdfast/function.h"
#include "holdfast/headers.h"
#include "holdfast/time.h"

/// Tests of your own code in a virtual world.
namespace holdfast::testing {

/// One request as a server received it, and the response to it.
struct HOLDFAST_EXPORT Seen {
  std::string origin{};          ///< of the server, in canonical form
  std::uint64_t connection = 0;  ///< number of the connection at this server, from 1
  std::string method{},          ///< as received
      target{};                  ///< path and query, as received
  Headers headers{};             ///< as received
  bool whole = false;            ///< the request was received to its end
  std::uint64_t body_bytes = 0;  ///< of a whole request
  std::string body_sha256{};     ///< of a whole request with a body, in lower-case hex
  Duration at{0};                ///< when its head was received, since the world began
  int status = 0;                ///< of the response; 0 if no head was sent
  bool answered = false;         ///< the response was sent to its last byte
  Duration answered_at{-1};  ///< when the last byte of the response was sent; negative if none was
  std::string step{};  ///< the step of the script that served it, as a line; empty if none did

  /// Returns whether the request is whole and its body equals `expected`. Only a digest of the body
  /// is kept.
  bool body_is(std::string_view expected) const;
};

/// Requests that servers received, in the order of their arrival. A copy: it does not change as the
/// world runs on.
struct HOLDFAST_EXPORT Journal {
  std::vector<Seen> requests{};  ///< oldest first

  /// Returns the number of requests.
  std::size_t size() const { return requests.size(); }
  /// Returns whether there are none.
  bool empty() const { return requests.empty(); }
  /// Returns a request; 0 is the oldest.
  const Seen& operator[](std::size_t i) const { return requests[i]; }
  /// For range-based loops.
  auto begin() const { return requests.begin(); }
  /// For range-based loops.
  auto end() const { return requests.end(); }

  /// Returns the times between consecutive arrivals; size() - 1 of them.
  std::vector<Duration> gaps() const;
  /// Returns the status of each response; 0 if no head was sent.
  std::vector<int> statuses() const;
  /// Returns the number of different connections that the requests used.
  std::size_t connections() const;
  /// Returns one line per request.
  std::string to_string() const;
};

/// How a server is reached and which certificate it has.
struct ServerOptions {
  /// https: protocols offered by ALPN, by preference. "http/1.1" alone: no HTTP/2. Over cleartext
  /// the server accepts HTTP/2 with prior knowledge (Http2::prior_knowledge).
  std::vector<std::string> alpn = {"h2", "http/1.1"};
  /// https: "good", or the defect of its certificate: "expired", "not-yet-valid", "self-signed",
  /// "wrong-host", "unknown-ca", "incomplete", "weak".
  std::string certificate = "good";
  /// https: "ask" for a client certificate, "demand" one, or empty for neither.
  std::string client_certificate{};
};

/// Certificates for an https origin, in PEM.
struct Certificates {
  std::string ca_pem{},          ///< the authority to trust
      client_certificate_pem{},  ///< a client certificate that the server accepts
      client_key_pem{};          ///< its private key
};

/// The network between clients and servers. Random values are drawn from the world's seed.
struct Link {
  Duration latency = std::chrono::microseconds(100);  ///< one way
  Duration jitter{0};                                 ///< up to this much is added, per segment
  std::uint64_t bytes_per_second = 0;                 ///< each way of each connection; 0: no limit
  /// Bytes travel in segments of a random size between these. 0: 64 KiB, or 1460 with a limit of
  /// bytes_per_second.
  std::uint32_t min_segment_bytes = 0,
                max_segment_bytes = 0;  ///< as above
  double lost_connects = 0;             ///< probability that a connection attempt gets no response
  double resets_overtake = 0;  ///< probability that a reset destroys the bytes in transit before it
};

/// The state of a machine.
enum class Host : std::uint8_t {
  up,           ///< works
  refuses,      ///< refuses new connections on every port; open connections stay open
  unreachable,  ///< new connections fail at once
  silent,       ///< everything sent to it or by it is lost
};

/// The result of a DNS lookup: the address, `dns_not_found`, `dns_temporary`, or none.
enum class Lookup : std::uint8_t { found, not_found, temporary, silent };

namespace detail {
class WorldState;
}

/// A virtual world with its clients, servers, network and clock.
class HOLDFAST_EXPORT World {
 public:
  /// Makes a world. Every random value, the clients' jitter included, is drawn from `seed`.
  explicit World(std::uint64_t seed = 1);
  /// Destroys callbacks that have not been called. Clients and handles can outlive the world; they
  /// have no effect any more.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Adds a server and its name in DNS. `origin` is "http://api.example",
  /// "https://api.example:8443" or "http://10.0.0.1", without a path. `rules` are one-line rules of
  /// the fault server, of which the first that matches a request serves it: "POST /pay : 503 ra=1
  /// x2; 200", "connection 2 : refuse". A request that none matches gets the fault server's
  /// built-in paths, or 404; without rules it gets 200. Called again for an origin, it replaces the
  /// rules; `options` are then ignored.
  void serve(std::string_view origin, const std::vector<std::string>& rules = {},
             const ServerOptions& options = {});
  /// As above, with a scenario as the fault server's --script takes it. Its listeners are ignored:
  /// `origin` and `options` apply.
  void serve_scenario(std::string_view origin, std::string_view json,
                      const ServerOptions& options = {});
  /// Returns the certificates for an https origin that is served.
  Certificates certificates(std::string_view origin) const;

  /// Makes a client. It trusts the https servers added so far, unless the options say what to
  /// trust. Options about the process or the system (dns_concurrency, dns_cache_ttl, dns_stale_ttl,
  /// ignore_sigpipe) have no effect, and connections to a unix_socket are refused.
  Client client(ClientOptions options = {});

  /// Sets the network of connections opened from now on.
  void set_link(const Link& link);
  /// Sets the state of a machine. `host` is as in the origin, without port.
  void set_host(std::string_view host, Host state);
  /// Sets the results of the next lookups of a name, in order. Later lookups find the name again if
  /// a server has it.
  void fail_lookups(std::string_view host, const std::vector<Lookup>& answers);

  /// Returns the time since the world began.
  Duration now() const;
  /// Moves the wall clock forward or back; it began at 2026-01-01T00:00:00Z. Durations are not
  /// affected.
  void jump_calendar(Duration by);
  /// Calls `work` once `wait` has passed. Returns a number for cancel().
  std::uint64_t after(Duration wait, Function<void()> work);
  /// Cancels an after(). Returns whether it was still to come.
  bool cancel(std::uint64_t timer);

  /// Runs until nothing is under way: no request, no closing client, no posted work, no after().
  /// Idle connections do not count, as they do not keep uv_run() from returning. Nor do bytes that
  /// are still travelling to a server: to find those in the journal, call run_for() briefly.
  /// Returns false if something is still under way after `at_most`, if it never ends (a request
  /// without timeouts to a silent server), or if a million events happen without time passing.
  bool run(Duration at_most = std::chrono::hours(24));
  /// Runs for `span` of virtual time.
  void run_for(Duration span);
  /// Runs until `done()` returns true; it is called after every event. Returns false as run() does,
  /// or when nothing is left to happen.
  bool run_until(Function<bool()> done, Duration at_most = std::chrono::hours(24));

  /// Returns what all servers have received, in order of time. `method`: empty for any. `path`: a
  /// glob (* and ?) for the path without query, empty for any. `origin`: empty for all servers.
  Journal journal(std::string_view method = {}, std::string_view path = {},
                  std::string_view origin = {}) const;
  /// Returns the number of connections that a server accepted.
  std::uint64_t connections(std::string_view origin) const;
  /// Returns the number of connection attempts that a server's rules refused.
  std::uint64_t refusals(std::string_view origin) const;
  /// Returns the complete journal of a server as NDJSON: connections, TLS, faults, frames.
  std::string journal_ndjson(std::string_view origin) const;
  /// Checks the journal with an expectation as the fault server's admin API takes it, for example
  /// R"({"match":{"path":"/pay"},"count":{"max":1},"body_identical":true})". Returns what does not
  /// hold; empty if everything holds.
  std::vector<std::string> verify(std::string_view origin, std::string_view question) const;

  /// Returns a hash of everything that has happened; equal for equal seeds and calls.
  std::uint64_t trace_hash() const;
  /// Returns the last `lines` events of the network and the clients; 2000 are kept.
  std::string trace(std::size_t lines = 100) const;
  /// Returns a report for a failed test: the seed, the time, the journal and the end of the trace.
  std::string failure_report(std::size_t lines = 60) const;

 private:
  std::unique_ptr<detail::WorldState> state_;
};

}  // namespace holdfast::testing
