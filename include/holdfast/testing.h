// Tests of your own code: a virtual world in which a client meets servers that misbehave by script.
// No socket, no thread, no waiting: an hour of retries passes in a millisecond, and the same seed
// gives the same run, byte for byte.
//
//   holdfast::testing::World world(7);
//   world.serve("http://api.example", {"GET /orders : 503 ra=1; 200 body=text:hello"});
//   holdfast::Client client = world.client({.base_url = "http://api.example"});
//   fetch_orders(client, [&](int status) { … });     // your code, as it stands
//   world.run();                                     // until your requests have ended
//   assert(world.now() >= 1s && world.journal("GET", "/orders").size() == 2);
//
// What is real: the client, all of it (pool, retries, HTTP/1.1 and HTTP/2, TLS by OpenSSL with
// verification on), and the fault server, whose one-line scripts mean here what they mean on
// sockets. What is virtual: time, the network and the name service.
//
// Your code has to take a `Client&` (a CoClient is made from one) instead of making its own from a
// loop, and its own timers have to be yours to replace: a uv_timer_t knows nothing of virtual time,
// after() does. A BlockingClient cannot be tested so: it sleeps on a thread of its own.
//
// Not modelled: TCP's retransmission, Unix domain sockets, the client's cache of names (each
// connection asks the name service anew), how long your callbacks take (no time passes in them).
//
// A malformed script, origin or name is a mistake in the test: std::invalid_argument is thrown,
// with what was found and what was expected. Thread: everything belongs to one, but for
// Client::post_to_loop(). Link with holdfast::testing (CMake) or holdfast-testing (pkg-config).
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

namespace holdfast::testing {

/// One request as a server saw it, and what became of it.
struct HOLDFAST_EXPORT Seen {
  std::string origin{};            ///< whose: as given to serve(), in its canonical form
  std::uint64_t connection = 0;    ///< counts the connections of that server, from 1
  std::string method{}, target{};  ///< target: path and query, as sent
  Headers headers{};
  bool whole = false;            ///< the request came to its end
  std::uint64_t body_bytes = 0;  ///< of a whole request
  std::string body_sha256{};     ///< of a whole request with a body, in lower-case hex
  Duration at{0};                ///< when its head had come, since the world began
  int status = 0;                ///< of the answer; 0 if no head of one left
  bool answered = false;         ///< the answer left, to its last byte
  Duration answered_at{-1};  ///< when it, or what there was of it, had left; negative: nothing did
  std::string step{};        ///< the step of the script that it met, as a line; empty: none did

  /// Whether it came whole and its body was this. (Bodies are kept as digests only.)
  bool body_is(std::string_view expected) const;
};

/// Some of the requests that were seen, in the order in which they came. A value: what is seen
/// later is not in it.
struct HOLDFAST_EXPORT Journal {
  std::vector<Seen> requests{};

  std::size_t size() const { return requests.size(); }
  bool empty() const { return requests.empty(); }
  const Seen& operator[](std::size_t i) const { return requests[i]; }
  auto begin() const { return requests.begin(); }
  auto end() const { return requests.end(); }

  /// Between the arrivals of each and the next: size() - 1 of them.
  std::vector<Duration> gaps() const;
  std::vector<int> statuses() const;
  /// Different connections that they came on.
  std::size_t connections() const;
  /// A line each, for people.
  std::string to_string() const;
};

/// How a server is reached and what it shows of itself.
struct ServerOptions {
  /// https: what it agrees to speak (ALPN), by preference. "http/1.1" alone: no HTTP/2. In
  /// cleartext it speaks HTTP/2 to whoever does so unasked (Http2::prior_knowledge).
  std::vector<std::string> alpn = {"h2", "http/1.1"};
  /// https: "good", or what is wrong with its certificate: "expired", "not-yet-valid",
  /// "self-signed", "wrong-host", "unknown-ca", "incomplete", "weak".
  std::string certificate = "good";
  /// https: "ask" for a client certificate, "demand" one, or neither.
  std::string client_certificate{};
};

/// PEM texts that belong to an https origin: what a client has to trust, and a client certificate
/// that the server accepts, with its key.
struct Certificates {
  std::string ca_pem{}, client_certificate_pem{}, client_key_pem{};
};

/// What lies between clients and servers. Random parts are drawn from the world's seed.
struct Link {
  Duration latency = std::chrono::microseconds(100);  ///< one way
  Duration jitter{0};                                 ///< up to this much more, per segment
  std::uint64_t bytes_per_second = 0;                 ///< each way of each connection; 0: no limit
  /// Bytes travel in pieces of a size drawn between these. 0: 64 KiB, and with a limit of
  /// bytes_per_second 1460.
  std::uint32_t min_segment_bytes = 0, max_segment_bytes = 0;
  double lost_connects = 0;    ///< chance that an attempt to connect meets silence
  double resets_overtake = 0;  ///< chance that a reset destroys what was under way before it
};

/// How a machine is to be reached.
enum class Host : std::uint8_t {
  up,
  refuses,      ///< nobody listens on any port; open connections live on
  unreachable,  ///< connecting fails at once
  silent,       ///< everything sent there, and everything it sends, vanishes: it is gone
};

/// An answer of the name service.
enum class Lookup : std::uint8_t { found, not_found, temporary, silent };

namespace detail {
class WorldState;
}

class HOLDFAST_EXPORT World {
 public:
  /// Every random choice, the clients' jitter too, comes from `seed`.
  explicit World(std::uint64_t seed = 1);
  /// Callbacks that have not been called by then never are: they are destroyed. Clients and handles
  /// may outlive the world; they do nothing any more.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- Servers --------------------------------------------------------------------------------
  /// A server at "http://api.example", "https://api.example:8443" or "http://10.0.0.1" (an origin:
  /// no path), and its name in the name service. `rules` in the one-line spelling, the first that
  /// matches serves: "POST /pay : 503 ra=1 x2; 200", "connection 2 : refuse". What none of
  /// them matches gets the fault server's built-in paths, or 404; without any rule all get 200.
  /// Again for the same origin: other rules from now on; `options` then do not count.
  void serve(std::string_view origin, const std::vector<std::string>& rules = {},
             const ServerOptions& options = {});
  /// The same with a whole scenario, as the fault server's --script takes it. Its listeners do not
  /// count: the origin and `options` say what there is.
  void serve_scenario(std::string_view origin, std::string_view json,
                      const ServerOptions& options = {});
  Certificates certificates(std::string_view origin) const;

