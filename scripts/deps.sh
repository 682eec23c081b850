#!/bin/sh
# What the build needs from the system. Usage: scripts/deps.sh [build] [lint] [bench] [interop] [docs]
# (default: all five). Probes for the thing itself, not for a package, so that a cmake or a libuv
# from elsewhere counts; takes a few hundredths of a second when nothing is missing. What is missing
# is installed with apt-get where we may (root, or sudo without a password); otherwise the exact
# command is printed. Written for plain sh: on a fresh system nothing but make is there.
set -u

missing=""
need() { missing="$missing $1"; }
command_or() { command -v "$1" >/dev/null 2>&1 || need "$2"; }
header_or() {  # header package
  for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu /opt/*/include; do
    [ -e "$folder/$1" ] && return
  done
  need "$2"
}
module_or() {  # pkg-config module, package
  command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" 2>/dev/null || need "$2"
}

build() {
  # Checks the name that the build system calls: a g++ without a c++ is not enough.
  if ! command -v c++ >/dev/null 2>&1 && ! command -v g++ >/dev/null 2>&1; then
    need build-essential
  elif ! command -v ar >/dev/null 2>&1 || ! command -v cc >/dev/null 2>&1; then
    need build-essential
  fi
  command_or cmake cmake
  command_or ninja ninja-build
  command_or pkg-config pkg-config
  command_or python3 python3
  module_or 'libuv >= 1.44' libuv1-dev
  if [ ! -e /usr/share/llhttp/llhttp.c ]; then module_or 'libllhttp >= 8.1' node-llhttp; fi
  module_or 'libnghttp2 >= 1.52' libnghttp2-dev
  module_or 'openssl >= 3.0' libssl-dev
  module_or zlib zlib1g-dev
  module_or libbrotlidec libbrotli-dev
  module_or 'libzstd >= 1.4' libzstd-dev
  module_or 'libpsl >= 0.20' libpsl-dev
  module_or 'libidn2 >= 2.0' libidn2-dev
  header_or nlohmann/json.hpp nlohmann-json3-dev
  header_or CLI/CLI.hpp libcli11-dev
  header_or gtest/gtest.h libgtest-dev
  header_or rapidcheck.h librapidcheck-dev
}
lint() {
  command_or clang-format clang-format
  command_or clang-tidy clang-tidy
}
format() { command_or clang-format clang-format; }
bench() {
  header_or benchmark/benchmark.h libbenchmark-dev
  header_or curl/curl.h libcurl4-openssl-dev
  command_or valgrind valgrind
  command_or wrk wrk
  command_or h2load nghttp2-client
  command_or nghttpd nghttp2-server
}
# Programs that `make test` runs: the servers of proptests/interop, the tool for their certificates,
# and the instruction counter of proptests/budgets.
interop() {
  PATH=$PATH:/usr/sbin command_or nginx nginx-light
  command_or nghttpd nghttp2-server
  command_or node nodejs
  command_or openssl openssl
  command_or valgrind valgrind
}

docs() { command_or doxygen doxygen; }

[ $# -eq 0 ] && set -- build lint bench interop docs
probe() {
  missing=""
  for set_name in "$@"; do
    case "$set_name" in
      build | lint | format | bench | interop | docs) "$set_name" ;;
      *) echo "deps: no set '$set_name': use build, lint, format, bench, interop or docs" >&2; exit 2 ;;
    esac
  done
}

probe "$@"
[ -z "$missing" ] && exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then sudo="sudo -n"; fi
say_and_fail() {
  echo "deps:$1" >&2
  echo "deps: on Debian or Ubuntu: sudo apt-get install$missing" >&2
  exit 1
}
command -v apt-get >/dev/null 2>&1 ||
  say_and_fail " missing (named as Debian names them):$missing; there is no apt-get here"
if [ -n "$sudo" ] && ! $sudo true 2>/dev/null; then
  say_and_fail " missing:$missing; installing needs root, and sudo asks for a password"
fi

echo "deps: installing$missing"
install() {
  # shellcheck disable=SC2086  # a list of words on purpose
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=120 $missing </dev/null
}
# Fresh images have no package lists, and stale lists name packages that no longer exist.
install >/dev/null 2>&1 || {
  $sudo apt-get update -q </dev/null && install
} || say_and_fail " apt-get could not install:$missing"
probe "$@"
[ -z "$missing" ] || say_and_fail " still missing after installing:$missing"
