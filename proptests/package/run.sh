#!/bin/sh
# Installs the build into a prefix of its own, moves that prefix (so that nothing can depend on
# where it was made), builds the applications beside this script, one in C++ and one in C, against it in every supported
# way, and runs each against a fault server. Usage: run.sh BUILD_DIR CXX CC [SANITIZERS]
set -eu
build=$1
cxx=$2
cc=$3
sanitize=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server=""
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
unset DESTDIR
fail() {
  echo "package: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/made" >"$work/install.log" || {
  cat "$work/install.log"
  fail "cmake --install failed"
}
mv "$work/made" "$work/moved"
prefix=$work/moved
for file in include/holdfast/client.h include/holdfast.h include/holdfast/c/client.h bin/holdfast bin/fault-server share/licenses/holdfast/LICENSE \
  share/man/man1/holdfast.1 share/man/man1/fault-server.1 \
  share/bash-completion/completions/holdfast share/bash-completion/completions/fault-server \
  share/zsh/site-functions/_holdfast share/zsh/site-functions/_fault-server \
  share/fish/vendor_completions.d/holdfast.fish \
  share/fish/vendor_completions.d/fault-server.fish; do
  [ -s "$prefix/$file" ] || fail "$file was not installed"
done
lib=$(dirname "$(find "$prefix" -name libholdfast.a)")
[ -e "$lib/libholdfast.so" ] || fail "no shared library beside $lib/libholdfast.a"
if nm -D --defined-only "$lib/libholdfast.so" | grep -i llhttp; then
  fail "the shared library lets llhttp's symbols out"
fi
if [ -z "$sanitize" ] && nm -g --defined-only "$lib/libholdfast.a" | grep ' [TDBR] .*llhttp'; then
  fail "the static library lets llhttp's symbols out"
fi
"$prefix/bin/holdfast" --help >/dev/null || fail "the installed holdfast does not run"

start_server() {  # a new one for each run: its first answer is the 503
  rm -f "$work/port"
  "$prefix/bin/fault-server" --rule '503 ra=0; 200' --port 0 --port-file "$work/port" \
    >"$work/server.log" 2>&1 &
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
}
stop_server() {
  kill "$server"
  wait "$server" 2>/dev/null || true
  server=""
}
run() {  # NAME PROGRAM
  start_server
  echo "== $1"
  "$2" "http://127.0.0.1:$(cat "$work/port")/hello" || fail "$1: the application failed"
  stop_server
}
linked_shared() { ldd "$1" | grep -q libholdfast; }

flags=""
[ -n "$sanitize" ] && flags="-fsanitize=$sanitize"
for language in cxx c; do
  for kind in holdfast holdfast_shared holdfast_static; do
    made=$work/$kind-$language
    cmake -S "$here/$language" -B "$made" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
      -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" \
      -DAPP_TARGET="holdfast::$kind" >"$work/log" 2>&1 && cmake --build "$made" >>"$work/log" 2>&1 || {
      cat "$work/log"
      fail "CMake, holdfast::$kind, $language: does not build"
    }
    run "CMake, holdfast::$kind, $language" "$made/app"
  done
  linked_shared "$work/holdfast-$language/app" || fail "holdfast::holdfast is not the shared library"
  linked_shared "$work/holdfast_static-$language/app" &&
    fail "holdfast::holdfast_static links the shared one"
done

export PKG_CONFIG_PATH="$lib/pkgconfig"
for name in holdfast holdfast-static; do
  # shellcheck disable=SC2046,SC2086  # lists of flags on purpose
  "$cxx" -std=c++20 $flags -o "$work/app-$name" "$here/cxx/main.cc" \
    $(pkg-config --cflags --libs "$name") -Wl,-rpath,"$lib" || fail "pkg-config $name: does not build"
  run "pkg-config $name, cxx" "$work/app-$name"
  # shellcheck disable=SC2046,SC2086
  "$cc" -std=c11 -D_POSIX_C_SOURCE=200809L $flags -o "$work/app-$name-c" "$here/c/main.c" \
    $(pkg-config --cflags --libs "$name") -Wl,-rpath,"$lib" ||
    fail "pkg-config $name: does not build from C"
  run "pkg-config $name, c" "$work/app-$name-c"
done
linked_shared "$work/app-holdfast-static" && fail "pkg-config holdfast-static links the shared library"

