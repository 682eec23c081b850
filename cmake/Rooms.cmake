# What the folders' CMakeLists.txt say of themselves. Sources are listed by name; that none is
# forgotten is judged by proptests/house/tidy_test.cc, and so is which room may include which.

# The roots of include paths.
add_library(hf_roots INTERFACE)
target_include_directories(hf_roots INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)

# holdfast_library(<target> SOURCES … [LINKS …]): a static library of ours.
function(holdfast_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_library(${target} STATIC ${arg_SOURCES})
  target_link_libraries(${target} PUBLIC hf_roots ${arg_LINKS})
  holdfast_target(${target})
  # What users link or run is compiled file by file: in a batch gcc inlines otherwise, and a request
  # costs 5 % more instructions (make bench-instructions).
  if(HOLDFAST_SANITIZE OR NOT target MATCHES "^hf_")
    holdfast_batch(${target})
  endif()
endfunction()

# Where a test finds the tree and the commands that it runs.
function(holdfast_test_definitions target)
  target_compile_definitions(${target} PRIVATE
    HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
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

# holdfast_tests(<program> <source>…): sources of this folder for a test program made later.
function(holdfast_tests program)
  if(HOLDFAST_TESTS)
    set(sources ${ARGN})
    list(TRANSFORM sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
    set_property(GLOBAL APPEND PROPERTY holdfast_tests_of_${program} ${sources})
  endif()
endfunction()

# holdfast_test(<program> <seconds> <link>…): the GoogleTest program of what holdfast_tests() was
# given for it, known to ctest.
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
  # One seed for the properties here, so that a tree that was green stays green; `make prop` is what
  # explores others.
  set_tests_properties(${program} PROPERTIES TIMEOUT ${seconds} ENVIRONMENT
    "RC_PARAMS=seed=20261123;UBSAN_OPTIONS=print_stacktrace=1;ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1")
endfunction()

# holdfast_rig(<target> SOURCES … [LINKS …]): what several test programs share.
function(holdfast_rig target)
  if(HOLDFAST_TESTS)
    holdfast_library(${target} ${ARGN})
    holdfast_test_flags(${target})
  endif()
endfunction()

# holdfast_room(<room> [PRODUCT] [TEST_PROGRAM <program>] SOURCES … [TESTS …] [LINKS …]): the library
# hf_<room>, which is part of libholdfast with PRODUCT, and the test program <room>_test; with
# TEST_PROGRAM the tests join that program, which the folder above makes.
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
