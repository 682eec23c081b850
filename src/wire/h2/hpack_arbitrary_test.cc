// What the generator of field blocks knows of RFC 7541 comes from nghttp2, which also decodes in
// the tests: here it is held to the RFC's own examples.
#include "wire/h2/hpack_arbitrary.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace holdfast::wire {
namespace {

std::string in_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) / 16];
    out += kDigits[static_cast<unsigned char>(c) % 16];
  }
  return out;
}

/// RFC 7541 Appendix C.4 and C.6.
TEST(HpackArbitrary, huffman_s_code_is_that_of_the_rfc) {
  EXPECT_EQ(in_hex(hpack_huffman("")), "");
  EXPECT_EQ(in_hex(hpack_huffman("www.example.com")), "f1e3c2e5f23a6ba0ab90f4ff");
  EXPECT_EQ(in_hex(hpack_huffman("no-cache")), "a8eb10649cbf");
  EXPECT_EQ(in_hex(hpack_huffman("custom-key")), "25a849e95ba97d7f");
  EXPECT_EQ(in_hex(hpack_huffman("custom-value")), "25a849e95bb8e8b4bf");
  EXPECT_EQ(in_hex(hpack_huffman("302")), "6402");
  EXPECT_EQ(in_hex(hpack_huffman("private")), "aec3771a4b");
  EXPECT_EQ(in_hex(hpack_huffman("Mon, 21 Oct 2013 20:13:21 GMT")),
            "d07abe941054d444a8200595040b8166e082a62d1bff");
  EXPECT_EQ(in_hex(hpack_huffman("https://www.example.com")), "9d29ad171863c78f0b97c8e9ae82ae43d3");
  EXPECT_EQ(
      in_hex(hpack_huffman("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")),
      "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007");
  // Appendix B: the longest codes.
  EXPECT_EQ(in_hex(hpack_huffman("\x0a")), "fffffff3");
  EXPECT_EQ(in_hex(hpack_huffman("\xff")), "fffffbbf");
}

/// RFC 7541 Appendix C.2 and C.3, where the plainest choices have nothing to choose.
TEST(HpackArbitrary, forms_are_those_of_the_rfc) {
  // Choices in the order they are asked for: no size update; form, name by index, …
  const auto block_by = [](const Fields& fields, std::vector<std::size_t> choices) {
    std::size_t at = 0;
    LegalHpack hpack([&](std::size_t) { return at < choices.size() ? choices[at++] : 0; });
    return in_hex(hpack.block(fields));
  };
  // C.2.1: a literal with indexing, its name new. A field that no table has takes no other choice.
  EXPECT_EQ(block_by({{"custom-key", "custom-header"}}, {0, 1}),
            "400a637573746f6d2d6b65790d637573746f6d2d686561646572");
  // C.2.2: without indexing, its name from the static table.
  EXPECT_EQ(block_by({{":path", "/sample/path"}}, {0, 0, 1, 0}), "040c2f73616d706c652f70617468");
  // C.2.3: never indexed.
  EXPECT_EQ(block_by({{"password", "secret"}}, {0, 2}), "100870617373776f726406736563726574");
  // C.2.4: by index.
  EXPECT_EQ(block_by({{":method", "GET"}}, {0, 1, 0}), "82");
}

}  // namespace
}  // namespace holdfast::wire
