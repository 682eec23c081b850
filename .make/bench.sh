#!/bin/sh
# Runs every Google Benchmark executable of build/bin. FILTER= narrows it down.
set -eu
cd "$(dirname "$0")/.."
ran=0
for source in bench/*_bench.cc; do
  name=$(basename "$source" .cc)
  [ -x "build/bin/$name" ] || continue
  ran=$((ran + 1))
  echo "== $name"
  "build/bin/$name" --benchmark_filter="${FILTER:-.}" --benchmark_min_time="${MIN_TIME:-0.2}"
done
if [ "$ran" -eq 0 ]; then
  echo "bench: nothing was built; is Google Benchmark installed? (make deps, then make)" >&2
  exit 1
fi
