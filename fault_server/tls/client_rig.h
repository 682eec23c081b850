// OpenSSL's client over memory, which hides nothing of what it saw; and one that talks to a peer in
// virtual time. For tests. Thread: one owner.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/peer/peer_rig.h"
#include "fault_server/script/tls_alert.h"
#include "fault_server/tls/certificate_kit.h"

namespace fault {

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct TlsClientWish {
  std::string host = "a.test";  // verified, and sent as SNI; "": neither
  std::vector<std::string> alpn = {"http/1.1"};
  int version = 0;  // TLS1_2_VERSION: this one only
  bool shows_certificate = false;
  bool insists = false;  // ends a handshake with a bad certificate, instead of only looking
  int security_level = 2;
  SSL_SESSION* resume = nullptr;
};

class TlsClient {
 public:
  TlsClient(const CertificateKit& kit, holdfast::base::WallTime now, TlsClientWish wish = {})
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        native_(nullptr, SSL_free),
        session_(nullptr, SSL_SESSION_free) {
    SSL_CTX_set_security_level(context_.get(), wish.security_level);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* native, SSL_SESSION* session) {
      static_cast<TlsClient*>(SSL_get_app_data(native))->session_.reset(session);
      return 1;
    });
    SSL_CTX_set_info_callback(context_.get(), [](const SSL* native, int where, int value) {
      if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT) return;
      auto& client = *static_cast<TlsClient*>(SSL_get_app_data(native));
      if ((value & 0xFF) != 0) client.alert = tls_alert_name(static_cast<TlsAlert>(value & 0xFF));
    });
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate(kit.ca_pem()).get());
    native_.reset(SSL_new(context_.get()));
    SSL_set_app_data(native_.get(), this);
    BIO* in = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(native_.get(), in, BIO_new(BIO_s_mem()));
    SSL_set_connect_state(native_.get());
    if (wish.version != 0) {
      SSL_set_min_proto_version(native_.get(), wish.version);
      SSL_set_max_proto_version(native_.get(), wish.version);
    }
    X509_VERIFY_PARAM_set_time(SSL_get0_param(native_.get()),
                               static_cast<time_t>(now.ns / 1'000'000'000));
    if (!wish.host.empty()) {
      SSL_set_tlsext_host_name(native_.get(), wish.host.c_str());
      SSL_set1_host(native_.get(), wish.host.c_str());
    }
    std::string protocols;
    for (const std::string& one : wish.alpn) protocols += static_cast<char>(one.size()) + one;
    SSL_set_alpn_protos(native_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    if (wish.shows_certificate) show(kit);
    if (wish.insists) SSL_set_verify(native_.get(), SSL_VERIFY_PEER, nullptr);
    if (wish.resume != nullptr) SSL_set_session(native_.get(), wish.resume);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// What came; reads as far as it goes.
  void feed(std::string_view ciphertext) {
    if (ciphertext.empty()) return progress();
    std::size_t taken = 0;
    BIO_write_ex(SSL_get_rbio(native_.get()), ciphertext.data(), ciphertext.size(), &taken);
    progress();
  }
  void write(std::string_view plaintext) {
    if (failed || !established) return;
    SSL_write(native_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
  }
  void close_notify() { SSL_shutdown(native_.get()); }
  void update_key() { SSL_key_update(native_.get(), SSL_KEY_UPDATE_REQUESTED); }
  std::string take_output() {
    BIO* bio = SSL_get_wbio(native_.get());
    std::string out(BIO_ctrl_pending(bio), '\0');
    std::size_t taken = 0;
    if (!out.empty()) BIO_read_ex(bio, out.data(), out.size(), &taken);
    return out;
  }

  long verified() const { return SSL_get_verify_result(native_.get()); }
  std::string version() const { return SSL_get_version(native_.get()); }
  bool resumed() const { return SSL_session_reused(native_.get()) == 1; }
  SSL_SESSION* session() const { return session_.get(); }
  std::string alpn() const {
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(native_.get(), &protocol, &size);
    return std::string(reinterpret_cast<const char*>(protocol), size);
  }

  bool established = false;
  bool failed = false;
  bool closed = false;   // by close_notify
  std::string reason;    // of the failure
  std::string alert;     // received
  std::string received;  // plaintext

  static std::unique_ptr<X509, decltype(&X509_free)> certificate(const std::string& pem) {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* read = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    return {read, X509_free};
  }

 private:
  void show(const CertificateKit& kit) {
    const std::string& pem = kit.client_key_pem();
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    SSL_use_certificate(native_.get(), certificate(kit.client_pem()).get());
    SSL_use_PrivateKey(native_.get(), key);
    EVP_PKEY_free(key);
  }

  void progress() {
    ERR_clear_error();
    if (!established && !failed) {
      const int result = SSL_do_handshake(native_.get());
      established = result == 1;
      if (!established) return judge(result);
    }
    char buffer[16384];
    while (established && !failed && !closed) {
      const int count = SSL_read(native_.get(), buffer, sizeof buffer);
      if (count <= 0) return judge(count);
      received.append(buffer, static_cast<std::size_t>(count));
    }
  }
  void judge(int result) {
    const int error = SSL_get_error(native_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) closed = true;
    if (error != SSL_ERROR_SSL) return;
    failed = true;
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    reason = text == nullptr ? "" : text;
    ERR_clear_error();
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> native_;
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session_;
};

/// A peer with the listeners "h1" (plain) and "tls", and its clients.
class TlsRig {
 public:
  explicit TlsRig(std::string_view rules = "", Listener listener = secure()) {
    Scenario scenario = PeerRig::scenario_of(rules);
    scenario.listeners = {Listener{}, std::move(listener)};
    const auto complaints = validate(scenario);
    if (!complaints.empty()) throw std::runtime_error(complaints.front());
    rig_ = std::make_unique<PeerRig>(std::move(scenario), Refusals::kByListener, kit());
  }

  static Listener secure() { return secure("good"); }
  static Listener secure(std::string_view certificate) {
    Listener out;
    out.id = "tls";
    out.tls_cert = certificate;
    return out;
  }
  /// One for all tests: making it is what takes the time.
  static const std::shared_ptr<const CertificateKit>& kit() {
    static const std::shared_ptr<const CertificateKit> made = [] {
      CertificateWish wish;
      wish.key = CertificateKey::kEd25519;
      wish.now = PeerRig::at(0ms).wall;
      return std::make_shared<CertificateKit>(wish);
    }();
    return made;
  }

  struct Call {
    PeerConnectionId id;
    std::unique_ptr<TlsClient> client;
    std::size_t read = 0;  // of what the wire received
    TlsClient* operator->() const { return client.get(); }
  };

  PeerRig& rig() { return *rig_; }
  Wire& wire(const Call& call) { return rig_->wire(call.id); }

  /// Connects and lets both sides talk until nobody has anything more to say.
  Call connect(TlsClientWish wish = {}) {
    Call call{rig_->connect("127.0.0.1", "tls"),
              std::make_unique<TlsClient>(*kit(), rig_->now().wall, std::move(wish)), 0};
    call->feed("");
    talk(call);
    return call;
  }
  void talk(Call& call) {
    for (;;) {
      const std::string out = call->take_output();
      if (!out.empty()) rig_->send(call.id, out);
      const std::string& all = wire(call).received;
      if (out.empty() && call.read == all.size()) return;
      const std::string_view fresh = std::string_view(all).substr(call.read);
      call.read = all.size();
      call->feed(fresh);
    }
  }
  void get(Call& call, std::string_view target, std::string_view fields = "") {
    call->write("GET " + std::string(target) + " HTTP/1.1\r\nHost: a.test\r\n" +
                std::string(fields) + "\r\n");
    talk(call);
  }
  void run(Call& call, Duration span) {
    rig_->run(span);
    talk(call);
  }

  /// The notes of the n-th entry of this type, joined.
  std::string notes(EntryType type, std::size_t n = 0) {
    const std::vector<Entry> all = rig_->entries(type);
    std::string out;
    if (n >= all.size()) return "none such";
    for (const std::string& one : all[n].notes) out += (out.empty() ? "" : " ") + one;
    return out;
  }
  Entry last_close() { return rig_->entries(EntryType::kConnClose).back(); }

 private:
  std::unique_ptr<PeerRig> rig_;
};

}  // namespace fault
