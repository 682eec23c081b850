// A request body that is read through functions in C. Owner: the request's Body, and whatever
// source of it is being read. Thread: the loop's, once sent.
#pragma once

#include <cstdint>

#include "holdfast.h"
#include "holdfast/body.h"

namespace holdfast::c {

struct BodyFunctions {
  holdfast_body_read read = nullptr;
  holdfast_body_rewind rewind = nullptr;    // null: it can be read once
  holdfast_body_release release = nullptr;  // null: nobody wants to know
  void* source = nullptr;
};

/// `length` below 0: not known, sent in chunks.
Body body_of(const BodyFunctions& functions, std::int64_t length);

}  // namespace holdfast::c
