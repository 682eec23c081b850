#include "wire/tls/pem.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

namespace holdfast::wire {
namespace {

/// The largest bundles there are have a quarter of a mebibyte; a device has no end.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

/// A string that grows by itself leaves its old bytes behind.
void grow(std::string& text) {
  constexpr std::size_t kLeast = 64 * 1024;
  std::string larger(text.empty() ? kLeast : 2 * text.size(), '\0');
  std::copy(text.begin(), text.end(), larger.begin());
  OPENSSL_cleanse(text.data(), text.size());
  text.swap(larger);
}

void free_bytes(void* bytes) { OPENSSL_free(bytes); }
template <class Byte>
using Bytes = std::unique_ptr<Byte, TlsFree<&free_bytes>>;

/// The bytes must outlive it. Null where there are none.
BioHandle reader(std::string_view text) {
  if (text.empty() || text.size() > std::size_t{std::numeric_limits<int>::max()}) return nullptr;
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void add(PemCertificates& to, std::string_view kind, const unsigned char* bytes, long size) {
  if (kind == PEM_STRING_X509_CRL) {
    RevocationsHandle list(d2i_X509_CRL(nullptr, &bytes, size));
    if (list == nullptr) {
      ++to.unreadable;
    } else {
      to.revocations.push_back(std::move(list));
    }
    return;
  }
  // A "trusted certificate" carries what it is trusted for behind it, above all: for nothing.
  const bool trusted = kind == PEM_STRING_X509_TRUSTED;
  if (!trusted && kind != PEM_STRING_X509 && kind != PEM_STRING_X509_OLD) return;
  CertificateHandle certificate(trusted ? d2i_X509_AUX(nullptr, &bytes, size)
                                        : d2i_X509(nullptr, &bytes, size));
  if (certificate == nullptr) {
    ++to.unreadable;
  } else {
    to.certificates.push_back(std::move(certificate));
  }
}

/// OpenSSL's own would ask at the terminal.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

PemFile::PemFile(const std::string& path) {
  errno = 0;
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);  // no copy in a buffer that nobody wipes
  file.open(path, std::ios::binary);
  std::size_t size = 0;
  // In pieces, since a pipe does not tell its size beforehand.
  while (file) {
    if (size == text_.size()) grow(text_);
    file.read(text_.data() + size, static_cast<std::streamsize>(text_.size() - size));
    size += static_cast<std::size_t>(file.gcount());
    if (size > kMostBytes) break;
  }
  if (size > kMostBytes) {
    problem_ = "is too large";
  } else if (!file.eof() || file.bad()) {
    problem_ = "cannot be read";
    if (errno != 0) problem_ += " (" + std::generic_category().message(errno) + ")";
  }
  if (!problem_.empty()) size = 0;
  OPENSSL_cleanse(text_.data() + size, text_.size() - size);
  text_.resize(size);
}

PemFile::~PemFile() { OPENSSL_cleanse(text_.data(), text_.size()); }

PemCertificates read_certificates(std::string_view pem) {
  const TlsErrorQueue queue;
  PemCertificates found;
  const BioHandle text = reader(pem);
  while (text != nullptr) {
    char* kind = nullptr;
    char* header = nullptr;
    unsigned char* bytes = nullptr;
    long size = 0;
    ERR_clear_error();
    const int done = PEM_read_bio(text.get(), &kind, &header, &bytes, &size);
    const Bytes<char> own_kind(kind), own_header(header);
    const Bytes<unsigned char> own_bytes(bytes);
    if (done == 1) {
      add(found, kind, bytes, size);
    } else if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
      break;
    } else {
      ++found.unreadable;
    }
  }
  return found;
}

PemKey read_key(std::string_view pem) {
  const TlsErrorQueue queue;
  PemKey found;
  const BioHandle text = reader(pem);
  bool encrypted = false;
  if (text != nullptr)
    found.key.reset(PEM_read_bio_PrivateKey(text.get(), nullptr, &no_password, &encrypted));
  if (found.key == nullptr)
    found.problem = encrypted ? "is encrypted" : "holds no private key that can be read";
  return found;
}

}  // namespace holdfast::wire
