#include "fault_server/tls/certificate_kit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/check.h"
#include "fault_server/journal/sha256.h"

namespace fault {
namespace {}  // namespace

// Not in the nameless one, since State has them as members.
namespace made {

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;

struct Credential {
  Certificate certificate;
  Key key;
};

}  // namespace made

namespace {

using namespace made;

enum class Role { kAuthority, kServer, kClient };

struct CertificatePlan {
  std::string name;
  std::string alternatives;  // as OpenSSL's configuration has them; empty: none
  Role role = Role::kServer;
  std::int64_t from_days = -1, until_days = 800;
  Key key;
};

Key make_key(CertificateKey kind) {
  return Key(kind == CertificateKey::kEd25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                              : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

// Eight bytes, the first between 0x40 and 0x7F: a positive number whose encoding has one length.
void set_serial(X509* certificate, std::string_view name) {
  const std::string digest = sha256_hex(name);
  std::uint64_t serial = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const char c = digest[i];
    serial = serial * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  serial = (serial & 0x3FFF'FFFF'FFFF'FFFFU) | 0x4000'0000'0000'0000U;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  HF_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension.get(), -1);
}

// Self-signed without an issuer.
Credential issue(CertificatePlan plan, holdfast::base::WallTime now, const Credential* issuer) {
  Credential out{Certificate(X509_new()), std::move(plan.key)};
  HF_CHECK(out.certificate && out.key);
  X509* made = out.certificate.get();
  X509_set_version(made, X509_VERSION_3);
  set_serial(made, plan.name);
  const auto seconds = static_cast<time_t>(now.ns / 1'000'000'000);
  const auto day = [&](std::int64_t days) { return seconds + static_cast<time_t>(days * 86'400); };
  ASN1_TIME_set(X509_getm_notBefore(made), day(plan.from_days));
  ASN1_TIME_set(X509_getm_notAfter(made), day(plan.until_days));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(plan.name.c_str()), -1, -1, 0);
  X509* by = issuer != nullptr ? issuer->certificate.get() : made;
  X509_set_issuer_name(made, X509_get_subject_name(by));
  X509_set_pubkey(made, out.key.get());
  const bool authority = plan.role == Role::kAuthority;
  add_extension(made, by, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(made, by, NID_key_usage,
                authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!authority) {
    add_extension(made, by, NID_ext_key_usage,
                  plan.role == Role::kClient ? "clientAuth" : "serverAuth");
  }
  add_extension(made, by, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) add_extension(made, by, NID_authority_key_identifier, "keyid");
  if (!plan.alternatives.empty()) {
    add_extension(made, by, NID_subject_alt_name, plan.alternatives);
  }
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : out.key.get();
  // Ed25519 brings its own digest.
  const bool own_digest = EVP_PKEY_get_id(signer) == EVP_PKEY_ED25519;
  HF_CHECK(X509_sign(made, signer, own_digest ? nullptr : EVP_sha256()) > 0);
  return out;
}

std::string alternatives(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    const bool address = name.find(':') != std::string::npos ||
                         name.find_first_not_of("0123456789.") == std::string::npos;
    if (!out.empty()) out += ',';
    out += (address ? "IP:" : "DNS:") + name;
  }
  return out;
}

template <class Write>
std::string pem(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}
std::string pem_of(X509* certificate) {
  return pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

struct CertificateKit::State {
  Credential leaf(CertificateKind kind, CertificatePlan plan, const Credential* issuer) const {
    plan.name = "fault-server " + std::string(certificate_word(kind));
    if (!plan.key) plan.key = make_key(key);
    return issue(std::move(plan), now, issuer);
  }
  const Credential& of(CertificateKind kind) {
    if (kind == CertificateKind::kWeak) {
      // The only key that is dear to make, and hardly anybody asks for it.
      std::call_once(weak_made, [this] {
        CertificatePlan plan;
        plan.alternatives = names;
        plan.key = Key(EVP_RSA_gen(1024));
        leaves[static_cast<std::size_t>(CertificateKind::kWeak)] =
            leaf(CertificateKind::kWeak, std::move(plan), &authority);
      });
    }
    return leaves[static_cast<std::size_t>(kind)];
  }

  CertificateKey key{};
  holdfast::base::WallTime now;
  std::string names;
  Credential authority, stranger, intermediate, client;
  std::array<Credential, kCertificateKinds> leaves;
  std::once_flag weak_made;
  std::string ca_pem, client_pem, client_key_pem;
};

CertificateKit::CertificateKit(const CertificateWish& wish) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.key = wish.key;
  state.now = wish.now;
  state.names = alternatives(wish.names);
  const auto authority = [&](std::string name, const Credential* issuer) {
    CertificatePlan plan;
    plan.name = std::move(name);
    plan.role = Role::kAuthority;
    plan.from_days = -100;
    plan.until_days = 3650;
    plan.key = make_key(wish.key);
    return issue(std::move(plan), wish.now, issuer);
  };
  state.authority = authority("fault-server CA", nullptr);
  state.stranger = authority("fault-server unknown CA", nullptr);
  state.intermediate = authority("fault-server intermediate CA", &state.authority);

  const auto leaf = [&](CertificateKind kind, const Credential* issuer, std::int64_t from = -1,
                        std::int64_t until = 800) {
    CertificatePlan plan;
    plan.alternatives = kind == CertificateKind::kWrongHost ? "DNS:wrong.host.test" : state.names;
    plan.from_days = from;
    plan.until_days = until;
    state.leaves[static_cast<std::size_t>(kind)] = state.leaf(kind, std::move(plan), issuer);
  };
  leaf(CertificateKind::kGood, &state.authority);
  leaf(CertificateKind::kExpired, &state.authority, -60, -30);
  leaf(CertificateKind::kNotYetValid, &state.authority, 365, 800);
  leaf(CertificateKind::kSelfSigned, nullptr);
  leaf(CertificateKind::kWrongHost, &state.authority);
  leaf(CertificateKind::kUnknownCa, &state.stranger);
  leaf(CertificateKind::kIncomplete, &state.intermediate);

  CertificatePlan client;
  client.name = "fault-server client";
  client.role = Role::kClient;
  client.key = make_key(wish.key);
  state.client = issue(std::move(client), wish.now, &state.authority);

  state.ca_pem = pem_of(state.authority.certificate.get());
  state.client_pem = pem_of(state.client.certificate.get());
  state.client_key_pem = pem([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, state.client.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

CertificateKit::~CertificateKit() = default;

CertificateKey CertificateKit::key() const { return state_->key; }
const std::string& CertificateKit::ca_pem() const { return state_->ca_pem; }
const std::string& CertificateKit::client_pem() const { return state_->client_pem; }
const std::string& CertificateKit::client_key_pem() const { return state_->client_key_pem; }

std::string CertificateKit::leaf_pem(CertificateKind kind) const {
  return pem_of(state_->of(kind).certificate.get());
}

void CertificateKit::use(ssl_st* connection, CertificateKind kind) const {
  const Credential& leaf = state_->of(kind);
  HF_CHECK(SSL_use_certificate(connection, leaf.certificate.get()) == 1);
  HF_CHECK(SSL_use_PrivateKey(connection, leaf.key.get()) == 1);
  SSL_clear_chain_certs(connection);
  if (kind == CertificateKind::kUnknownCa) {
    SSL_add1_chain_cert(connection, state_->stranger.certificate.get());
  }
}

void CertificateKit::trust_own_clients(ssl_ctx_st* context) const {
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), state_->authority.certificate.get());
  SSL_CTX_add_client_CA(context, state_->authority.certificate.get());
}

}  // namespace fault
