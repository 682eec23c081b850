# src/: one static target per room, hf_<room>, linking only the rooms it may know, and one test
# executable per room, <room>_test. A room without sources is an INTERFACE target.

# The roots of include paths; which room may include which is judged by proptests/tidy_test.cc.
add_library(hf_roots INTERFACE)
target_include_directories(hf_roots INTERFACE
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/src>
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>)

# holdfast_library(<target> <sources> <links>…)
function(holdfast_library target sources)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC hf_roots ${ARGN})
    holdfast_target(${target})
    # What users link or run is compiled file by file: in a batch gcc inlines otherwise, and a request
    # costs 5 % more instructions (make bench-instructions).
    if(HOLDFAST_SANITIZE OR NOT target MATCHES "^hf_")
      holdfast_batch(${target})
    endif()
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE hf_roots ${ARGN})
  endif()
endfunction()

# Where a test finds the tree and the commands that it runs.
function(holdfast_test_definitions target)
  target_compile_definitions(${target} PRIVATE
    HOLDFAST_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}"
    HOLDFAST_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
endfunction()

set(HOLDFAST_TEST_FLAGS "" CACHE STRING
    "Compiler options of the tests alone, after those of the build: '-O0' compiles sooner")

# holdfast_test_flags(<target>): the target is part of the tests.
function(holdfast_test_flags target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${HOLDFAST_TEST_FLAGS}>)
endfunction()

# The test libraries' headers, parsed once for all test executables. Off by default, so that an
# everyday build notices a test that forgot to include them; the presets of CI switch it on.
option(HOLDFAST_PCH "Precompile the headers of the test libraries" OFF)
if(HOLDFAST_TESTS AND HOLDFAST_PCH)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/test_prefix.cc" CONTENT "int main() {}\n")
  # An executable, since what it compiles for (-fPIE) has to be what the tests compile for.
  add_executable(test_prefix "${CMAKE_CURRENT_BINARY_DIR}/test_prefix.cc")
  # rapidcheck's GoogleTest support wants gtest first.
  target_precompile_headers(test_prefix PRIVATE <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)
  target_link_libraries(test_prefix PRIVATE rapidcheck GTest::gtest Threads::Threads)
  holdfast_target(test_prefix)
  holdfast_test_flags(test_prefix)
  holdfast_test_definitions(test_prefix)
endif()

# holdfast_test(<target> <seconds> <sources> <links>…): a GoogleTest executable known to ctest.
function(holdfast_test target seconds sources)
  if(NOT HOLDFAST_TESTS OR NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARGN} rapidcheck rapidcheck_gtest GTest::gtest
                                          GTest::gtest_main Threads::Threads)
  holdfast_test_definitions(${target})
  holdfast_target(${target})
  holdfast_test_flags(${target})
  holdfast_batch(${target})
  if(TARGET test_prefix)
    target_precompile_headers(${target} REUSE_FROM test_prefix)
  endif()
  if(HOLDFAST_SANITIZE)
    math(EXPR seconds "3 * ${seconds}")
  endif()
  add_test(NAME ${target} COMMAND ${target})
  # One seed for the properties here, so that a tree that was green stays green; `make prop` is what
  # explores others.
  set_tests_properties(${target} PROPERTIES TIMEOUT ${seconds} ENVIRONMENT
    "RC_PARAMS=seed=20261123;UBSAN_OPTIONS=print_stacktrace=1;ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1")
endfunction()

# holdfast_room(<room> <links>…)
function(holdfast_room room)
  holdfast_glob(sources src/${room} "*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "${HOLDFAST_TEST_SOURCES}")
  list(FILTER tests INCLUDE REGEX "${HOLDFAST_TEST_SOURCES}")
  holdfast_library(hf_${room} "${sources}" ${ARGN})
  holdfast_test(${room}_test 120 "${tests}" hf_${room})
endfunction()

holdfast_room(base)
holdfast_room(http hf_base ${HOLDFAST_PSL_LINK} ${HOLDFAST_IDN2_LINK})
if(HOLDFAST_PSL_LINK)
  target_compile_definitions(hf_http PRIVATE HOLDFAST_WITH_PSL)
endif()
if(HOLDFAST_IDN2_LINK)
  target_compile_definitions(hf_http PRIVATE HOLDFAST_WITH_IDN2)
endif()
holdfast_room(policy hf_http hf_base)
# The bodies of the public value types (Headers, …) live in hf_http, hence the link; wire includes
# their public headers only.
holdfast_room(wire hf_http hf_base hf_llhttp_link PkgConfig::NGHTTP2 OpenSSL::SSL OpenSSL::Crypto
              ${HOLDFAST_DECODERS})
target_compile_definitions(hf_wire PRIVATE ${HOLDFAST_DECODER_DEFINITIONS})
if(TARGET wire_test)
  target_compile_definitions(wire_test PRIVATE ${HOLDFAST_DECODER_DEFINITIONS})
  if(HOLDFAST_BROTLI)
    target_link_libraries(wire_test PRIVATE PkgConfig::BROTLI_ENCODER)
  endif()
endif()
holdfast_room(engine hf_policy hf_wire hf_http hf_base)
if(TARGET engine_test)
  # The other end of its TLS tests, and who encodes what it is to decode.
  target_sources(engine_test PRIVATE src/wire/tls_rig.cc src/wire/h2_rig.cc
                                     src/wire/decoder_rig.cc)
  target_compile_definitions(engine_test PRIVATE ${HOLDFAST_DECODER_DEFINITIONS})
  if(HOLDFAST_BROTLI)
    target_link_libraries(engine_test PRIVATE PkgConfig::BROTLI_ENCODER)
  endif()
endif()
holdfast_room(uv hf_engine hf_base PkgConfig::LIBUV)
holdfast_room(sim hf_engine hf_base)
holdfast_room(api hf_uv hf_engine hf_base)
if(TARGET api_test)
  target_sources(api_test PRIVATE src/uv/lookup_rig.cc)
endif()

# Help, manual pages and completions of both commands, from their own definitions.
if(HOLDFAST_TOOLS)
  holdfast_room(tool CLI11::CLI11)
endif()

# The command: everything but main in a library, so that its parts can be tested.
if(HOLDFAST_TOOLS)
  holdfast_glob(sources src/cli "*.cc")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "${HOLDFAST_TEST_SOURCES}")
  list(FILTER tests INCLUDE REGEX "${HOLDFAST_TEST_SOURCES}")
  holdfast_library(hf_cli "${sources}" hf_api hf_tool PkgConfig::LIBUV CLI11::CLI11
                   nlohmann_json::nlohmann_json OpenSSL::Crypto)
  holdfast_test(cli_test 120 "${tests}" hf_cli)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/src/cli/main.cc")
    add_executable(holdfast_command src/cli/main.cc)
    set_target_properties(holdfast_command PROPERTIES OUTPUT_NAME holdfast)
    target_link_libraries(holdfast_command PRIVATE hf_cli)
    holdfast_target(holdfast_command)
  endif()
endif()
