// Marks what the shared library shows to the world; everything else in it is hidden. The same mark
// serves the static library. It never changes what a declaration means. Part of holdfast.h and of
// the C++ headers. Thread: n/a.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define HOLDFAST_EXPORT __attribute__((visibility("default")))
#else
#define HOLDFAST_EXPORT
#endif

// An enumeration of the C face, which may be given a number that only a later version knows: C
// allows that, C++ only of one whose type is fixed (to what C compilers choose here).
#ifdef __cplusplus
#define HOLDFAST_OPEN_ENUM : unsigned
#else
#define HOLDFAST_OPEN_ENUM
#endif
