#!/bin/sh
# Runs every Google Benchmark program of build/bin. The label of a line is its budget. A figure
# above its budget does not fail the run, because a shared machine is too noisy. FILTER= selects
# benchmarks, MIN_TIME= sets seconds per benchmark, BIN= the folder of the programs. Read the CPU
# column.
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
  # Drops Google Benchmark's description of the machine, but not its errors.
  grep -E '^(ERROR|Failed)' "${TMPDIR:-/tmp}/bench.$$" >&2 || true
  rm -f "${TMPDIR:-/tmp}/bench.$$"
done
if [ "$ran" -eq 0 ]; then
  echo "bench: nothing was built; is Google Benchmark installed? (make deps, then make)" >&2
  exit 1
fi
