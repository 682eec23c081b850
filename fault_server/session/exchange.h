// One request and what becomes of it, whatever the protocol that carries it. Plain state; owned by
// its connection. Thread: one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/instant.h"
#include "fault_server/answer/plan.h"
#include "fault_server/answer/request.h"
#include "fault_server/journal/sha256.h"
#include "fault_server/rules/rulebook.h"

namespace fault {

/// One request and what becomes of it.
struct Exchange {
  std::uint64_t serial = 0;  // 0: no request, but the fault of the connection itself
  std::uint64_t nth = 0;     // on this connection, from 1
  RequestHead head;
  std::string path, query;
  Choice choice;
  Step step;  // what is played: the choice's, or what a limiter made of it
  std::optional<Duration> automatic;

  // The request as it comes in.
  std::uint64_t body_len = 0;
  std::optional<Sha256> hash;
  std::string kept_body;
  bool keeps_body = false;
  bool complete = false;
  bool owes_continue = false;
  bool for_admin = false;
  std::optional<std::uint64_t> strike_at;  // @reqbody: so many bytes
  bool struck = false;
  std::optional<std::uint64_t> early_at;  // early: once so many bytes are read
  std::optional<std::uint64_t> read_rate;
  holdfast::base::Instant read_since;

  // The answer as it goes out.
  bool planned = false;
  bool started = false;
  bool waiting = false;   // in an overload model
  bool admitted = false;  // by it
  std::string limiter;    // a concurrency limiter to be released
  Plan plan;
  std::uint64_t sent_before = 0;  // sent_total_ when it began
  std::int64_t first_byte_ns = 0, last_byte_ns = 0;
  bool head_done = false, body_done = false, answer_done = false;
};

}  // namespace fault
