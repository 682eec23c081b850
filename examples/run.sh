#!/bin/sh
# Runs a program against a fault server with the given rules; ends as the program ends.
# Usage: run.sh BIN_DIR PROGRAM RULE…, with both programs in BIN_DIR; the program gets the URL.
set -eu
bin=$1
program=$2
shift 2
work=$(mktemp -d)
server=""
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# Each rule becomes "--rule RULE".
count=$#
while [ "$count" -gt 0 ]; do
  rule=$1
  shift
  set -- "$@" --rule "$rule"
  count=$((count - 1))
done
"$bin/fault-server" "$@" --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
server=$!
tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$work/server.log" >&2
    echo "$program: the fault server did not start" >&2
    exit 1
  fi
  sleep 0.1
done
"$bin/$program" "http://127.0.0.1:$(cat "$work/port")"
