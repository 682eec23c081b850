#include "http/ip_address.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace holdfast::http {
namespace {

using namespace std::string_view_literals;

TEST(IpAddress, literals_are_read_and_written_in_their_canonical_form) {
  const auto text = [](std::string_view host) { return parse_ip(host, 80)->to_string(); };
  EXPECT_EQ(text("127.0.0.1"), "127.0.0.1:80");
  EXPECT_EQ(text("::1"), "[::1]:80");
  EXPECT_EQ(text("::"), "[::]:80");
  EXPECT_EQ(text("2001:DB8:0:0:1:0:0:1"), "[2001:db8::1:0:0:1]:80");     // RFC 5952 §4.2.3
  EXPECT_EQ(text("2001:db8:0:1:1:1:1:1"), "[2001:db8:0:1:1:1:1:1]:80");  // §4.2.2
  EXPECT_EQ(text("::ffff:1.2.3.4"), "[::ffff:1.2.3.4]:80");              // §5
}

TEST(IpAddress, names_and_near_literals_are_none) {
  for (const std::string_view host :
       {""sv, "localhost"sv, "1.2.3"sv, "1.2.3.256"sv, "1.2.3.4.5"sv, "0x7f.0.0.1"sv, "[::1]"sv,
        ":::"sv, "1::2::3"sv, "::g"sv, "fe80::1%eth0"sv, " ::1"sv, "127.0.0.1 "sv, "127.0.0.1\0x"sv,
        "::1\0"sv}) {
    EXPECT_FALSE(parse_ip(host, 80)) << host;
  }
  EXPECT_FALSE(parse_ip(std::string(1000, '1'), 80));
}

TEST(IpAddress, a_zone_is_a_number_or_a_name) {
  const auto number = parse_zoned_ip("fe80::1%3", 80);
  ASSERT_TRUE(number);
  EXPECT_EQ(number->zone, "");
  EXPECT_EQ(number->address.scope, 3U);
  EXPECT_EQ(number->address.to_string(), "[fe80::1%3]:80");
  const auto name = parse_zoned_ip("fe80::1%eth0", 80);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->zone, "eth0");
  EXPECT_EQ(name->address.scope, 0U);
  EXPECT_EQ(parse_zoned_ip("1.2.3.4", 80)->address.to_string(), "1.2.3.4:80");
  EXPECT_EQ(parse_zoned_ip("fe80::1%4294967296", 80)->zone, "4294967296");  // exceeds 32 bits
  for (const std::string_view text :
       {"1.2.3.4%eth0"sv, "fe80::1%"sv, "fe80::1%a\0"sv, "a%eth0"sv}) {
    EXPECT_FALSE(parse_zoned_ip(text, 80)) << text;
  }
  EXPECT_EQ(without_zone("fe80::1%eth0"), "fe80::1");
  EXPECT_EQ(without_zone("fe80::1"), "fe80::1");
}

TEST(IpAddress, no_address_is_no_text) { EXPECT_EQ(PeerAddress().to_string(), ""); }

RC_GTEST_PROP(IpAddress, what_is_written_is_read_back, (std::uint16_t port)) {
  PeerAddress address;
  address.family = *rc::gen::element<std::uint8_t>(4, 6);
  address.port = port;
  // Many zeros, because the short forms replace runs of them.
  const auto bytes =
      *rc::gen::container<std::array<std::uint8_t, 16>>(rc::gen::weightedOneOf<std::uint8_t>(
          {{3, rc::gen::just<std::uint8_t>(0)}, {1, rc::gen::arbitrary<std::uint8_t>()}}));
  std::copy_n(bytes.begin(), address.family == 4 ? 4 : 16, address.bytes);
  std::string text = address.to_string();
  text.resize(text.rfind(':'));
  if (address.family == 6) text = text.substr(1, text.size() - 2);
  RC_ASSERT(parse_ip(text, port) == address);
}

}  // namespace
}  // namespace holdfast::http
