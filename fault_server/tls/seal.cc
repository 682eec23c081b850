#include "fault_server/tls/seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <array>
#include <memory>

namespace fault {
namespace {

constexpr char kAlertType = 21, kDataType = 23, kFatal = 2;
constexpr std::size_t kTagBytes = 16, kNonceBytes = 12;

struct Suite {
  std::uint16_t code;
  const char* cipher;
  const char* digest;
  std::size_t key_bytes;
};
constexpr std::array<Suite, 9> kSuites = {{{0x1301, "AES-128-GCM", "SHA256", 16},
                                           {0x1302, "AES-256-GCM", "SHA384", 32},
                                           {0x1303, "ChaCha20-Poly1305", "SHA256", 32},
                                           {0xC02B, "AES-128-GCM", "SHA256", 16},
                                           {0xC02F, "AES-128-GCM", "SHA256", 16},
                                           {0xC02C, "AES-256-GCM", "SHA384", 32},
                                           {0xC030, "AES-256-GCM", "SHA384", 32},
                                           {0xCCA8, "ChaCha20-Poly1305", "SHA256", 32},
                                           {0xCCA9, "ChaCha20-Poly1305", "SHA256", 32}}};

OSSL_PARAM text_param(const char* name, const char* text) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text), 0);
}
OSSL_PARAM bytes_param(const char* name, std::string_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

std::string derive(const char* function, const OSSL_PARAM* params, std::size_t size) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(
      EVP_KDF_fetch(nullptr, function, nullptr), EVP_KDF_free);
  if (!kdf) return {};
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
  std::string out(size, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  return EVP_KDF_derive(context.get(), to, size, params) == 1 ? out : std::string();
}

// RFC 8446 §7.3: HKDF-Expand-Label(secret, label, "", size).
std::string expand_label(const TlsSeal& seal, const Suite& suite, std::string_view label,
                         std::size_t size) {
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const std::array<OSSL_PARAM, 7> params = {OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
                                            text_param(OSSL_KDF_PARAM_DIGEST, suite.digest),
                                            bytes_param(OSSL_KDF_PARAM_KEY, seal.secret),
                                            bytes_param(OSSL_KDF_PARAM_PREFIX, "tls13 "),
                                            bytes_param(OSSL_KDF_PARAM_LABEL, label),
                                            bytes_param(OSSL_KDF_PARAM_DATA, ""),
                                            OSSL_PARAM_construct_end()};
  return derive("TLS13-KDF", params.data(), size);
}

// RFC 5246 §6.3: both keys, then both implicit parts of the nonce, the client's before the
// server's.
std::string key_block(const TlsSeal& seal, const Suite& suite, std::size_t size) {
  const std::string randoms = seal.server_random + seal.client_random;
  const std::array<OSSL_PARAM, 5> params = {text_param(OSSL_KDF_PARAM_DIGEST, suite.digest),
                                            bytes_param(OSSL_KDF_PARAM_SECRET, seal.secret),
                                            bytes_param(OSSL_KDF_PARAM_SEED, "key expansion"),
                                            bytes_param(OSSL_KDF_PARAM_SEED, randoms),
                                            OSSL_PARAM_construct_end()};
  return derive("TLS1-PRF", params.data(), size);
}

std::string encrypt(const Suite& suite, std::string_view key, std::string_view nonce,
                    std::string_view associated, std::string_view text) {
  const auto bytes = [](std::string_view from) {
    return reinterpret_cast<const unsigned char*>(from.data());
  };
  const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, suite.cipher, nullptr), EVP_CIPHER_free);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string out(text.size() + kTagBytes, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  if (!cipher ||
      EVP_EncryptInit_ex2(context.get(), cipher.get(), bytes(key), bytes(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes(associated),
                        static_cast<int>(associated.size())) != 1 ||
      EVP_EncryptUpdate(context.get(), to, &size, bytes(text), static_cast<int>(text.size())) !=
          1 ||
      EVP_EncryptFinal_ex(context.get(), to + size, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, to + text.size()) != 1) {
    return {};
  }
  return out;
}

std::string big_endian(std::uint64_t value) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[7 - i] = static_cast<char>(value >> (8 * i));
  return out;
}

// RFC 8446 §5.3, RFC 7905 §2: the number of the record, padded in front, over the fixed part.
std::string mixed_nonce(std::string fixed, std::uint64_t sequence) {
  const std::string number = big_endian(sequence);
  for (std::size_t i = 0; i < 8; ++i) {
    fixed[fixed.size() - 8 + i] = static_cast<char>(fixed[fixed.size() - 8 + i] ^ number[i]);
  }
  return fixed;
}

std::string header(char type, std::size_t size) {
  return {type, 3, 3, static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
}

// RFC 8446 §5.2.
std::string record13(const TlsSeal& seal, const Suite& suite, std::string alert) {
  const std::string key = expand_label(seal, suite, "key", suite.key_bytes);
  const std::string fixed = expand_label(seal, suite, "iv", kNonceBytes);
  if (key.empty() || fixed.empty()) return {};
  alert += kAlertType;
  const std::string head = header(kDataType, alert.size() + kTagBytes);
  const std::string sealed = encrypt(suite, key, mixed_nonce(fixed, seal.sequence), head, alert);
  return sealed.empty() ? sealed : head + sealed;
}

// RFC 5246 §6.2.3.3; GCM says its part of the nonce in the record (RFC 5288 §3).
std::string record12(const TlsSeal& seal, const Suite& suite, const std::string& alert) {
  const bool gcm = std::string_view(suite.cipher).ends_with("GCM");
  const std::size_t fixed_bytes = gcm ? 4 : kNonceBytes;
  const std::string block = key_block(seal, suite, 2 * (suite.key_bytes + fixed_bytes));
  if (block.empty()) return {};
  const std::string key = block.substr(suite.key_bytes, suite.key_bytes);
  const std::string fixed = block.substr(2 * suite.key_bytes + fixed_bytes, fixed_bytes);
  // No other record has this one: OpenSSL counts on from its first.
  const std::string said = gcm ? big_endian(~seal.sequence) : "";
  const std::string nonce = gcm ? fixed + said : mixed_nonce(fixed, seal.sequence);
  const std::string associated = big_endian(seal.sequence) + header(kAlertType, alert.size());
  const std::string sealed = encrypt(suite, key, nonce, associated, alert);
  if (sealed.empty()) return {};
  return header(kAlertType, said.size() + sealed.size()) + said + sealed;
}

}  // namespace

std::optional<std::string> seal_alert(const TlsSeal& seal, TlsAlert alert) {
  const auto suite = std::find_if(kSuites.begin(), kSuites.end(),
                                  [&](const Suite& one) { return one.code == seal.suite; });
  if (suite == kSuites.end() || seal.secret.empty()) return std::nullopt;
  const std::string content{kFatal, static_cast<char>(alert)};
  std::string record =
      seal.tls13 ? record13(seal, *suite, content) : record12(seal, *suite, content);
  if (record.empty()) return std::nullopt;
  return record;
}

std::string plain_alert(TlsAlert alert) {
  return header(kAlertType, 2) + std::string{kFatal, static_cast<char>(alert)};
}

}  // namespace fault
