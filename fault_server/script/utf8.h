// UTF-8 (RFC 3629) as the JSON documents of this server need it. Pure. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fault {

/// Size of the sequence at the start of `text`, and its code point; 0 where none begins. `text` is
/// not empty.
std::size_t utf8_sequence(std::string_view text, std::uint32_t& point);

bool is_utf8(std::string_view text);

/// `text` with each byte that belongs to no sequence as \xHH, for error texts.
std::string with_bytes_escaped(std::string_view text);

}  // namespace fault
