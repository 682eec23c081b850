# Language level, warnings, sanitizers and output folders for every target of this project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# For the commands' --version.
add_compile_definitions(HOLDFAST_VERSION="${PROJECT_VERSION}")
# The same objects are used for the static and the shared library.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(HOLDFAST_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  # Line tables are enough for backtraces and callgrind, and the link is four times faster than with
  # -g.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
endif()

if(HOLDFAST_SANITIZE)
  if(NOT HOLDFAST_SANITIZE MATCHES "^(address|undefined|thread|leak)(,(address|undefined|leak))*$")
    message(FATAL_ERROR "HOLDFAST_SANITIZE='${HOLDFAST_SANITIZE}' is not known: "
                        "use 'address,undefined' or 'thread'")
  endif()
  add_compile_options(-fsanitize=${HOLDFAST_SANITIZE} -fno-omit-frame-pointer)
  if(HOLDFAST_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
  add_link_options(-fsanitize=${HOLDFAST_SANITIZE})
endif()

# holdfast_target(<name>): sets the warnings of a target of this project.
function(holdfast_target name)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic
    -Wshadow -Wconversion -Wsign-conversion>)
  # GCC 12 reports false positives of these kinds for inlined std::string and std::variant at -O2
  # and under sanitizers (GCC bugs 105651, 105562); clang and ASan still check them.
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict
    -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-free-nonheap-object>)
  if(HOLDFAST_WERROR)
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
endfunction()

# holdfast_c_target(<name>): the same for a target in C.
function(holdfast_c_target name)
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic>)
  if(HOLDFAST_WERROR)
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:C>:-Werror>)
  endif()
endfunction()

# ccache needs this option to cache compilations with a precompiled header.
if(HOLDFAST_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

# Most of the compile time is the same for all sources: parsing headers and instantiating templates
# of the standard library. Sources compiled in batches share it, which halves the total. Off by
# default, so that an everyday build detects a missing include; the presets for CI enable it. It
# requires that no two sources of a target use the same name in an anonymous namespace.
option(HOLDFAST_UNITY "Compile our sources in batches" OFF)
set(HOLDFAST_UNITY_BATCH 10 CACHE STRING "How many sources a batch has at most")

# holdfast_batch(<target>): compiles in batches of about equal size if HOLDFAST_UNITY is set.
function(holdfast_batch target)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources count)
  if(NOT HOLDFAST_UNITY OR count LESS 2)
    return()
  endif()
  math(EXPR batches "(${count} + ${HOLDFAST_UNITY_BATCH} - 1) / ${HOLDFAST_UNITY_BATCH}")
  math(EXPR size "(${count} + ${batches} - 1) / ${batches}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
endfunction()
