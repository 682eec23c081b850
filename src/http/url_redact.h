// Parts of URLs for logs and errors: printable ASCII, bounded, without secrets (H4). Pure. Thread:
// any.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

constexpr bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

/// `byte` percent-encoded: "%0D".
std::string percent(char byte);

/// The start of `text`, with every unprintable byte percent-encoded.
std::string shown(std::string_view text, std::size_t most = 200);

/// "?name=…" for each parameter of a query, without its values.
std::string shown_query(std::string_view query);

/// The length of the scheme at the start of `text`, without its colon; 0 if there is none.
std::size_t scheme_length(std::string_view text);

/// `text` is not a valid URL; returns it without userinfo and query values.
std::string hide_secrets(std::string_view text);

}  // namespace holdfast::http
