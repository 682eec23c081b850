#include "wire/tls/session_rig.h"

#include <openssl/pem.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/check.h"

namespace holdfast::wire {
namespace {

std::string content_of(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  std::string out(bytes, static_cast<std::size_t>(size));
  BIO_reset(memory);
  return out;
}

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  HF_CHECK(extension != nullptr);
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

void set_time(ASN1_TIME* to, std::int64_t days) {
  ASN1_TIME_set(to, static_cast<std::time_t>(kRigNow_s + days * kRigDay_s));
}

/// Ed25519 brings its own digest.
const EVP_MD* digest_for(const EVP_PKEY* key, const char* name) {
  return EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_get_digestbyname(name);
}

int pick_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offer,
                  unsigned offer_size, void* server) {
  const RigServerWish& wish = static_cast<RigServer*>(server)->wish();
  const std::string_view list(reinterpret_cast<const char*>(offer), offer_size);
  for (const std::string& protocol : wish.protocols) {
    const std::string entry = std::string(1, static_cast<char>(protocol.size())) + protocol;
    if (list.find(entry) == list.npos && !wish.picks_first) continue;
    *out = reinterpret_cast<const unsigned char*>(protocol.data());
    *size = static_cast<unsigned char>(protocol.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int accept_any(int, X509_STORE_CTX*) { return 1; }
int refuse_any(int, X509_STORE_CTX*) { return 0; }

}  // namespace

std::string RigCertificate::pem() const {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), certificate.get());
  return content_of(memory.get());
}

std::string RigCertificate::key_pem() const {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return content_of(memory.get());
}

KeyHandle make_key(RigKey kind) {
  switch (kind) {
    case RigKey::ed25519:
      return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case RigKey::p256:
      return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case RigKey::rsa2048:
      return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    case RigKey::rsa1024:
      return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
  }
  return nullptr;
}

RigCertificate make_certificate(const RigWish& wish, const RigCertificate* issuer) {
  static long serial = 0;
  RigCertificate made{CertificateHandle(X509_new()), make_key(wish.kind)};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  set_time(X509_getm_notBefore(certificate), wish.from_days);
  set_time(X509_getm_notAfter(certificate), wish.until_days);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  X509_set_pubkey(certificate, made.key.get());
  add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
  add_extension(certificate, signer, NID_basic_constraints,
                wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (wish.authority)
    add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!wish.alternatives.empty())
    add_extension(certificate, signer, NID_subject_alt_name, wish.alternatives);
  if (!wish.usage.empty()) add_extension(certificate, signer, NID_ext_key_usage, wish.usage);
  EVP_PKEY* key = issuer == nullptr ? made.key.get() : issuer->key.get();
  HF_CHECK(X509_sign(certificate, key, digest_for(key, wish.digest)) > 0);
  return made;
}

RigCertificate make_authority(const std::string& name, const RigCertificate* issuer, RigKey kind) {
  RigWish wish;
  wish.name = name;
  wish.alternatives.clear();
  wish.kind = kind;
  wish.from_days = -1000;
  wish.until_days = 1000;
  wish.authority = true;
  return make_certificate(wish, issuer);
}

std::string make_revocation_list(const RigCertificate& authority, const RigCertificate& revoked) {
  const RevocationsHandle list(X509_CRL_new());
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get()));
  ASN1_TIME* time = ASN1_TIME_new();
  set_time(time, -1);
  X509_CRL_set1_lastUpdate(list.get(), time);
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked.certificate.get()));
  X509_REVOKED_set_revocationDate(entry, time);
  X509_CRL_add0_revoked(list.get(), entry);
  set_time(time, 1);
  X509_CRL_set1_nextUpdate(list.get(), time);
  ASN1_TIME_free(time);
  X509_CRL_sort(list.get());
  EVP_PKEY* key = authority.key.get();
  HF_CHECK(X509_CRL_sign(list.get(), key, digest_for(key, "SHA256")) > 0);
  const BioHandle memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(memory.get(), list.get());
  return content_of(memory.get());
}

