// Hosts, ports and links of the virtual world, with TCP's behaviour: bytes arrive in order, FIN
// after all bytes; a reset destroys the bytes that its receiver has not read (or, by chance, those
// in transit); a port without a listener refuses; a black hole never responds; a write to a closed
// end causes a reset, and so does a close with unread input. Not modelled: retransmission (a link
// that lost a byte to a black hole stays silent for good) and ICMP on open connections. Owner: the
// world. Thread: one owner. Never calls an end from inside a call of that end.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/rng.h"
#include "base/slot_map.h"
#include "sim/clock.h"
#include "sim/endpoint.h"
#include "sim/event_queue.h"
#include "sim/link.h"
#include "sim/trace.h"

namespace holdfast::sim {

class Network final : public EventTarget {
 public:
  enum class HostState : std::uint8_t {
    up,
    unreachable,  ///< connecting fails with an ICMP error
    black_hole,   ///< everything sent to or by it is lost
  };

  Network(Clock& clock, EventQueue& queue, Trace& trace, std::uint64_t seed)
      : clock_(clock), queue_(queue), trace_(trace), rng_(base::Rng::stream(seed, "network")) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Applies to links created from now on.
  void set_profile(const LinkProfile& profile) { profile_ = profile; }
  const LinkProfile& profile() const { return profile_; }

  /// `server` must outlive the network's last event.
  void listen(const PeerAddress& at, Server& server);
  /// A port that stops listening refuses new connections; its existing ones stay open.
  void set_listening(const PeerAddress& at, bool listening);
  /// The address that represents a Unix domain socket's path; its family is 1.
  PeerAddress door(std::string_view path);
  /// Applies to the whole machine; the address's port is ignored.
  void set_host(const PeerAddress& at, HostState state);

  // --- Calls of an end ---------------------------------------------------------------------------
  // A stale link, or one that this end has closed, is ignored.

  /// connected() or connect_failed() follows, or neither ever.
  LinkId connect(Dialer& dialer, const PeerAddress& to);
  /// Returns how many bytes the system accepted at once; sent() reports the rest. The views must
  /// stay valid until then (or until close or reset).
  std::size_t write(LinkId id, End end, std::string_view head, std::string_view body = {});
  void read_stop(LinkId id, End end);
  void read_start(LinkId id, End end);
  /// Reads everything that has arrived without waiting for its event. When nothing is left, returns
  /// how the other end ended.
  enum class Found : std::uint8_t { nothing, bytes, eof, reset };
  Found look(LinkId id, End end, std::string& bytes);
  /// Delivers nothing to the client `who` before `until`: bytes, FINs and the results of connects
  /// queue in its sockets meanwhile, as while a loop is blocked.
  void suspend(const Endpoint& who, base::Instant until);
  /// Sends FIN after everything written; reading continues.
  void shut_down_write(LinkId id, End end);
  /// Like close(): bytes not yet accepted are dropped; sends FIN, or a reset if input is unread.
  void close(LinkId id, End end);
  /// A clean close: everything written is sent first, unread input is discarded.
  void finish(LinkId id, End end);
  /// Sends a reset at once.
  void reset(LinkId id, End end);

  // --- Queries -----------------------------------------------------------------------------------
  /// The connection's number in this world, from 1; 0 for a stale id.
  std::uint64_t serial(LinkId id) const;
  std::size_t open_sockets(End end) const { return open_[static_cast<std::size_t>(end)]; }
  std::uint64_t opened() const { return serial_; }
  std::uint64_t bytes_carried() const { return bytes_carried_; }

  void fire(const Event& event) override;

 private:
  enum class What : std::uint32_t { syn, connected, refused, arrive, overtake, read, write };

  struct HostKey {
    std::uint8_t family = 0;
    std::array<std::uint8_t, 16> bytes{};
    // By hand: libc++ before 17 cannot compare arrays three-way.
    friend bool operator<(const HostKey& a, const HostKey& b) {
      return std::tie(a.family, a.bytes) < std::tie(b.family, b.bytes);
    }
  };
  struct Host {
    HostState state = HostState::up;
    struct Port {
      Server* server = nullptr;
      bool listening = false;
    };
    std::map<std::uint16_t, Port> ports;
  };

  static constexpr std::uint8_t kDoorFamily = 1;

  static HostKey key_of(const PeerAddress& address);
  HostState state_of(const PeerAddress& address) const;
  bool is_lost(Link& link);
  LinkSide* open_side(LinkId id, End end);

  Duration latency(const Link& link);
  void plan(base::Instant at, What what, LinkId id, End end);
  void soon(What what, LinkId id, End end) { plan(clock_.mono(), what, id, end); }
  void send_data(LinkId id, Link& link, End from, std::string_view bytes);
  void send_segment(LinkId id, Link& link, End from, Pipe::Segment segment);
  void send_fin(LinkId id, Link& link, End from);
  void send_rst(LinkId id, Link& link, End from);
  std::size_t pump(LinkId id, Link& link, End from);
  void let_go(LinkId id, Link& link, End end);
  void sweep();

  void on_syn(LinkId id, Link& link);
  void on_connected(LinkId id, Link& link);
  void on_refused(LinkId id, Link& link);
  void on_arrive(LinkId id, Link& link, End at);
  void on_data(LinkId id, Link& link, End at, std::size_t bytes);
  void on_rst(LinkId id, Link& link, End at, bool overtaking);
  void on_read(LinkId id, Link& link, End at);
  void on_write(LinkId id, Link& link, End at);
  void plan_read(LinkId id, LinkSide& side, End at);
  base::Instant awake_at(const LinkSide& side) const;
  bool postponed(LinkId id, const LinkSide& side, What what);
  void make_room(LinkId id, Link& link, End at);
  void trace(const Link& link, End end, std::string_view what, std::uint64_t number = 0,
             std::string_view detail = {}) {
    trace_.add(clock_.mono(), end == End::client ? "client" : "server", what, link.serial, number,
               detail);
  }

  Clock& clock_;
  EventQueue& queue_;
  Trace& trace_;
  base::Rng rng_;
  LinkProfile profile_;
  base::SlotMap<Link, LinkTag> links_;
  std::map<HostKey, Host> hosts_;
  std::map<std::string, std::uint32_t, std::less<>> doors_;  // numbered from 1
  struct Suspended {
    const Endpoint* who = nullptr;
    base::Instant until;
  };
  std::vector<Suspended> suspended_;
  std::string given_;         // the bytes that an end is reading now
  bool hosts_up_ = true;      // no host was ever in another state
  std::vector<LinkId> dead_;  // both ends have closed: freed after the event
  std::size_t open_[2] = {0, 0};
  std::uint64_t serial_ = 0;
  std::uint64_t bytes_carried_ = 0;
};

}  // namespace holdfast::sim
