// Reading and writing by file descriptor: what was inherited may be non-blocking, a read or write
// may be interrupted or partial. Everything here may block; the watchdog bounds that. Thread: main.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// False, with errno set, if not all of `bytes` could be written.
bool write_all(int descriptor, std::string_view bytes);

/// Bytes read into `into`; 0 at the end, -1 with errno set.
std::ptrdiff_t read_some(int descriptor, char* into, std::size_t capacity);

/// open(2) with O_CLOEXEC, not ended by a signal. A file that is made may be written by all whom
/// the umask lets.
int open_file(const std::string& path, int flags);

/// The descriptor that `path` names: "-" is `standard`, /dev/stdin, /dev/stdout, /dev/stderr,
/// /dev/fd/N and /proc/self/fd/N are what they say. Opening these names again would fail for
/// sockets, and truncate or replace the file that is behind them; nullopt for all other names.
std::optional<int> inherited_descriptor(std::string_view path, int standard);

}  // namespace holdfast::cli
