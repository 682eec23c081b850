#include "wire/content/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/rng.h"
#include "wire/content/decoder_rig.h"

namespace holdfast::wire {
namespace {

using namespace std::string_view_literals;
using Kind = Decoder::Kind;
using DecoderEvent = Decoder::Event;

std::string hex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  }
  return bytes;
}

// Made by gzip(1) and its kin, so that at least these do not come from the libraries under test.
const std::string kHelloGzip =
    hex("1f8b0800000000000003cb48cdc9c95728cf2fca4901008511"
        "4a0d0b000000");

TEST(Decoder, content_encoding_is_read_as_a_list_of_tokens_without_case) {
  Decoder decoder;
  const auto kind = [&](std::string_view field) { return decoder.start(field, {}, 100); };
  EXPECT_EQ(kind(""), Kind::plain);
  EXPECT_EQ(kind("identity"), Kind::plain);
  EXPECT_EQ(kind(" , Identity ,\t"), Kind::plain);
  EXPECT_EQ(kind("gzip"), Kind::coded);
  EXPECT_EQ(kind("X-GZip"), Kind::coded);
  EXPECT_EQ(kind("deflate,gzip , identity"), Kind::coded);
  EXPECT_EQ(kind("gzip, gzip, gzip"), Kind::coded);
  EXPECT_EQ(kind("compress"), Kind::unknown);
  EXPECT_EQ(kind("gzip, aws-chunked"), Kind::unknown);
  EXPECT_EQ(kind("aws-chunked, gzip"), Kind::unknown);
  EXPECT_EQ(kind("gzip;q=1"), Kind::unknown);
  EXPECT_EQ(kind("gzipped"), Kind::unknown);
  EXPECT_EQ(kind("utf-8"), Kind::unknown);
  EXPECT_EQ(decoder.error(), ErrorCode::none);
}

TEST(Decoder, more_than_three_codings_are_refused) {
  Decoder decoder;
  EXPECT_EQ(decoder.start("gzip, gzip, gzip, gzip", {}, 100), Kind::refused);
  EXPECT_EQ(decoder.error(), ErrorCode::content_undecodable);
  EXPECT_EQ(decoder.detail(), "the content has more than three codings");
  EXPECT_EQ(decoder.start("gzip", {}, 100), Kind::coded);
  EXPECT_EQ(decoder.error(), ErrorCode::none);
}

TEST(Decoder, what_is_asked_for_is_what_can_be_decoded) {
  std::string_view list = accept_encoding();
  EXPECT_TRUE(list.starts_with("gzip, deflate"));
  Decoder decoder;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    EXPECT_EQ(decoder.start(name, {}, 100), Kind::coded) << name;
    list.remove_prefix(std::min(list.size(), name.size() + 2));
  }
#if defined(HOLDFAST_WITH_BROTLI) && defined(HOLDFAST_WITH_ZSTD)
  EXPECT_EQ(accept_encoding(), "gzip, deflate, br, zstd");
#endif
}

TEST(Decoder, reads_what_others_wrote) {
  EXPECT_EQ(decode_all("gzip", kHelloGzip).bytes, "hello world");
  EXPECT_EQ(decode_all("deflate", hex("789ccb48cdc9c95728cf2fca490100"
                                      "1a0b045d"))
                .bytes,
            "hello world");
  EXPECT_EQ(decode_all("deflate", hex("cb48cdc9c95728cf2fca490100")).bytes, "hello world");
#ifdef HOLDFAST_WITH_BROTLI
  EXPECT_EQ(decode_all("br", hex("0b058068656c6c6f20776f726c6403")).bytes, "hello world");
#endif
#ifdef HOLDFAST_WITH_ZSTD
  EXPECT_EQ(decode_all("zstd", hex("28b52ffd200b59000068656c6c6f20776f726c64")).bytes,
            "hello world");
#endif
}

TEST(Decoder, codings_are_undone_last_applied_first) {
  const std::string encoded = encode("gzip", encode("deflate", "in two coats"));
  EXPECT_EQ(decode_all("deflate, gzip", encoded).bytes, "in two coats");
  EXPECT_EQ(decode_all("gzip, deflate", encoded).error, ErrorCode::content_undecodable);
}

