#!/bin/sh
# clang-tidy over our sources. Any finding fails. Configures a folder of its own, since clang cannot
# read the precompiled headers of gcc that build/ uses, and sees every source alone; builds nothing.
# Usage: .make/lint.sh [FILE…]
set -eu
cd "$(dirname "$0")/.."
cmake --preset release -B build-lint -DHOLDFAST_PCH=OFF -DHOLDFAST_UNITY=OFF -Wno-dev >/dev/null
if [ $# -eq 0 ]; then
  # shellcheck disable=SC2046  # file names of ours hold no blanks
  set -- $(find src fault_server proptests bench -name '*.cc' ! -path 'proptests/package/*')
fi
printf '%s\n' "$@" |
  xargs -n 1 -P "${JOBS:-$(nproc)}" clang-tidy -p build-lint --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option
