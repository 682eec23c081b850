// What all connections of one peer share: the journal, the rulebook, the orders not yet polled,
// limiters and overload models. Owned by Peer; connections hold a reference. Thread: one owner.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/ring.h"
#include "fault_server/journal/journal.h"
#include "fault_server/rules/limiter.h"
#include "fault_server/rules/overload.h"
#include "fault_server/rules/rulebook.h"
#include "fault_server/session/admin_door.h"
#include "fault_server/session/order.h"

namespace fault {

using holdfast::base::Instant;
using holdfast::base::Now;

/// So much may lie unread before no more is read.
constexpr std::size_t kMostUnread = 256 * 1024;
/// So much of a body is kept for whoever wants it back (body=echo).
constexpr std::size_t kMostKept = 64 * 1024 * 1024;

struct PeerShared {
  PeerShared(Scenario scenario, Now now) : rules(std::move(scenario)), start(now) {}

  Entry entry(EntryType type, Now now) const {
    Entry entry;
    entry.type = type;
    entry.t_ns = now.mono.ns - start.mono.ns;
    entry.wall_ns = now.wall.ns;
    return entry;
  }
  Instant since_start(Now now) const { return {now.mono.ns - start.mono.ns}; }

  Journal journal;
  Rulebook rules;
  holdfast::base::Ring<Order> orders;  // of sessions, which TlsLines have still to translate
  holdfast::base::Ring<Order> wire;    // of TlsLines, for the shell
  Limiters limiters;
  std::map<std::string, Overload> overloads;          // by rule and scope
  std::map<std::uint64_t, PeerConnectionId> tickets;  // exchanges inside an overload model
  std::uint64_t next_exchange = 1;
  std::uint64_t next_connection = 1;
  Now start;
  AdminDoor* admin = nullptr;              // null: no admin paths
  std::vector<PeerConnectionId> watchers;  // connections that wait for news in the journal
};

}  // namespace fault
