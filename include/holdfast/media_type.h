// A media type, as in the Content-Type field (RFC 9110 §8.3.1). Thread: any; plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "holdfast/export.h"
#include "holdfast/url.h"

namespace holdfast {

/// A parsed media type with its parameters.
struct HOLDFAST_EXPORT MediaType {
  std::string type{};       ///< in lower case, without parameters: "text/html"
  Parameters parameters{};  ///< names in lower case, values without quotes

  /// Parses a Content-Type value. Returns nullopt unless `text` begins with a type, "/" and a
  /// subtype. Malformed parameters are skipped, as browsers do, and the rest is kept.
  static std::optional<MediaType> parse(std::string_view text);

  /// Returns the first parameter of this name, compared without case; nullopt if there is none.
  std::optional<std::string_view> parameter(std::string_view name) const;
  /// Returns the charset in lower case; empty if there is none. What a missing charset means
  /// depends on the type: UTF-8 for JSON (RFC 8259 §8.1).
  std::string charset() const;
};

}  // namespace holdfast
