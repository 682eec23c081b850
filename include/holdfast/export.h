// Included by every C++ header: the export mark (c/export.h) and the check for C++20. holdfast.h,
// the C interface, can also be used from C and older C++. Thread: n/a.
#pragma once

#include "holdfast/c/export.h"

#if !defined(__cplusplus) || __cplusplus < 202002L
#error "holdfast needs C++20: compile with -std=c++20, or use the C face (holdfast.h)"
#endif
