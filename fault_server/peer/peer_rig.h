// Drives a peer by hand in virtual time, as a shell would: every order is performed at once, what
// the peer writes is collected with its time. For tests. Thread: one owner.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fault_server/peer/peer.h"
#include "fault_server/rules/rulebook.h"
#include "fault_server/script/scenario.h"

namespace fault {

using holdfast::base::Instant;
using holdfast::base::Now;
using namespace std::chrono_literals;

enum class End { kOpen, kShut, kFin, kRst };

/// One connection as its client sees it.
struct Wire {
  std::string received;
  std::vector<std::pair<Instant, std::size_t>> writes;  // when, how many bytes
  End end = End::kOpen;
  Instant ended;
  bool reading = true;
};

class PeerRig {
 public:
  explicit PeerRig(Scenario scenario, Refusals refusals = Refusals::kByListener,
                   std::shared_ptr<const CertificateKit> certificates = nullptr)
      : peer_(std::move(scenario), 0, at(0ms), refusals, std::move(certificates)), now_(at(0ms)) {
    drain();
  }
  explicit PeerRig(std::string_view rule) : PeerRig(scenario_of(rule)) {}

  static Scenario scenario_of(std::string_view rules) {
    Scenario scenario;
    while (!rules.empty()) {
      const std::size_t end = std::min(rules.find('\n'), rules.size());
      const auto bad = add_rule_line(scenario, rules.substr(0, end));
      if (bad) throw std::runtime_error(std::string(rules.substr(0, end)) + ": " + to_string(*bad));
      rules.remove_prefix(std::min(end + 1, rules.size()));
    }
    return scenario;
  }

  Peer& peer() { return peer_; }
  Now now() const { return now_; }
  bool listening() const { return listening_; }
  Wire& wire(PeerConnectionId id) { return wires_[id]; }

  PeerConnectionId connect(std::string_view address = "127.0.0.1",
                           std::string_view listener = "h1") {
    const PeerConnectionId id = peer_.handle_accept(listener, address, now_);
    drain();
    return id;
  }
  void kill(PeerConnectionId id, KillHow how) {
    peer_.kill(id, how, now_);
    drain();
  }
  void send(PeerConnectionId id, std::string_view bytes) {
    peer_.handle_bytes(id, bytes, now_);
    drain();
  }
  void get(PeerConnectionId id, std::string_view target, std::string_view fields = "") {
    send(id,
         "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n");
  }
  void post(PeerConnectionId id, std::string_view target, std::string_view body,
            std::string_view fields = "") {
    send(id, "POST " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
                 "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }
  void leave(PeerConnectionId id) {
    peer_.handle_eof(id, now_);
    drain();
  }

  /// Lets time pass, from deadline to deadline.
  void run(Duration span) {
    const Instant end = now_.mono + span;
    for (;;) {
      const Instant next = peer_.next_deadline();
      if (next > end) break;
      move_to(std::max(next, now_.mono));
      peer_.handle_timeout(now_);
      drain();
    }
    move_to(end);
  }

  std::vector<Entry> entries(EntryType type) {
    std::vector<Entry> out;
    for (const Entry& entry : peer_.journal().entries()) {
      if (entry.type == type) out.push_back(entry);
    }
    return out;
  }

  /// At most so many bytes of a write are taken at once; the rest when time passes (0: all).
  std::size_t taken_at_once = 0;

  static Now at(Duration span) {
    // A wall clock with a fraction of a second, on Sun, 06 Nov 1994 08:49:37 GMT.
    constexpr std::int64_t kWall = 784'111'777'250'000'000;
    return {{span.count()}, {kWall + span.count()}};
  }

 private:
  void move_to(Instant to) { now_ = at(to - Instant{0}); }

  void drain() {
    Order order;
    while (peer_.poll(order)) perform(order);
  }

  void perform(const Order& order) {
    Wire& wire = wires_[order.connection];
    switch (order.kind) {
      case Order::Kind::kSend: {
        wire.received += order.bytes;
        wire.writes.emplace_back(now_.mono, order.bytes.size());
        const std::size_t step = taken_at_once == 0 ? order.bytes.size() : taken_at_once;
        for (std::size_t sent = 0; sent < order.bytes.size(); sent += step) {
          peer_.handle_sent(order.connection, std::min(step, order.bytes.size() - sent), now_);
        }
        break;
      }
      case Order::Kind::kShutdownWrite:
        end(wire, End::kShut);
        break;
      case Order::Kind::kCloseFin:
        end(wire, End::kFin);
        break;
      case Order::Kind::kCloseRst:
        end(wire, End::kRst);
        break;
      case Order::Kind::kReadStop:
        wire.reading = false;
        break;
      case Order::Kind::kReadStart:
        wire.reading = true;
        break;
      case Order::Kind::kListen:
        listening_ = true;
        break;
      case Order::Kind::kUnlisten:
        listening_ = false;
        break;
    }
  }

  void end(Wire& wire, End how) {
    wire.end = how;
    wire.ended = now_.mono;
  }

  Peer peer_;
  Now now_;
  std::map<PeerConnectionId, Wire> wires_;
  bool listening_ = true;
};

/// What follows the head of the first message in `bytes`.
inline std::string_view after_head(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view() : bytes.substr(end + 4);
}

}  // namespace fault
