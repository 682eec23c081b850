// Header sections that are wrong on purpose: what bad= and framing= mean on the wire. Part of emit.
// Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/answer/emit.h"

namespace fault {

/// What bad=huge and bad=many stand for where no size is said.
constexpr std::uint64_t kHugeFieldBytes = 256 * 1024;
constexpr std::uint64_t kManyFields = 10'000;

/// Fields that carry the flaws, and whether the section will never end.
struct SpoiltFields {
  std::vector<HeadPiece> pieces;
  bool endless = false;
};
SpoiltFields spoilt_fields(const std::vector<BadHeader>& flaws);

/// Content-Length and Transfer-Encoding at odds.
struct SpoiltFraming {
  std::string lines;  // with CRLFs
  bool chunked = false;
  bool needs_close = false;
  bool http10 = false;
};
std::optional<SpoiltFraming> spoilt_framing(std::string_view word, std::uint64_t length);

}  // namespace fault