RigServer::RigServer(RigServerWish wish)
    : wish_(std::move(wish)), context_(SSL_CTX_new(TLS_server_method())) {
  const TlsErrorQueue queue;
  SSL_CTX* context = context_.get();
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, wish_.min_version);
  SSL_CTX_set_max_proto_version(context, wish_.max_version);
  HF_CHECK(SSL_CTX_set_cipher_list(context, wish_.ciphers) == 1);
  HF_CHECK(SSL_CTX_use_certificate(context, wish_.certificate->certificate.get()) == 1);
  HF_CHECK(SSL_CTX_use_PrivateKey(context, wish_.certificate->key.get()) == 1);
  for (const RigCertificate* more : wish_.chain)
    SSL_CTX_add1_chain_cert(context, more->certificate.get());
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_num_tickets(context, wish_.tickets);
  if (wish_.by_session_id) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  const unsigned char name[] = {'r', 'i', 'g'};
  SSL_CTX_set_session_id_context(context, name, sizeof name);
  if (!wish_.protocols.empty()) SSL_CTX_set_alpn_select_cb(context, &pick_protocol, this);
  if (wish_.demands_certificate)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       wish_.refuses_certificate ? &refuse_any : &accept_any);
}

RigConnection::RigConnection(RigServer& server) : ssl_(SSL_new(&server.context())) {
  SSL_set_accept_state(ssl_.get());
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

RigConnection::~RigConnection() {
  // Else OpenSSL would forget the session.
  if (error_.empty()) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void RigConnection::fail() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  error_ = reason == nullptr ? "unknown" : reason;
}

void RigConnection::give(std::string_view bytes) {
  const TlsErrorQueue queue;
  BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  while (error_.empty() && !closed_) {
    char buffer[4096];
    const int size = SSL_read(ssl_.get(), buffer, sizeof buffer);
    if (size > 0) {
      received_.append(buffer, static_cast<std::size_t>(size));
      continue;
    }
    const int why = SSL_get_error(ssl_.get(), size);
    if (why == SSL_ERROR_WANT_READ) return;
    if (why == SSL_ERROR_ZERO_RETURN) {
      closed_ = true;
    } else {
      fail();
    }
  }
}

void RigConnection::send(std::string_view plain) {
  const TlsErrorQueue queue;
  if (SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())) <= 0) fail();
}

std::string RigConnection::take() { return content_of(SSL_get_wbio(ssl_.get())); }

void RigConnection::key_update(bool answer) {
  HF_CHECK(SSL_key_update(ssl_.get(),
                          answer ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
  HF_CHECK(SSL_do_handshake(ssl_.get()) == 1);
}

void RigConnection::close_notify() { SSL_shutdown(ssl_.get()); }

std::string RigConnection::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::size_t rig_whole(std::size_t rest) { return rest; }
std::size_t rig_byte_by_byte(std::size_t) { return 1; }

bool RigClient::ended() const {
  return !events.empty() &&
         (events.back() == TlsSession::Event::error || events.back() == TlsSession::Event::closed);
}

void RigClient::give(std::string_view bytes, const RigCut& cut) {
  while (!bytes.empty() && !ended()) {
    const std::size_t size = std::clamp<std::size_t>(cut(bytes.size()), 1, bytes.size());
    const std::vector<char> owned(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes.remove_prefix(size);
    std::string_view input(owned.data(), owned.size());
    for (;;) {
      const TlsSession::Event event = session.next(input);
      if (event == TlsSession::Event::need_more) {
        HF_CHECK(input.empty());
        break;
      }
      events.push_back(event);
      if (event == TlsSession::Event::data) received += session.data();
      if (ended()) return;
    }
  }
}

std::string RigClient::take() {
  std::string out;
  session.take(out);
  return out;
}

std::string RigClient::seal(std::string_view plain) {
  std::string out;
  session.seal(plain, out);
  return out;
}

void meet(RigClient& client, RigConnection& server, const RigCut& cut) {
  for (;;) {
    const std::string up = client.take();
    server.give(up);
    const std::string down = server.take();
    if (up.empty() && down.empty()) return;
    client.give(down, cut);
  }
}

std::vector<std::string_view> records_of(std::string_view flight) {
  std::vector<std::string_view> records;
  while (flight.size() >= 5) {
    const std::size_t size =
        5 + (static_cast<std::size_t>(static_cast<unsigned char>(flight[3])) << 8) +
        static_cast<unsigned char>(flight[4]);
    records.push_back(flight.substr(0, size));
    flight.remove_prefix(std::min(size, flight.size()));
  }
  return records;
}

TlsTarget rig_target(std::string_view host) {
  TlsTarget target;
  target.host = host;
  target.port = 443;
  target.now = kRigNow;
  return target;
}

TlsPolicy rig_policy(const RigCertificate& authority) {
  TlsPolicy policy;
  policy.ca_pem = authority.pem();
  return policy;
}

}  // namespace holdfast::wire
