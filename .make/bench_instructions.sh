#!/bin/sh
# User-space instructions per keep-alive GET (100-byte body, 50 connections), by callgrind: two run
# lengths, their difference divided by the difference in requests, so that start-up cancels out.
# Beside `holdfast load`: wrk, h2load and bench/curl_multi, where they are installed.
# The server runs unmeasured beside it. SHORT= and LONG= set the run lengths.
set -eu
cd "$(dirname "$0")/.."
short=${SHORT:-2000}
long=${LONG:-6000}
connections=50
work=$(mktemp -d)
server=""
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
command -v valgrind >/dev/null 2>&1 || {
  echo "bench-instructions: valgrind is missing: run make deps" >&2
  exit 1
}

build/bin/fault-server --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
server=$!
tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$work/server.log" >&2
    echo "bench-instructions: the fault server did not start" >&2
    exit 1
  fi
  sleep 0.1
done
url="http://127.0.0.1:$(cat "$work/port")/bytes/100"

# instructions COMMAND…: what callgrind counted in all threads
instructions() {
  valgrind --tool=callgrind --callgrind-out-file="$work/out" "$@" >"$work/log" 2>&1 || {
    tail -5 "$work/log" >&2
    return 1
  }
  sed -n 's/^==[0-9]*== Collected : \([0-9]*\).*/\1/p' "$work/log"
}
# row NAME COMMAND WITH @N FOR THE REQUESTS
row() {
  name=$1
  shift
  counts=""
  for requests in "$short" "$long"; do
    words=""
    for word in "$@"; do
      [ "$word" = @N ] && word=$requests
      words="$words $word"
    done
    # shellcheck disable=SC2086  # no word of ours holds a blank
    count=$(instructions $words) || {
      printf '  %-22s failed (see above)\n' "$name"
      return 0
    }
    counts="$counts $count"
  done
  # shellcheck disable=SC2086
  set -- $counts
  printf '  %-22s %10d\n' "$name" $((($2 - $1) / (long - short)))
}

echo "instructions per request: keep-alive HTTP/1.1 GET, 100-byte body, $connections connections"
row "holdfast load" build/bin/holdfast load "$url" -n @N -c "$connections"
if command -v h2load >/dev/null 2>&1; then
  row "h2load --h1" h2load --h1 -n @N -c "$connections" "$url"
else
  echo "  h2load                 not installed"
fi
if [ -x build/bin/curl_multi ]; then
  row "libcurl multi" build/bin/curl_multi "$url" -n @N -c "$connections"
else
  echo "  libcurl multi          not built (libcurl was not found)"
fi
if command -v wrk >/dev/null 2>&1; then
  # wrk is bounded by time, not by a count: instructions of one run over the requests it made.
  if count=$(instructions wrk -t 1 -c "$connections" -d 5s "$url"); then
    made=$(sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' "$work/log")
    printf '  %-22s %10d  (start-up included)\n' "wrk" $((count / (made > 0 ? made : 1)))
  fi
else
  echo "  wrk                    not installed"
fi
