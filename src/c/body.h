// A request body that C functions provide. Owner: the request's Body, and the source that is being
// read. Thread: the loop's, once sent.
#pragma once

#include <cstdint>

#include "holdfast.h"
#include "holdfast/body.h"

namespace holdfast::c {

struct BodyFunctions {
  holdfast_body_read read = nullptr;
  holdfast_body_rewind rewind = nullptr;    // null: the body can be read once
  holdfast_body_release release = nullptr;  // null: no call on release
  void* source = nullptr;
};

/// `length` below 0: unknown, sent chunked.
Body body_of(const BodyFunctions& functions, std::int64_t length);

}  // namespace holdfast::c
