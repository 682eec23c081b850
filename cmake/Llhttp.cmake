# Finds llhttp, in this order: a target of an enclosing project, a CMake config, pkg-config, the
# sources in Debian's node-llhttp. HOLDFAST_LLHTTP is set to "sources" (compiled here as hf_llhttp,
# the objects go into our libraries), "target", "config" or "pkgconfig" (the installed package must
# find it again).
set(HOLDFAST_LLHTTP "")
add_library(hf_llhttp_link INTERFACE)

if(TARGET llhttp::llhttp OR TARGET llhttp_static OR TARGET llhttp)
  set(HOLDFAST_LLHTTP target)
  foreach(candidate llhttp::llhttp llhttp_static llhttp)
    if(TARGET ${candidate})
      target_link_libraries(hf_llhttp_link INTERFACE ${candidate})
      break()
    endif()
  endforeach()
endif()

if(NOT HOLDFAST_LLHTTP)
  find_package(llhttp QUIET CONFIG)
  if(llhttp_FOUND)
    foreach(candidate llhttp::llhttp_static llhttp::llhttp llhttp::llhttp_shared)
      if(TARGET ${candidate})
        set(HOLDFAST_LLHTTP config)
        set(HOLDFAST_LLHTTP_TARGET ${candidate})
        target_link_libraries(hf_llhttp_link INTERFACE ${candidate})
        break()
      endif()
    endforeach()
  endif()
endif()

if(NOT HOLDFAST_LLHTTP)
  pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET GLOBAL "libllhttp>=8.1")
  if(LLHTTP_FOUND)
    set(HOLDFAST_LLHTTP pkgconfig)
    target_link_libraries(hf_llhttp_link INTERFACE PkgConfig::LLHTTP)
  endif()
endif()

if(NOT HOLDFAST_LLHTTP)
  set(folder "${HOLDFAST_LLHTTP_SOURCES}")
  if(NOT folder)
    set(folder /usr/share)
  endif()
  if(EXISTS "${folder}/llhttp/llhttp.c" AND EXISTS "${folder}/include/llhttp/llhttp.h")
    set(HOLDFAST_LLHTTP sources)
    file(GLOB sources "${folder}/llhttp/*.c")
    add_library(hf_llhttp STATIC ${sources})
    # So that it is included as <llhttp.h>, which works for every source of llhttp.
    target_include_directories(hf_llhttp SYSTEM PUBLIC
      $<BUILD_INTERFACE:${folder}/include/llhttp>)
    # Generated third-party code: compiled without our warnings, and always optimized, because a
    # parser at -O0 dominates the time of every debug test.
    target_compile_options(hf_llhttp PRIVATE -w -O2)
    # Its files reuse each other's names.
    set_target_properties(hf_llhttp PROPERTIES UNITY_BUILD OFF)
    # llhttp 8 is strict only with this definition; 9 ignores it and is always strict. Public, so
    # that src/wire can skip checks that llhttp does.
    target_compile_definitions(hf_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_link_libraries(hf_llhttp_link INTERFACE hf_llhttp)
  endif()
endif()

if(NOT HOLDFAST_LLHTTP)
  holdfast_missing("llhttp 8.1 or newer (Debian: node-llhttp, which ships its C sources; "
                   "elsewhere: libllhttp with its pkg-config or CMake file)")
endif()
message(STATUS "llhttp: ${HOLDFAST_LLHTTP}")
