// One connection between two ends: the bytes in transit per direction and the state of each end.
// Plain data and the arithmetic of a byte stream; the network decides what happens when. Owner: the
// network. Thread: one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/ring.h"
#include "sim/endpoint.h"

namespace holdfast::sim {

/// How the network treats the bytes of a link. Every random choice is drawn from the world's own
/// stream.
struct LinkProfile {
  Duration min_latency = std::chrono::microseconds(100);  ///< one way, drawn per segment
  Duration max_latency = std::chrono::microseconds(100);
  std::uint32_t min_segment = 64 * 1024;  ///< writes are split into segments of this many bytes
  std::uint32_t max_segment = 64 * 1024;
  std::uint32_t max_read = 64 * 1024;      ///< the most bytes of one read; the actual size is drawn
  std::uint32_t send_buffer = 256 * 1024;  ///< per direction: bytes accepted and not yet read
  std::uint64_t bytes_per_second = 0;      ///< each way; 0: no limit
  double reset_overtakes = 0;   ///< chance that a reset destroys the bytes in transit before it
  double syn_lost = 0;          ///< chance that a connection request is never answered
  bool lingering_close = true;  ///< a server that closed cleanly discards later input;
                                ///< false: it sends a reset, like close()
};

/// One direction.
struct Pipe {
  struct Segment {
    enum class Kind : std::uint8_t { data, fin, rst };
    base::Instant arrives;
    std::size_t bytes = 0;
    Kind kind = Kind::data;
  };

  base::Ring<Segment> under_way;
  base::Instant last_arrival;  ///< later segments never arrive earlier
  base::Instant line_free;     ///< with a bandwidth limit: everything sent has left by then
  std::size_t arrived = 0;     ///< at the receiver, not yet read
  bool fin_arrived = false;
  bool rst_arrived = false;

  /// Bytes that the sender's system has accepted and the receiver has not read.
  std::size_t held() const { return buffer_.size() - first_; }
  void append(std::string_view bytes) { buffer_.append(bytes); }
  std::string_view front(std::size_t bytes) const {
    return std::string_view(buffer_).substr(first_, bytes);
  }
  void consume(std::size_t bytes) {
    first_ += bytes;
    if (first_ == buffer_.size()) {
      buffer_.clear();
      first_ = 0;
    } else if (first_ > 64 * 1024 && first_ > buffer_.size() / 2) {
      buffer_.erase(0, first_);
      first_ = 0;
    }
  }
  void drop_everything() {
    while (!under_way.empty()) under_way.pop();
    consume(held());
    arrived = 0;
  }
  void clear() {
    drop_everything();
    last_arrival = line_free = {};
    fin_arrived = rst_arrived = false;
  }

 private:
  std::string buffer_;
  std::size_t first_ = 0;
};

/// The state of one end.
struct LinkSide {
  Endpoint* who = nullptr;
  Pipe in;                            ///< bytes sent by the other end
  std::vector<std::string_view> out;  ///< written and not yet accepted, oldest first
  std::size_t out_first = 0;          ///< entries of `out` that are fully accepted
  bool open = false;                  ///< has a socket
  bool reading = true;
  bool fin_sent = false;    ///< nothing more is sent
  bool fin_wanted = false;  ///< a FIN follows when `out` is accepted
  bool finishing = false;   ///< closes when `out` is accepted
  bool broken = false;      ///< a reset arrived, or this end sent one
  bool eof_told = false, reset_told = false;
  bool read_planned = false, write_planned = false;

  bool out_empty() const { return out_first == out.size(); }
  void drop_out() {
    out.clear();
    out_first = 0;
  }
};

struct Link {
  enum class State : std::uint8_t { connecting, connected, failed };

  LinkSide sides[2];
  State state = State::connecting;
  std::uint64_t serial = 0;
  PeerAddress local, remote;  ///< of the client
  LinkProfile profile;
  bool lost = false;  ///< nothing arrives any more, in either direction

  LinkSide& side(End end) { return sides[static_cast<std::size_t>(end)]; }
  LinkSide& other(End end) { return sides[1 - static_cast<std::size_t>(end)]; }
};

}  // namespace holdfast::sim
