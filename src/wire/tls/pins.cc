#include "wire/tls/pins.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace holdfast::wire {
namespace {

constexpr std::string_view kPrefix = "sha256/";
constexpr std::size_t kBase64Size = 44;  // of 32 bytes, with one "=" at the end

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string pin_text(const std::array<unsigned char, 32>& digest) {
  unsigned char text[kBase64Size + 1];
  EVP_EncodeBlock(text, digest.data(), static_cast<int>(digest.size()));
  return reinterpret_cast<const char*>(text);
}

}  // namespace

bool TlsPins::add(std::string_view text) {
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  if (text.size() != kBase64Size) return false;
  unsigned char decoded[kBase64Size / 4 * 3];
  const auto size = static_cast<int>(text.size());
  if (EVP_DecodeBlock(decoded, octets_of(text), size) != sizeof decoded) return false;
  Digest pin;
  std::copy_n(decoded, pin.size(), pin.begin());
  // EVP_DecodeBlock forgives white space, "=" anywhere and superfluous bits at the end.
  if (pin_text(pin) != text) return false;
  pins_.push_back(pin);
  return true;
}

bool TlsPins::match(const X509& certificate) const {
  Digest own;
  return digest(certificate, own) && std::find(pins_.begin(), pins_.end(), own) != pins_.end();
}

std::string TlsPins::of(const X509& certificate) {
  Digest own;
  if (!digest(certificate, own)) return {};
  return std::string(kPrefix) + pin_text(own);
}

bool TlsPins::digest(const X509& certificate, Digest& out) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &encoded);
  if (size <= 0) return false;
  const int done = EVP_Digest(encoded, static_cast<std::size_t>(size), out.data(), nullptr,
                              EVP_sha256(), nullptr);
  OPENSSL_free(encoded);
  return done == 1;
}

}  // namespace holdfast::wire
