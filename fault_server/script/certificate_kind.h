// The kinds of certificates a TLS listener shows, and their words. Pure. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fault {

enum class CertificateKind : std::uint8_t {
  kGood,
  kExpired,
  kNotYetValid,
  kSelfSigned,
  kWrongHost,
  kUnknownCa,
  kIncomplete,  // by an intermediate authority that is not sent
  kWeak,        // RSA with 1024 bits
};
inline constexpr std::size_t kCertificateKinds = 8;

std::string_view certificate_word(CertificateKind kind);  // "not-yet-valid"
std::optional<CertificateKind> parse_certificate_kind(std::string_view word);
std::span<const std::string_view> certificate_words();

}  // namespace fault
