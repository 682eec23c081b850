// The export mark: what the shared library makes visible; everything else in it is hidden. It
// serves the static library too, and never changes the meaning of a declaration. Thread: n/a.
#pragma once

/// Makes a declaration visible in the shared library.
#if defined(__GNUC__) || defined(__clang__)
#define HOLDFAST_EXPORT __attribute__((visibility("default")))
#else
#define HOLDFAST_EXPORT
#endif

/// Lets an enumeration hold a value that only a later version of the library defines. C allows
/// that; C++ allows it only with a fixed underlying type, which is the one that C compilers choose
/// here.
#ifdef __cplusplus
#define HOLDFAST_OPEN_ENUM : unsigned
#else
#define HOLDFAST_OPEN_ENUM
#endif
