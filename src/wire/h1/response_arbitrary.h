// For tests: any response that the grammar of HTTP/1.1 can produce (RFC 9112 §4 to §7, RFC 9110 §5
// and §6.4), with every optional element that a recipient has to accept, and what a client must
// make of it (INVARIANTS 63). Depends on no test library: choices come from a function, so that
// rapidcheck, a seed or a fuzzer's bytes can make them.
//
// Elements: both versions; statuses from 100 to 999; reason phrases with obs-text, or none; interim
// responses; optional whitespace of blanks and tabs; empty values; folded lines; names in any case;
// lists with empty elements; framing fields in every combination where there is no body; bodies by
// length, with leading zeros, in chunks, and until the close; sizes padded with blanks; extensions
// with tokens, quoted strings and quoted pairs; trailer sections.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "wire/h1/transcript_rig.h"

namespace holdfast::wire {

/// Returns a number below `bound`, which is above 0. 0 is the plainest choice.
using Pick = std::function<std::size_t(std::size_t bound)>;

struct LegalResponse {
  std::string method;          ///< of the request that it belongs to
  std::string bytes;           ///< interim responses first
  bool ends_by_close = false;  ///< the server has to close the connection behind it
  Transcript expected;         ///< of a reader with the default limits
};

/// Of a request with this method; an empty one is chosen too.
LegalResponse legal_response(const Pick& pick, std::string_view method = {});

}  // namespace holdfast::wire
