// What OpenSSL takes for its network: reads come from the bytes that were just given, writes go to
// the caller's buffer, or wait here where there is none. No byte is copied on the way that OpenSSL
// does not copy itself. Owned by one session. Thread: one owner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wire/tls/handles.h"

namespace holdfast::wire {

struct TlsPipe {
  std::string_view input;      ///< what is left of the bytes given
  std::string* out = nullptr;  ///< where writes go; null: to `pending`
  std::string pending;
  /// How the peer began, for telling what speaks there if not TLS.
  char opening[5] = {};
  std::size_t opening_size = 0;
};

/// The kind of BIO that stands on a TlsPipe. Has to outlive those made of it; null if there is no
/// memory.
BioMethodHandle make_pipe_method();

/// `pipe` must outlive the BIO, which the caller owns.
BIO* make_pipe_bio(const BIO_METHOD* method, TlsPipe& pipe);

}  // namespace holdfast::wire
