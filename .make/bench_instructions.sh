#!/bin/sh
# What a keep-alive GET costs the client (HTTP/1.1, 100-byte body, 50 connections): user-space
# instructions by callgrind and CPU time, of `holdfast load` beside h2load, wrk and bench/curl_multi
# where they are there. Each is run at two lengths and the difference divided by the difference in
# requests, so that start-up cancels out. build/bin/null_server answers, unmeasured.
# SHORT= and LONG= set the lengths under callgrind, BIN= the folder of the programs. Never fails for
# a figure above its budget: it only prints them.
set -eu
cd "$(dirname "$0")/.."
short=${SHORT:-5000}
long=${LONG:-15000}
bin=${BIN:-build/bin}
connections=50
budget=3200
case "$short$long" in
  *[!0-9]*) echo "bench-instructions: SHORT='$short' LONG='$long': expected numbers" >&2; exit 2 ;;
esac
if [ "$long" -le "$short" ]; then
  echo "bench-instructions: LONG=$long must be more than SHORT=$short" >&2
  exit 2
fi
command -v valgrind >/dev/null 2>&1 || {
  echo "bench-instructions: valgrind is missing: run make deps" >&2
  exit 1
}
for program in holdfast null_server; do
  [ -x "$bin/$program" ] || {
    echo "bench-instructions: $bin/$program is missing: run make" >&2
    exit 1
  }
done

work=$(mktemp -d)
server=""
finish() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

"$bin/null_server" --port 0 --port-file "$work/port" 2>"$work/server.log" &
server=$!
tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$work/server.log" >&2
    echo "bench-instructions: the server did not start" >&2
    exit 1
  fi
  sleep 0.1
done
url="http://127.0.0.1:$(cat "$work/port")/"

# instructions COMMAND…: what callgrind counted in all threads; the command's words go to log
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >"$work/log" 2>&1 || {
    tail -5 "$work/log" >&2
    return 1
  }
  sed -n 's/^==[0-9]*== Collected : \([0-9]*\).*/\1/p' "$work/log"
}
# cpu_ms COMMAND…: user and system time of the command, in milliseconds
cpu_ms() {
  # `times` prints the shell's own line, then its children's: 0m1.230s 0m0.450s
  (
    "$@" >"$work/log" 2>&1 || exit 1
    times >"$work/times"
  ) || return 1
  sed -n '2p' "$work/times" | tr 'ms' '  ' |
    awk '{ printf "%d\n", ($1 * 60 + $2 + $3 * 60 + $4) * 1000 }'
}
row() {  # name instructions cpu_us
  awk -v name="$1" -v count="$2" -v budget="$budget" -v cpu="$3" 'BEGIN {
    printf "  %-22s %12d %10.2f %14s\n", name, count, count / budget, cpu }'
}
# counted NAME COMMAND…: a client that makes @N requests
with_count() {
  requests=$1
  shift
  for word in "$@"; do
    shift
    [ "$word" = @N ] && word=$requests
    set -- "$@" "$word"
  done
  "$measure" "$@"
}
counted() {
  name=$1
  shift
  measure=instructions
  if ! few=$(with_count "$short" "$@") || ! many=$(with_count "$long" "$@"); then
    printf '  %-22s failed (see above)\n' "$name"
    return 0
  fi
  measure=cpu_ms
  # Long enough for the clock's ticks of 10 ms.
  cpu=$(with_count 150000 "$@") && cpu_few=$(with_count 50000 "$@") || cpu=""
  [ -z "$cpu" ] || cpu=$(awk -v ms=$((cpu - cpu_few)) 'BEGIN { printf "%.1f", ms / 100 }')
  row "$name" $(((many - few) / (long - short))) "${cpu:--}"
}
# wrk is bounded by time, not by a count: how many requests it made is what it says.
wrk_made() { sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' "$work/log"; }
timed() {  # measure seconds: "figure requests"
  figure=$("$1" wrk -t 1 -c "$connections" -d "$2s" "$url") || return 1
  echo "$figure $(wrk_made)"
}
wrk_row() {
  if ! few=$(timed instructions 2) || ! many=$(timed instructions 6); then
    printf '  %-22s failed (see above)\n' "wrk"
    return 0
  fi
  cpu=$(timed cpu_ms 2) || cpu=""
  # shellcheck disable=SC2086  # pairs of numbers
  set -- $few $many $cpu
  [ $(($4 - $2)) -gt 0 ] || {
    printf '  %-22s made too few requests\n' "wrk"
    return 0
  }
  row "wrk" $((($3 - $1) / ($4 - $2))) \
    "$(awk -v ms="${5:-0}" -v made="${6:-1}" 'BEGIN { printf "%.1f", ms * 1000 / made }')"
}

echo "keep-alive HTTP/1.1 GET, 100-byte body, $connections connections, per request:"
printf '  %-22s %12s %10s %14s\n' client instructions "/ $budget" "CPU us (u+s)"
counted "holdfast load" "$bin/holdfast" load "$url" -n @N -c "$connections"
if command -v wrk >/dev/null 2>&1; then
  wrk_row
else
  echo "  wrk                    not installed: skipped"
fi
if command -v h2load >/dev/null 2>&1; then
  counted "h2load --h1" h2load --h1 -n @N -c "$connections" "$url"
else
  echo "  h2load                 not installed: skipped"
fi
if [ -x "$bin/curl_multi" ]; then
  counted "libcurl multi" "$bin/curl_multi" "$url" -n @N -c "$connections"
else
  echo "  libcurl multi          not built (libcurl was not found): skipped"
fi

echo
if [ -x "$bin/client_bench" ]; then
  "$bin/client_bench" --benchmark_filter="face/connections:$connections\$" \
    --benchmark_format=json 2>/dev/null >"$work/client.json" || true
  awk -F '[:,]' '
    /"name":/ { name = $2; sub(/\/.*/, "", name); gsub(/[ "]/, "", name); gsub(/_/, " ", name) }
    /"allocs":/ { printf "heap allocations per request, %s: %.2f (budget 4)\n", name, $2 }
    /"idle_bytes":/ { printf "heap per connection and its exchange, %s: %d bytes\n", name, $2 }
  ' "$work/client.json"
else
  echo "heap allocations: not counted (Google Benchmark was not found)"
fi
