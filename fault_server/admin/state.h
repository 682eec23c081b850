// The state of a run as a document: where cursors stand, how often each key has asked, how full the
// limiters are, what the overload models hold. What GET /__fault/state gives can be given back to
// PUT. Thread: the peer's owner.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace fault {

struct PeerShared;

/// With `key` only what is that key's (its cursors' scope, its attempts, its limiters).
std::string state_json(const PeerShared& shared, std::optional<std::string_view> key,
                       holdfast::base::Now now);

/// Nullopt when it was done, else why nothing was. Each of the sections "cursors", "attempts" and
/// "limiters" that is there replaces what was remembered (of that key); what it does not mention
/// begins anew. "overloads" holds requests that are being served and is not looked at.
std::optional<std::string> set_state(PeerShared& shared, std::string_view document,
                                     std::optional<std::string_view> key, holdfast::base::Now now);

}  // namespace fault
