// The events of a run, one line each: virtual time, actor, event, id, number. It contains no
// pointers and no order that depends on addresses, so two runs of one seed have equal traces. Three
// modes: off (costs a test of one byte), hash (a running hash over everything, including payload)
// and text (also keeps the last lines). Owner: the world. Thread: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace holdfast::sim {

class Trace {
 public:
  enum class Mode : std::uint8_t { off, hash, text };

  void set_mode(Mode mode) { mode_ = mode; }
  Mode mode() const { return mode_; }
  /// How many lines text mode keeps; 0: all.
  void keep(std::size_t lines) { kept_ = lines; }

  /// The network carries encrypted bytes: only their length goes into the hash.
  void set_ciphertext(bool on) { ciphertext_ = on; }

  /// `id` and `number` are printed unless 0, `detail` is quoted and shortened.
  void add(base::Instant at, std::string_view who, std::string_view what, std::uint64_t id = 0,
           std::uint64_t number = 0, std::string_view detail = {}) {
    if (mode_ == Mode::off) return;
    record(at, who, what, id, number, detail);
  }

  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return events_; }
  const std::deque<std::string>& lines() const { return lines_; }
  /// The last `lines` lines, each with its newline.
  std::string tail(std::size_t lines) const;

 private:
  void record(base::Instant at, std::string_view who, std::string_view what, std::uint64_t id,
              std::uint64_t number, std::string_view detail);

  Mode mode_ = Mode::off;
  bool ciphertext_ = false;
  std::size_t kept_ = 0;
  std::uint64_t hash_ = 0, events_ = 0;
  std::deque<std::string> lines_;
};

/// Bytes for one line: control bytes escaped, at most `most` of them shown.
std::string printable(std::string_view bytes, std::size_t most = 72);

}  // namespace holdfast::sim
