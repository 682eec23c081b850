# The functions for the folders' CMakeLists.txt. Sources are listed by name;
# proptests/house/tidy_test.cc checks that none is missing, and which room may include which.

# The include directories.
add_library(hf_roots INTERFACE)
target_include_directories(hf_roots INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)

# holdfast_library(<target> SOURCES … [LINKS …]): a static library of this project.
function(holdfast_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_library(${target} STATIC ${arg_SOURCES})
  target_link_libraries(${target} PUBLIC hf_roots ${arg_LINKS})
  holdfast_target(${target})
  # Sources that users link or run are compiled one by one: in batches gcc inlines differently, and
  # a request costs 5 % more instructions (make bench-instructions).
  if(HOLDFAST_SANITIZE OR NOT target MATCHES "^hf_")
    holdfast_batch(${target})
  endif()
endfunction()

# The paths of the source tree and of the commands, for tests.
function(holdfast_test_definitions target)
  target_compile_definitions(${target} PRIVATE
    HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    HOLDFAST_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
endfunction()

set(HOLDFAST_TEST_FLAGS "" CACHE STRING
    "Compiler options of the tests alone, after those of the build: '-O0' compiles sooner")

# holdfast_test_flags(<target>): compiles the target with the options for tests.
function(holdfast_test_flags target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${HOLDFAST_TEST_FLAGS}>)
endfunction()

# Parses the headers of the test libraries once for all test executables. Off by default, so that an
# everyday build detects a test that does not include them; the presets for CI enable it.
option(HOLDFAST_PCH "Precompile the headers of the test libraries" OFF)
if(HOLDFAST_TESTS AND HOLDFAST_PCH)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/test_prefix.cc" CONTENT "int main() {}\n")
  # An executable, because the precompiled header must match the options of the tests (-fPIE).
  add_executable(test_prefix "${CMAKE_CURRENT_BINARY_DIR}/test_prefix.cc")
  # rapidcheck's GoogleTest support needs gtest first.
  target_precompile_headers(test_prefix PRIVATE <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)
  target_link_libraries(test_prefix PRIVATE rapidcheck GTest::gtest Threads::Threads)
  holdfast_target(test_prefix)
  holdfast_test_flags(test_prefix)
  holdfast_test_definitions(test_prefix)
endif()

# holdfast_tests(<program> <source>…): adds sources of this folder to a test program that is created
# later.
function(holdfast_tests program)
  if(HOLDFAST_TESTS)
    set(sources ${ARGN})
    list(TRANSFORM sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
    set_property(GLOBAL APPEND PROPERTY holdfast_tests_of_${program} ${sources})
  endif()
endfunction()

# holdfast_test(<program> <seconds> <link>…): creates the GoogleTest program from the sources given
# to holdfast_tests(), and registers it with ctest.
function(holdfast_test program seconds)
  if(NOT HOLDFAST_TESTS)
    return()
  endif()
  get_property(sources GLOBAL PROPERTY holdfast_tests_of_${program})
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE ${ARGN} rapidcheck rapidcheck_gtest GTest::gtest
                                           GTest::gtest_main Threads::Threads)
  holdfast_test_definitions(${program})
  holdfast_target(${program})
  holdfast_test_flags(${program})
  holdfast_batch(${program})
  if(TARGET test_prefix)
    target_precompile_headers(${program} REUSE_FROM test_prefix)
  endif()
  if(HOLDFAST_SANITIZE)
    math(EXPR seconds "3 * ${seconds}")
  endif()
  add_test(NAME ${program} COMMAND ${program})
  # A fixed seed for the properties, so that repeated runs have the same result; `make prop` tries
  # other seeds.
  set_tests_properties(${program} PROPERTIES TIMEOUT ${seconds} ENVIRONMENT
    "RC_PARAMS=seed=20261123;UBSAN_OPTIONS=print_stacktrace=1;ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1")
endfunction()

# holdfast_rig(<target> SOURCES … [LINKS …]): a library shared by several test programs.
function(holdfast_rig target)
  if(HOLDFAST_TESTS)
    holdfast_library(${target} ${ARGN})
    holdfast_test_flags(${target})
  endif()
endfunction()

# holdfast_room(<room> [PRODUCT] [TEST_PROGRAM <program>] SOURCES … [TESTS …] [LINKS …]): creates
# the library hf_<room>, a part of libholdfast with PRODUCT, and the test program <room>_test. With
# TEST_PROGRAM the tests are added to that program, which the folder above creates.
function(holdfast_room room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PRODUCT" "TEST_PROGRAM" "SOURCES;TESTS;LINKS")
  holdfast_library(hf_${room} SOURCES ${arg_SOURCES} LINKS ${arg_LINKS})
  if(arg_PRODUCT)
    set_property(GLOBAL APPEND PROPERTY holdfast_product hf_${room})
  endif()
  if(arg_TEST_PROGRAM)
    holdfast_tests(${arg_TEST_PROGRAM} ${arg_TESTS})
  elseif(arg_TESTS)
    holdfast_tests(${room}_test ${arg_TESTS})
    holdfast_test(${room}_test 120 hf_${room})
  endif()
endfunction()
