#!/bin/sh
# Runs the property executables: those whose source contains a rapidcheck property.
# Usage: scripts/prop.sh N            each property N times
#        scripts/prop.sh --replay S   one seed again, with its trace; PROP=name selects a property
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --replay ]; then
  seed=${2:-}
  if [ -z "$seed" ]; then
    echo "replay: which seed? make replay SEED=12345 [PROP=name], as a failing property printed it" >&2
    exit 2
  fi
  case "$seed" in
    reproduce=*) export RC_PARAMS="$seed" ;;
    *[!0-9]*)
      echo "replay: SEED='$seed' is not a seed: use the number (or reproduce=…) that was printed" >&2
      exit 2 ;;
    *) export HOLDFAST_SEED="$seed" RC_PARAMS="seed=$seed verbose_progress=0" ;;
  esac
  export HOLDFAST_TRACE=1
else
  times=${1:-}
  case "$times" in
    '' | *[!0-9]* | 0)
      echo "prop: N='$times' is not a number of runs: use make prop N=1000" >&2
      exit 2 ;;
  esac
  export RC_PARAMS="max_success=$times"
fi

failed=""
ran=0
for source in $(grep -lE 'RC_GTEST_|rc::check' proptests/*_test.cc); do
  name=$(basename "$source" _test.cc)
  [ -n "${PROP:-}" ] && [ "$PROP" != "$name" ] && continue
  ran=$((ran + 1))
  echo "== prop_$name ($RC_PARAMS)"
  "build/bin/prop_$name" --gtest_brief=1 || failed="$failed prop_$name"
done
if [ "$ran" -eq 0 ]; then
  echo "prop: no property named '${PROP:-}' in proptests/" >&2
  exit 2
fi
if [ -n "$failed" ]; then
  echo "prop: FAILED:$failed" >&2
  exit 1
fi
echo "prop: $ran executables, no property falsified"
