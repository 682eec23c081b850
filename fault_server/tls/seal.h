// Seals one alert with the keys of a connection that OpenSSL keeps: it has no call that sends an
// alert of one's choice once the handshake is over. Knows the AEAD suites of TLS 1.2 and 1.3.
// Values only; no OpenSSL object in its interface. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/script/tls_alert.h"

namespace fault {

/// What a record of the server is sealed with.
struct TlsSeal {
  bool tls13 = true;
  std::uint16_t suite = 0;  // as on the wire
  /// 1.3: the server's traffic secret; 1.2: the master secret.
  std::string secret;
  std::string client_random, server_random;  // 1.2
  std::uint64_t sequence = 0;                // of the record to be sealed
};

/// The record with a fatal alert; nullopt where the suite is none of those known.
std::optional<std::string> seal_alert(const TlsSeal& seal, TlsAlert alert);
/// The record in the clear, as before a handshake.
std::string plain_alert(TlsAlert alert);

}  // namespace fault
