#!/bin/sh
# Measures what a GET of 100 bytes costs the client, over HTTP/1.1 (50 keep-alive connections) and
# over HTTP/2 with TLS (100 streams on one connection): user-space instructions by callgrind and CPU
# time, for `holdfast load` and for h2load, wrk and bench/curl_multi if they are installed. Each
# runs at two lengths, and the difference is divided by the difference in requests, so that start-up
# and handshakes cancel out. The server is build/bin/null_server for HTTP/1.1 and nghttpd (else
# nginx) for HTTP/2; it is not measured. SHORT= and LONG= set the lengths under callgrind, BIN= the
# folder of the programs, ONLY=http1 or ONLY=http2 restricts the run. A figure above its budget does
# not fail; proptests/budgets checks the budgets (docs/performance.md).
set -eu
cd "$(dirname "$0")/.."
short=${SHORT:-5000}
long=${LONG:-15000}
bin=${BIN:-build/bin}
only=${ONLY:-}
connections=50
streams=100
case "$only" in
  '' | http1 | http2) ;;
  *) echo "bench-instructions: ONLY='$only': expected http1 or http2" >&2; exit 2 ;;
esac
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
end_server() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=""
}
finish() {
  end_server
  rm -rf "$work"
}
# until_ready COMMAND…: waits until the command succeeds; fails when the server has ended
until_ready() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
      cat "$work/server.log" >&2
      echo "bench-instructions: the server did not start" >&2
      exit 1
    fi
    sleep 0.1
  done
}
trap finish EXIT
trap 'exit 1' INT TERM

# instructions COMMAND…: callgrind's count over all threads; the command's output goes to log
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
  # Long enough for the clock's resolution of 10 ms.
  cpu=$(with_count $((cpu_span + 50000)) "$@") && cpu_few=$(with_count 50000 "$@") || cpu=""
  [ -z "$cpu" ] || cpu=$(awk -v ms=$((cpu - cpu_few)) -v span="$cpu_span" 'BEGIN {
    printf "%.1f", ms * 1000 / span }')
  row "$name" $(((many - few) / (long - short))) "${cpu:--}"
}
# wrk runs for a time, not for a number of requests: the number is read from its output.
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

heading() {
  echo "$1, per request:"
  printf '  %-22s %12s %10s %14s\n' client instructions "/ $budget" "CPU us (u+s)"
}
missing() { printf '  %-22s %s: skipped\n' "$1" "$2"; }

http1() {
  budget=3200
  cpu_span=100000
  "$bin/null_server" --port 0 --port-file "$work/port" 2>"$work/server.log" &
  server=$!
  until_ready test -s "$work/port"
  url="http://127.0.0.1:$(cat "$work/port")/"
  heading "keep-alive HTTP/1.1 GET, 100-byte body, $connections connections"
  counted "holdfast load" "$bin/holdfast" load "$url" -n @N -c "$connections"
  if command -v wrk >/dev/null 2>&1; then wrk_row; else missing wrk "not installed"; fi
  if command -v h2load >/dev/null 2>&1; then
    counted "h2load --h1" h2load --h1 -n @N -c "$connections" "$url"
  else
    missing h2load "not installed"
  fi
  if [ -x "$bin/curl_multi" ]; then
    counted "libcurl multi" "$bin/curl_multi" "$url" -n @N -c "$connections"
  else
    missing "libcurl multi" "not built (libcurl was not found)"
  fi
  end_server
}

# A third-party server, because h2load and libcurl must accept it as well.
start_http2_server() {
  openssl req -x509 -days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$work/key.pem" -out "$work/certificate.pem" -subj /CN=bench \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
  mkdir "$work/www"
  head -c 100 /dev/zero | tr '\0' x >"$work/www/body"
  port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
  if command -v nghttpd >/dev/null 2>&1; then
    nghttpd -a 127.0.0.1 -d "$work/www" -m "$streams" "$port" "$work/key.pem" \
      "$work/certificate.pem" >"$work/server.log" 2>&1 &
  else
    mkdir "$work/temp"
    cat >"$work/nginx.conf" <<END
daemon off;
$([ "$(id -u)" -ne 0 ] || echo "user root;")
pid $work/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path $work/temp/1;
  proxy_temp_path $work/temp/2;
  fastcgi_temp_path $work/temp/3;
  uwsgi_temp_path $work/temp/4;
  scgi_temp_path $work/temp/5;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:$port ssl http2;
    ssl_certificate $work/certificate.pem;
    ssl_certificate_key $work/key.pem;
    root $work/www;
  }
}
END
    nginx -c "$work/nginx.conf" -e "$work/server.log" >>"$work/server.log" 2>&1 &
  fi
  server=$!
  until_ready "$bin/holdfast" get --cacert "$work/certificate.pem" --max-attempts 1 --fail \
    "https://127.0.0.1:$port/body"
}

http2() {
  budget=11000
  cpu_span=300000
  PATH=$PATH:/usr/sbin
  if ! command -v nghttpd >/dev/null 2>&1 && ! command -v nginx >/dev/null 2>&1; then
    echo "HTTP/2: neither nghttpd nor nginx is installed (make deps): skipped"
    return 0
  fi
  start_http2_server
  url="https://127.0.0.1:$port/body"
  heading "HTTP/2 GET over TLS, 100-byte body, $streams streams on one connection"
  counted "holdfast load" "$bin/holdfast" load --cacert "$work/certificate.pem" "$url" -n @N \
    -c "$streams" --streams "$streams"
  if command -v h2load >/dev/null 2>&1; then
    counted "h2load" h2load -n @N -c 1 -m "$streams" "$url"
  else
    missing h2load "not installed"
  fi
  if [ -x "$bin/curl_multi" ]; then
    counted "libcurl multi" "$bin/curl_multi" --http2 --cacert "$work/certificate.pem" "$url" \
      -n @N -c "$streams"
  else
    missing "libcurl multi" "not built (libcurl was not found)"
  fi
  end_server
}

if [ "$only" != http2 ]; then http1; fi
if [ -z "$only" ]; then echo; fi
if [ "$only" != http1 ]; then http2; fi

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
