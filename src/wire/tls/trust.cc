#include "wire/tls/trust.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "wire/tls/pem.h"

namespace holdfast::wire {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The number of certificates added. Whatever else stands in a system's file is its own business.
std::size_t add_file(X509_STORE& store, const std::string& path) {
  const PemFile file(path);
  const PemCertificates found = read_certificates(file.text());
  std::size_t added = 0;
  for (const CertificateHandle& certificate : found.certificates) {
    if (X509_STORE_add_cert(&store, certificate.get()) == 1) ++added;
  }
  return added;
}

/// "HASH.N", as `openssl rehash` names them. Other files beside these may be anything: on Fedora
/// the certificates of local servers.
bool is_hash_name(std::string_view name) {
  constexpr std::size_t kHashSize = 8;
  if (name.size() < kHashSize + 2 || name[kHashSize] != '.') return false;
  return name.substr(0, kHashSize).find_first_not_of("0123456789abcdef") == name.npos &&
         name.substr(kHashSize + 1).find_first_not_of("0123456789") == name.npos;
}

std::size_t add_directory(X509_STORE& store, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  std::vector<std::string> files;
  for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
    if (is_hash_name(at->path().filename().string())) files.push_back(at->path().string());
  }
  std::sort(files.begin(), files.end());
  std::size_t added = 0;
  for (const std::string& file : files) added += add_file(store, file);
  return added;
}

std::size_t add_directories(X509_STORE& store, std::string_view list) {
  std::size_t added = 0;
  while (!list.empty()) {
    const std::size_t end = list.find(':');
    added += add_directory(store, std::string(list.substr(0, end)));
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
  }
  return added;
}

}  // namespace

TlsTrustPlaces system_trust_places(const std::string& root) {
  TlsTrustPlaces places;
  places.environment_file = environment(X509_get_default_cert_file_env());
  places.environment_directories = environment(X509_get_default_cert_dir_env());
  for (const char* file : {X509_get_default_cert_file(),
                           "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Alpine
                           "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora
                           "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora
                           "/etc/ssl/cert.pem",                                  // Alpine
                           "/etc/ssl/ca-bundle.pem"})                            // openSUSE
    places.files.push_back(root + file);
  for (const char* directory : {X509_get_default_cert_dir(), "/etc/ssl/certs", "/etc/pki/tls/certs",
                                "/etc/pki/ca-trust/extracted/pem/directory-hash"})
    places.directories.push_back(root + directory);
  return places;
}

std::string add_system_trust(X509_STORE& store, const TlsTrustPlaces& places) {
  const TlsErrorQueue queue;
  if (!places.environment_file.empty() || !places.environment_directories.empty()) {
    std::size_t added = 0;
    if (!places.environment_file.empty()) added += add_file(store, places.environment_file);
    added += add_directories(store, places.environment_directories);
    if (added > 0) return {};
    return "no certificate was found where SSL_CERT_FILE (\"" + places.environment_file +
           "\") and SSL_CERT_DIR (\"" + places.environment_directories +
           "\") say; correct or unset them (a directory needs `openssl rehash`)";
  }
  for (const std::string& file : places.files) {
    if (add_file(store, file) > 0) return {};
  }
  for (const std::string& directory : places.directories) {
    if (add_directory(store, directory) > 0) return {};
  }
  return "the system's trusted certificates were not found; install its package of them (usually "
         "ca-certificates), point SSL_CERT_FILE at a PEM file of them, or set tls.ca_file";
}

}  // namespace holdfast::wire
