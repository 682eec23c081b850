// IP literals as they stand in URLs, without the socket headers. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "holdfast/timeline.h"

namespace holdfast::http {

/// The address if `host` is an IPv4 or (bracketless) IPv6 literal; nullopt for names.
std::optional<PeerAddress> parse_ip(std::string_view host, std::uint16_t port);

}  // namespace holdfast::http