  // --- Clients --------------------------------------------------------------------------------
  /// A client as any other: retries, pool and all. It trusts the https servers there are so far,
  /// unless the options say whom to trust. Options that concern the process or the system
  /// (dns_concurrency, the dns_*_ttl, ignore_sigpipe) mean nothing here, and nobody listens on a
  /// unix_socket.
  Client client(ClientOptions options = {});

  // --- The network ----------------------------------------------------------------------------
  /// Of connections that are opened from now on.
  void set_link(const Link& link);
  /// `host`: as in the origin, without port.
  void set_host(std::string_view host, Host state);
  /// What the next look-ups of the name get; after them it is found again, if a server has it.
  void fail_lookups(std::string_view host, const std::vector<Lookup>& answers);

  // --- Time -----------------------------------------------------------------------------------
  /// Since the world began.
  Duration now() const;
  /// The calendar is set forward or back (it began at 2026-01-01T00:00:00Z); durations do not
  /// notice.
  void jump_calendar(Duration by);
  /// Calls `work` when `wait` has passed. Its number, for forget().
  std::uint64_t after(Duration wait, Function<void()> work);
  /// Says whether it was still to come.
  bool forget(std::uint64_t timer);

  /// Runs until nobody has anything under way: no request, no client that is closing, no work
  /// posted, no after() to come. Idle connections do not count (as they do not keep uv_run from
  /// returning), nor does what is on its way to a server by then: run_for() a moment before looking
  /// for it in the journal. False: that did not come to pass within `at_most`, or never would (a
  /// request without timeouts and a server that says nothing), or something repeats itself a
  /// million times without time passing.
  bool run(Duration at_most = std::chrono::hours(24));
  /// Everything that happens within `span`, which has then passed.
  void run_for(Duration span);
  /// Until `done()` says so; it is asked after every event. False as for run(), or because nothing
  /// is left to happen.
  bool run_until(Function<bool()> done, Duration at_most = std::chrono::hours(24));

  // --- To look at -----------------------------------------------------------------------------
  /// What all servers have seen, in order of time. `method`: empty for any; `path`: a glob (* and
  /// ?) on the path without query, empty for any; `origin`: of one server only.
  Journal journal(std::string_view method = {}, std::string_view path = {},
                  std::string_view origin = {}) const;
  /// Connections that a server accepted, and attempts to connect that its rules refused.
  std::uint64_t connections(std::string_view origin) const;
  std::uint64_t refusals(std::string_view origin) const;
  /// All that a server wrote down, as NDJSON: connections, TLS, faults, frames.
  std::string journal_ndjson(std::string_view origin) const;
  /// The fault server's own judgement, e.g. R"({"match":{"path":"/pay"},"count":{"max":1},
  /// "body_identical":true})": what does not hold, empty if all does.
  std::vector<std::string> verify(std::string_view origin, std::string_view question) const;

  /// Over everything that has happened: equal for equal seeds and calls.
  std::uint64_t trace_hash() const;
  /// The last `lines` events of the network and the clients (2000 are kept).
  std::string trace(std::size_t lines = 100) const;
  /// What a failed test should print: the seed, the time, the journal and the end of the trace.
  std::string story(std::size_t lines = 60) const;

 private:
  std::unique_ptr<detail::WorldState> state_;
};

}  // namespace holdfast::testing
