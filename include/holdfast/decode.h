// How the content codings of responses are undone (SPEC H6, RFC 9110 §8.4): gzip, deflate, br, zstd
// and stacks of up to three. A plain struct with the default beside the field. Thread: any
// (values).
//
// What is undone: any of these codings on a final response with content, whether or not it was
// asked for; ResponseHead::decoded says so. Content in a coding that is not known here is handed
// over as it came, and so is a 206, whose bytes are a part of the encoded content (RFC 9110 §14.2).
// Header fields stay as they were sent: Content-Encoding says what was undone, Content-Length how
// long the content was before that.
//
// What is asked for: every coding that was compiled in, unless the request or the client's default
// headers have an Accept-Encoding of their own, which then is all that is sent. A request with a
// Range asks for none ("identity"), as parts are best of the content itself.
//
// What is refused (SPEC R5, never retried): data that no decoder takes, content whose framing is
// complete and whose coding is not, more than three codings: content_undecodable; content that
// grows beyond the ratio below: expansion_too_large; content that is buffered and is longer,
// decoded, than LimitPolicy::max_body_bytes: body_too_large. Zero bytes behind a gzip member are
// padding and are ignored. Where only the connection's end tells the end of the content, an
// unfinished coding proves that it was cut short: response_truncated, which is retried (SPEC R4).
#pragma once

#include <cstdint>

#include "holdfast/export.h"

namespace holdfast {

struct DecodePolicy {
  /// Ask for codings with Accept-Encoding and undo them. false: nothing is asked for, and content
  /// is handed over raw, as it came.
  bool enabled = true;
  /// The most that decoding may multiply the bytes received; beyond it the response fails with
  /// expansion_too_large. 0: no limit. A single gzip or deflate coding cannot pass 1032 and so is
  /// never refused by the default.
  std::uint64_t max_ratio = 1100;
  /// Decoded bytes up to which the ratio is not judged; br and zstd make any number of zeros from a
  /// few bytes. Of a content with more than one coding, each coding has this grace, or 1 MiB if
  /// that is less. The ratio is exact to a sixteenth of the grace.
  std::uint64_t ratio_grace_bytes = 1ULL << 30;
  /// The largest window that br or zstd content may ask us to keep; more is content_undecodable.
  /// The default is the most that br can ask for (RFC 7932 §9.1); zstd is to stay within half of it
  /// (RFC 9659). A decoder needs up to about twice its window. 1024 to 2^31.
  std::uint64_t max_window_bytes = 16ULL << 20;
};

}  // namespace holdfast
