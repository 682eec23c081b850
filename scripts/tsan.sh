#!/bin/sh
# Runs the programs that use threads under ThreadSanitizer: the libuv driver with its lookups, the
# C++ APIs, the C API. The rest of the tree is single-threaded by design. The test that starts a
# thread in a forked child is skipped if ThreadSanitizer cannot do so.
set -eu
cd "$(dirname "$0")/.."
scripts/build.sh tsan uv_test api_test c_face_test fault_server
GTEST_FILTER='-ForkTest.a_client_of_the_childs_own_works' \
  timeout 1800 ctest --test-dir build-tsan --output-on-failure --no-tests=error -j2 \
  -R '^(uv_test|api_test|c_face)$'
