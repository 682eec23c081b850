#!/bin/sh
# Builds the library and both commands with clang and libc++, and runs the commands against each
# other. The tests are not included, because distributions build the test libraries with libstdc++.
# Usage: scripts/libcxx.sh [CLANG++ [CLANG]]
set -eu
cd "$(dirname "$0")/.."
cxx=${1:-clang++}
cc=${2:-clang}
folder=build-libcxx
cmake -S . -B $folder -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_CXX_FLAGS=-stdlib=libc++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 \
  -DHOLDFAST_TESTS=OFF -DHOLDFAST_BENCH=OFF -DHOLDFAST_UNITY=ON -Wno-dev >/dev/null
cmake --build $folder -j "${JOBS:-$(nproc)}"
work=$(mktemp -d)
$folder/bin/fault-server --rule '503 ra=0; 200 body=text:hello' --port 0 \
  --port-file "$work/port" >"$work/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
tries=0
until [ -s "$work/port" ]; do
  tries=$((tries + 1))
  [ $tries -le 100 ] || { cat "$work/log" >&2; echo "libcxx: the fault server did not start" >&2; exit 1; }
  sleep 0.1
done
said=$($folder/bin/holdfast get "http://127.0.0.1:$(cat "$work/port")/x")
[ "$said" = hello ] || { echo "libcxx: 'hello' was expected, not '$said'" >&2; exit 1; }
echo "libcxx: built with $cxx and libc++, and a retried request succeeded"
