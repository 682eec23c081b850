#!/bin/sh
# Tests what an HTTP client does when its server fails. It works for any client in any language: the
# client runs against the fault server, and the server's journal is checked. Runs those that are
# installed: curl, holdfast, and a client of twenty lines for node. Usage: run.sh BIN_DIR, with
# holdfast and fault-server in BIN_DIR. Exit status 1 if holdfast itself fails one of the three
# checks.
set -eu
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server=""
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# The scenario: a price after a 503 with "Retry-After: 1", and a till that accepts every order and
# resets the connection instead of responding. X-Client-Id identifies the client; the server counts
# requests by it.
"$bin/fault-server" --rule 'GET /price : 503 ra=1; 200 body=text:7' --rule 'POST /orders : reset' \
  --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
server=$!
until [ -s "$work/port" ]; do
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
done
url="http://127.0.0.1:$(cat "$work/port")"

# The journal responds with 200 if the check holds and 417 if not.
holds() {  # CLIENT PATH WHAT
  if "$bin/holdfast" post "$url/__fault/verify" --max-attempts 1 --fail -o /dev/null \
    -d "{\"match\": {\"key\": \"$1\", \"path\": \"$2\"}, $3}" 2>/dev/null; then
    echo yes
  else
    echo no
  fi
}
judge() {  # CLIENT
  verdict="$(holds "$1" /price '"count": {"min": 2}') \
$(holds "$1" /price '"count": {"min": 2}, "gaps": {"min": "1s"}') $(holds "$1" /orders '"count": {"min": 1, "max": 1}')"
  # shellcheck disable=SC2086  # three words on purpose
  printf '%-10s %-18s %-22s %s\n' "$1" $verdict
}

printf '%-10s %-18s %-22s %s\n' client "survives a 503" "waits as it is asked" "sends an order once"
if command -v curl >/dev/null 2>&1; then
  # Into a file: for a retry curl cannot truncate /dev/null.
  set -- curl -s -o "$work/body" -H 'X-Client-Id: curl' --retry 1 --retry-all-errors
  "$@" "$url/price" || true
  "$@" -d 'tea' "$url/orders" || true
  judge curl
fi
if command -v node >/dev/null 2>&1; then
  node "$here/client.mjs" "$url" || true
  judge node
fi
"$bin/holdfast" get -o /dev/null -H 'X-Client-Id: holdfast' "$url/price" 2>/dev/null || true
"$bin/holdfast" post -o /dev/null -H 'X-Client-Id: holdfast' -d 'tea' "$url/orders" 2>/dev/null || true
judge holdfast
[ "$verdict" = "yes yes yes" ]
