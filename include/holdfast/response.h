// A response. Thread: any; plain values.
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
  std::uint16_t status = 0;     ///< 100 to 999
  std::uint8_t http_major = 1,  ///< version of the response
      http_minor = 1;           ///< version of the response
  /// Whether the content is decoded (DecodePolicy). Content-Encoding and Content-Length still
  /// describe the content as it was sent. Always false for an interim response.
  bool decoded = false;
  std::string reason{};  ///< reason phrase as received; can be empty, and is over HTTP/2
  Headers headers{};     ///< in the order received, repeated fields apart

  /// Returns the parsed Content-Type; nullopt if it is missing or invalid.
  std::optional<MediaType> content_type() const {
    const auto field = headers.get("Content-Type");
    return field ? MediaType::parse(*field) : std::nullopt;
  }
};

/// A response with its body and the history of its request.
struct HOLDFAST_EXPORT Response : ResponseHead {
  std::string body{};   ///< decoded; empty for streamed responses and downloads
  Headers trailers{};   ///< RFC 9110 §6.5; never merged into `headers`
  Timeline timeline{};  ///< one record per attempt (R11)
  /// After redirects, the URL that sent this response, without userinfo and fragment. Empty if no
  /// redirect was followed.
  std::string final_url{};
  /// Whether the whole request was sent (R13). Below status 300 the body is normally sent to its
  /// end before the request completes. false if the response came before the end of the request's
  /// body and
  /// - the server closed the connection, sent `Connection: close`, reset the stream, or accepted no
  ///   more of the body until a timeout;
  /// - its status is 300 or above, which stops the upload;
  /// - `Request::expect_continue` was set and the server did not ask for the body.
  bool request_complete = true;

  /// Returns the body as text. The charset is not converted.
  std::string_view text() const noexcept { return body; }
  /// Returns whether the status is 2xx.
  bool is_success() const noexcept { return status >= 200 && status < 300; }
  /// Returns this response, or `status_error` for a 4xx or 5xx (R9).
  Result<Response> raise_for_status() &&;
};

}  // namespace holdfast
