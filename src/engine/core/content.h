// The content of a response on its way to whoever wants it: what undoes its codings (SPEC H6), and
// what of it is still encoded. Plain data, part of an exchange; the rules are in content.cc.
// Thread: one owner.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "wire/content/decoder.h"

namespace holdfast::engine {

struct Content {
  /// Null: the content goes as it came.
  std::unique_ptr<wire::Decoder> decoder;
  std::string kept;      ///< streamed: read, and not all of it decoded
  std::size_t used = 0;  ///< of `kept`
  /// Streamed: the decoder may have more to give, and is asked before anything else is read.
  bool due = false;

  std::string_view coded() const { return std::string_view(kept).substr(used); }
  void keep(std::string_view more) {
    kept.erase(0, used);
    used = 0;
    kept.append(more);
  }
};

}  // namespace holdfast::engine
