# llhttp, as the target hf_llhttp. Looked for in this order: a target that an enclosing project
# made, a CMake config, pkg-config, the sources that Debian's node-llhttp ships. HOLDFAST_LLHTTP
# says what it became: "sources" (its objects go inside our libraries), "target", "config", or
# "pkgconfig" (a dependency that the installed package must find again).
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
    # As <llhttp.h>, the one spelling that every origin of llhttp offers.
    target_include_directories(hf_llhttp SYSTEM PUBLIC
      $<BUILD_INTERFACE:${folder}/include/llhttp>)
    # Foreign and generated code: not judged by our warnings, and always optimized, since a parser
    # at -O0 dominates every debug test.
    target_compile_options(hf_llhttp PRIVATE -w -O2)
    set_target_properties(hf_llhttp PROPERTIES UNITY_BUILD OFF)  # its files repeat each other's names
    # llhttp 8 is strict only where it is told so; 9 knows the word no more and always is. Public,
    # so that src/wire knows what it need not check again.
    target_compile_definitions(hf_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_link_libraries(hf_llhttp_link INTERFACE hf_llhttp)
  endif()
endif()

if(NOT HOLDFAST_LLHTTP)
  holdfast_missing("llhttp 8.1 or newer (Debian: node-llhttp, which ships its C sources; "
                   "elsewhere: libllhttp with its pkg-config or CMake file)")
endif()
message(STATUS "llhttp: ${HOLDFAST_LLHTTP}")
