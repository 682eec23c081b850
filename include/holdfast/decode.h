// How the content codings of responses are undone (SPEC H6, RFC 9110 §8.4): gzip, deflate, br, zstd
// and stacks of them. A plain struct with the default beside the field. Thread: any (values).
//
// No option of a client takes one yet: content is delivered as it came, Content-Encoding and all,
// and nothing is asked for.
#pragma once

#include <cstdint>

namespace holdfast {

struct DecodePolicy {
  /// Ask for codings with Accept-Encoding and undo them. false: nothing is asked for, and content
  /// is handed over raw, as it came.
  bool enabled = true;
  /// The most that decoding may multiply the bytes received; beyond it the response ends with
  /// body_too_large. 0: no limit. One layer of deflate cannot pass 1032, so that what passes 1000
  /// is made to. Not looked at while the decoded content is within `ratio_grace_bytes`.
  std::uint64_t max_ratio = 1000;
  std::uint64_t ratio_grace_bytes = 1ULL << 20;
  /// The largest window that br or zstd content may ask us to keep; more is content_undecodable.
  /// The default is the most that br can ask for (RFC 7932 §9.1); zstd is to stay within half of it
  /// (RFC 9659). A decoder needs up to about twice its window.
  std::uint64_t max_window_bytes = 16ULL << 20;
};

}  // namespace holdfast
