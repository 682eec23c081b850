// Sizes as people write them. Thread: any (pure).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// "500", "64k", "10M", "2G": k, M and G are powers of 1024 as curl has them, in either case.
/// nullopt for anything else, nothing and what does not fit included.
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

/// "512 B", "1.5 KiB", "640 MiB": three digits and the largest unit that leaves one before the dot.
std::string byte_size_text(double bytes);

}  // namespace holdfast::cli
