// OpenSSL's objects with an owner, and its thread's error queue kept empty. Nothing here decides
// anything. Thread: one owner per object.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace holdfast::wire {

template <auto kFree>
struct TlsFree {
  template <class Object>
  void operator()(Object* object) const {
    kFree(object);
  }
};

using BioHandle = std::unique_ptr<BIO, TlsFree<&BIO_free>>;
using BioMethodHandle = std::unique_ptr<BIO_METHOD, TlsFree<&BIO_meth_free>>;
using CertificateHandle = std::unique_ptr<X509, TlsFree<&X509_free>>;
using RevocationsHandle = std::unique_ptr<X509_CRL, TlsFree<&X509_CRL_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, TlsFree<&EVP_PKEY_free>>;
using SessionHandle = std::unique_ptr<SSL_SESSION, TlsFree<&SSL_SESSION_free>>;
using SslHandle = std::unique_ptr<SSL, TlsFree<&SSL_free>>;
using SslContextHandle = std::unique_ptr<SSL_CTX, TlsFree<&SSL_CTX_free>>;

/// OpenSSL reports through a queue that belongs to the thread: what another library of the process
/// left there would be taken for ours, and what we leave for theirs. One of these stands around
/// every use. Nearly always it is empty, and to see that is cheaper than to empty it.
class TlsErrorQueue {
 public:
  TlsErrorQueue() { clear(); }
  ~TlsErrorQueue() { clear(); }
  TlsErrorQueue(const TlsErrorQueue&) = delete;
  TlsErrorQueue& operator=(const TlsErrorQueue&) = delete;

 private:
  static void clear() {
    if (ERR_peek_error() != 0) ERR_clear_error();
  }
};

}  // namespace holdfast::wire
