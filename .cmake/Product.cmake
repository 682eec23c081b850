# What users link: holdfast::holdfast, as libholdfast.a (holdfast_static) and libholdfast.so
# (holdfast_shared), both made of the rooms' own objects, with llhttp inside where it came as
# sources. Neither lets an internal or llhttp symbol out, so an application with its own llhttp
# (another version of it, even) can link us.
set(product_objects "")
set(product_targets "")
foreach(target hf_base hf_http hf_policy hf_wire hf_engine hf_uv hf_api hf_llhttp)
  if(TARGET ${target})
    get_target_property(kind ${target} TYPE)
    if(kind STREQUAL "STATIC_LIBRARY")
      list(APPEND product_objects $<TARGET_OBJECTS:${target}>)
      list(APPEND product_targets ${target})
    endif()
  endif()
endforeach()

# An archive keeps hidden symbols linkable; joining its objects and making them local is what really
# hides them. COMDAT groups have to be dissolved by that (--force-group-allocation): a local symbol
# in a group that the linker drops in favour of a user's copy would dangle. Out of its group a static
# of an inline function (_ZZ…, std::make_shared has one) would clash with the user's copy of it, so
# these are made weak, and so are inline variables of the standard library that -O0 leaves
# (std::in_place_index). Linkers that cannot, and sanitized builds (which are not for shipping), get the
# plain archive.
set(HOLDFAST_JOIN OFF)
if(CMAKE_OBJCOPY AND CMAKE_LINKER AND NOT HOLDFAST_SANITIZE)
  execute_process(COMMAND ${CMAKE_LINKER} --help OUTPUT_VARIABLE linker_help ERROR_QUIET)
  if(linker_help MATCHES "force-group-allocation")
    set(HOLDFAST_JOIN ON)
  endif()
endif()

if(HOLDFAST_JOIN)
  set(joined "${CMAKE_CURRENT_BINARY_DIR}/holdfast_joined.o")
  add_custom_command(OUTPUT "${joined}"
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o "${joined}" ${product_objects}
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden --wildcard "--weaken-symbol=_ZZ*"
            "--weaken-symbol=_ZSt14in_place*" "${joined}"
    DEPENDS ${product_targets} ${product_objects} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Joining the rooms' objects, hiding what is internal")
  set_source_files_properties("${joined}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  add_library(holdfast_static STATIC "${joined}")
else()
  add_library(holdfast_static STATIC ${product_objects})
endif()
add_library(holdfast_shared SHARED ${product_objects})

foreach(target holdfast_static holdfast_shared)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME holdfast LINKER_LANGUAGE CXX)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_link_libraries(${target} PUBLIC PkgConfig::LIBUV PkgConfig::NGHTTP2 OpenSSL::SSL
                        OpenSSL::Crypto ${HOLDFAST_DECODERS} ${HOLDFAST_PSL_LINK}
                        ${HOLDFAST_IDN2_LINK} Threads::Threads)
endforeach()
# A program in C that links the archive brings no C++ library (the shared one names its own).
target_link_libraries(holdfast_static INTERFACE "$<$<LINK_LANGUAGE:C>:stdc++;m>")
set(version_map "${CMAKE_CURRENT_SOURCE_DIR}/.cmake/exports.map")
# Before 1.0 each minor version has an interface of its own.
set(soversion ${PROJECT_VERSION_MAJOR})
if(soversion EQUAL 0)
  set(soversion 0.${PROJECT_VERSION_MINOR})
endif()
set_target_properties(holdfast_shared PROPERTIES EXPORT_NAME holdfast_shared
  VERSION ${PROJECT_VERSION} SOVERSION ${soversion} LINK_DEPENDS "${version_map}")
# Never unloaded: a look-up that hangs has a thread that outlives its client, and a handler of
# pthread_atfork() stays registered.
target_link_options(holdfast_shared PRIVATE "LINKER:--version-script=${version_map}"
                    "LINKER:-z,nodelete")
if(NOT HOLDFAST_SANITIZE)
  target_link_options(holdfast_shared PRIVATE "LINKER:--no-undefined")
endif()
if(NOT HOLDFAST_LLHTTP STREQUAL "sources")
  target_link_libraries(holdfast_shared PRIVATE hf_llhttp_link)
  if(HOLDFAST_LLHTTP STREQUAL "pkgconfig")
    target_link_libraries(holdfast_static PUBLIC PkgConfig::LLHTTP)
  elseif(HOLDFAST_LLHTTP STREQUAL "config")
    target_link_libraries(holdfast_static PUBLIC ${HOLDFAST_LLHTTP_TARGET})
  else()
    target_link_libraries(holdfast_static PUBLIC $<BUILD_INTERFACE:hf_llhttp_link>)
  endif()
endif()

add_library(holdfast::holdfast_static ALIAS holdfast_static)
add_library(holdfast::holdfast_shared ALIAS holdfast_shared)
if(BUILD_SHARED_LIBS)
  add_library(holdfast::holdfast ALIAS holdfast_shared)
else()
  add_library(holdfast::holdfast ALIAS holdfast_static)
endif()
