// For tests of TLS: certificates of every kind made on the spot, and OpenSSL's own server over
// memory as the other end. Its time is far from any real clock's, which shows whose time counts.
// Owned by one test. Thread: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/tls/context.h"
#include "wire/tls/handles.h"
#include "wire/tls/session.h"

namespace holdfast::wire {

constexpr std::int64_t kRigNow_s = 2'000'000'000;  // 2033-05-18 03:33:20 UTC
constexpr std::int64_t kRigDay_s = 24 * 3600;
constexpr base::WallTime kRigNow{kRigNow_s * 1'000'000'000};
/// `days` later.
constexpr base::WallTime rig_time(std::int64_t days) {
  return {(kRigNow_s + days * kRigDay_s) * 1'000'000'000};
}

enum class RigKey { ed25519, p256, rsa2048, rsa1024 };

struct RigCertificate {
  CertificateHandle certificate;
  KeyHandle key;

  std::string pem() const;
  std::string key_pem() const;
};

/// What a certificate is to be like.
struct RigWish {
  std::string name = "a.test";              ///< its common name
  std::string alternatives = "DNS:a.test";  ///< as OpenSSL's configuration has them; empty: none
  RigKey kind = RigKey::p256;
  std::int64_t from_days = -1, until_days = 1;  ///< from kRigNow
  bool authority = false;
  std::string usage = {};  ///< extended key usage; empty: any
  const char* digest = "SHA256";
};

KeyHandle make_key(RigKey kind);
/// Self-signed where `issuer` is null.
RigCertificate make_certificate(const RigWish& wish, const RigCertificate* issuer = nullptr);
RigCertificate make_authority(const std::string& name = "Rig Root",
                              const RigCertificate* issuer = nullptr,
                              RigKey kind = RigKey::ed25519);
/// The list by which `authority` revokes `revoked`, PEM.
std::string make_revocation_list(const RigCertificate& authority, const RigCertificate& revoked);

struct RigServerWish {
  const RigCertificate* certificate = nullptr;
  std::vector<const RigCertificate*> chain = {};  ///< sent besides
  int min_version = TLS1_2_VERSION, max_version = TLS1_3_VERSION;
  std::vector<std::string> protocols = {};  ///< its order counts; empty: no ALPN
  bool picks_first = false;                 ///< of `protocols`, offered or not
  bool demands_certificate = false;
  bool refuses_certificate = false;
  std::size_t tickets = 2;
  bool by_session_id = false;  ///< TLS 1.2: sessions by id, without tickets
  const char* ciphers = "ALL:@SECLEVEL=0";
};

/// A server's context; connections of one server share its sessions.
class RigServer {
 public:
  explicit RigServer(RigServerWish wish);
  RigServer(const RigServer&) = delete;
  RigServer& operator=(const RigServer&) = delete;
  SSL_CTX& context() { return *context_; }
  const RigServerWish& wish() const { return wish_; }

 private:
  RigServerWish wish_;
  SslContextHandle context_;
};

/// One accepted connection.
class RigConnection {
 public:
  explicit RigConnection(RigServer& server);
  ~RigConnection();
  RigConnection(const RigConnection&) = delete;
  RigConnection& operator=(const RigConnection&) = delete;

  void give(std::string_view bytes);
  void send(std::string_view plain);
  std::string take();
  void key_update(bool answer);
  void close_notify();

  bool established() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  bool closed() const { return closed_; }  ///< by the client's close_notify
  const std::string& received() const { return received_; }
  /// OpenSSL's reason for the end; empty if there was none.
  const std::string& error() const { return error_; }
  std::string server_name() const;
  SSL& ssl() { return *ssl_; }

 private:
  void fail();

  SslHandle ssl_;
  std::string received_, error_;
  bool closed_ = false;
};

/// How a flight is cut: the size of the next piece of a rest of so many bytes.
using RigCut = std::function<std::size_t(std::size_t rest)>;
std::size_t rig_whole(std::size_t rest);
std::size_t rig_byte_by_byte(std::size_t rest);

/// A session and what came of it.
struct RigClient {
  RigClient(TlsContext& context, const TlsTarget& target) : session(context, target) {}

  /// Gives `bytes` in pieces, each in memory of its own so that AddressSanitizer sees a view kept
  /// too long. Stops at the end of the session.
  void give(std::string_view bytes, const RigCut& cut = &rig_whole);
  std::string take();
  std::string seal(std::string_view plain);
  bool ended() const;

  TlsSession session;
  std::vector<TlsSession::Event> events;  // all but need_more
  std::string received;
};

/// Carries bytes both ways until there are none.
void meet(RigClient& client, RigConnection& server, const RigCut& cut = &rig_whole);

/// The records of a flight (RFC 8446 §5.1).
std::vector<std::string_view> records_of(std::string_view flight);

/// A target at kRigNow without protocols.
TlsTarget rig_target(std::string_view host = "a.test");
/// Trusts `authority` alone.
TlsPolicy rig_policy(const RigCertificate& authority);

}  // namespace holdfast::wire
