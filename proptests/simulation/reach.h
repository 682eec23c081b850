// How often a run has met each kind of trouble that docs/kinds.md names: a judge that is never
// asked proves nothing. Counted over all cases of a test program, which prints the table at its
// end. Thread: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "proptests/simulation/checks.h"

namespace proof {

enum class Reached : std::uint8_t {
  early_h1,     ///< 57: a complete 2xx while the client was still sending, the server reading on
  early_tls,    ///< over HTTP/1.1 with TLS
  early_h2,     ///< over HTTP/2
  early_bytes,  ///< 57, by the request's body …
  early_factory,
  early_one_shot,
  early_chunked,
  early_streamed,  ///< … and by what becomes of the response's
  early_stored,
  early_not_read,     ///< 57: the server declined the rest: it closed, reset or said that it would
  stalled,            ///< 58: the client's loop stood still
  end_found,          ///< 58: a look at a socket found an end, or bytes that nobody asked for
  dial_failed_alone,  ///< 59: a dial failed with nobody else waiting for its origin
  dial_failed_crowded,   ///< 59: others waited for the same origin, and did not fail with it
  handshake_failed,      ///< 59: of these, in TLS
  paused_beside_others,  ///< 60: a request began and ended while other streams were paused
  served_beside_paused,  ///< 60: a response was judged that was due beside paused streams
  window_held,           ///< 60: of these, while they held as much as the connection's window
  redirect_left,         ///< 64: a redirect that was to be followed is the result
  coding_left,           ///< 64: a coded response that was not decoded
  exit_in_lookup,        ///< 65: a cancel, deadline or shutdown during a lookup
  exit_in_hook,          ///< 65: … while a hook was pending
  exit_in_dial,          ///< 65: … while connecting or in the handshake
  exit_in_storing,       ///< 65: … while a response was being stored
  exit_in_reading,       ///< 65: … while the body's source had nothing to give
  exit_at_disk,          ///< 65: … while a read or write of a file kept the loop
  count_,
};
std::string_view name(Reached what);

class Reach {
 public:
  void count(const Trial& trial);
  std::uint64_t operator[](Reached what) const { return counts_[static_cast<std::size_t>(what)]; }
  std::uint64_t runs() const { return runs_; }
  /// A line a kind.
  void print(std::ostream& out) const;

  /// Of this program.
  static Reach& instance();

 private:
  void add(Reached what) { ++counts_[static_cast<std::size_t>(what)]; }
  void count_uploads(const Trial& trial);
  void count_dials(const Trial& trial);
  void count_pauses(const Trial& trial);
  void count_left(const Trial& trial);
  void count_exits(const Trial& trial);

  std::array<std::uint64_t, static_cast<std::size_t>(Reached::count_)> counts_{};
  std::uint64_t runs_ = 0;
};

}  // namespace proof
