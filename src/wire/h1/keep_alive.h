// What a peer says about the life of a connection: Connection (RFC 9110 §7.6.1) and Keep-Alive (RFC
// 2068 §19.7.1, as every server writes it: "timeout=5, max=100"). A value, owned by whoever reads a
// head. Thread: any. Malformed parts are ignored: they are advice. Connection is read here and not
// taken from llhttp, which overlooks a "close" that is followed by a tab.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::wire {

struct KeepAlive {
  std::int64_t timeout_s = -1;  ///< negative: not said
  std::int64_t max = -1;        ///< further requests the peer takes; negative: not said

  bool says_close = false;
  bool says_keep_alive = false;

  /// Reads one value of Keep-Alive. Of several statements the strictest counts.
  void read(std::string_view value);
  /// Reads one value of Connection, a list.
  void read_connection(std::string_view value);
};

}  // namespace holdfast::wire
