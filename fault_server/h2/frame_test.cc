#include "fault_server/h2/frame.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fault_server/h2/hpack.h"
#include "fault_server/h2/spoilt.h"

namespace fault {
namespace {

TEST(H2Frame, frames_are_spelled_as_the_rfc_has_them) {
  std::string out;
  append_settings(out, std::vector<H2Setting>{{3, 100}});
  EXPECT_EQ(out, std::string("\0\0\6\4\0\0\0\0\0\0\3\0\0\0\144", 15));
  out.clear();
  append_rst(out, 5, h2code::kCancel);
  EXPECT_EQ(out, std::string("\0\0\4\3\0\0\0\0\5\0\0\0\10", 13));
  out.clear();
  append_goaway(out, 7, 11, "calm");
  EXPECT_EQ(out, std::string("\0\0\14\7\0\0\0\0\0\0\0\0\7\0\0\0\13calm", 21));
  out.clear();
  append_ping(out, "12345678", true);
  EXPECT_EQ(out, std::string("\0\0\10\6\1\0\0\0\0"
                             "12345678",
                             17));
  out.clear();
  append_window_update(out, 1, 0x7fffffff);
  EXPECT_EQ(out, std::string("\0\0\4\10\0\0\0\0\1\177\377\377\377", 13));
}

TEST(H2Frame, a_long_field_block_goes_on_in_continuations) {
  std::string out;
  append_headers(out, 1, "abcdefg", true, 3);
  std::string_view rest = out;
  const auto first = take_frame(rest), second = take_frame(rest), third = take_frame(rest);
  ASSERT_TRUE(first && second && third);
  EXPECT_TRUE(rest.empty());
  EXPECT_TRUE(first->is(H2Type::kHeaders));
  EXPECT_EQ(first->flags, h2flag::kEndStream);
  EXPECT_TRUE(second->is(H2Type::kContinuation));
  EXPECT_EQ(second->flags, 0);
  EXPECT_EQ(third->flags, h2flag::kEndHeaders);
  EXPECT_EQ(third->payload, "g");
}

TEST(H2Frame, codes_and_settings_have_names_in_any_case_and_numbers) {
  for (std::uint32_t code = 0; code < 14; ++code) {
    EXPECT_EQ(parse_h2_code(h2_code_name(code)), code);
  }
  EXPECT_EQ(parse_h2_code("enhance-your-calm"), h2code::kEnhanceYourCalm);
  EXPECT_EQ(parse_h2_code("4096"), 4096U);
  EXPECT_EQ(h2_code_name(4096), "4096");
  EXPECT_FALSE(parse_h2_code("OOPS"));
  EXPECT_FALSE(parse_h2_code(""));
  EXPECT_FALSE(parse_h2_code("4294967296"));
  EXPECT_EQ(parse_h2_setting("initial_window_size"), h2setting::kInitialWindowSize);
  EXPECT_EQ(parse_h2_setting("240"), 240);
  EXPECT_FALSE(parse_h2_setting("65536"));
  EXPECT_EQ(frame_name(0xbb), "0xbb");
  EXPECT_EQ(frame_name(8), "WINDOW_UPDATE");
  EXPECT_EQ(frame_name(10), "ALTSVC");
}

RC_GTEST_PROP(H2FrameProperty, what_is_written_is_read_back, ()) {
  const auto type = *rc::gen::arbitrary<std::uint8_t>();
  const auto flags = *rc::gen::arbitrary<std::uint8_t>();
  const auto stream = *rc::gen::inRange<std::uint32_t>(0, kH2MostStream);
  const auto payload = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  std::string out;
  append_frame(out, type, flags, stream, payload);
  for (std::size_t cut = 0; cut < out.size(); ++cut) {
    std::string_view part = std::string_view(out).substr(0, cut);
    RC_ASSERT(!take_frame(part));
    RC_ASSERT(part.size() == cut);
  }
  out += "next";
  std::string_view rest = out;
  const auto frame = take_frame(rest);
  RC_ASSERT(frame.has_value());
  RC_ASSERT(frame->type == type && frame->flags == flags && frame->stream == stream);
  RC_ASSERT(frame->payload == payload);
  RC_ASSERT(rest == "next");
}

RC_GTEST_PROP(H2HpackProperty, fields_survive_whatever_they_hold_and_tables_stay_in_step, ()) {
  H2Deflater deflater;
  H2Inflater inflater;
  const int blocks = *rc::gen::inRange(1, 6);
  for (int i = 0; i < blocks; ++i) {
    Fields fields;
    const int most = *rc::gen::inRange(0, 8);
    for (int n = 0; n < most; ++n) {
      fields.emplace_back(*rc::gen::element<std::string>(":status", "x-a", "x-b", "date", ""),
                          *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    }
    if (*rc::gen::inRange(0, 4) == 0) {
      const auto size = *rc::gen::element<std::uint32_t>(0, 100, 4096);
      deflater.set_table_size(0);
      deflater.set_table_size(size);
    }
    const auto back = inflater.fields(deflater.block(fields));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == fields);
  }
}

TEST(H2Hpack, a_block_that_is_corrupt_or_unfolds_beyond_the_limit_is_refused) {
  EXPECT_FALSE(H2Inflater().fields("\x80"));
  EXPECT_FALSE(
      H2Inflater().fields(std::string("\x40\x05"
                                      "ab",
                                      4)));
  H2Inflater bounded(1000);
  H2Deflater deflater;
  EXPECT_FALSE(bounded.fields(deflater.block({{"x", std::string(1000, 'x')}})));
  EXPECT_NE(bounded.problem().find("more than 1000"), std::string::npos);
}

TEST(H2Hpack, literals_spelled_by_hand_are_what_they_say) {
  for (const std::size_t size : {0UL, 1UL, 126UL, 127UL, 128UL, 254UL, 255UL, 5000UL}) {
    const std::string value(size, 'v');
    const auto back = H2Inflater().fields(h2_literal("x-name", value));
    ASSERT_TRUE(back) << size;
    EXPECT_EQ(*back, (Fields{{"x-name", value}})) << size;
  }
}

}  // namespace
}  // namespace fault
