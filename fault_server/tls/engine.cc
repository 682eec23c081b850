#include "fault_server/tls/engine.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fault_server/journal/sha256.h"
#include "fault_server/tls/seal.h"

namespace fault {
namespace {

constexpr std::string_view kBogusProtocol = "bogus/1";

std::string unhex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return out;
}

std::string printed(X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

struct TlsEngine::Callbacks {
  static TlsEngine& of(const SSL* native) {
    return *static_cast<TlsEngine*>(SSL_get_app_data(native));
  }

  static int name(SSL* native, int*, void*) {
    const char* asked = SSL_get_servername(native, TLSEXT_NAMETYPE_host_name);
    if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
    of(native).sni_ = asked;
    return SSL_TLSEXT_ERR_OK;
  }

  static int protocol(SSL* native, const unsigned char** out, unsigned char* size,
                      const unsigned char* offered, unsigned int offered_size, void*) {
    TlsEngine& engine = of(native);
    const std::string_view list(reinterpret_cast<const char*>(offered), offered_size);
    const auto answer = [&](std::string_view protocol) {
      *out = reinterpret_cast<const unsigned char*>(protocol.data());
      *size = static_cast<unsigned char>(protocol.size());
      return SSL_TLSEXT_ERR_OK;
    };
    if (engine.terms_.alpn_habit == AlpnHabit::kNone) return SSL_TLSEXT_ERR_NOACK;
    if (engine.terms_.alpn_habit == AlpnHabit::kBogus) return answer(kBogusProtocol);
    if (engine.terms_.alpn_habit == AlpnHabit::kRefuse) return SSL_TLSEXT_ERR_ALERT_FATAL;
    for (const std::string& ours : engine.terms_.alpn) {
      for (std::size_t at = 0; at < list.size();) {
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(list[at]));
        const std::string_view one = list.substr(at + 1, length);
        if (one == ours) return answer(one);
        at += 1 + length;
      }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2: no_application_protocol
  }

  static void alerts(const SSL* native, int where, int value) {
    if ((where & SSL_CB_ALERT) == 0) return;
    const auto alert = static_cast<TlsAlert>(value & 0xFF);
    if (alert == kAlertCloseNotify) return;
    TlsEngine& engine = of(native);
    ((where & SSL_CB_READ) != 0 ? engine.alert_received_ : engine.alert_sent_) = alert;
  }

  // "SERVER_TRAFFIC_SECRET_0 <client random> <secret>"
  static void secrets(const SSL* native, const char* text) {
    const std::string_view line(text);
    if (line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) {
      of(native).traffic_secret_ = unhex(line.substr(line.rfind(' ') + 1));
    }
  }

  static void messages(int writes, int, int type, const void* data, std::size_t size, SSL* native,
                       void*) {
    const bool handshake = type == SSL3_RT_HANDSHAKE && size > 0;
    if (writes == 0 || !handshake) return;
    if (*static_cast<const unsigned char*>(data) == SSL3_MT_KEY_UPDATE) {
      of(native).keys_changed_ = true;
    }
  }

  static int any_certificate(int, X509_STORE_CTX*) { return 1; }
};

TlsContext::TlsContext(std::shared_ptr<const CertificateKit> kit)
    : kit_(std::move(kit)), native_(SSL_CTX_new(TLS_server_method())) {
  HF_CHECK(native_ != nullptr);
  // A server that misbehaves offers what a sound one would not: weak keys, versions of old.
  SSL_CTX_set_security_level(native_, 0);
  SSL_CTX_set_min_proto_version(native_, TLS1_VERSION);
  SSL_CTX_set_cipher_list(native_, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AESGCM:AES:@SECLEVEL=0");
  std::uint64_t options =
      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;
  // A ticket that carries its session differs in length from run to run, a reference does not.
  if (kit_->key() == CertificateKey::kEd25519) options |= SSL_OP_NO_TICKET;
  SSL_CTX_set_options(native_, options);
  SSL_CTX_set_session_cache_mode(native_, SSL_SESS_CACHE_SERVER);
  SSL_CTX_set_mode(native_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_tlsext_servername_callback(native_, TlsEngine::Callbacks::name);
  SSL_CTX_set_alpn_select_cb(native_, TlsEngine::Callbacks::protocol, nullptr);
  SSL_CTX_set_info_callback(native_, TlsEngine::Callbacks::alerts);
  SSL_CTX_set_keylog_callback(native_, TlsEngine::Callbacks::secrets);
  SSL_CTX_set_msg_callback(native_, TlsEngine::Callbacks::messages);
  kit_->trust_own_clients(native_);
}

TlsContext::~TlsContext() { SSL_CTX_free(native_); }

TlsEngine::TlsEngine(TlsContext& context, TlsTerms terms, std::string_view scope,
                     holdfast::base::WallTime now)
    : context_(context), terms_(std::move(terms)), native_(SSL_new(context.native())) {
  HF_CHECK(native_ != nullptr);
  SSL_set_app_data(native_, this);
  SSL_set_bio(native_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  // An empty memory is no end of the stream.
  BIO_set_mem_eof_return(SSL_get_rbio(native_), -1);
  SSL_set_accept_state(native_);
  configure(scope, now);
}

void TlsEngine::configure(std::string_view scope, holdfast::base::WallTime now) {
  context_.kit().use(native_, terms_.certificate);
  SSL_set_min_proto_version(native_, terms_.min_version);
  SSL_set_max_proto_version(native_, terms_.max_version);
  const std::string id = sha256_hex(scope).substr(0, SSL_MAX_SID_CTX_LENGTH);
  SSL_set_session_id_context(native_, reinterpret_cast<const unsigned char*>(id.data()),
                             static_cast<unsigned>(id.size()));
  X509_VERIFY_PARAM_set_time(SSL_get0_param(native_), static_cast<time_t>(now.ns / 1'000'000'000));
  if (terms_.client_certificate == ClientCertificate::kAsk) {
    SSL_set_verify(native_, SSL_VERIFY_PEER, Callbacks::any_certificate);
  } else if (terms_.client_certificate == ClientCertificate::kDemand) {
    SSL_set_verify(native_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
}

TlsEngine::~TlsEngine() { SSL_free(native_); }

void TlsEngine::feed(std::string_view ciphertext) {
  std::size_t taken = 0;
  if (!ciphertext.empty()) {
    BIO_write_ex(SSL_get_rbio(native_), ciphertext.data(), ciphertext.size(), &taken);
  }
}

void TlsEngine::note_problem() {
  fatal_ = true;
  if (alert_received_) problem_ = "alert " + std::string(tls_alert_name(*alert_received_));
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (problem_.empty()) problem_ = reason != nullptr ? reason : "no reason known";
  ERR_clear_error();
}

TlsEngine::Progress TlsEngine::handshake() {
  if (fatal_) return Progress::kFailed;
  ERR_clear_error();
  const int result = SSL_do_handshake(native_);
  // What follows the client's Finished (tickets), or in 1.2 the server's own change of keys (which
  // take_output sees), is sealed with the final keys.
  if (result == 1) {
    if (SSL_version(native_) == TLS1_3_VERSION) counting_ = true;
    established_ = true;
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(native_, &protocol, &size);
    alpn_.assign(reinterpret_cast<const char*>(protocol), size);
    return Progress::kDone;
  }
  if (SSL_get_error(native_, result) == SSL_ERROR_WANT_READ) return Progress::kWants;
  note_problem();
  return Progress::kFailed;
}

TlsEngine::Read TlsEngine::read() {
  if (fatal_) return {Read::Kind::kFailed, {}};
  buffer_.resize(kRecordBytes);
  ERR_clear_error();
  const int count = SSL_read(native_, buffer_.data(), static_cast<int>(buffer_.size()));
  if (count > 0) {
    return {Read::Kind::kData,
            std::string_view(buffer_).substr(0, static_cast<std::size_t>(count))};
  }
  const int error = SSL_get_error(native_, count);
  if (error == SSL_ERROR_WANT_READ) return {Read::Kind::kNothing, {}};
  if (error == SSL_ERROR_ZERO_RETURN) return {Read::Kind::kCloseNotify, {}};
  note_problem();
  return {Read::Kind::kFailed, {}};
}

void TlsEngine::write(std::string_view plaintext) {
  if (fatal_ || plaintext.empty()) return;
  ERR_clear_error();
  std::size_t taken = 0;
  // Memory takes everything, and a connection without renegotiation never wants to read first.
  const int result = SSL_write_ex(native_, plaintext.data(), plaintext.size(), &taken);
  if (result != 1) note_problem();
}

void TlsEngine::close_notify() {
  if (fatal_ || !established_) return;
  ERR_clear_error();
  SSL_shutdown(native_);
  ERR_clear_error();
}

void TlsEngine::alert(TlsAlert alert) {
  if (!established_) {
    extra_output_ += plain_alert(alert);
  } else if (const auto sealed = sealed_alert(alert)) {
    extra_output_ += *sealed;
  } else {
    // Keys that are not known: the alert that OpenSSL sends by itself at a record it cannot read.
    feed(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    read();
    return;
  }
  alert_sent_ = alert;
  fatal_ = true;
}

std::optional<std::string> TlsEngine::sealed_alert(TlsAlert alert) const {
  if (keys_changed_ || !counting_) return std::nullopt;
  TlsSeal seal;
  seal.tls13 = SSL_version(native_) == TLS1_3_VERSION;
  seal.suite =
      static_cast<std::uint16_t>(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(native_)));
  seal.sequence = sealed_;
  if (seal.tls13) {
    seal.secret = traffic_secret_;
    return seal_alert(seal, alert);
  }
  const auto bytes = [](std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  };
  seal.secret.resize(SSL_MAX_MASTER_KEY_LENGTH);
  seal.secret.resize(
      SSL_SESSION_get_master_key(SSL_get_session(native_), bytes(seal.secret), seal.secret.size()));
  seal.client_random.resize(SSL3_RANDOM_SIZE);
  seal.server_random.resize(SSL3_RANDOM_SIZE);
  SSL_get_client_random(native_, bytes(seal.client_random), SSL3_RANDOM_SIZE);
  SSL_get_server_random(native_, bytes(seal.server_random), SSL3_RANDOM_SIZE);
  return seal_alert(seal, alert);
}

std::string TlsEngine::take_output() {
  BIO* bio = SSL_get_wbio(native_);
  std::string out(BIO_ctrl_pending(bio), '\0');
  std::size_t taken = 0;
  if (!out.empty()) BIO_read_ex(bio, out.data(), out.size(), &taken);
  count_records(out);
  return out + std::exchange(extra_output_, {});
}

void TlsEngine::count_records(std::string_view output) {
  const bool tls13 = SSL_version(native_) == TLS1_3_VERSION;
  while (output.size() >= 5) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(output[i]); };
    const std::size_t size = 5 + at(3) * 256U + at(4);
    const bool change = at(0) == SSL3_RT_CHANGE_CIPHER_SPEC;
    if (counting_ && !change) ++sealed_;
    if (change && !tls13) counting_ = true;
    output.remove_prefix(std::min(size, output.size()));
  }
}

std::string TlsEngine::version() const { return SSL_get_version(native_); }
std::string TlsEngine::cipher() const { return SSL_get_cipher_name(native_); }
bool TlsEngine::resumed() const { return SSL_session_reused(native_) == 1; }

std::string TlsEngine::client_certificate() const {
  const X509* shown = SSL_get0_peer_certificate(native_);
  return shown == nullptr ? "" : printed(X509_get_subject_name(shown));
}

}  // namespace fault
