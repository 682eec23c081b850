#!/usr/bin/env bash
# clang-tidy for our sources. Any finding fails. Configures its own build folder, since clang cannot
# read gcc's precompiled headers in build/; builds nothing.
#
# A full run checks the sources twice. Most checks examine every header again for each source, so
# they get batches of sources. The analyzer gets each source alone, because it does not follow
# functions of included files; it follows tests less far, because the branches of a hundred EXPECTs
# lead nowhere.
# Usage: scripts/lint.sh [FILE…]     (only these files, each alone)
#        scripts/lint.sh --changed   (the sources changed since LINT_BASE, or in the last commits)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build-lint
cmake --preset release -B $folder -DHOLDFAST_PCH=OFF -DHOLDFAST_UNITY=OFF -Wno-dev >/dev/null

tidy() {  # tidy CHECKS COMMANDS [OPTION…]: the files named on standard input
  local checks=$1 commands=$2
  shift 2
  xargs -r -n 1 -P "${JOBS:-$(nproc)}" clang-tidy -p "$commands" --quiet --checks="$checks" \
    --warnings-as-errors='*' --extra-arg=-Wno-unknown-warning-option "$@" 2>&1 |
    sed '/ warnings\{0,1\} generated\.$/d'
}

# The sources with the most changed lines first, as many as fit in a quarter of an hour on two
# cores.
changed() {
  local base=${LINT_BASE:-}
  [ -n "$base" ] || base=$(git rev-parse -q --verify HEAD~12 || git rev-list --max-parents=0 HEAD | tail -1)
  git diff --numstat --diff-filter=AM -M "$base" HEAD -- '*.cc' |
    awk '!/=>/ { print $1 + $2 "\t" $3 }' | sort -rn | cut -f 2 |
    awk -v most="${LINT_MOST:-40}" 'NR <= most'
}
if [ "${1:-}" = --changed ]; then
  if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
    echo "lint: no history here that git can read, so no changed sources are known"
    exit
  fi
  names=$(changed | while read -r name; do
    if [ -e "$name" ] && grep -qF "$PWD/$name" $folder/compile_commands.json; then echo "$name"; fi
  done)
  echo "lint: $(wc -w <<<"$names") changed sources"
  [ -z "$names" ] || tidy '' $folder <<<"$names"
  exit
fi
if [ $# -gt 0 ]; then
  printf '%s\n' "$@" | tidy '' $folder
  exit
fi

for_batches='-clang-analyzer-*,-bugprone-suspicious-include'
for_each='-bugprone-*,-misc-*,-modernize-*,-performance-*,-readability-*,bugprone-suspicious-include'
names=$(python3 scripts/lint_batches.py $folder)
sources=$(sed -n 's/^source //p' <<<"$names")
failed=0
sed -n 's/^batch //p' <<<"$names" |
  tidy "$for_batches" $folder/batches || failed=1
grep -v '_test\.cc$' <<<"$sources" |
  tidy "$for_each" $folder || failed=1
grep '_test\.cc$' <<<"$sources" |
  tidy "$for_each" $folder \
    --extra-arg=-Xclang --extra-arg=-analyzer-config \
    --extra-arg=-Xclang --extra-arg=mode=shallow || failed=1
exit $failed
