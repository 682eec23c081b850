// A multipart/form-data body (RFC 7578), as for a form with files. Each part is a Body, so that
// files are streamed and not read into memory. Thread: any until it is sent.
//
//     Multipart form;
//     form.field("title", "Holiday").file("photo", "/tmp/beach.jpg", "image/jpeg");
//     client.send(RequestBuilder::post(url).multipart(form).build(), callback);
//
// The boundary follows from the seed and the parts, so that every attempt sends the same bytes. It
// does not occur in any part that is in memory. If it occurs in a streamed part, the request ends
// with `body_source_failed`, because the receiver would find a part there that was not added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/body.h"
#include "holdfast/export.h"

namespace holdfast {

/// A form that is sent as multipart/form-data.
class HOLDFAST_EXPORT Multipart {
 public:
  /// A part of the form.
  struct Part {
    std::string name;                       ///< the field's name
    Body body{};                            ///< its value or the file's contents
    std::optional<std::string> filename{};  ///< sent if set, also if empty
    /// Sent as Content-Type. Empty: not sent, which means text/plain (RFC 7578 §4.4).
    std::string content_type{};
  };

  /// An empty form. Different seeds give different boundaries.
  explicit Multipart(std::uint64_t seed = 0) : seed_(seed) {}

  /// Adds a text value, sent as it is.
  Multipart& field(std::string_view name, std::string_view value);
  /// Adds a file, read as by Body::file(). The last segment of the path is the file name.
  Multipart& file(std::string_view name, std::string path,
                  std::string_view content_type = "application/octet-stream");
  /// Adds any part. A one-shot body makes the form one-shot, a body of unknown length makes it
  /// chunked. All parts are opened and measured before anything is sent. In names, quotes and line
  /// breaks are percent-encoded as browsers do (RFC 7578 §2, WHATWG HTML §4.10.21.8), in a content
  /// type line breaks; everything else is sent as UTF-8 as it is.
  Multipart& part(Part part);

  /// Returns the boundary for the parts added so far.
  std::string boundary() const;
  /// Returns "multipart/form-data; boundary=…".
  std::string content_type() const;
  /// Returns the length of body(); nullopt if that of a part is unknown until it is opened, as with
  /// files. The request then has the length that each attempt measures.
  std::optional<std::uint64_t> length() const;
  /// Returns the body with the parts added so far: bytes if all parts are bytes, else a factory or
  /// one-shot.
  Body body() const;

 private:
  std::uint64_t seed_;
  std::vector<Part> parts_;
};

}  // namespace holdfast
