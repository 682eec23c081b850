#!/bin/sh
# Runs the upload against a fault server that responds with 503, then resets the connection without
# a response, then accepts. Checks in the journal that the whole form arrived three times with the
# same bytes. Usage: run.sh BIN_DIR, the folder of the programs.
set -eu
bin=$1
work=$(mktemp -d)
server=""
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
fail() {
  echo "upload: $*" >&2
  exit 1
}

head -c 300000 /dev/urandom >"$work/picture.jpg"
"$bin/fault-server" --rule 'POST /* : 503 ra=0; reset; 200' --port 0 --port-file "$work/port" \
  --journal "$work/journal" >"$work/server.log" 2>&1 &
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
"$bin/upload-demo" "http://127.0.0.1:$(cat "$work/port")/files" "$work/picture.jpg" \
  >"$work/said" || fail "it was not accepted: $(cat "$work/said")"
cat "$work/said"
kill "$server"
wait "$server" 2>/dev/null || true
server=""
bodies=$(grep '"type":"req.body"' "$work/journal" | grep -o '"body_sha256":"[0-9a-f]*"')
[ "$(echo "$bodies" | wc -l)" -eq 3 ] || fail "not three attempts with a body: $bodies"
[ "$(echo "$bodies" | sort -u | wc -l)" -eq 1 ] || fail "the attempts differ: $bodies"
echo "The server saw the same form three times."
