// What came back. Thread: any (values).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/export.h"
#include "holdfast/headers.h"
#include "holdfast/media_type.h"
#include "holdfast/result.h"
#include "holdfast/timeline.h"

namespace holdfast {

/// Status line and fields of a response.
struct ResponseHead {
  std::uint16_t status = 0;
  std::uint8_t http_major = 1, http_minor = 1;
  /// The content's codings were undone (DecodePolicy): Content-Encoding and Content-Length, which
  /// are as sent, speak of the content before that. Never true of an interim response.
  bool decoded = false;
  std::string reason{};  ///< as sent; may be empty
  Headers headers{};

  /// Content-Type taken apart; nullopt if there is none, or none that can be read.
  std::optional<MediaType> content_type() const {
    const auto field = headers.get("Content-Type");
    return field ? MediaType::parse(*field) : std::nullopt;
  }
};

struct HOLDFAST_EXPORT Response : ResponseHead {
  std::string body{};   ///< decoded; empty for streamed responses and downloads
  Headers trailers{};   ///< RFC 9110 §6.5; never merged into the headers
  Timeline timeline{};  ///< one record per attempt (SPEC R11)
  /// Where redirects have led: the URL that gave this answer, without userinfo and fragment. Empty
  /// if none was followed: then it is the request's own.
  std::string final_url{};
  /// Whether all of the request was sent (SPEC R13). False where the server responded before the
  /// end of the request's body and then closed the connection, said `Connection: close`, reset the
  /// stream, or took no more of it until a timeout; where its status was 300 or above, which stops
  /// the upload; and where it responded to `Request::expect_continue` without asking for the body.
  /// After a status below 300 the body is otherwise sent to its end before the request completes.
  bool request_complete = true;

  /// The body as text; no charset conversion.
  std::string_view text() const noexcept { return body; }
  bool is_success() const noexcept { return status >= 200 && status < 300; }
  /// This response, or status_error for 4xx and 5xx (SPEC R9).
  Result<Response> raise_for_status() &&;
};

}  // namespace holdfast
