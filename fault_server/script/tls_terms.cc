#include "fault_server/script/tls_terms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 4> kVersions = {
    {{"1.0", 0x0301}, {"1.1", 0x0302}, {"1.2", 0x0303}, {"1.3", 0x0304}}};

std::optional<std::uint16_t> parse_version(std::string_view text) {
  for (const auto& [word, code] : kVersions) {
    if (word == text) return code;
  }
  return std::nullopt;
}

std::optional<ClientCertificate> parse_client_certificate(std::string_view text) {
  if (text.empty()) return ClientCertificate::kNone;
  if (text == "ask") return ClientCertificate::kAsk;
  if (text == "demand") return ClientCertificate::kDemand;
  return std::nullopt;
}

}  // namespace

TlsTerms tls_terms(const Listener& listener) {
  TlsTerms out;
  out.certificate = parse_certificate_kind(listener.tls_cert).value_or(CertificateKind::kGood);
  out.client_certificate =
      parse_client_certificate(listener.tls_client_cert).value_or(ClientCertificate::kNone);
  if (!listener.alpn.empty()) out.alpn = listener.alpn;
  if (listener.tls_versions.empty()) return out;
  out.min_version = 0xFFFF;
  out.max_version = 0;
  for (const std::string& text : listener.tls_versions) {
    const std::uint16_t version = parse_version(text).value_or(0x0304);
    out.min_version = std::min(out.min_version, version);
    out.max_version = std::max(out.max_version, version);
  }
  return out;
}

void apply_step(TlsTerms& terms, const Step& step) {
  if (step.action != ActionKind::kTls) return;
  if (step.name == "cert") {
    terms.certificate = parse_certificate_kind(word(step, "cert").value_or("")).value();
  } else if (step.name == "version") {
    terms.min_version = terms.max_version =
        parse_version(word(step, "version").value_or("")).value();
  } else if (step.name == "client_cert") {
    terms.client_certificate =
        word(step, "client_cert") == "ask" ? ClientCertificate::kAsk : ClientCertificate::kDemand;
  } else if (step.name == "alpn") {
    const std::string_view wish = word(step, "alpn").value_or("none");
    terms.alpn_habit = wish == "none"     ? AlpnHabit::kNone
                       : wish == "refuse" ? AlpnHabit::kRefuse
                       : wish == "bogus"  ? AlpnHabit::kBogus
                                          : AlpnHabit::kAgree;
    if (terms.alpn_habit == AlpnHabit::kAgree) terms.alpn = {std::string(wish)};
  }
}

std::vector<std::string> tls_complaints(const Listener& listener) {
  std::vector<std::string> out;
  if (listener.tls_cert.empty()) return out;
  if (!parse_certificate_kind(listener.tls_cert)) {
    std::string text = "found certificate '" + listener.tls_cert + "', expected one of ";
    for (std::size_t i = 0; const std::string_view one : certificate_words()) {
      if (i++ != 0) text += ", ";
      text += one;
    }
    const std::string_view near = nearest_word(listener.tls_cert, certificate_words());
    if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
    out.push_back(std::move(text));
  }
  for (const std::string& version : listener.tls_versions) {
    if (parse_version(version)) continue;
    out.push_back("found TLS version '" + version + "', expected 1.0, 1.1, 1.2 or 1.3");
  }
  if (!parse_client_certificate(listener.tls_client_cert)) {
    out.push_back("found client_cert '" + listener.tls_client_cert + "', expected ask or demand");
  }
  for (const std::string& protocol : listener.alpn) {
    if (!protocol.empty() && protocol.size() < 256) continue;
    out.emplace_back("a protocol of ALPN has 1 to 255 bytes");
  }
  return out;
}

bool is_tls_step(const Step& step) {
  return step.action == ActionKind::kTls ||
         (step.action != ActionKind::kPass && place_of(step).phase == Phase::kTls);
}

}  // namespace fault
