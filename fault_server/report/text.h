// Text that came from the network, made harmless for HTML and SVG, and numbers made readable.
// Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fault {

/// For element content and quoted attributes. Bytes that are no UTF-8, control characters (which
/// XML 1.0 §2.2 has no way to say) and the marks that turn the direction of text (which could make
/// a line read as another) become U+FFFD.
std::string markup(std::string_view text);

/// The first `most` characters, with an ellipsis if there are more; before markup().
std::string shortened(std::string_view text, std::size_t most);

/// "1.25 s", "250 ms", "17 us".
std::string readable_time(std::int64_t ns);

}  // namespace fault
