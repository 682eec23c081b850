// multipart/form-data (RFC 7578): what a form with files in it is sent as. Made of parts that are
// any Body, so that files are streamed and not read into memory. Thread: any until it is sent.
//
//   Multipart form;
//   form.field("title", "Holiday").file("photo", "/tmp/beach.jpg", "image/jpeg");
//   client.send(RequestBuilder::post(url).multipart(form).build(), callback);
//
// What was made once is the same bytes at every attempt, the boundary included: it follows from the
// seed and the parts. A boundary is never found in a part that is in memory; a streamed part in
// which it is found after all makes the request end with body_source_failed, since the receiver
// would see parts there that nobody has added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/body.h"
#include "holdfast/export.h"

namespace holdfast {

class HOLDFAST_EXPORT Multipart {
 public:
  struct Part {
    std::string name;
    Body body{};
    std::optional<std::string> filename{};
    /// Empty: the field is left out, which means text/plain (RFC 7578 §4.4).
    std::string content_type{};
  };

  /// Another seed is another boundary.
  explicit Multipart(std::uint64_t seed = 0) : seed_(seed) {}

  /// A plain value, sent as it is.
  Multipart& field(std::string_view name, std::string_view value);
  /// A file, read as Body::file() does; its name is the last segment of the path.
  Multipart& file(std::string_view name, std::string path,
                  std::string_view content_type = "application/octet-stream");
  /// Anything. A one-shot body makes the whole one-shot, one of unknown length makes the whole
  /// chunked. All parts are opened and measured before any of the request is sent. Quotes and line
  /// breaks in names are percent-encoded as browsers do (RFC 7578 §2, WHATWG HTML §4.10.21.8),
  /// those in a content type as well; all else stands as UTF-8.
  Multipart& part(Part part);

  std::string boundary() const;
  /// "multipart/form-data; boundary=…".
  std::string content_type() const;
  /// Of what body() gives; nullopt if a part's is not known before it is opened, as with files: the
  /// request then carries the length that each attempt measures.
  std::optional<std::uint64_t> length() const;
  /// The parts as they are now. Bytes if all parts are bytes, else a factory (or one_shot).
  Body body() const;

 private:
  std::uint64_t seed_;
  std::vector<Part> parts_;
};

}  // namespace holdfast
