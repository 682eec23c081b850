// What stands behind a TlsContext, for itself and for the sessions made of it. Thread: one owner.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "wire/tls/certificate_pool.h"
#include "wire/tls/context.h"
#include "wire/tls/handles.h"
#include "wire/tls/pins.h"
#include "wire/tls/tickets.h"

namespace holdfast::wire {

struct TlsContext::State {
  /// A record's plaintext is never larger (RFC 8446 §5.1), so that one read empties a record.
  static constexpr std::size_t kScratchBytes = 16 * 1024;

  std::string complaint;
  BioMethodHandle pipe_method;
  SslContextHandle ssl;
  TlsPins pins;
  bool verifies = true, resumes = true, has_certificate = false;
  TlsCertificatePool pool;
  TlsTickets tickets;
  /// Where the plaintext of a data event lies. One for all sessions, since it lives until the next
  /// event only; one each would be most of an idle connection's memory.
  std::unique_ptr<char[]> scratch = std::make_unique<char[]>(kScratchBytes);
};

}  // namespace holdfast::wire
