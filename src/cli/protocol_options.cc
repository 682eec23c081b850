#include "cli/protocol_options.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "cli/checked_option.h"

namespace holdfast::cli {

namespace {

std::string unreadable_pem(const std::string& path) {
  struct stat about {};
  if (path.empty()) return "name a PEM file";
  if (::stat(path.c_str(), &about) != 0 || ::access(path.c_str(), R_OK) != 0) {
    return std::string(std::strerror(errno)) + ": name a PEM file that can be read";
  }
  return S_ISDIR(about.st_mode) ? "that is a folder: name a PEM file" : "";
}

void add_file(CLI::App& app, const char* name, std::string& into, const char* help) {
  add_checked(
      app, name,
      [&into](const std::string& path) {
        into = path;
        return unreadable_pem(path);
      },
      help)
      ->type_name("FILE")
      ->expected(1)
      ->group(kTlsGroup);
}

void add_tls(CLI::App& app, TlsPolicy& tls) {
  add_file(app, "--cacert", tls.ca_file, "Trust these PEM certificates, not the system's");
  add_file(app, "--cert", tls.certificate_file, "The client's certificate (chain), PEM");
  app.add_flag("-k,--insecure", tls.insecure_skip_verification,
               "DANGER: accept any certificate for any name; for tests")
      ->group(kTlsGroup);
  add_file(app, "--key", tls.key_file, "The private key of --cert, PEM");
  add_checked(
      app, "--pinnedpubkey",
      [&tls](const std::string& value) { return add_pin(value, tls.pinned_keys); },
      "Insist on this public key: sha256/ and its base64 digest (repeatable)")
      ->type_name("sha256/BASE64")
      ->group(kTlsGroup);
  add_checked(
      app, "--tls-min",
      [&tls](const std::string& value) -> std::string {
        if (value != "1.2" && value != "1.3") return "use 1.2 or 1.3";
        tls.min_version = value == "1.3" ? TlsVersion::tls1_3 : TlsVersion::tls1_2;
        return "";
      },
      "Lowest version of TLS (default 1.2)")
      ->type_name("1.2|1.3")
      ->expected(1)
      ->group(kTlsGroup);
}

void add_http(CLI::App& app, ClientOptions& options) {
  const struct {
    const char* flag;
    Http2 use;
    const char* help;
  } ways[] = {
      {"--http1.1", Http2::off, "HTTP/1.1 only"},
      {"--http2", Http2::negotiate,
       "HTTP/2 over TLS if the server picks it, else HTTP/1.1 (default)"},
      {"--http2-prior-knowledge", Http2::prior_knowledge,
       "HTTP/2 over cleartext too, without asking"},
  };
  const auto given = std::make_shared<std::string>();
  for (const auto& way : ways) {
    app.add_flag_callback(
           way.flag,
           [&options, given, flag = std::string(way.flag), use = way.use] {
             if (!given->empty()) {
               throw CLI::ValidationError(flag, *given + " was given too: choose one of them");
             }
             *given = flag;
             options.http2.use = use;
           },
           way.help)
        ->group(kConnectionGroup);
  }
}

/// Of everything validate() has to say about options that are otherwise the defaults, whether there
/// is anything: the rules stay in one place.
bool is_refused(const ClientOptions& options) { return !options.validate().empty(); }

}  // namespace

void add_protocol_options(CLI::App& app, ClientOptions& options) {
  add_tls(app, options.tls);
  add_http(app, options);
}

void add_raw_option(CLI::App& app, ClientOptions& options, const char* group) {
  app.add_flag_callback(
         "--raw", [&options] { options.decode.enabled = false; },
         "Ask for no content coding and undo none: bodies as they came")
      ->group(group);
}

void add_resolve_option(CLI::App& app, ClientOptions& options) {
  add_checked(
      app, "--resolve",
      [&options](const std::string& value) { return add_resolve(value, options.resolve); },
      "Go to these addresses instead of looking HOST up (repeatable)")
      ->type_name("HOST:PORT:ADDR[,ADDR]")
      ->group(kConnectionGroup);
}

std::string add_pin(const std::string& text, std::vector<std::string>& into) {
  constexpr std::string_view kCurls = "sha256//";
  constexpr std::size_t kDigits = 44;
  ClientOptions probe;
  probe.tls.pinned_keys = {text};
  if (text.starts_with(kCurls) && text.size() == kCurls.size() + kDigits) {
    probe.tls.pinned_keys = {"sha256/" + text.substr(kCurls.size())};
  }
  if (is_refused(probe)) {
    return "expected sha256/ and the 44 base64 digits of the SHA-256 of the public key";
  }
  into.push_back(std::move(probe.tls.pinned_keys.front()));
  return "";
}

std::string add_resolve(const std::string& text, std::vector<HostAddress>& into) {
  std::string shape = "expected HOST:PORT:ADDRESS[,ADDRESS], e.g. localhost:8443:127.0.0.1";
  const std::size_t host_end = text.find(':');
  const std::size_t port_end = host_end == text.npos ? text.npos : text.find(':', host_end + 1);
  if (port_end == text.npos) return shape;
  HostAddress entry;
  entry.host = text.substr(0, host_end);
  if (entry.host.empty()) return "the host is missing: " + shape;
  std::transform(entry.host.begin(), entry.host.end(), entry.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string port = text.substr(host_end + 1, port_end - host_end - 1);
  if (port != "*") {
    const char* const end = port.data() + port.size();
    const auto [stop, error] = std::from_chars(port.data(), end, entry.port);
    if (error != std::errc() || stop != end || entry.port == 0) {
      return "'" + port + "' is no port: use 1 to 65535, or * for any";
    }
  }
  std::vector<HostAddress> found;
  for (std::size_t at = port_end + 1;;) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    entry.address = text.substr(at, end - at);
    if (entry.address.size() > 2 && entry.address.front() == '[' && entry.address.back() == ']') {
      entry.address = entry.address.substr(1, entry.address.size() - 2);
    }
    ClientOptions probe;
    probe.resolve = {entry};
    if (is_refused(probe)) {
      return "'" + text.substr(at, end - at) +
             "' is no IP address: use one like 127.0.0.1 or [::1]";
    }
    found.push_back(entry);
    if (end == text.size()) break;
    at = end + 1;
  }
  into.insert(into.end(), found.begin(), found.end());
  return "";
}

std::string protocol_complaint(const ClientOptions& options) {
  const TlsPolicy& tls = options.tls;
  if (!tls.certificate_file.empty() && tls.key_file.empty()) {
    return "--cert '" + tls.certificate_file +
           "': its private key is missing: give --key FILE (it may be the same file)";
  }
  if (!tls.key_file.empty() && tls.certificate_file.empty()) {
    return "--key '" + tls.key_file + "': the certificate is missing: give --cert FILE";
  }
  return "";
}

}  // namespace holdfast::cli
