#include "cli/protocol_options.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_line.h"

namespace holdfast::cli {
namespace {

const std::string kDigits = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

std::string shown(const std::vector<HostAddress>& entries) {
  std::string text;
  for (const HostAddress& entry : entries) {
    text += entry.host + "|" + std::to_string(entry.port) + "|" + entry.address + " ";
  }
  return text;
}

std::string resolved(const std::string& text) {
  std::vector<HostAddress> entries;
  const std::string complaint = add_resolve(text, entries);
  return complaint.empty() ? shown(entries) : "refused: " + complaint;
}

TEST(Resolve, takes_names_ports_and_addresses) {
  EXPECT_EQ(resolved("a.test:80:127.0.0.1"), "a.test|80|127.0.0.1 ");
  EXPECT_EQ(resolved("a.test:443:127.0.0.1,[::1],fe80::1"),
            "a.test|443|127.0.0.1 a.test|443|::1 a.test|443|fe80::1 ");
  EXPECT_EQ(resolved("a.test:443:::1"), "a.test|443|::1 ");
  EXPECT_EQ(resolved("a.test:*:10.0.0.1"), "a.test|0|10.0.0.1 ");
  EXPECT_EQ(resolved("A.Test:1:10.0.0.1"), "a.test|1|10.0.0.1 ");
}

TEST(Resolve, names_what_is_wrong_and_the_remedy) {
  const struct {
    const char* text;
    const char* wanted;
  } mistakes[] = {{"", "HOST:PORT:ADDRESS"},
                  {"a.test", "HOST:PORT:ADDRESS"},
                  {"a.test:80", "HOST:PORT:ADDRESS"},
                  {":80:127.0.0.1", "the host is missing"},
                  {"a.test:x:127.0.0.1", "'x'"},
                  {"a.test:0:127.0.0.1", "'0'"},
                  {"a.test:65536:127.0.0.1", "65536"},
                  {"a.test:80:", "''"},
                  {"a.test:80:name", "'name'"},
                  {"a.test:80:127.0.0.1,", "''"},
                  {"a.test:80:[]", "'[]'"},
                  {"a.test:80:[127.0.0.1", "'[127.0.0.1'"}};
  for (const auto& mistake : mistakes) {
    EXPECT_TRUE(resolved(mistake.text).starts_with("refused: ")) << mistake.text;
    EXPECT_NE(resolved(mistake.text).find(mistake.wanted), std::string::npos)
        << mistake.text << "\n"
        << resolved(mistake.text);
  }
}

RC_GTEST_PROP(Resolve, never_takes_what_the_client_would_refuse, ()) {
  const auto text =
      "A" + *rc::gen::container<std::string>(rc::gen::elementOf(std::string(":::,,[].*01a\n")));
  ClientOptions options;
  const std::string complaint = add_resolve(text, options.resolve);
  RC_ASSERT(options.resolve.empty() == !complaint.empty());
  RC_ASSERT(options.validate().empty());
}

RC_GTEST_PROP(Resolve, finds_again_what_was_written, ()) {
  const auto port = *rc::gen::inRange<int>(1, 65536);
  const auto bytes =
      *rc::gen::container<std::vector<std::uint8_t>>(4, rc::gen::arbitrary<std::uint8_t>());
  std::string address;
  for (const std::uint8_t byte : bytes) {
    address += (address.empty() ? "" : ".") + std::to_string(byte);
  }
  RC_ASSERT(resolved("host:" + std::to_string(port) + ":" + address) ==
            "host|" + std::to_string(port) + "|" + address + " ");
}

TEST(Pin, is_taken_as_rfc_7469_and_as_curl_write_it) {
  std::vector<std::string> pins;
  EXPECT_EQ(add_pin("sha256/" + kDigits, pins), "");
  EXPECT_EQ(add_pin("sha256//" + kDigits, pins), "");
  EXPECT_EQ(pins, (std::vector<std::string>{"sha256/" + kDigits, "sha256/" + kDigits}));
}

TEST(Pin, that_begins_with_a_slash_is_not_curls) {
  const std::string pin = "sha256//" + kDigits.substr(1);
  std::vector<std::string> pins;
  EXPECT_EQ(add_pin(pin, pins), "");
  EXPECT_EQ(pins.front(), pin);
}

TEST(Pin, that_is_none_is_refused) {
  std::vector<std::string> pins;
  const std::string wrong[] = {"",
                               "sha256/",
                               "sha256/x",
                               kDigits,
                               "sha1/" + kDigits,
                               "sha256/" + kDigits + "=",
                               "sha256///" + kDigits};
  for (const std::string& pin : wrong) {
    EXPECT_NE(add_pin(pin, pins).find("44 base64 digits"), std::string::npos) << pin;
  }
  EXPECT_TRUE(pins.empty());
}

/// A file that can be read, gone with the test.
class SomeFile {
 public:
  SomeFile() : path_(testing::TempDir() + "/holdfast-pem-XXXXXX") { close(mkstemp(path_.data())); }
  ~SomeFile() { std::filesystem::remove(path_); }
  SomeFile(const SomeFile&) = delete;
  SomeFile& operator=(const SomeFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Parsed parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "holdfast");
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (std::string& word : words) argv.push_back(word.data());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

ClientOptions client_of(std::vector<std::string> words) {
  Parsed found = parsed(std::move(words));
  EXPECT_TRUE(found.line.has_value());
  return found.line ? found.line->client : ClientOptions();
}

TEST(ProtocolOptions, without_flags_are_the_librarys_defaults) {
  const ClientOptions client = client_of({"get", "https://a.test/"});
  EXPECT_TRUE(client.tls.ca_file.empty());
  EXPECT_FALSE(client.tls.insecure_skip_verification);
  EXPECT_EQ(client.tls.min_version, TlsVersion::tls1_2);
  EXPECT_EQ(client.http2.use, Http2::negotiate);
  EXPECT_EQ(client.http2.max_streams, Http2Policy().max_streams);
  EXPECT_TRUE(client.resolve.empty());
}

TEST(ProtocolOptions, every_flag_acts) {
  const SomeFile pem;
  for (const char* command : {"get", "load"}) {
    const ClientOptions client = client_of({command,
                                            "https://a.test/",
                                            "--cacert",
                                            pem.path(),
                                            "--cert",
                                            pem.path(),
                                            "--key",
                                            pem.path(),
                                            "-k",
                                            "--pinnedpubkey",
                                            "sha256/" + kDigits,
                                            "--pinnedpubkey",
                                            "sha256//" + kDigits,
                                            "--tls-min",
                                            "1.3",
                                            "--http2-prior-knowledge",
                                            "--resolve",
                                            "a.test:443:[::1],127.0.0.1",
                                            "--resolve",
                                            "b.test:*:127.0.0.2"});
    EXPECT_EQ(client.tls.ca_file, pem.path());
    EXPECT_EQ(client.tls.certificate_file, pem.path());
    EXPECT_EQ(client.tls.key_file, pem.path());
    EXPECT_TRUE(client.tls.insecure_skip_verification);
    EXPECT_EQ(client.tls.pinned_keys.size(), 2U);
    EXPECT_EQ(client.tls.min_version, TlsVersion::tls1_3);
    EXPECT_EQ(client.http2.use, Http2::prior_knowledge);
    EXPECT_EQ(shown(client.resolve), "a.test|443|::1 a.test|443|127.0.0.1 b.test|0|127.0.0.2 ");
  }
  EXPECT_EQ(client_of({"get", "--http1.1", "http://a/"}).http2.use, Http2::off);
  EXPECT_EQ(client_of({"get", "--http2", "http://a/"}).http2.use, Http2::negotiate);
  EXPECT_TRUE(client_of({"get", "--insecure", "http://a/"}).tls.insecure_skip_verification);
  EXPECT_EQ(client_of({"load", "--streams", "7", "http://a/"}).http2.max_streams, 7U);
}

TEST(ProtocolOptions, mistakes_are_one_line_with_flag_and_value) {
  const SomeFile pem;
  const struct {
    std::vector<std::string> words;
    const char* flag;
    std::string value;
  } mistakes[] = {
      {{"--cacert", "/no/such.pem"}, "--cacert", "'/no/such.pem'"},
      {{"--cacert", ""}, "--cacert", "''"},
      {{"--cacert", "/tmp"}, "--cacert", "'/tmp'"},
      {{"--cert", pem.path()}, "--cert", pem.path()},
      {{"--key", pem.path()}, "--key", pem.path()},
      {{"--cert", "/no/such.pem", "--key", pem.path()}, "--cert", "'/no/such.pem'"},
      {{"--pinnedpubkey", "md5/x"}, "--pinnedpubkey", "'md5/x'"},
      {{"--tls-min", "1.1"}, "--tls-min", "'1.1'"},
      {{"--resolve", "a.test"}, "--resolve", "'a.test'"},
      {{"--http1.1", "--http2"}, "--http2", "--http1.1"},
      {{"--http2-prior-knowledge", "--http1.1"}, "--http2-prior-knowledge", "--http1.1"},
  };
  for (const auto& mistake : mistakes) {
    std::vector<std::string> words = mistake.words;
    words.insert(words.begin(), {"get", "https://a.test/"});
    testing::internal::CaptureStderr();
    const Parsed found = parsed(words);
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_FALSE(found.line.has_value()) << mistake.flag;
    EXPECT_EQ(found.exit_status, 2) << mistake.flag;
    EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
    EXPECT_NE(told.find(mistake.flag), told.npos) << told;
    EXPECT_NE(told.find(mistake.value), told.npos) << told;
  }
}

TEST(HelpPage, lists_each_groups_options_in_order_of_their_names) {
  for (const char* command : {"get", "load"}) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(parsed({command, "--help"}).exit_status, 0);
    std::istringstream page(testing::internal::GetCapturedStdout());
    std::string last;
    std::size_t options = 0;
    for (std::string line; std::getline(page, line);) {
      EXPECT_LE(line.size(), 100U) << line;
      if (!line.starts_with("  -") && !line.starts_with("      --")) {
        if (!line.starts_with("   ")) last.clear();  // a heading, not the rest of a help text
        continue;
      }
      // The long name, which is the last of "-k, --insecure".
      const std::size_t begin = line.find("--");
      ASSERT_NE(begin, line.npos) << line;
      const std::string name = line.substr(begin, line.find(' ', begin) - begin);
      EXPECT_LT(last, name);
      last = name;
      ++options;
    }
    EXPECT_GT(options, 20U);
  }
}

}  // namespace
}  // namespace holdfast::cli
