// What holds for any content, any coding and any way of cutting.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "wire/content/decoder.h"
#include "wire/content/decoder_rig.h"

namespace holdfast::wire {
namespace {

using Cuts = std::vector<std::size_t>;

rc::Gen<std::string> any_encoding() {
  return rc::gen::map(rc::gen::inRange<std::size_t>(0, encodings().size()),
                      [](std::size_t i) { return std::string(encodings()[i]); });
}

/// Mostly short, some beyond the libraries' blocks and windows.
rc::Gen<std::string> any_content() {
  return rc::gen::map(
      rc::gen::pair(
          rc::gen::weightedOneOf<std::size_t>({{1, rc::gen::just(std::size_t{0})},
                                               {10, rc::gen::inRange<std::size_t>(1, 2000)},
                                               {2, rc::gen::inRange<std::size_t>(2000, 200'000)}}),
          rc::gen::arbitrary<std::uint64_t>()),
      [](const std::pair<std::size_t, std::uint64_t>& s) { return sample(s.first, s.second); });
}

rc::Gen<Cuts> any_cuts() {
  return rc::gen::nonEmpty(rc::gen::container<Cuts>(rc::gen::weightedOneOf<std::size_t>(
      {{3, rc::gen::inRange<std::size_t>(1, 5)}, {1, rc::gen::inRange<std::size_t>(1, 5000)}})));
}

struct Stack {
  std::string field;    ///< what Content-Encoding says
  std::string encoded;  ///< the content in all its codings
};

Stack encode_stack(const std::vector<std::string>& encodings_applied, std::string content) {
  Stack stack{"", std::move(content)};
  for (const std::string& one : encodings_applied) {
    stack.field.append(stack.field.empty() ? "" : ", ").append(coding_of(one));
    stack.encoded = encode(one, stack.encoded);
  }
  return stack;
}

rc::Gen<std::vector<std::string>> any_stack() {
  return rc::gen::mapcat(
      rc::gen::weightedElement<std::size_t>({{3, 1}, {1, 2}, {1, 3}}), [](std::size_t depth) {
        return rc::gen::container<std::vector<std::string>>(depth, any_encoding());
      });
}

DecodePolicy without_ratio() {
  DecodePolicy policy;
  policy.max_ratio = 0;
  return policy;
}

RC_GTEST_PROP(Decoder, gives_back_what_was_encoded_however_it_is_cut, ()) {
  const std::string content = *any_content();
  const auto codings = *any_stack();
  const Cuts cuts = *any_cuts();
  const auto room = *rc::gen::element<std::size_t>(1, 2, 7, 100, 4096, 65536);
  const Stack stack = encode_stack(codings, content);
  RC_CLASSIFY(codings.size() > 1, "stacked");
  Decoder decoder;
  RC_ASSERT(decoder.start(stack.field, without_ratio(), content.size()) == Decoder::Kind::coded);
  const Decoded decoded = decode_all(decoder, stack.encoded, cuts, room);
  RC_ASSERT(decoded.detail == "");
  RC_ASSERT(decoded.bytes == content);
  RC_ASSERT(decoder.decoded_bytes() == content.size());
  RC_ASSERT(decoder.encoded_bytes() == stack.encoded.size());
}

RC_GTEST_PROP(Decoder, one_decoder_serves_any_contents_one_after_the_other, ()) {
  Decoder decoder;
  const auto rounds = *rc::gen::container<std::vector<std::vector<std::string>>>(any_stack());
  for (const auto& codings : rounds) {
    const std::string content = *any_content();
    const Stack stack = encode_stack(codings, content);
    RC_ASSERT(decoder.start(stack.field, without_ratio(), UINT64_MAX) == Decoder::Kind::coded);
    // Some are given up half-way, as responses are.
    const bool whole = *rc::gen::weightedElement<bool>({{3, true}, {1, false}});
    const Decoded decoded = decode_all(
        decoder, std::string_view(stack.encoded).substr(0, stack.encoded.size() / (whole ? 1 : 2)));
    if (whole) {
      RC_ASSERT(decoded.detail == "");
      RC_ASSERT(decoded.bytes == content);
    }
    if (*rc::gen::arbitrary<bool>()) decoder.rest();
  }
}

RC_GTEST_PROP(Decoder, a_content_cut_short_is_never_taken_for_whole, ()) {
  const std::string content = *any_content();
  const std::string coding = *any_encoding();
  const std::string encoded = encode(coding, content);
  const auto kept = *rc::gen::inRange<std::size_t>(1, encoded.size());
  const Decoded decoded = decode_all(coding_of(coding), encoded.substr(0, kept));
  RC_ASSERT(decoded.error == ErrorCode::content_undecodable);
  RC_ASSERT(content.starts_with(decoded.bytes));
}

RC_GTEST_PROP(Decoder, bytes_after_the_end_are_refused_however_they_come, ()) {
  const std::string content = *any_content();
  const std::string coding = *any_encoding();
  std::string encoded = encode(coding, content);
  encoded += '\x01';  // begins no gzip member and no zstd frame
  encoded += *rc::gen::arbitrary<std::string>();
  Decoder decoder;
  decoder.start(coding_of(coding), {}, UINT64_MAX);
  const Decoded decoded = decode_all(decoder, encoded, *any_cuts());
  RC_ASSERT(decoded.error == ErrorCode::content_undecodable);
}

RC_GTEST_PROP(Decoder, corruption_neither_crashes_nor_passes_the_bound_nor_a_checksum, ()) {
  const std::string content = *any_content();
  const auto codings = *any_stack();
  Stack stack = encode_stack(codings, content);
  const auto hits = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::pair<std::size_t, char>>>(rc::gen::pair(
          rc::gen::inRange<std::size_t>(0, stack.encoded.size()), rc::gen::arbitrary<char>())));
  const std::string whole = stack.encoded;
  for (const auto& [at, byte] : hits) stack.encoded[at] = byte;
  const auto bound = *rc::gen::inRange<std::uint64_t>(0, 2 * content.size() + 2);
  Decoder decoder;
  decoder.start(stack.field, {}, bound);
  const Decoded decoded = decode_all(decoder, stack.encoded, *any_cuts());
  RC_ASSERT(decoded.bytes.size() <= bound);
  RC_CLASSIFY(decoded.error == ErrorCode::content_undecodable, "undecodable");
  // br and bare deflate have no checksum, and a layer inside does not help those around it.
  const std::string& outermost = codings.back();
  if (decoded.error == ErrorCode::none && outermost != "br" && outermost != "raw-deflate") {
    RC_ASSERT(decoded.bytes == content);
  }
}

/// What a content comes to with all its faults, under limits that it may pass.
struct Verdict {
  ErrorCode error;
  std::string detail;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

RC_GTEST_PROP(Decoder, the_verdict_does_not_depend_on_the_cut_nor_on_the_room, ()) {
  std::string content = *any_content();
  const bool zeros = *rc::gen::arbitrary<bool>();
  if (zeros) content.append(*rc::gen::inRange<std::size_t>(0, 300'000), '\0');
  Stack stack = encode_stack(*any_stack(), content);
  const auto hits = *rc::gen::weightedElement<int>({{4, 0}, {4, 1}, {1, 2}});
  for (int i = 0; i < hits && !stack.encoded.empty(); ++i) {
    const auto back = *rc::gen::inRange<std::size_t>(0, stack.encoded.size());
    stack.encoded[stack.encoded.size() - 1 - back] = *rc::gen::arbitrary<char>();
  }
  if (*rc::gen::weightedElement<bool>({{9, false}, {1, true}})) {
    stack.encoded.resize(*rc::gen::inRange<std::size_t>(0, stack.encoded.size() + 1));
  }
  DecodePolicy policy;
  policy.max_ratio = *rc::gen::element<std::uint64_t>(0, 2, 10, 300, 1100);
  policy.ratio_grace_bytes = *rc::gen::element<std::uint64_t>(0, 100, 1000, 50'000, 1ULL << 30);
  policy.max_window_bytes = *rc::gen::weightedElement<std::uint64_t>({{1, 65'536}, {9, 16 << 20}});
  const auto bound = *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 2 * content.size() + 2),
                                     rc::gen::just(~std::uint64_t{0}));
  Decoder decoder;
  const auto verdict = [&](const Cuts& cuts, std::size_t room) {
    decoder.start(stack.field, policy, bound);
    const Decoded decoded = decode_all(decoder, stack.encoded, cuts, room);
    return Verdict{decoded.error, decoded.detail};
  };
  const Verdict whole = verdict({}, 1 << 20);
  RC_CLASSIFY(whole.error == ErrorCode::content_undecodable, "undecodable");
  RC_CLASSIFY(whole.error == ErrorCode::body_too_large, "too large");
  RC_CLASSIFY(whole.error == ErrorCode::expansion_too_large, "grows too much");
  RC_LOG() << stack.field << ": " << whole.detail;
  for (const std::size_t room : {std::size_t{1}, std::size_t{100}, std::size_t{16'384}}) {
    if (room == 1 && content.size() > 10'000) continue;
    for (const Cuts& cuts : {Cuts{}, Cuts{1}, *any_cuts()}) {
      const Verdict cut = verdict(cuts, room);
      RC_LOG() << "room " << room << ": " << cut.detail;
      RC_ASSERT(cut == whole);
    }
  }
}

RC_GTEST_PROP(Decoder, any_bytes_at_all_are_survived, ()) {
  const auto stack = *any_stack();
  const std::string field = encode_stack(stack, "").field;
  const std::string noise = *rc::gen::arbitrary<std::string>();
  Decoder decoder;
  decoder.start(field, {}, 1 << 20);
  const Decoded decoded = decode_all(decoder, noise, *any_cuts(), 100);
  RC_ASSERT(decoded.bytes.size() <= 1U << 20);
}

RC_GTEST_PROP(Decoder, exactly_the_bound_is_allowed_and_one_byte_more_is_not, ()) {
  std::string content = *any_content();
  const auto codings = *any_stack();
  content += 'x';
  const Stack stack = encode_stack(codings, content);
  const Cuts cuts = *any_cuts();
  Decoder decoder;
  decoder.start(stack.field, without_ratio(), content.size());
  RC_ASSERT(decode_all(decoder, stack.encoded, cuts).bytes == content);
  decoder.start(stack.field, without_ratio(), content.size() - 1);
  const Decoded decoded = decode_all(decoder, stack.encoded, cuts);
  RC_ASSERT(decoded.error == ErrorCode::body_too_large);
  RC_ASSERT(decoded.bytes == content.substr(0, content.size() - 1));
}

}  // namespace
}  // namespace holdfast::wire
