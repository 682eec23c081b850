#include "wire/tls/error.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <initializer_list>

#include "wire/tls/certificate.h"

namespace holdfast::wire {

const std::string_view kRenegotiationComplaint =
    "the server demands TLS renegotiation, which is not supported; a client certificate has to be "
    "requested in the first handshake";

namespace {

bool among(int code, std::initializer_list<int> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Whose certificate is at fault, for the start of a sentence.
std::string whose(const TlsRejection& r) {
  if (r.depth == 0 || r.certificate == nullptr) return "the certificate";
  return "the certificate of its issuer " + subject_of(*r.certificate);
}

std::string wrong_host(const TlsRejection& r, std::string_view host) {
  const std::string names = r.certificate == nullptr ? "" : alternative_names(*r.certificate);
  if (names.empty())
    return "the certificate is for no host: it has no subject alternative name (a common name does "
           "not count)";
  return "the certificate is not for " + in_quotes(host) + " but for " + names;
}

std::string unknown_issuer(const TlsRejection& r) {
  const std::string issuer =
      r.certificate == nullptr ? "its issuer" : "its issuer " + issuer_of(*r.certificate);
  // From one certificate alone nobody can tell which of the two it is.
  if (r.depth == 0 && r.sent <= 1)
    return "the chain is incomplete or its issuer unknown: the server sent its own certificate "
           "only, and " +
           issuer + " is not among those trusted";
  return "unknown issuer: " + issuer + " is not among those trusted";
}

std::string rejection_text(const TlsRejection& r, std::string_view host) {
  if (r.pins_differ) return "pin mismatch: no public key of the chain is one of those pinned";
  switch (r.reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return whose(r) + " expired on " + date_text(*X509_get0_notAfter(r.certificate.get()));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return whose(r) + " is not valid before " +
             date_text(*X509_get0_notBefore(r.certificate.get()));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "the certificate is self-signed and not among those trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "unknown issuer: the chain ends with the self-signed certificate " +
             (r.certificate == nullptr ? "of a stranger" : subject_of(*r.certificate)) +
             ", which is not among those trusted";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return unknown_issuer(r);
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return wrong_host(r, host);
    case X509_V_ERR_CERT_REVOKED:
      return whose(r) + " is revoked";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return whose(r) + " is weak: its key is too small";
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return whose(r) + " is weak: it is signed over a digest that no longer protects";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return whose(r) + " is forged: its signature is not its issuer's";
    case X509_V_ERR_INVALID_PURPOSE:
      return whose(r) + " was not issued for servers";
    case X509_V_ERR_INVALID_CA:
      return "an issuer in the chain is no certificate authority";
    default:
      return whose(r) + " does not verify: " + X509_verify_cert_error_string(r.reason);
  }
}

std::string reason_of(unsigned long error) {
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "no reason given" : reason;
}

/// What OpenSSL calls it; 3.0 has not heard of all those of RFC 8446 §6.
std::string alert_name(int alert) {
  if (alert == TLS13_AD_CERTIFICATE_REQUIRED) return "certificate required";
  if (alert == TLS13_AD_MISSING_EXTENSION) return "missing extension";
  const std::string_view known = SSL_alert_desc_string_long(alert);
  return known == "unknown" ? "number " + std::to_string(alert) : std::string(known);
}

/// What may be behind an alert at the handshake, as far as it is not in the alert's name.
std::string hint(int alert, const TlsCircumstances& c) {
  if (among(alert, {SSL_AD_HANDSHAKE_FAILURE, SSL_AD_BAD_CERTIFICATE, SSL_AD_ACCESS_DENIED,
                    SSL_AD_CERTIFICATE_UNKNOWN}) &&
      c.asked_for_certificate && !c.has_certificate)
    return ": it asked for a client certificate, and none is set";
  switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:
      return ": no cipher, group or kind of certificate suits both sides";
    case SSL_AD_PROTOCOL_VERSION:
      return ": it speaks no version of TLS that is allowed here";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return ": it speaks none of the protocols offered";
    case SSL_AD_UNRECOGNIZED_NAME:
      return ": it serves no host of this name";
    case TLS13_AD_CERTIFICATE_REQUIRED:
      return ": it demands a client certificate";
    default:
      return c.has_certificate && c.asked_for_certificate ? ": it had asked for our certificate"
                                                          : "";
  }
}

/// In TLS 1.3 a client is through with the handshake before the server has seen the client's
/// certificate, so the server's refusal comes to an established connection.
bool refuses_our_certificate(int alert, const TlsCircumstances& c) {
  if (c.version < TLS1_3_VERSION) return false;
  if (alert == TLS13_AD_CERTIFICATE_REQUIRED) return true;
  return c.asked_for_certificate &&
         among(alert,
               {SSL_AD_HANDSHAKE_FAILURE, SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE,
                SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,
                SSL_AD_UNKNOWN_CA, SSL_AD_ACCESS_DENIED, SSL_AD_DECRYPT_ERROR});
}

TlsFailure from_alert(int alert, const TlsCircumstances& c) {
  if (c.declined_renegotiation)
    return {ErrorCode::tls_handshake_failed, std::string(kRenegotiationComplaint)};
  const std::string text = "the peer sent the alert \"" + alert_name(alert) + "\"";
  if (!c.established || refuses_our_certificate(alert, c))
    return {ErrorCode::tls_handshake_failed, text + hint(alert, c)};
  return {ErrorCode::connection_aborted, text};
}

/// Whether a record (RFC 8446 §5.1) may begin like this: a content type, then version 3.x.
bool looks_like_tls(std::string_view opening) {
  return opening.size() < 2 || (opening[0] >= 20 && opening[0] <= 23 && opening[1] == 3);
}

std::string who_speaks(std::string_view opening) {
  if (opening.starts_with("HTTP/")) return ": it answered with what looks like HTTP";
  if (opening.starts_with("SSH-")) return ": it answered with what looks like SSH";
  return ": it answered with " + in_quotes(opening);
}

/// The queue tells a story from the inside out: the first error of all is the innermost, the first
/// of the SSL layer is the one that names what went wrong for TLS.
struct Story {
  unsigned long first = 0, ssl = 0;
};

Story read_queue() {
  Story story;
  while (const unsigned long error = ERR_get_error()) {
    if (story.first == 0) story.first = error;
    if (story.ssl == 0 && ERR_GET_LIB(error) == ERR_LIB_SSL) story.ssl = error;
  }
  if (story.ssl == 0) story.ssl = story.first;
  return story;
}

TlsFailure at_handshake(const Story& story, const TlsCircumstances& c) {
  if (!looks_like_tls(c.opening))
    return {ErrorCode::tls_handshake_failed, "the peer does not speak TLS" + who_speaks(c.opening)};
  if (ERR_GET_LIB(story.first) == ERR_LIB_ASN1)
    return {ErrorCode::certificate_rejected,
            "the certificate cannot be read: " + reason_of(story.first)};
  if (ERR_GET_LIB(story.ssl) == ERR_LIB_SSL) {
    switch (ERR_GET_REASON(story.ssl)) {
      case SSL_R_EE_KEY_TOO_SMALL:
      case SSL_R_CA_KEY_TOO_SMALL:
      case SSL_R_CA_MD_TOO_WEAK:
        return {ErrorCode::certificate_rejected,
                "the certificate is weak: " + reason_of(story.ssl)};
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_WRONG_SSL_VERSION:
        return {ErrorCode::tls_handshake_failed,
                "the peer chose a version of TLS that is not allowed here"};
      case SSL_R_DH_KEY_TOO_SMALL:
        return {ErrorCode::tls_handshake_failed, "the peer's key exchange is weak"};
      default:
        break;
    }
  }
  return {ErrorCode::tls_handshake_failed, "the handshake broke down: " + reason_of(story.ssl)};
}

}  // namespace

TlsFailure tls_failure(int ssl_error, const TlsRejection& rejection, const TlsCircumstances& c) {
  if (ssl_error == SSL_ERROR_ZERO_RETURN)
    return {ErrorCode::tls_handshake_failed,
            "the peer said goodbye in the middle of the handshake"};
  const Story story = read_queue();
  const bool is_ssl = ERR_GET_LIB(story.ssl) == ERR_LIB_SSL;
  const int reason = ERR_GET_REASON(story.ssl);
  if (is_ssl && reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
    return from_alert(reason - SSL_AD_REASON_OFFSET, c);
  if (rejection.reason != X509_V_OK)
    return {ErrorCode::certificate_rejected, rejection_text(rejection, c.host)};
  if (!c.established) return at_handshake(story, c);
  if (is_ssl && reason == SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC)
    return {ErrorCode::protocol_error,
            "a TLS record does not decrypt: it was changed on the way, or is none of the peer's"};
  if (is_ssl && reason == SSL_R_WRONG_VERSION_NUMBER)
    return {ErrorCode::protocol_error, "what the peer sent is no TLS record"};
  return {ErrorCode::protocol_error, "the peer violated TLS: " + reason_of(story.ssl)};
}

std::string tls_reason() { return reason_of(ERR_peek_error()); }

}  // namespace holdfast::wire
