// One connection's TLS by OpenSSL over memory: ciphertext in and out, plaintext in and out, no
// faults of its own. TlsContext is what the connections of one peer share: the session cache, so
// that clients may resume, and the certificates. Owned by TlsLine and Peer. Thread: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "fault_server/script/tls_alert.h"
#include "fault_server/script/tls_terms.h"
#include "fault_server/tls/certificate_kit.h"

struct ssl_st;
struct ssl_ctx_st;

namespace fault {

/// What a record carries at most (RFC 8446 §5.1).
constexpr std::size_t kRecordBytes = 16 * 1024;

class TlsContext {
 public:
  explicit TlsContext(std::shared_ptr<const CertificateKit> kit);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* native() const { return native_; }
  const CertificateKit& kit() const { return *kit_; }

 private:
  std::shared_ptr<const CertificateKit> kit_;
  ssl_ctx_st* native_ = nullptr;
};

class TlsEngine {
 public:
  /// `scope`: sessions are resumed only by connections of the same one.
  TlsEngine(TlsContext& context, TlsTerms terms, std::string_view scope,
            holdfast::base::WallTime now);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  void feed(std::string_view ciphertext);

  enum class Progress : std::uint8_t { kWants, kDone, kFailed };
  Progress handshake();

  /// `data` lives until the next call.
  struct Read {
    enum class Kind : std::uint8_t { kNothing, kData, kCloseNotify, kFailed };
    Kind kind = Kind::kNothing;
    std::string_view data;
  };
  Read read();

  /// At most 16 KiB, so that it is one record.
  void write(std::string_view plaintext);
  void close_notify();
  /// Fatal. Sealed with the connection's keys once there are any.
  void alert(TlsAlert alert);
  /// The ciphertext made since the last call: whole records.
  std::string take_output();

  bool established() const { return established_; }
  std::string version() const;  // "TLSv1.3"
  std::string cipher() const;
  const std::string& alpn() const { return alpn_; }
  const std::string& sni() const { return sni_; }
  bool resumed() const;
  /// Subject of the certificate the client showed; "" if none.
  std::string client_certificate() const;
  /// Why it failed, in OpenSSL's words.
  const std::string& problem() const { return problem_; }
  std::optional<TlsAlert> alert_received() const { return alert_received_; }
  std::optional<TlsAlert> alert_sent() const { return alert_sent_; }

 private:
  struct Callbacks;
  friend struct Callbacks;
  friend class TlsContext;

  void configure(std::string_view scope, holdfast::base::WallTime now);
  void note_problem();
  void count_records(std::string_view output);
  std::optional<std::string> sealed_alert(TlsAlert alert) const;

  TlsContext& context_;
  const TlsTerms terms_;
  ssl_st* native_ = nullptr;
  bool established_ = false;
  bool fatal_ = false;  // OpenSSL takes nothing more
  std::string alpn_, sni_, problem_;
  std::optional<TlsAlert> alert_received_, alert_sent_;
  std::string buffer_;
  // For sealing an alert of one's own.
  std::string traffic_secret_;  // 1.3
  bool keys_changed_ = false;   // by a key update, which is not followed
  bool counting_ = false;       // records are sealed with the final keys from here on
  std::uint64_t sealed_ = 0;    // of those
  std::string extra_output_;
};

}  // namespace fault