TEST(Decoder, no_bytes_at_all_are_an_empty_content) {
  for (const char* encoding : encodings()) {
    const Decoded decoded = decode_all(coding_of(encoding), "");
    EXPECT_EQ(decoded.error, ErrorCode::none) << encoding;
    EXPECT_EQ(decoded.bytes, "");
  }
}

TEST(Decoder, an_empty_content_in_its_coding_is_empty) {
  for (const char* encoding : encodings()) {
    const Decoded decoded = decode_all(coding_of(encoding), encode(encoding, ""));
    EXPECT_EQ(decoded.detail, "") << encoding;
    EXPECT_EQ(decoded.bytes, "");
  }
}

TEST(Decoder, gzip_members_follow_one_another) {
  const std::string two = encode("gzip", "one, ") + encode("gzip", "") + encode("gzip", "two");
  EXPECT_EQ(decode_all("gzip", two).bytes, "one, two");
  EXPECT_EQ(decode_all("gzip", two.substr(0, two.size() - 1)).error,
            ErrorCode::content_undecodable);
  // What begins another member but is none of it is cut short, not whole with something after.
  const Decoded half = decode_all("gzip", encode("gzip", "one") + "\x1f");
  EXPECT_EQ(half.error, ErrorCode::content_undecodable);
  EXPECT_EQ(half.bytes, "one");
}

