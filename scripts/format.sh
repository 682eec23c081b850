#!/bin/sh
# clang-format for all our sources. Usage: scripts/format.sh [--check]
set -eu
cd "$(dirname "$0")/.."
folders=""
for folder in src include fault_server proptests bench examples; do
  [ -d "$folder" ] && folders="$folders $folder"
done
if [ "${1:-}" = --check ]; then
  # shellcheck disable=SC2086  # a list of words on purpose
  find $folders \( -name '*.h' -o -name '*.cc' -o -name '*.c' \) -print0 |
    xargs -0 -r -n 16 -P 2 clang-format --dry-run -Werror --ferror-limit=3 || {
    echo "format: run \`make format\`" >&2
    exit 1
  }
  echo "format: clean"
else
  # shellcheck disable=SC2086
  find $folders \( -name '*.h' -o -name '*.cc' -o -name '*.c' \) -print0 | xargs -0 -r -n 16 -P 2 clang-format -i
fi
