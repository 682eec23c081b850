// Undoes the content codings of a response (H6, RFC 9110 §8.4): gzip, deflate, br, zstd and stacks
// of up to three. Sans-I/O: encoded bytes are pushed in pieces of any size, decoded ones come back
// in pieces no larger than the caller has room for, so that a consumer who pauses holds back the
// decoding too. One decoder serves one content at a time, and others after it: its memory is kept,
// but for what only br and large windows need. Knows no framing, no retries, no clock. Thread: one
// owner.
//
//   if (decoder.start(headers.joined("Content-Encoding"), policy, limit) == Decoder::Kind::coded)
//   for each piece of the body, as long as it is not empty or `data` came last:
//     next(piece, room): data → produced() bytes are in `room`; need_more → the piece is used up
//   at the body's end: finish()
//
// Invariants: 1. However the input and the room are cut, the verdict on a content is the same, code
// and detail, and so are the bytes of a good one. 2. No more than max_bytes come out, ever. 3. What
// one call does is bounded by its input, its room and the limit on the ratio, which holds for each
// coding of a stack, not for the last one only: a layer that grows a millionfold into one that
// shrinks to nothing would keep the loop busy unseen. 4. After `error` nothing but start() is
// possible.
//
// What is undecodable (R5): invalid data, a checksum or length that does not match, an end before
// the coding's own end, bytes after it (but zeros after a gzip member), more than three codings, a
// window beyond the policy's. No bytes at all are an empty content under every coding: servers do
// send that.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/decode.h"
#include "holdfast/error.h"

namespace holdfast::wire {

/// What Accept-Encoding should say: the codings that were compiled in, e.g. "gzip, deflate, br,
/// zstd".
std::string_view accept_encoding();

class Decoder {
 public:
  enum class Kind : std::uint8_t {
    plain,    ///< no coding, or identity only: there is nothing to do
    coded,    ///< next() and finish() are to be used
    unknown,  ///< a coding that is not known here: the content can only be handed over as it is
    refused,  ///< more codings than anybody needs: error() and detail() say so
  };
  enum class Event : std::uint8_t {
    need_more,  ///< all input is consumed, and all that it decodes to was handed over
    data,       ///< produced() bytes are in the room given; call again, with what is left of input
    end,        ///< (of finish) the content was complete
    error,      ///< error() and detail() say what
  };
  static constexpr std::size_t kMostCodings = 3;

  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Makes ready for a content. `content_encoding`: all fields of that name joined, in the order
  /// the codings were applied (RFC 9110 §8.4). `max_bytes` bounds the decoded content; beyond it:
  /// body_too_large. Beyond the policy's ratio: expansion_too_large. policy.enabled is not looked
  /// at.
  Kind start(std::string_view content_encoding, const DecodePolicy& policy,
             std::uint64_t max_bytes);

  /// Consumes from the front of `input` and fills `room`, which must not be empty, from its front.
  Event next(std::string_view& input, std::span<char> room);
  /// Of the last data event; 0 after any other.
  std::size_t produced() const;
  /// To be asked when the body has ended, after next() has said need_more.
  Event finish();

  /// Bytes given out since start(), and taken in.
  std::uint64_t decoded_bytes() const;
  std::uint64_t encoded_bytes() const;

  /// content_undecodable, body_too_large, expansion_too_large or out_of_resources.
  ErrorCode error() const;
  const std::string& detail() const;

  /// Gives back memory that most contents do not need; for a decoder that is put aside.
  void rest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Decoders that are not in use, for the next responses that need one: a connection that is idle
/// should not have to keep one. Owner: an engine.
class DecoderShelf {
 public:
  std::unique_ptr<Decoder> take() {
    if (spare_.empty()) return std::make_unique<Decoder>();
    std::unique_ptr<Decoder> decoder = std::move(spare_.back());
    spare_.pop_back();
    return decoder;
  }
  /// Null is allowed.
  void give_back(std::unique_ptr<Decoder> decoder) {
    if (decoder == nullptr || spare_.size() == kMostSpare) return;
    decoder->rest();
    spare_.push_back(std::move(decoder));
  }

 private:
  static constexpr std::size_t kMostSpare = 8;
  std::vector<std::unique_ptr<Decoder>> spare_;
};

}  // namespace holdfast::wire
