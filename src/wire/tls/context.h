// What all TLS connections of one client share: trust, identity, resumable sessions. One OpenSSL
// SSL_CTX. Reads the files that the policy names, once, when it is made. No socket, no clock.
// Thread: one owner.
#pragma once

#include <memory>
#include <string>

#include "holdfast/tls.h"

namespace holdfast::wire {

class TlsContext {
 public:
  explicit TlsContext(const TlsPolicy& policy);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Empty if the policy could be carried out; else one line that names the option, what is wrong
  /// with it and the remedy (never a key's bytes). No session may be made then.
  const std::string& complaint() const;

 private:
  friend class TlsSession;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::wire
