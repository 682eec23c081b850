#!/bin/sh
# Runs every Google Benchmark program of build/bin. A line's label names its budget; none of them
# fails the run, for a shared machine is no judge. FILTER= narrows it down, MIN_TIME= sets seconds
# per benchmark, BIN= the folder of the programs. Read the CPU column.
set -eu
cd "$(dirname "$0")/.."
bin=${BIN:-build/bin}
ran=0
for source in bench/*_bench.cc; do
  name=$(basename "$source" .cc)
  [ -x "$bin/$name" ] || continue
  ran=$((ran + 1))
  echo "== $name"
  "$bin/$name" --benchmark_filter="${FILTER:-.}" --benchmark_min_time="${MIN_TIME:-0.2}" \
    2>"${TMPDIR:-/tmp}/bench.$$" || {
    cat "${TMPDIR:-/tmp}/bench.$$" >&2
    rm -f "${TMPDIR:-/tmp}/bench.$$"
    exit 1
  }
  # What Google Benchmark says of the machine is the same each time; complaints are not.
  grep -E '^(ERROR|Failed)' "${TMPDIR:-/tmp}/bench.$$" >&2 || true
  rm -f "${TMPDIR:-/tmp}/bench.$$"
done
if [ "$ran" -eq 0 ]; then
  echo "bench: nothing was built; is Google Benchmark installed? (make deps, then make)" >&2
  exit 1
fi
