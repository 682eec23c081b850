// Where the system's trusted certificates are found, with each system's layout built on the spot.
#include "wire/tls/trust.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

namespace fs = std::filesystem;

using StoreHandle = std::unique_ptr<X509_STORE, TlsFree<&X509_STORE_free>>;

/// A directory of its own that goes when the test does.
class TlsTrust : public testing::Test {
 protected:
  TlsTrust() {
    std::string path = (fs::temp_directory_path() / "holdfast-trust-XXXXXX").string();
    root_ = mkdtemp(path.data());
    places_ = system_trust_places(root_);
    places_.environment_file.clear();
    places_.environment_directories.clear();
  }
  ~TlsTrust() override { fs::remove_all(root_); }

  std::string write(const std::string& path, std::string_view text) {
    const fs::path whole = root_ + path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << text;
    return whole.string();
  }
  /// How many certificates are found; -1 if that is a complaint.
  int found() {
    const StoreHandle store(X509_STORE_new());
    complaint_ = add_system_trust(*store, places_);
    return complaint_.empty() ? sk_X509_OBJECT_num(X509_STORE_get0_objects(store.get())) : -1;
  }

  std::string root_, complaint_;
  TlsTrustPlaces places_;
  std::string pem_ = make_authority("One").pem();
  std::string two_ = make_authority("Two").pem() + make_authority("Three").pem();
};

TEST_F(TlsTrust, bundles_of_debian_alpine_fedora_and_opensuse_are_found) {
  for (const char* path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/ca-bundle.pem"}) {
    const std::string file = write(path, two_);
    EXPECT_EQ(found(), 2) << path;
    fs::remove(file);
    EXPECT_EQ(found(), -1) << path;
  }
}

TEST_F(TlsTrust, directories_of_hashed_names_are_found_where_there_is_no_bundle) {
  for (const char* path :
       {"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted/pem/directory-hash"}) {
    const std::string directory(path);
    write(directory + "/0123abcd.0", pem_);
    write(directory + "/0123abcd.1", two_);
    EXPECT_EQ(found(), 3) << path;
    fs::remove_all(root_ + directory);
  }
}

TEST_F(TlsTrust, other_files_in_a_directory_are_not_trusted) {
  for (const char* file : {"localhost.crt", "README", "0123abcd.r0", "0123ABCD.0", "0123abc.0",
                           "0123abcd.", "0123abcd.0x", "x0123abcd.0"})
    write(std::string("/etc/ssl/certs/") + file, pem_);
  EXPECT_EQ(found(), -1);
}

TEST_F(TlsTrust, first_place_that_holds_a_certificate_is_the_store) {
  write("/etc/ssl/certs/ca-certificates.crt", "nothing of interest");
  write("/etc/pki/tls/certs/ca-bundle.crt", pem_);
  write("/etc/ssl/cert.pem", two_);
  EXPECT_EQ(found(), 1);
}

TEST_F(TlsTrust, certificate_found_twice_counts_once_and_a_damaged_one_not_at_all) {
  std::string damaged = pem_;
  damaged[60] = damaged[60] == 'A' ? 'B' : 'A';
  damaged[61] = '!';
  write("/etc/ssl/cert.pem", pem_ + damaged + pem_ + two_);
  EXPECT_EQ(found(), 3);
}

TEST_F(TlsTrust, environment_goes_before_all_and_alone) {
  write("/etc/ssl/cert.pem", two_);
  places_.environment_file = write("/mine.pem", pem_);
  EXPECT_EQ(found(), 1);
  places_.environment_file.clear();
  write("/mine/0123abcd.0", pem_);
  write("/yours/0123abcd.0", make_authority("Four").pem());
  places_.environment_directories = root_ + "/mine";
  EXPECT_EQ(found(), 1);
  places_.environment_directories = root_ + "/mine:" + root_ + "/none::" + root_ + "/yours";
  EXPECT_EQ(found(), 2);
  places_.environment_file = write("/more.pem", two_);
  EXPECT_EQ(found(), 4);
}

TEST_F(TlsTrust, environment_that_leads_nowhere_is_a_complaint_and_no_reason_to_look_elsewhere) {
  write("/etc/ssl/cert.pem", two_);
  places_.environment_file = root_ + "/none.pem";
  EXPECT_EQ(found(), -1);
  EXPECT_NE(complaint_.find("SSL_CERT_FILE"), std::string::npos);
  EXPECT_NE(complaint_.find("/none.pem"), std::string::npos);
}

TEST_F(TlsTrust, nothing_anywhere_is_a_complaint_with_a_remedy) {
  EXPECT_EQ(found(), -1);
  EXPECT_NE(complaint_.find("ca-certificates"), std::string::npos);
}

TEST_F(TlsTrust, environment_is_read_when_the_places_are_asked_for) {
  const auto value = [](const char* name) {
    const char* is = getenv(name);
    return std::string(is == nullptr ? "" : is);
  };
  const std::string file = value("SSL_CERT_FILE"), directory = value("SSL_CERT_DIR");
  setenv("SSL_CERT_FILE", "/some/file", 1);
  setenv("SSL_CERT_DIR", "/some/where", 1);
  const TlsTrustPlaces set = system_trust_places();
  unsetenv("SSL_CERT_FILE");
  unsetenv("SSL_CERT_DIR");
  const TlsTrustPlaces unset = system_trust_places();
  if (!file.empty()) setenv("SSL_CERT_FILE", file.c_str(), 1);
  if (!directory.empty()) setenv("SSL_CERT_DIR", directory.c_str(), 1);
  EXPECT_EQ(set.environment_file, "/some/file");
  EXPECT_EQ(set.environment_directories, "/some/where");
  EXPECT_EQ(unset.environment_file, "");
  EXPECT_EQ(unset.environment_directories, "");
}

}  // namespace
}  // namespace holdfast::wire
