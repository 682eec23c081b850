// What a response's Content-Length and Transfer-Encoding fields say (RFC 9112 §6). They are only
// collected while a head is read and are judged once it is known that the response has a body: a
// response to HEAD, a 1xx, 204 or 304 and a 2xx to CONNECT have none, whatever these fields say
// (§6.3, RFC 9110 §9.3.6). Owned by the reader of a head. Thread: one owner.
//
// Refused, where there is a body (SPEC H1): a Content-Length that is no number below 2^64 or is
// given twice, even alike; both fields; any transfer coding other than one "chunked", since no
// other is ever asked for by TE (§7.4); a folded framing field (§5.2).
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "holdfast/headers.h"
#include "wire/field_text.h"

namespace holdfast::wire {

class FramingFields {
 public:
  void clear() { *this = {}; }

  void add_content_length(std::string_view value, bool folded) {
    if (has_length_) return complain("Content-Length is given more than once");
    has_length_ = true;
    if (folded) return complain("Content-Length is folded");
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, length_);
    if (read.ec == std::errc() && read.ptr == end) return;
    complain("Content-Length is not a number below 2^64");
  }

  void add_transfer_encoding(std::string_view value, bool folded) {
    has_codings_ = true;
    if (folded) return complain("Transfer-Encoding is folded");
    // RFC 9110 §5.6.1.2: a recipient ignores empty elements of a list.
    for (std::string_view list = value; !list.empty();) {
      const std::string_view coding = take_list_element(list);
      if (coding.empty()) continue;
      if (!same_name(coding, "chunked") || chunked_) return complain(kNotOneChunked);
      chunked_ = true;
    }
  }

  /// Why the end of a body can't be told reliably, a literal; null when it can.
  const char* complaint() const {
    if (has_length_ && has_codings_) return "both Content-Length and Transfer-Encoding are given";
    if (complaint_ == nullptr && has_codings_ && !chunked_) return kNotOneChunked;
    return complaint_;
  }
  bool chunked() const { return chunked_; }
  bool has_length() const { return has_length_; }
  std::uint64_t length() const { return length_; }

 private:
  static constexpr const char* kNotOneChunked =
      "the Transfer-Encoding is something other than one \"chunked\"";

  void complain(const char* complaint) {
    if (complaint_ == nullptr) complaint_ = complaint;
  }

  std::uint64_t length_ = 0;
  const char* complaint_ = nullptr;
  bool has_length_ = false, has_codings_ = false, chunked_ = false;
};

}  // namespace holdfast::wire
