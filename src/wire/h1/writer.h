// HTTP/1.1 requests, values to bytes. Appends to a buffer that its connection reuses. Fields are
// validated before they come here (H4): nothing is escaped or dropped here. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/headers.h"

namespace holdfast::wire {

struct H1RequestHead {
  std::string_view method;
  std::string_view target;          ///< origin-form, or "*" / absolute where asked
  std::string_view authority;       ///< for Host, unless the fields carry one
  const Headers* fields = nullptr;  ///< the request's own
  const Headers* defaults =
      nullptr;                  ///< sent where `fields` has no field of the same name; may be null
  std::string_view user_agent;  ///< as defaults; empty: none
  std::string_view idempotency_key;  ///< empty: none generated
  /// Fields of the engine's own; each is left out where `fields` or `defaults` have one of the
  /// name.
  std::span<const HeaderField> added{};
  /// No body: nullopt and !chunked. Content-Length: 0 is sent for methods that anticipate content
  /// (RFC 9110 §8.6).
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
};

/// Host comes first (RFC 9110 §7.2): of the request's fields, else of the defaults, else the
/// authority. `chunked` and `content_length` exclude each other.
void append_request_head(std::string& out, const H1RequestHead& head);

/// Chunk framing (RFC 9112 §7.1): the line before `bytes` bytes of data; after it goes "\r\n".
void append_chunk_head(std::string& out, std::uint64_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Empty if the method is a token, the fields hold nothing that could split a message or that a
/// strict server must refuse, Host is there once at most, and no field is one that holdfast itself
/// must write (Content-Length, Transfer-Encoding, Connection, Keep-Alive, TE, Trailer, Upgrade,
/// Proxy-Connection, Expect); else the complaint, naming the field and the remedy (H4), never its
/// value. The target needs no check: a Url holds no character that could split a request line.
std::string request_complaint(std::string_view method, const Headers& fields);

}  // namespace holdfast::wire
