// A media type, as Content-Type says it (RFC 9110 §8.3.1). Thread: any (values).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "holdfast/export.h"
#include "holdfast/url.h"

namespace holdfast {

struct HOLDFAST_EXPORT MediaType {
  std::string type{};       ///< lower-case, without parameters: "text/html"
  Parameters parameters{};  ///< names lower-case, values unquoted

  /// nullopt unless `text` begins with type "/" subtype. A parameter that makes no sense is left
  /// out, as browsers do: what came before it may still be of use.
  static std::optional<MediaType> parse(std::string_view text);

  /// The first parameter of this name (without regard to case); nullopt if there is none.
  std::optional<std::string_view> parameter(std::string_view name) const;
  /// Lower-case; empty if none is given. What a missing one means depends on the type: UTF-8 for
  /// JSON (RFC 8259 §8.1).
  std::string charset() const;
};

}  // namespace holdfast
