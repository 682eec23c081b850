// Included by every header of the C++ face: says what is exported (c/export.h), and that C++20 is
// needed. holdfast.h, the face for C, does for older C++ as well. Thread: n/a.
#pragma once

#include "holdfast/c/export.h"

#if !defined(__cplusplus) || __cplusplus < 202002L
#error "holdfast needs C++20: compile with -std=c++20, or use the C face (holdfast.h)"
#endif
