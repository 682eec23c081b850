// What was really put on the wire and who closed: the judge of every run. A ring of entries with
// an explicit count of those dropped; a sink may take every entry as it is written (NDJSON file,
// live stream). In-process tests read the same struct that the admin API prints. Thread: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "fault_server/journal/metrics.h"

namespace fault {

enum class EntryType : std::uint8_t {
  kConnOpen,
  kConnRefused,
  kTls,
  kReqHead,
  kReqBody,
  kReqEnd,
  kRule,
  kFault,
  kRespHead,
  kRespBody,
  kRespEnd,
  kConnClose,
  kH2Frame,
};
enum class ClosedBy : std::uint8_t { kNobody, kClient, kServer, kFault };
enum class CloseHow : std::uint8_t { kNone, kFin, kRst, kTimeout, kAlert };

/// One line of the journal. Fields that do not apply are left at their defaults and not printed.
struct Entry {
  std::uint64_t seq = 0;
  std::int64_t t_ns = 0;     // monotonic, since the server's start
  std::int64_t wall_ns = 0;  // since the epoch
  EntryType type = EntryType::kConnOpen;
  std::uint64_t conn = 0;  // serial of the connection, from 1
  std::uint64_t exch = 0;  // serial of the exchange over all connections, from 1
  std::uint64_t stream = 0;
  std::string key;
  std::uint64_t attempt = 0;  // n-th request by this key on this method+path
  std::string rule;
  std::uint32_t step = 0;
  std::string step_text;                                     // the step in one-line spelling
  std::string method, target;                                // kReqHead
  std::vector<std::pair<std::string, std::string>> headers;  // kReqHead, kRespHead
  int status = 0;                                            // kRespHead
  double retry_after_s = -1;  // kRespHead: the wait asked for, in seconds, < 0: none
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::int64_t first_byte_ns = 0, last_byte_ns = 0;  // of the response, as written
  ClosedBy closed_by = ClosedBy::kNobody;
  CloseHow how = CloseHow::kNone;
  std::uint64_t unread_bytes = 0;
  std::string headers_sha, body_sha256;
  std::uint64_t body_len = 0;
  bool complete = false;       // kRespEnd: all that was announced left, nothing cut it
  std::string listener, peer;  // kConnOpen, kConnRefused
  double draw = -1;
  std::vector<std::string> notes;
};

std::string_view type_word(EntryType type);  // "conn.open", "req.head", ...
std::string_view closed_by_word(ClosedBy by);
std::string_view how_word(CloseHow how);

/// One line of NDJSON, without the newline.
std::string to_json_line(const Entry& entry);

class Journal {
 public:
  explicit Journal(std::size_t capacity = 65536) : capacity_(capacity) {}

  /// Numbers the entry, keeps it, and hands it to the sink.
  const Entry& add(Entry entry);

  /// Those numbered above `seq`, in order, until `visit` says false.
  template <class Visit>
  void each_after(std::uint64_t seq, Visit&& visit) const {
    // Numbers are consecutive, so the place is known.
    const std::uint64_t first = entries_.empty() ? next_seq_ : entries_.front().seq;
    for (std::uint64_t n = seq + 1 > first ? seq + 1 : first; n < next_seq_; ++n) {
      if (!visit(entries_[static_cast<std::size_t>(n - first)])) return;
    }
  }

  const std::deque<Entry>& entries() const { return entries_; }
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t last_seq() const { return next_seq_ - 1; }
  /// Forgets the entries; numbering goes on, so that "since" keeps its meaning.
  void clear();

  /// Of all entries ever added.
  const Metrics& metrics() const { return metrics_; }

  void set_sink(std::function<void(const Entry&)> sink) { sink_ = std::move(sink); }

 private:
  std::size_t capacity_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t dropped_ = 0;
  std::deque<Entry> entries_;
  Metrics metrics_;
  std::function<void(const Entry&)> sink_;
};

}  // namespace fault
