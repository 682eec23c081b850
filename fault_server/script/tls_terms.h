// How one connection is served over TLS: what its listener says, and what a step for this
// connection makes of it. Values only; no OpenSSL. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/script/certificate_kind.h"
#include "fault_server/script/scenario.h"

namespace fault {

/// Which protocol is agreed on (RFC 7301).
enum class AlpnHabit : std::uint8_t {
  kAgree,   // the first of ours that the client offers, else no_application_protocol
  kNone,    // nothing is agreed on, whatever is offered
  kRefuse,  // no_application_protocol, whatever is offered
  kBogus,   // one that nobody offered
};
enum class ClientCertificate : std::uint8_t { kNone, kAsk, kDemand };

struct TlsTerms {
  CertificateKind certificate = CertificateKind::kGood;
  std::uint16_t min_version = 0x0303, max_version = 0x0304;  // as on the wire
  AlpnHabit alpn_habit = AlpnHabit::kAgree;
  std::vector<std::string> alpn = {"h2", "http/1.1"};
  ClientCertificate client_certificate = ClientCertificate::kNone;
};

/// The listener's own terms; it must be a TLS listener without complaints.
TlsTerms tls_terms(const Listener& listener);
/// tls.cert, alpn, version and client_cert; other steps change nothing.
void apply_step(TlsTerms& terms, const Step& step);

/// What is wrong with a listener's TLS part; empty for a plain listener.
std::vector<std::string> tls_complaints(const Listener& listener);

/// Whether TLS itself plays this step for connections: it is about the handshake, or about how
/// TLS ends.
bool is_tls_step(const Step& step);

}  // namespace fault
