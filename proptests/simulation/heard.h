// What an observer of a run was told, in sums and per request. Thread: any (values).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/note.h"

namespace proof {

struct Heard {
  std::uint64_t attempts_started = 0, attempts_ended = 0, requests_ended = 0;
  std::array<std::uint64_t, 4> retries{};  ///< by DelaySource
  std::uint64_t opened = 0, reused = 0, never_opened = 0;
  std::array<std::uint64_t, 9> closed{};  ///< by CloseCause
  std::uint64_t waits_began = 0, waits_ended = 0;
  holdfast::Duration waited{0};
  std::uint64_t bytes_sent = 0;  ///< of all attempts
  std::uint64_t wrong = 0;       ///< notes of requests without their request, or the reverse

  /// Adds a note, and the letter that stands for it to its request's `story`.
  void add(const holdfast::engine::Note& note, std::string* story);
};

/// Whether a story is that of one request from its first attempt to its end: attempts that begin
/// and end, waits inside of them, retries between them.
bool is_whole(const std::string& story);

}  // namespace proof
