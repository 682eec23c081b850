#!/bin/sh
# Runs a program against a fault server with the given rules and prints the program's output. Its
# exit status is the program's, or 1 if the output lacks one of the texts.
# Usage: run.sh BIN_DIR PROGRAM [--term-after TEXT] RULE… [-- TEXT…], with both programs in BIN_DIR;
#        run.sh BIN_DIR PROGRAM --rules FILE, with a rule per line in FILE.
# The program gets the URL, and an empty folder to work in. With --term-after it gets a SIGTERM when
# it has printed TEXT.
set -eu
bin=$(cd "$1" && pwd)
program=$2
shift 2
term_after=""
if [ "${1:-}" = --term-after ]; then
  term_after=$2
  shift 2
fi
if [ "${1:-}" = --rules ]; then
  rules=$2
  set --
  while IFS= read -r rule; do
    set -- "$@" "$rule"
  done <"$rules"
fi
work=$(mktemp -d)
mkdir "$work/empty"
server=""
running=""
finish() {
  [ -n "$running" ] && kill "$running" 2>/dev/null
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
fail() {
  echo "$program: $*" >&2
  exit 1
}

# Each rule becomes "--rule RULE"; the expected texts are in a file, one per line.
count=$#
into=rules
: >"$work/expected"
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  if [ "$into" = rules ] && [ "$word" = -- ]; then
    into=expected
  elif [ "$into" = rules ]; then
    set -- "$@" --rule "$word"
  else
    printf '%s\n' "$word" >>"$work/expected"
  fi
done
"$bin/fault-server" "$@" --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
server=$!
tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$work/server.log" >&2
    fail "the fault server did not start"
  fi
  sleep 0.1
done

(cd "$work/empty" && exec "$bin/$program" "http://127.0.0.1:$(cat "$work/port")") >"$work/said" &
running=$!
if [ -n "$term_after" ]; then
  until grep -qF -- "$term_after" "$work/said"; do
    kill -0 "$running" 2>/dev/null || break
    sleep 0.05
  done
  kill -TERM "$running" 2>/dev/null || true
fi
code=0
wait "$running" || code=$?
running=""
cat "$work/said"
[ "$code" -eq 0 ] || fail "ended with $code"
while IFS= read -r text; do
  grep -qF -- "$text" "$work/said" || fail "did not say \"$text\""
done <"$work/expected"
