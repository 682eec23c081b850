// What a TlsPolicy may say, and what is answered where it cannot be carried out.
#include "wire/tls/context.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

namespace fs = std::filesystem;

class TlsContextTest : public testing::Test {
 protected:
  TlsContextTest() {
    std::string path = (fs::temp_directory_path() / "holdfast-tls-XXXXXX").string();
    directory_ = mkdtemp(path.data());
  }
  ~TlsContextTest() override { fs::remove_all(directory_); }

  std::string write(const std::string& name, std::string_view text) {
    std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static void expect_complaint(const TlsPolicy& policy, std::string_view option,
                               std::string_view what) {
    const TlsContext context(policy);
    EXPECT_TRUE(context.complaint().starts_with(option)) << context.complaint();
    EXPECT_NE(context.complaint().find(what), std::string::npos) << context.complaint();
    EXPECT_NE(context.complaint().find("; "), std::string::npos) << "no remedy";
    EXPECT_EQ(context.complaint().find('\n'), std::string::npos);
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
  static void expect_fine(const TlsPolicy& policy) {
    EXPECT_EQ(TlsContext(policy).complaint(), "");
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
  bool accepts(const TlsPolicy& policy, const RigCertificate& certificate) {
    TlsContext context(policy);
    EXPECT_EQ(context.complaint(), "");
    RigServer listener({.certificate = &certificate});
    RigConnection server(listener);
    RigClient client(context, rig_target());
    meet(client, server);
    return client.session.established();
  }

  std::string directory_;
  RigCertificate root_ = make_authority();
  RigCertificate own_ = make_certificate({.name = "client"}, &root_);
  TlsPolicy policy_ = rig_policy(root_);
};

/// A place for the environment to point at while a test runs.
class Environment {
 public:
  explicit Environment(const std::string& file) {
    const char* directory = getenv("SSL_CERT_DIR");
    const char* before = getenv("SSL_CERT_FILE");
    if (directory != nullptr) directory_ = directory;
    if (before != nullptr) file_ = before;
    unsetenv("SSL_CERT_DIR");
    setenv("SSL_CERT_FILE", file.c_str(), 1);
  }
  ~Environment() {
    unsetenv("SSL_CERT_FILE");
    if (!directory_.empty()) setenv("SSL_CERT_DIR", directory_.c_str(), 1);
    if (!file_.empty()) setenv("SSL_CERT_FILE", file_.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string directory_, file_;
};

TEST_F(TlsContextTest, certificate_authority_is_taken_from_a_file_from_text_and_from_both) {
  const RigCertificate second = make_authority("Second Root");
  const RigCertificate of_first = make_certificate({}, &root_);
  const RigCertificate of_second = make_certificate({}, &second);
  TlsPolicy policy;
  policy.ca_file = write("root.pem", "Some words before.\n" + root_.pem());
  EXPECT_TRUE(accepts(policy, of_first));
  EXPECT_FALSE(accepts(policy, of_second));
  policy.ca_file = write("long.pem", std::string(200'000, '\n') + root_.pem());
  EXPECT_TRUE(accepts(policy, of_first));
  policy.ca_pem = second.pem();
  EXPECT_TRUE(accepts(policy, of_first));
  EXPECT_TRUE(accepts(policy, of_second));
  policy.ca_file.clear();
  EXPECT_FALSE(accepts(policy, of_first));
}

TEST_F(TlsContextTest, system_is_asked_unless_an_authority_is_given_alone) {
  const RigCertificate system = make_authority("System Root");
  const RigCertificate of_system = make_certificate({}, &system);
  const Environment environment(write("system.pem", system.pem()));
  EXPECT_TRUE(accepts({}, of_system));
  EXPECT_FALSE(accepts(policy_, of_system));
  policy_.also_system_trust = true;
  EXPECT_TRUE(accepts(policy_, of_system));
  EXPECT_TRUE(accepts(policy_, make_certificate({}, &root_)));
}

TEST_F(TlsContextTest, system_store_that_is_missing_matters_only_where_it_counts) {
  const Environment environment(directory_ + "/none.pem");
  expect_complaint({}, "tls: ", "SSL_CERT_FILE");
  expect_fine(policy_);
  policy_.also_system_trust = true;
  expect_complaint(policy_, "tls: ", "SSL_CERT_FILE");
  TlsPolicy careless;
  careless.insecure_skip_verification = true;
  expect_fine(careless);
}

TEST_F(TlsContextTest, trusted_file_that_is_none) {
  TlsPolicy policy;
  policy.ca_file = directory_ + "/none.pem";
  expect_complaint(policy, "tls.ca_file \"" + policy.ca_file + "\"",
                   "cannot be read (No such file or directory)");
  policy.ca_file = directory_;
  expect_complaint(policy, "tls.ca_file", "cannot be read (Is a directory)");
  policy.ca_file = "/dev/zero";
  expect_complaint(policy, "tls.ca_file", "is too large");
  policy.ca_file = write("empty.pem", "");
  expect_complaint(policy, "tls.ca_file", "there is no certificate in it");
  policy.ca_file = write("key.pem", root_.key_pem());
  expect_complaint(policy, "tls.ca_file", "there is no certificate in it");
  policy.ca_file = "/dev/null";
  expect_complaint(policy, "tls.ca_file", "there is no certificate in it");
}

TEST_F(TlsContextTest, trusted_text_that_is_none) {
  TlsPolicy policy;
  policy.ca_pem = "not a certificate";
  expect_complaint(policy, "tls.ca_pem", "there is no certificate in it");
  policy.ca_pem = root_.pem();
  policy.ca_pem.resize(policy.ca_pem.size() / 2);
  expect_complaint(policy, "tls.ca_pem", "cannot be read");
  policy.ca_pem = root_.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect_complaint(policy, "tls.ca_pem", "cannot be read");
  policy.insecure_skip_verification = true;
  expect_complaint(policy, "tls.ca_pem", "cannot be read");
}

TEST_F(TlsContextTest, identity_is_taken_from_files_and_from_text) {
  policy_.certificate_file = write("own.pem", own_.pem());
  policy_.key_file = write("key.pem", own_.key_pem());
  expect_fine(policy_);
  policy_.key_file.clear();
  policy_.key_pem = own_.key_pem();
  expect_fine(policy_);
  policy_.certificate_file.clear();
  policy_.certificate_pem = own_.pem() + root_.pem();
  expect_fine(policy_);
  for (const RigKey kind : {RigKey::ed25519, RigKey::rsa2048}) {
    const RigCertificate other = make_certificate({.kind = kind}, &root_);
    policy_.certificate_pem = other.pem();
    policy_.key_pem = other.key_pem();
    expect_fine(policy_);
  }
}

TEST_F(TlsContextTest, certificate_and_key_come_together_or_not_at_all) {
  policy_.certificate_pem = own_.pem();
  expect_complaint(policy_, "tls.key_file", "private key is missing");
  policy_.certificate_pem.clear();
  policy_.key_pem = own_.key_pem();
  expect_complaint(policy_, "tls.certificate_file", "certificate is missing");
}

TEST_F(TlsContextTest, file_and_text_of_one_thing_are_one_too_many) {
  policy_.certificate_pem = own_.pem();
  policy_.key_pem = own_.key_pem();
  policy_.certificate_file = write("own.pem", own_.pem());
  expect_complaint(policy_, "tls.certificate_file", "tls.certificate_pem is set, too");
  policy_.certificate_file.clear();
  policy_.key_file = write("key.pem", own_.key_pem());
  expect_complaint(policy_, "tls.key_file", "tls.key_pem is set, too");
}

TEST_F(TlsContextTest, key_of_another_certificate) {
  policy_.certificate_pem = own_.pem();
  policy_.key_pem = make_certificate({}, &root_).key_pem();
  expect_complaint(policy_, "tls.key_pem", "not the key of the certificate given");
  policy_.key_pem = make_certificate({.kind = RigKey::rsa2048}, &root_).key_pem();
  expect_complaint(policy_, "tls.key_pem", "not the key of the certificate given");
}

TEST_F(TlsContextTest, key_and_certificate_that_cannot_be_read) {
  policy_.certificate_pem = own_.pem();
  policy_.key_pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  expect_complaint(policy_, "tls.key_pem", "holds no private key that can be read");
  EXPECT_EQ(TlsContext(policy_).complaint().find("AAAA"), std::string::npos);
  policy_.key_pem.clear();
  policy_.key_file = directory_ + "/none.pem";
  expect_complaint(policy_, "tls.key_file", "cannot be read");
  policy_.certificate_pem = own_.key_pem();
  expect_complaint(policy_, "tls.certificate_pem", "there is no certificate in it");
}

TEST_F(TlsContextTest, encrypted_key_is_refused_without_a_question_at_the_terminal) {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(memory.get(), own_.key.get(), EVP_aes_128_cbc(), "secret", 6,
                                nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  policy_.certificate_pem = own_.pem();
  policy_.key_pem.assign(bytes, static_cast<std::size_t>(size));
  ASSERT_NE(policy_.key_pem.find("ENCRYPTED"), std::string::npos);
  expect_complaint(policy_, "tls.key_pem", "is encrypted");
}

TEST_F(TlsContextTest, certificate_of_ours_that_is_too_weak) {
  const RigCertificate weak = make_certificate({.kind = RigKey::rsa1024}, &root_);
  policy_.certificate_pem = weak.pem();
  policy_.key_pem = weak.key_pem();
  expect_complaint(policy_, "tls.certificate_pem", "ee key too small");
}

TEST_F(TlsContextTest, pin_that_is_none) {
  policy_.pinned_keys = {"sha256/short"};
  expect_complaint(policy_, "tls.pinned_keys: \"sha256/short\"", "is no pin");
}

TEST_F(TlsContextTest, no_session_is_made_of_a_context_with_a_complaint) {
  TlsPolicy policy;
  policy.ca_pem = "nothing";
  TlsContext context(policy);
  EXPECT_DEATH(TlsSession(context, rig_target()), "broken invariant: .*complaint");
}

}  // namespace
}  // namespace holdfast::wire
