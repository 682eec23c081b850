#!/bin/sh
# Configures and builds one preset. Usage: scripts/build.sh PRESET [TARGET…]
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift
case "$preset" in
  release) folder=build ;;
  *) folder=build-$preset ;;
esac

# CMake fails with an unhelpful error on a build folder of another generator or of a tree that has
# moved: start a new one.
cache=$folder/CMakeCache.txt
if [ -e "$cache" ]; then
  if ! grep -q '^CMAKE_GENERATOR:INTERNAL=Ninja$' "$cache" ||
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd -P)" "$cache"; then
    echo "build: $folder was made for another place or generator: configuring it anew"
    rm -rf "$cache" "$folder/CMakeFiles"
  fi
fi
if command -v ccache >/dev/null 2>&1; then
  CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
  CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros}
  export CCACHE_SLOPPINESS CMAKE_CXX_COMPILER_LAUNCHER CMAKE_C_COMPILER_LAUNCHER
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset "$preset" -Wno-dev >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
if [ $# -gt 0 ]; then
  cmake --build "$folder" -j "${JOBS:-$(nproc)}" --target "$@"
else
  cmake --build "$folder" -j "${JOBS:-$(nproc)}"
fi
