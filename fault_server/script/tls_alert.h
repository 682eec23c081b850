// The alerts of TLS by name (RFC 8446 §6, and those of RFC 5246 §7.2 that it reserved): what
// scripts and the journal call them. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fault {

using TlsAlert = std::uint8_t;
inline constexpr TlsAlert kAlertCloseNotify = 0, kAlertHandshakeFailure = 40,
                          kAlertInternalError = 80;

/// "handshake_failure"; "unknown" for a number without a name.
std::string_view tls_alert_name(TlsAlert alert);
/// By name (- for _ as well) or number below 256.
std::optional<TlsAlert> parse_tls_alert(std::string_view text);
/// All names, for help.
std::span<const std::string_view> tls_alert_names();

}  // namespace fault