TEST(Decoder, zeros_after_a_gzip_member_are_padding_and_anything_else_is_not) {
  const std::string one = encode("gzip", "one"), zeros(1000, '\0');
  for (const std::size_t cut : {1U, 7U, 10'000U}) {
    const auto decoded = [&](const std::string& encoded) {
      Decoder decoder;
      decoder.start("gzip", {}, UINT64_MAX);
      return decode_all(decoder, encoded, {cut});
    };
    EXPECT_EQ(decoded(one + zeros).bytes, "one");
    EXPECT_EQ(decoded(one + zeros).error, ErrorCode::none);
    EXPECT_EQ(decoded(one + one + zeros).bytes, "oneone");
    EXPECT_EQ(decoded(one + zeros + one).bytes, "oneone");  // as a tape has them
    EXPECT_EQ(decoded(one + zeros + "x").error, ErrorCode::content_undecodable);
    EXPECT_EQ(decoded(one + "\n").error, ErrorCode::content_undecodable);
    EXPECT_EQ(decoded(zeros + one).error, ErrorCode::content_undecodable);
  }
  EXPECT_EQ(decode_all("deflate", encode("deflate", "one") + zeros).error,
            ErrorCode::content_undecodable);
}

TEST(Decoder, deflate_streams_do_not_follow_one_another) {
  const std::string one = encode("deflate", "one");
  EXPECT_EQ(decode_all("deflate", one + one).error, ErrorCode::content_undecodable);
}

TEST(Decoder, a_single_byte_of_deflate_is_cut_short) {
  EXPECT_EQ(decode_all("deflate", "x").error, ErrorCode::content_undecodable);
}

TEST(Decoder, checksums_and_lengths_are_verified) {
  const Decoded crc = decode_all("gzip", std::string(kHelloGzip).replace(24, 1, "\x84"));
  EXPECT_EQ(crc.error, ErrorCode::content_undecodable);
  EXPECT_EQ(crc.detail, "gzip: incorrect data check");
  EXPECT_EQ(decode_all("gzip", std::string(kHelloGzip).replace(28, 1, "\x0c")).detail,
            "gzip: incorrect length check");
  std::string adler = encode("deflate", "hello");
  adler.back() = static_cast<char>(adler.back() ^ 1);
  EXPECT_EQ(decode_all("deflate", adler).detail, "deflate: incorrect data check");
#ifdef HOLDFAST_WITH_ZSTD
  std::string xxhash = encode("zstd", "hello");
  xxhash.back() = static_cast<char>(xxhash.back() ^ 1);
  EXPECT_EQ(decode_all("zstd", xxhash).error, ErrorCode::content_undecodable);
#endif
}

TEST(Decoder, plain_text_under_a_coding_is_undecodable_and_not_repeated_in_the_error) {
  for (const char* encoding : encodings()) {
    const Decoded decoded =
        decode_all(coding_of(encoding), "secret, not encoded at all: {\"a\":1}");
    EXPECT_EQ(decoded.error, ErrorCode::content_undecodable) << encoding;
    EXPECT_TRUE(decoded.detail.starts_with(coding_of(encoding))) << decoded.detail;
    EXPECT_EQ(decoded.detail.find("secret"), std::string::npos);
  }
}

TEST(Decoder, a_preset_dictionary_is_refused) {
  const Decoded decoded = decode_all("deflate", hex("78bb00000001cb48cdc9"));
  EXPECT_EQ(decoded.detail, "deflate: the content needs a dictionary");
}

TEST(Decoder, an_error_stays_until_the_next_start) {
  Decoder decoder;
  decoder.start("gzip", {}, 100);
  EXPECT_EQ(decode_all(decoder, "nonsense").error, ErrorCode::content_undecodable);
  std::string_view more = kHelloGzip;
  char room[100];
  EXPECT_EQ(decoder.next(more, room), DecoderEvent::error);
  EXPECT_EQ(decoder.finish(), DecoderEvent::error);
  EXPECT_EQ(more.size(), kHelloGzip.size());
  decoder.start("gzip", {}, 100);
  EXPECT_EQ(decode_all(decoder, kHelloGzip).bytes, "hello world");
}

TEST(Decoder, one_call_fills_no_more_than_its_room_and_keeps_the_rest) {
  Decoder decoder;
  decoder.start("gzip", {}, UINT64_MAX);
  const std::string encoded = encode("gzip", std::string(100'000, 'a'));
  std::string_view input = encoded;
  char room[1000];
  std::size_t calls = 0, bytes = 0;
  while (decoder.next(input, room) == DecoderEvent::data) {
    ++calls;
    bytes += decoder.produced();
  }
  EXPECT_EQ(bytes, 100'000U);
  EXPECT_GE(calls, 100U);
  EXPECT_EQ(decoder.finish(), DecoderEvent::end);
}

TEST(Decoder, a_bomb_is_stopped_by_the_bound_on_bytes) {
  for (const char* encoding : encodings()) {
    const std::string bomb = encode(encoding, std::string(10 << 20, '\0'));
    const Decoded decoded = decode_all(coding_of(encoding), bomb, 64 * 1024);
    EXPECT_EQ(decoded.error, ErrorCode::body_too_large) << encoding;
    EXPECT_EQ(decoded.detail,
              "more than 65536 bytes when decoded; raise limits.max_body_bytes or stream the "
              "response");
    EXPECT_EQ(decoded.bytes.size(), 64U * 1024U);
  }
}

TEST(Decoder, growth_is_not_looked_at_while_the_content_is_small) {
  Decoder decoder;
  DecodePolicy policy;
  policy.max_ratio = 2;
  policy.ratio_grace_bytes = 1000;
  decoder.start("gzip", policy, UINT64_MAX);
  EXPECT_EQ(decode_all(decoder, encode("gzip", std::string(1000, 'a'))).error, ErrorCode::none);
  decoder.start("gzip", policy, UINT64_MAX);
  const Decoded decoded = decode_all(decoder, encode("gzip", std::string(1001, 'a')));
  EXPECT_EQ(decoded.error, ErrorCode::expansion_too_large);
  EXPECT_EQ(decoded.detail, "decoding makes it more than 2 times as large; raise decode.max_ratio");
}

// 8 MiB of zeros are 8 KB of gzip, which cannot do better than 1032 to one; br and zstd can.
TEST(Decoder, zeros_in_a_single_coding_are_no_bomb) {
  const std::string zeros(16 << 20, '\0');
  for (const char* encoding : encodings()) {
    const std::string encoded = encode(encoding, zeros);
    EXPECT_LT(encoded.size(), 20'000U);
    Decoder decoder;
    ASSERT_EQ(decoder.start(coding_of(encoding), {}, zeros.size()), Kind::coded);
    EXPECT_TRUE(decode_all(decoder, encoded, {}, 16'384).bytes == zeros) << encoding;
  }
}

TEST(Decoder, growth_beyond_the_grace_is_stopped_in_a_single_coding_too) {
  DecodePolicy policy;
  policy.ratio_grace_bytes = 1 << 20;
  for (const char* encoding : {"br", "zstd"}) {
    Decoder decoder;
    if (decoder.start(encoding, policy, UINT64_MAX) == Kind::unknown) continue;
    const Decoded decoded =
        decode_all(decoder, encode(encoding, std::string(8 << 20, '\0')), {}, 16'384);
    EXPECT_EQ(decoded.error, ErrorCode::expansion_too_large) << encoding;
    EXPECT_LE(decoded.bytes.size(), (1U << 20) + (1U << 16));
  }
}

TEST(Decoder, a_thousandfold_growth_of_a_stack_is_too_much_by_default_and_allowed_on_demand) {
  const std::string content(16 << 20, '\0');
  const std::string twice = encode("gzip", encode("gzip", content));
  EXPECT_EQ(decode_all("gzip", encode("gzip", sample(16 << 20, 1))).error, ErrorCode::none);
  EXPECT_EQ(decode_all("gzip, gzip", twice).error, ErrorCode::expansion_too_large);
  DecodePolicy policy;
  policy.max_ratio = 0;
  Decoder decoder;
  decoder.start("gzip, gzip", policy, UINT64_MAX);
  EXPECT_TRUE(decode_all(decoder, twice).bytes == content);
}

// Empty members without end: the outer coding grows a thousandfold into what decodes to nothing, so
// that only the outer one's growth shows.
TEST(Decoder, a_bomb_that_decodes_to_nothing_is_stopped_by_its_inner_growth) {
  std::string nothing;
  const std::string member = encode("gzip", "");
  while (nothing.size() < 16U << 20) nothing += member;
  DecodePolicy policy;
  policy.max_ratio = 100;
  for (const char* outer : encodings()) {
    Decoder decoder;
    decoder.start("gzip, " + std::string(coding_of(outer)), policy, UINT64_MAX);
    const Decoded decoded = decode_all(decoder, encode(outer, nothing));
    EXPECT_EQ(decoded.error, ErrorCode::expansion_too_large) << outer;
    EXPECT_EQ(decoded.bytes, "");
  }
}

/// The bound is passed before the place where the content is damaged: long before, and within what
/// a library may read ahead (except zstd, which decodes block by block).
TEST(Decoder, the_fault_that_comes_first_wins_however_the_content_is_cut) {
  for (const char* encoding : encodings()) {
    int invalid = 0;  // for its data, not for its end
    for (unsigned fill = 0; fill < 256; fill += 15) {
      const bool small = fill % 2 == 0 && encoding != "zstd"sv;
      std::string encoded = encode(encoding, sample(small ? 6000 : 400'000, fill + 1));
      const std::size_t damage = encoded.size() / 4;
      encoded.replace(encoded.size() - damage, damage, damage, static_cast<char>(fill));
      Decoder decoder;
      decoder.start(coding_of(encoding), {}, UINT64_MAX);
      invalid += decode_all(decoder, encoded).detail.ends_with("in the middle") ? 0 : 1;
      for (const std::size_t cut : {std::size_t{1}, std::size_t{100}, encoded.size()}) {
        if (cut == 1 && !small) continue;
        decoder.start(coding_of(encoding), {}, 1000);
        const Decoded decoded = decode_all(decoder, encoded, {cut}, 1 << 20);
        EXPECT_EQ(decoded.error, ErrorCode::body_too_large) << encoding << " " << cut;
        EXPECT_EQ(decoded.bytes.size(), 1000U);
      }
    }
    EXPECT_TRUE(encoding != "br"sv || invalid > 3);
  }
}

/// Zeros that grow too much, and then enough that does not grow.
TEST(Decoder, growth_is_judged_where_it_is_however_the_content_is_cut) {
  DecodePolicy policy;
  policy.max_ratio = 10;
  policy.ratio_grace_bytes = 10'000;
  base::Rng rng(7);
  std::string content(200'000, '\0');
  for (int i = 0; i < 60'000; ++i) content += static_cast<char>(rng.next());
  for (const char* encoding : encodings()) {
    const std::string encoded = encode(encoding, content);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{100}, encoded.size()}) {
      Decoder decoder;
      decoder.start(coding_of(encoding), policy, UINT64_MAX);
      EXPECT_EQ(decode_all(decoder, encoded, {cut}, 1 << 20).error, ErrorCode::expansion_too_large)
          << encoding << " " << cut;
    }
  }
}

TEST(Decoder, windows_beyond_the_limit_are_refused_and_those_within_are_not) {
  const std::string content = sample(1 << 20, 3);
  for (const std::string_view encoding : {"br"sv, "zstd"sv}) {
    Decoder decoder;
    DecodePolicy policy;
    policy.max_window_bytes = 1 << 18;
    if (decoder.start(encoding, policy, UINT64_MAX) == Kind::unknown) continue;
    const Decoded wide = decode_all(decoder, encode_window(encoding, content, 20));
    EXPECT_EQ(wide.error, ErrorCode::content_undecodable);
    EXPECT_EQ(wide.detail,
              std::string(encoding) + ": the content asks for a window beyond the limit");
    EXPECT_EQ(wide.bytes, "");
    decoder.start(encoding, policy, UINT64_MAX);
    EXPECT_TRUE(decode_all(decoder, encode_window(encoding, content, 18)).bytes == content);
  }
}

#ifdef HOLDFAST_WITH_BROTLI
TEST(Decoder, every_window_of_br_is_recognized) {
  const std::string content = sample(100'000, 4);
  for (int bits = 10; bits <= 24; ++bits) {
    Decoder decoder;
    DecodePolicy policy;
    policy.max_window_bytes = 1ULL << bits;
    const std::string encoded = encode_window("br", content, bits);
    decoder.start("br", policy, UINT64_MAX);
    EXPECT_TRUE(decode_all(decoder, encoded).bytes == content) << bits;
    policy.max_window_bytes -= 1;
    decoder.start("br", policy, UINT64_MAX);
    EXPECT_EQ(decode_all(decoder, encoded).error, ErrorCode::content_undecodable) << bits;
  }
}
#endif

#ifdef HOLDFAST_WITH_ZSTD
TEST(Decoder, zstd_frames_follow_one_another_and_skippable_ones_are_skipped) {
  const std::string skippable = hex("502a4d1803000000616263"), empty = hex("5f2a4d1800000000");
  const std::string one = encode("zstd", "one, "), two = encode("zstd", "two");
  for (const std::size_t cut : {std::size_t{1}, std::size_t{1000}}) {
    Decoder decoder;
    decoder.start("zstd", {}, UINT64_MAX);
    const Decoded decoded =
        decode_all(decoder, skippable + one + empty + skippable + two + skippable, {cut});
    EXPECT_EQ(decoded.detail, "");
    EXPECT_EQ(decoded.bytes, "one, two");
    decoder.start("zstd", {}, UINT64_MAX);
    EXPECT_EQ(decode_all(decoder, one + skippable.substr(0, 9), {cut}).error,
              ErrorCode::content_undecodable);
  }
}

/// A frame whose size is known beforehand is a single segment: its size is its window.
TEST(Decoder, zstd_windows_of_single_segments_are_limited_however_they_come) {
  const std::string content = sample(1 << 20, 5);
  const std::string encoded = encode("zstd", content);
  ASSERT_EQ(encoded[4] & 0x20, 0x20);
  DecodePolicy policy;
  for (const std::size_t cut : {std::size_t{1}, std::size_t{1000}, encoded.size()}) {
    for (const std::size_t room : {std::size_t{1000}, std::size_t{2} << 20}) {
      Decoder decoder;
      policy.max_window_bytes = content.size() - 1;
      decoder.start("zstd", policy, UINT64_MAX);
      EXPECT_EQ(decode_all(decoder, encoded, {cut}, room).detail,
                "zstd: the content asks for a window beyond the limit");
      policy.max_window_bytes = content.size();
      decoder.start("zstd", policy, UINT64_MAX);
      EXPECT_TRUE(decode_all(decoder, encoded, {cut}, room).bytes == content);
    }
  }
}

TEST(Decoder, zstd_formats_from_before_their_standard_are_refused) {
  for (const char* magic : {"1eb52ffd", "22b52ffd", "25b52ffd", "26b52ffd", "27b52ffd"}) {
    EXPECT_EQ(decode_all("zstd", hex(magic) + std::string(100, '\0')).detail,
              "zstd: no frame begins where one should");
  }
}
#endif

TEST(DecoderShelf, gives_out_what_was_given_back_and_makes_one_when_it_has_none) {
  DecoderShelf shelf;
  std::unique_ptr<Decoder> first = shelf.take(), second = shelf.take();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  const Decoder* address = first.get();
  first->start("gzip", {}, 10);
  shelf.give_back(std::move(first));
  shelf.give_back(nullptr);
  first = shelf.take();
  EXPECT_EQ(first.get(), address);
  first->start("gzip", {}, 100);
  EXPECT_EQ(decode_all(*first, kHelloGzip).bytes, "hello world");
}

}  // namespace
}  // namespace holdfast::wire
