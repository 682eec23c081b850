// Marks what the shared library shows to the world; everything else in it is hidden. The same mark
// serves the static library. It never changes what a declaration means. Thread: n/a.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define HOLDFAST_EXPORT __attribute__((visibility("default")))
#else
#define HOLDFAST_EXPORT
#endif
