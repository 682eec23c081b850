#include "wire/tls/verify.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <ctime>

#include "wire/tls/certificate.h"

namespace holdfast::wire {
namespace {

TlsPeer& peer_of(const SSL& ssl) { return *static_cast<TlsPeer*>(SSL_get_app_data(&ssl)); }

bool any_matches(const TlsPins& pins, const STACK_OF(X509) * chain) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    if (pins.match(*sk_X509_value(chain, i))) return true;
  }
  return false;
}

void note_rejection(X509_STORE_CTX& judgement, TlsRejection& rejection) {
  rejection.reason = X509_STORE_CTX_get_error(&judgement);
  rejection.depth = X509_STORE_CTX_get_error_depth(&judgement);
  X509* at_fault = X509_STORE_CTX_get_current_cert(&judgement);
  if (at_fault == nullptr) at_fault = X509_STORE_CTX_get0_cert(&judgement);
  if (at_fault != nullptr) X509_up_ref(at_fault);
  rejection.certificate.reset(at_fault);
  const int sent = sk_X509_num(X509_STORE_CTX_get0_untrusted(&judgement));
  rejection.sent = sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

/// What was judged is not asked for again, but OpenSSL would keep it as long as the connection: the
/// verified chain is dropped, and the certificates that were sent make way for equal ones that
/// other connections have already. The judgement itself still points to the first of them.
void share_certificates(X509_STORE_CTX& judgement, TlsPeer& peer) {
  X509_STORE_CTX_set0_verified_chain(&judgement, nullptr);
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(&judgement);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* own = sk_X509_value(sent, i);
    CertificateHandle shared = peer.pool->intern(*own);
    if (shared.get() == own) continue;
    sk_X509_set(sent, i, shared.release());
    peer.replaced.emplace_back(own);
  }
}

/// Takes the place of OpenSSL's own verification, for the pins' sake.
int judge(X509_STORE_CTX* judgement, void*) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(judgement, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsPeer& peer = peer_of(*ssl);
  if (peer.verifies && X509_verify_cert(judgement) != 1) {
    note_rejection(*judgement, peer.rejection);
    // Some of its failures leave the code at "all is well".
    if (peer.rejection.reason == X509_V_OK) peer.rejection.reason = X509_V_ERR_UNSPECIFIED;
    X509_STORE_CTX_set_error(judgement, peer.rejection.reason);
    return 0;
  }
  // Of an unverified chain anybody may have added the certificates above the first, which alone
  // is proved to be the peer's, by its signature.
  const bool pinned = peer.pins->empty() ||
                      (peer.verifies ? any_matches(*peer.pins, X509_STORE_CTX_get0_chain(judgement))
                                     : peer.pins->match(*X509_STORE_CTX_get0_cert(judgement)));
  if (!pinned) {
    X509_STORE_CTX_set_error(judgement, X509_V_ERR_APPLICATION_VERIFICATION);
    note_rejection(*judgement, peer.rejection);
    peer.rejection.pins_differ = true;
    return 0;
  }
  share_certificates(*judgement, peer);
  X509_STORE_CTX_set_error(judgement, X509_V_OK);
  return 1;
}

/// Revocation lists are heeded where there are any; a certificate of an issuer without one is not
/// doubted.
int forgive_missing_revocations(int fine, X509_STORE_CTX* judgement) {
  if (fine == 1 || X509_STORE_CTX_get_error(judgement) != X509_V_ERR_UNABLE_TO_GET_CRL) return fine;
  X509_STORE_CTX_set_error(judgement, X509_V_OK);
  return 1;
}

int note_request_for_certificate(SSL* ssl, void*) {
  peer_of(*ssl).asked_for_certificate = true;
  return 1;
}

/// 1: the session is ours now.
int keep_ticket(SSL* ssl, SSL_SESSION* session) {
  const TlsPeer& peer = peer_of(*ssl);
  if (peer.tickets == nullptr) return 0;
  peer.tickets->put(peer.origin, SessionHandle(session), peer.now);
  return 1;
}

/// Only what stands in URLs: OpenSSL's parser of IPv4 addresses takes some more for one.
bool may_be_ip(std::string_view host) {
  if (host.find(':') != host.npos) return true;
  return std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == host.npos;
}

using AddressHandle = std::unique_ptr<ASN1_OCTET_STRING, TlsFree<&ASN1_OCTET_STRING_free>>;

AddressHandle address_of(std::string_view host) {
  if (!may_be_ip(host)) return nullptr;
  // RFC 6874: a zone says which way to go, not who is there.
  return AddressHandle(a2i_IPADDRESS(std::string(host.substr(0, host.find('%'))).c_str()));
}

}  // namespace

void install_verification(SSL_CTX& context) {
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(&context, &judge, nullptr);
  SSL_CTX_set_cert_cb(&context, &note_request_for_certificate, nullptr);
  SSL_CTX_sess_set_new_cb(&context, &keep_ticket);
  X509_STORE_set_verify_cb(SSL_CTX_get_cert_store(&context), &forgive_missing_revocations);
}

std::string expect_peer(SSL& ssl, std::string_view host, base::WallTime now) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(&ssl);
  X509_VERIFY_PARAM_set_time(expected, static_cast<std::time_t>(seconds_of(now)));
  if (const AddressHandle address = address_of(host); address != nullptr) {
    // RFC 6066 §3: no SNI for literals.
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(address.get()));
    return X509_VERIFY_PARAM_set1_ip(expected, ASN1_STRING_get0_data(address.get()), size) == 1
               ? ""
               : "the host cannot be expected in a certificate";
  }
  // RFC 6066 §3: the name without the root's dot, which no certificate has either.
  std::string name(host);
  if (name.ends_with('.')) name.pop_back();
  // OpenSSL would take a name with a dot in front for any host below it, and none for any host.
  if (name.empty() || name.front() == '.' || name.find('\0') != name.npos)
    return "a certificate cannot be for the host name " + in_quotes(host);
  // RFC 9525 §6.3, §6.4: no common name, and a wildcard for one whole label only.
  X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) != 1 ||
      SSL_set_tlsext_host_name(&ssl, name.c_str()) != 1)
    return "the host name is too long for TLS";
  return {};
}

void watch_renegotiation(SSL& ssl) {
  SSL_set_info_callback(&ssl, [](const SSL* session, int where, int alert) {
    if ((where & SSL_CB_WRITE_ALERT) != SSL_CB_WRITE_ALERT) return;
    if ((alert & 0xff) != SSL_AD_NO_RENEGOTIATION) return;
    static_cast<TlsPeer*>(SSL_get_app_data(session))->declined_renegotiation = true;
  });
}

}  // namespace holdfast::wire
