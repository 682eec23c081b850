// Decoding of response content: gzip, deflate, br, zstd and stacks of up to three (H6, RFC 9110
// §8.4). A plain struct; each field's initializer is its default. Thread: any; plain values.
//
// Decoded: final responses with content in any of these codings, requested or not.
// ResponseHead::decoded tells that it happened. Content in an unknown coding is delivered as
// received. So is a 206, because its bytes are a part of the encoded content (RFC 9110 §14.2). The
// header fields are never changed: Content-Encoding and Content-Length still describe the content
// as it was sent.
//
// Requested: Accept-Encoding lists every coding that the library was built with. An Accept-Encoding
// in the request or in the client's default headers is sent instead. A request with a Range asks
// for "identity", because a range is a range of the unencoded content.
//
// Refused, and never retried (R5):
// - `content_undecodable`: corrupt data, a coding that ends before its framing does, or more than
//   three codings. Zero bytes after a gzip member are padding and are ignored.
// - `expansion_too_large`: the content grows beyond `max_ratio`.
// - `body_too_large`: buffered content is longer, decoded, than LimitPolicy::max_body_bytes.
//
// Where only the end of the connection ends the content, an unfinished coding proves that the
// content was cut short: `response_truncated`, which is retried (R4).
#pragma once

#include <cstdint>

#include "holdfast/export.h"

namespace holdfast {

/// Whether and within which limits response content is decoded.
struct DecodePolicy {
  /// Send Accept-Encoding and decode the content. false: neither; content is delivered as received.
  bool enabled = true;
  /// Most decoded bytes per received byte; above it the response fails with `expansion_too_large`.
  /// 0: no limit. One gzip or deflate coding cannot exceed 1032, so the default never refuses it.
  std::uint64_t max_ratio = 1100;
  /// Decoded bytes below which the ratio is not checked, because br and zstd encode any number of
  /// zeros in a few bytes. In a stack of codings, each coding has this allowance, or 1 MiB if that
  /// is less. The ratio is checked in steps of a sixteenth of this.
  std::uint64_t ratio_grace_bytes = 1ULL << 30;
  /// Largest window, in bytes, that br or zstd content may require; above it the response fails
  /// with `content_undecodable`. 1024 to 2^31. The default is the most that br can require
  /// (RFC 7932 §9.1); zstd senders should stay below half of it (RFC 9659). A decoder allocates up
  /// to about twice the window.
  std::uint64_t max_window_bytes = 16ULL << 20;
};

}  // namespace holdfast
