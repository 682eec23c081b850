// Validation of TlsPolicy, Http2Policy and ClientOptions::resolve (T4, H2, H3).
#include <gtest/gtest.h>

#include <string>

#include "holdfast/options.h"

namespace holdfast {
namespace {

/// The option of the only complaint; "" for none, "…" for several.
std::string complaint_about(const ClientOptions& options) {
  const auto complaints = options.validate();
  if (complaints.empty()) return "";
  EXPECT_FALSE(complaints.front().remedy.empty());
  return complaints.size() == 1 ? complaints.front().option : "…";
}

TEST(ValidateTls, a_certificate_and_its_key_come_together) {
  ClientOptions options;
  options.tls.certificate_file = "c.pem";
  EXPECT_EQ(complaint_about(options), "tls.key_file");
  options.tls.key_pem = "-----BEGIN PRIVATE KEY-----";
  EXPECT_EQ(complaint_about(options), "");
  options.tls.certificate_file.clear();
  EXPECT_EQ(complaint_about(options), "tls.certificate_file");
}

TEST(ValidateTls, a_file_and_a_text_for_one_thing_are_one_too_many) {
  ClientOptions options;
  options.tls.certificate_file = options.tls.certificate_pem = "c";
  options.tls.key_file = "k";
  EXPECT_EQ(complaint_about(options), "tls.certificate_pem");
  options.tls.certificate_pem.clear();
  options.tls.key_pem = "k";
  EXPECT_EQ(complaint_about(options), "tls.key_pem");
}

TEST(ValidateTls, pins_are_sha256_in_base64) {
  const std::string digits(43, 'A');
  for (const std::string& pin :
       {std::string("sha256/"), digits, "sha1/" + digits + "=", "sha256/" + digits,
        "sha256/" + digits + "==", "sha256/" + std::string(42, 'A') + "*="}) {
    ClientOptions options;
    options.tls.pinned_keys = {pin};
    EXPECT_EQ(complaint_about(options), "tls.pinned_keys") << pin;
  }
  ClientOptions options;
  options.tls.pinned_keys = {"sha256/" + digits + "="};
  EXPECT_EQ(complaint_about(options), "");
}

TEST(ValidateHttp2, windows_lie_between_the_protocols_bounds) {
  for (const std::uint32_t bytes : {0U, 65'534U, 0x8000'0000U}) {
    ClientOptions options;
    options.http2.stream_window_bytes = bytes;
    EXPECT_EQ(complaint_about(options), "http2.stream_window_bytes") << bytes;
    options = {};
    options.http2.connection_window_bytes = bytes;
    EXPECT_EQ(complaint_about(options), "http2.connection_window_bytes") << bytes;
  }
  ClientOptions options;
  options.http2.stream_window_bytes = 65'535;
  options.http2.connection_window_bytes = 0x7FFF'FFFFU;
  EXPECT_EQ(complaint_about(options), "");
}

TEST(ValidateHttp2, no_streams_at_all_and_no_time_for_a_ping_make_no_sense) {
  ClientOptions options;
  options.http2.max_streams = 0;
  EXPECT_EQ(complaint_about(options), "http2.max_streams");
  options = {};
  options.http2.flood_allowance = 99;
  EXPECT_EQ(complaint_about(options), "http2.flood_allowance");
  options = {};
  for (const Duration time : {Duration{0}, Duration{-1}, kOff}) {
    options.http2.ping_timeout = time;
    EXPECT_EQ(complaint_about(options), "http2.ping_timeout") << time.count();
  }
}

TEST(ValidateResolve, addresses_are_literals_and_hosts_lower_case) {
  ClientOptions options;
  options.resolve = {{"h.test", 443, "127.0.0.1"}, {"h.test", 0, "::1"}};
  EXPECT_EQ(complaint_about(options), "");
  options.resolve = {{"h.test", 443, "elsewhere.test"}};
  EXPECT_EQ(complaint_about(options), "resolve");
  options.resolve = {{"h.test", 443, "[::1]"}};
  EXPECT_EQ(complaint_about(options), "resolve");
  options.resolve = {{"H.test", 443, "127.0.0.1"}};
  EXPECT_EQ(complaint_about(options), "resolve");
  options.resolve = {{"", 443, "127.0.0.1"}};
  EXPECT_EQ(complaint_about(options), "resolve");
}

}  // namespace
}  // namespace holdfast
