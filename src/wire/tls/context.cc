#include "wire/tls/context.h"

#include <string_view>

#include "wire/tls/certificate.h"
#include "wire/tls/context_state.h"
#include "wire/tls/error.h"
#include "wire/tls/pem.h"
#include "wire/tls/pipe.h"
#include "wire/tls/trust.h"
#include "wire/tls/verify.h"

namespace holdfast::wire {
namespace {

/// For TLS 1.2: forward secrecy and authenticated encryption only, which is what RFC 9113 §9.2.2
/// leaves for HTTP/2, too. TLS 1.3 has no others.
constexpr char kCiphers[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK:!SRP:!DSS";

/// 112 bits: RSA from 2048, curves from 224 bits on, no SHA-1 in signatures; Debian's own choice.
constexpr int kSecurityLevel = 2;

std::string complain(std::string_view option, const std::string& what, std::string_view remedy) {
  return std::string(option) + ": " + what + "; " + std::string(remedy);
}

std::string set_up(SSL_CTX& context, const TlsPolicy& policy) {
  SSL_CTX_set_min_proto_version(
      &context, policy.min_version == TlsVersion::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(&context, TLS1_3_VERSION);
  SSL_CTX_set_security_level(&context, kSecurityLevel);
  // The system's openssl.cnf may have set any of these otherwise.
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_clear_options(&context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT |
                                      SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  // More would be read than one record, and have to be kept while nothing happens.
  SSL_CTX_set_read_ahead(&context, 0);
  if (policy.resume_sessions) {
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  } else {
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(&context, SSL_OP_NO_TICKET);
  }
  install_verification(context);
  if (SSL_CTX_set_cipher_list(&context, kCiphers) != 1)
    return complain("tls", "OpenSSL has none of the ciphers needed", "use a complete OpenSSL 3");
  return {};
}

std::string trust(X509_STORE& store, std::string_view option, std::string_view pem) {
  const PemCertificates found = read_certificates(pem);
  if (found.unreadable > 0)
    return complain(option, "a certificate in it cannot be read", "replace the damaged one");
  if (found.certificates.empty())
    return complain(option, "there is no certificate in it",
                    "give the certificate authority's certificate in PEM form");
  for (const CertificateHandle& certificate : found.certificates)
    X509_STORE_add_cert(&store, certificate.get());
  for (const RevocationsHandle& list : found.revocations) X509_STORE_add_crl(&store, list.get());
  if (!found.revocations.empty())
    X509_STORE_set_flags(&store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return {};
}

std::string set_trust(SSL_CTX& context, const TlsPolicy& policy) {
  X509_STORE& store = *SSL_CTX_get_cert_store(&context);
  const bool custom = !policy.ca_file.empty() || !policy.ca_pem.empty();
  if (!policy.ca_file.empty()) {
    const PemFile file(policy.ca_file);
    const std::string option = "tls.ca_file " + in_quotes(policy.ca_file);
    if (!file.problem().empty())
      return complain(option, file.problem(), "give the path of a readable PEM file");
    if (std::string wrong = trust(store, option, file.text()); !wrong.empty()) return wrong;
  }
  if (!policy.ca_pem.empty()) {
    if (std::string wrong = trust(store, "tls.ca_pem", policy.ca_pem); !wrong.empty()) return wrong;
  }
  // A certificate given by hand is trusted as it is, whether or not it is at the root of anything.
  if (custom) X509_STORE_set_flags(&store, X509_V_FLAG_PARTIAL_CHAIN);
  if (policy.insecure_skip_verification || (custom && !policy.also_system_trust)) return {};
  const std::string wrong = add_system_trust(store, system_trust_places());
  return wrong.empty() ? "" : "tls: " + wrong;
}

/// The first certificate is ours, the others lead from it towards a root.
std::string use_certificates(SSL_CTX& context, std::string_view option, std::string_view pem) {
  const PemCertificates found = read_certificates(pem);
  if (found.certificates.empty() || found.unreadable > 0)
    return complain(option, "there is no certificate in it that can be read",
                    "give the client's certificate, then its chain, in PEM form");
  bool used = SSL_CTX_use_certificate(&context, found.certificates.front().get()) == 1;
  for (std::size_t i = 1; used && i < found.certificates.size(); ++i)
    used = SSL_CTX_add1_chain_cert(&context, found.certificates[i].get()) == 1;
  if (!used)
    return complain(option, "OpenSSL does not accept it (" + tls_reason() + ")",
                    "use a certificate with a key of at least 112 bits' strength");
  return {};
}

std::string use_key(SSL_CTX& context, std::string_view option, std::string_view pem) {
  const PemKey found = read_key(pem);
  if (!found.problem.empty())
    return complain(option, found.problem, "give the private key in PEM form, not encrypted");
  if (X509_check_private_key(SSL_CTX_get0_certificate(&context), found.key.get()) != 1)
    return complain(option, "it is not the key of the certificate given",
                    "give the private key that belongs to the first certificate");
  if (SSL_CTX_use_PrivateKey(&context, found.key.get()) != 1)
    return complain(option, "OpenSSL does not accept it (" + tls_reason() + ")", "use another key");
  return {};
}

using UsePem = std::string (*)(SSL_CTX&, std::string_view, std::string_view);

/// One of the two ways to give a PEM.
std::string use_either(SSL_CTX& context, UsePem use, const std::string& name,
                       const std::string& path, const std::string& pem) {
  if (!path.empty() && !pem.empty())
    return complain("tls." + name + "_file", "tls." + name + "_pem is set, too", "set one of them");
  if (path.empty()) return use(context, "tls." + name + "_pem", pem);
  const PemFile file(path);
  const std::string option = "tls." + name + "_file " + in_quotes(path);
  if (!file.problem().empty())
    return complain(option, file.problem(), "give the path of a readable PEM file");
  return use(context, option, file.text());
}

std::string set_identity(SSL_CTX& context, const TlsPolicy& policy, bool& has_certificate) {
  const bool certificate = !policy.certificate_file.empty() || !policy.certificate_pem.empty();
  const bool key = !policy.key_file.empty() || !policy.key_pem.empty();
  has_certificate = certificate;
  if (!certificate && !key) return {};
  if (!key)
    return complain("tls.key_file", "the certificate's private key is missing",
                    "set tls.key_file or tls.key_pem");
  if (!certificate)
    return complain("tls.certificate_file", "the private key's certificate is missing",
                    "set tls.certificate_file or tls.certificate_pem");
  std::string wrong = use_either(context, &use_certificates, "certificate", policy.certificate_file,
                                 policy.certificate_pem);
  if (wrong.empty()) wrong = use_either(context, &use_key, "key", policy.key_file, policy.key_pem);
  return wrong;
}

std::string set_pins(TlsPins& pins, const TlsPolicy& policy) {
  for (const std::string& pin : policy.pinned_keys) {
    if (!pins.add(pin))
      return complain("tls.pinned_keys", in_quotes(pin) + " is no pin",
                      "write \"sha256/\" and the base64 of the key's 32 bytes of SHA-256");
  }
  return {};
}

}  // namespace

TlsContext::TlsContext(const TlsPolicy& policy) : state_(std::make_unique<State>()) {
  const TlsErrorQueue queue;
  State& state = *state_;
  state.verifies = !policy.insecure_skip_verification;
  state.resumes = policy.resume_sessions;
  state.pipe_method = make_pipe_method();
  state.ssl.reset(SSL_CTX_new(TLS_client_method()));
  if (state.pipe_method == nullptr || state.ssl == nullptr) {
    state.complaint = complain("tls", "OpenSSL cannot be set up (" + tls_reason() + ")",
                               "look at its configuration (OPENSSL_CONF)");
    return;
  }
  std::string& wrong = state.complaint;
  wrong = set_up(*state.ssl, policy);
  if (wrong.empty()) wrong = set_pins(state.pins, policy);
  if (wrong.empty()) wrong = set_identity(*state.ssl, policy, state.has_certificate);
  if (wrong.empty()) wrong = set_trust(*state.ssl, policy);
}

TlsContext::~TlsContext() = default;

const std::string& TlsContext::complaint() const { return state_->complaint; }

}  // namespace holdfast::wire
