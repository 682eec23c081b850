#!/usr/bin/env bash
# Starts the fault server with the outage scenario on loopback, runs the demo against it, stops the
# server, and checks its journal. Exit status 0 if every promise was kept.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${HOLDFAST_BIN:-build/bin}
work=$(mktemp -d)
server=
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

"$bin/fault-server" --script examples/outage/outage.json --port 0 --port-file "$work/port" \
  --journal "$work/journal.ndjson" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  [ -s "$work/port" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.05
done
url="http://127.0.0.1:$(cat "$work/port")"
echo "The fault server listens at $url and plays examples/outage/outage.json."
"$bin/outage-demo" play "$url"
kill "$server"
wait "$server" 2>/dev/null || true
server=
"$bin/outage-demo" judge "$work/journal.ndjson"
