#include "fault_server/script/certificate_kind.h"

#include <algorithm>
#include <array>

namespace fault {
namespace {

constexpr std::array<std::string_view, kCertificateKinds> kWords = {
    "good",       "expired",    "not-yet-valid", "self-signed",
    "wrong-host", "unknown-ca", "incomplete",    "weak"};

}  // namespace

std::string_view certificate_word(CertificateKind kind) {
  return kWords.at(static_cast<std::size_t>(kind));
}
std::span<const std::string_view> certificate_words() { return kWords; }

std::optional<CertificateKind> parse_certificate_kind(std::string_view word) {
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<CertificateKind>(found - kWords.begin());
}

}  // namespace fault
