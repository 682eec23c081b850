// Field blocks of HTTP/2 (RFC 7541), one direction each, by nghttp2's public HPACK functions. Both
// keep state along a connection: every block has to pass through, in order. Bounded: a block that
// unfolds beyond the limit is an error, whatever its size on the wire. Thread: one owner; neither
// moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/answer/emit.h"

struct nghttp2_hd_deflater;
struct nghttp2_hd_inflater;

namespace fault {

class H2Deflater {
 public:
  H2Deflater();
  ~H2Deflater();
  H2Deflater(const H2Deflater&) = delete;
  H2Deflater& operator=(const H2Deflater&) = delete;

  /// Names go out as they are given: lower case is the caller's business.
  std::string block(const Fields& fields);
  /// What the client allows us to remember for it, as it last said.
  void set_table_size(std::uint32_t bytes);

 private:
  std::unique_ptr<nghttp2_hd_deflater, void (*)(nghttp2_hd_deflater*)> deflater_;
};

class H2Inflater {
 public:
  explicit H2Inflater(std::size_t most_bytes = 256 * 1024);
  ~H2Inflater();
  H2Inflater(const H2Inflater&) = delete;
  H2Inflater& operator=(const H2Inflater&) = delete;

  /// The fields of a whole block, in order; nullopt when it is corrupt or unfolds beyond the limit
  /// (problem() says which), after which the connection cannot go on (RFC 9113 §4.3).
  std::optional<Fields> fields(std::string_view block);
  const std::string& problem() const { return problem_; }
  /// What we allowed the client, once it has acknowledged that.
  void set_table_size(std::uint32_t bytes);

 private:
  std::unique_ptr<nghttp2_hd_inflater, void (*)(nghttp2_hd_inflater*)> inflater_;
  std::size_t most_bytes_;
  std::string problem_;
};

}  // namespace fault
