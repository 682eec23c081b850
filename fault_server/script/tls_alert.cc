#include "fault_server/script/tls_alert.h"

#include <algorithm>
#include <array>
#include <string>

#include "fault_server/script/values.h"

namespace fault {
namespace {

constexpr std::array<TlsAlert, 33> kAlertCodes = {
    0,  10, 20, 21, 22, 30, 40, 41,  42,  43,  44,  45,  46,  47,  48,  49, 50,
    51, 60, 70, 71, 80, 86, 90, 100, 109, 110, 111, 112, 113, 115, 116, 120};
constexpr std::array<std::string_view, kAlertCodes.size()> kAlertNames = {
    "close_notify",
    "unexpected_message",
    "bad_record_mac",
    "decryption_failed",
    "record_overflow",
    "decompression_failure",
    "handshake_failure",
    "no_certificate",
    "bad_certificate",
    "unsupported_certificate",
    "certificate_revoked",
    "certificate_expired",
    "certificate_unknown",
    "illegal_parameter",
    "unknown_ca",
    "access_denied",
    "decode_error",
    "decrypt_error",
    "export_restriction",
    "protocol_version",
    "insufficient_security",
    "internal_error",
    "inappropriate_fallback",
    "user_canceled",
    "no_renegotiation",
    "missing_extension",
    "unsupported_extension",
    "certificate_unobtainable",
    "unrecognized_name",
    "bad_certificate_status_response",
    "unknown_psk_identity",
    "certificate_required",
    "no_application_protocol"};

}  // namespace

std::string_view tls_alert_name(TlsAlert alert) {
  const auto found = std::find(kAlertCodes.begin(), kAlertCodes.end(), alert);
  return found == kAlertCodes.end()
             ? "unknown"
             : kAlertNames.at(static_cast<std::size_t>(found - kAlertCodes.begin()));
}

std::optional<TlsAlert> parse_tls_alert(std::string_view text) {
  std::string word(text);
  std::replace(word.begin(), word.end(), '-', '_');
  const auto found = std::find(kAlertNames.begin(), kAlertNames.end(), word);
  if (found != kAlertNames.end())
    return kAlertCodes.at(static_cast<std::size_t>(found - kAlertNames.begin()));
  const auto number = parse_count(text);
  if (!number || *number > 255) return std::nullopt;
  return static_cast<TlsAlert>(*number);
}

std::span<const std::string_view> tls_alert_names() { return kAlertNames; }

}  // namespace fault