# Classes to derive from, headers without a warning, and the error under C++17.
strict="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror"
clang=$(command -v clang++ || command -v clang++-14 || true)
for compiler in "$cxx" $clang; do
  for name in holdfast holdfast-static; do
    [ -n "$sanitize" ] && [ "$compiler" != "$cxx" ] && continue
    # shellcheck disable=SC2046,SC2086
    "$compiler" -std=c++20 $strict $flags -o "$work/derive" "$here/cxx/derive.cc" \
      $(pkg-config --cflags --libs "$name") -Wl,-rpath,"$lib" ||
      fail "$compiler, $name: what derives from public classes does not build"
    echo "== derive, $name, $compiler"
    "$work/derive" || fail "$compiler, $name: what derives from public classes fails"
  done
  for without in "" -fno-exceptions -fno-rtti "-fno-exceptions -fno-rtti"; do
    # shellcheck disable=SC2046,SC2086
    "$compiler" -std=c++20 $strict $without -fsyntax-only "$here/cxx/headers.cc" -I"$prefix/include" ||
      fail "$compiler $without: the headers do not compile without a warning"
  done
  # Another standard library, one without stop_token among them.
  echo '#include <string>' >"$work/probe.cc"
  if "$compiler" -std=c++20 -stdlib=libc++ -fsyntax-only "$work/probe.cc" 2>/dev/null; then
    # shellcheck disable=SC2086
    "$compiler" -std=c++20 -stdlib=libc++ $strict -fsyntax-only "$here/cxx/headers.cc" \
      -I"$prefix/include" || fail "$compiler: the headers do not compile with libc++"
    echo "== headers with libc++, $compiler"
  fi
  echo '#include <holdfast.h>' >"$work/old.cc"
  "$compiler" -std=c++11 $strict -fsyntax-only "$work/old.cc" -I"$prefix/include" ||
    fail "$compiler: holdfast.h does not compile as C++11"
  echo '#include <holdfast/client.h>' >"$work/old.cc"
  if "$compiler" -std=c++17 -fsyntax-only "$work/old.cc" -I"$prefix/include" 2>"$work/log"; then
    fail "$compiler: holdfast/client.h compiles as C++17"
  fi
  grep -q 'error.*compile with -std=c++20' "$work/log" || fail "$compiler: C++17 is not told the remedy"
done
soname=$(objdump -p "$lib/libholdfast.so" | sed -n 's/.*SONAME *//p')
case $soname in
libholdfast.so.0.[0-9]*) ;;
*) fail "the soname is $soname" ;;
esac

# A consumer of the shared library where libuv's development files are the only ones.
mkdir "$work/pc"
cp "$(pkg-config --variable=pcfiledir libuv)/libuv.pc" "$work/pc/"
PKG_CONFIG_LIBDIR="$work/pc" PKG_CONFIG_PATH="" cmake -S "$here/cxx" -B "$work/alone" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="$flags" \
  -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON -DAPP_TARGET=holdfast::holdfast >"$work/log" 2>&1 &&
  cmake --build "$work/alone" >>"$work/log" 2>&1 || {
  cat "$work/log"
  fail "with libuv's headers alone the shared library cannot be used"
}
run "CMake, libuv's headers alone" "$work/alone/app"
if PKG_CONFIG_LIBDIR="$work/pc" PKG_CONFIG_PATH="" cmake -S "$here/cxx" -B "$work/archive" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" -DHOLDFAST_STATIC=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON -DAPP_TARGET=holdfast::holdfast >"$work/log" 2>&1; then
  fail "the archive is found although the libraries that it needs are not"
fi
grep -q "libnghttp2-dev" "$work/log" || fail "what the archive lacks is not named"

# As a part of another project: configured only.
cmake -S "$here/subproject" -B "$work/subproject" -DHOLDFAST_SOURCE="$here/../.." \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc" >"$work/log" 2>&1 || {
  cat "$work/log"
  fail "as a subproject it changes its parent, or does not configure"
}

# The testing face, which needs no server.
leaked=$(nm -g --defined-only "$lib/libholdfast_testing.a" | grep -E ' [A-Zuvw] ' |
  grep -vE ' _ZNK?8holdfast7testing' || true)
[ -n "$sanitize" ] || [ -z "$leaked" ] || fail "the testing library lets other symbols out: $leaked"
for static in OFF ON; do
  made=$work/testing-$static
  cmake -S "$here/testing" -B "$made" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_CXX_FLAGS="$flags" -DHOLDFAST_STATIC=$static >"$work/log" 2>&1 &&
    cmake --build "$made" >>"$work/log" 2>&1 || {
    cat "$work/log"
    fail "CMake, holdfast::testing, HOLDFAST_STATIC=$static: does not build"
  }
  echo "== CMake, holdfast::testing, HOLDFAST_STATIC=$static"
  "$made/app" || fail "holdfast::testing, HOLDFAST_STATIC=$static: the test failed"
done
linked_shared "$work/testing-ON/app" && fail "holdfast::testing links the shared library"
# shellcheck disable=SC2046,SC2086
"$cxx" -std=c++20 $flags -o "$work/app-testing" "$here/testing/main.cc" \
  $(pkg-config --cflags --libs holdfast-testing) -Wl,-rpath,"$lib" ||
  fail "pkg-config holdfast-testing: does not build"
echo "== pkg-config holdfast-testing"
"$work/app-testing" || fail "pkg-config holdfast-testing: the test failed"
echo "package: every way works"
