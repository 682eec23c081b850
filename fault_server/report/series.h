// The journal read as series of attempts: what one client asked of one path, in the order it
// arrived, with what became of each and how long the client waited before the next. What conduct,
// time line and report are made from. Pure. Thread: any.
//
// A series is told by key, method, path and, where the client sends one, Idempotency-Key or
// X-Request-Id. Without those, requests of one client for one path count as attempts at one thing:
// the server cannot know better.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/journal/journal.h"

namespace fault {

struct Attempt {
  std::uint64_t exch = 0, conn = 0;
  std::int64_t arrived_ns = 0;  // its head was complete
  std::int64_t head_ns = -1;    // the head of its answer had left; < 0: it has not
  std::int64_t end_ns = -1;     // the answer, or the connection, ended; < 0: it has not
  int status = 0;               // 0: no answer
  bool complete = false;        // the answer left whole
  bool raced = false;           // met a closing connection: nobody looked at it
  bool malformed = false;
  bool keyed = false;  // carries an Idempotency-Key: the server may tell a repeat from a new one
  std::string rule;
  std::string fault;  // what struck, such as "reset@body:512"; "" if nothing did
  std::string body_sha256;
  double retry_after_s = -1;  // of the answer; < 0: none

  std::int64_t gap_ns = -1;     // since the attempt before arrived; < 0: the first
  std::int64_t early_ns = 0;    // > 0: came so much before the end of a wait that was asked for
  std::string after;            // outcome of the last attempt that had ended by then; "" if none
  bool repeats_failed = false;  // that one had failed, and this one has the same body

  /// "200", "503", "reset@status", "cut after 200", "unanswered", "open", "malformed", "raced".
  std::string outcome() const;
  /// No whole answer, or one that asks for another try: 408, 425, 429 and 5xx.
  bool failed() const;
  /// The end of the wait that the answer asks for, on the server's clock (RFC 9110 §10.2.3: counted
  /// from when the answer left, as no client can begin earlier); nullopt if it asks for none.
  std::optional<std::int64_t> forbidden_until_ns() const;
};

struct Series {
  std::string key, method, path, id;
  std::vector<Attempt> attempts;  // by arrival; never empty
};

/// By key, then in the order of the first arrival.
std::vector<Series> series_of(const Journal& journal);

/// RFC 9110 §9.2.2, and QUERY.
bool is_idempotent(std::string_view method);

}  // namespace fault
