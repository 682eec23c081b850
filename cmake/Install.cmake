# `cmake --install build --prefix P`: headers, both libraries, CMake package, pkg-config files,
# commands, licence. Everything is relocatable: no file contains the prefix.
if(NOT HOLDFAST_INSTALL)
  return()
endif()
if(HOLDFAST_LLHTTP STREQUAL "target")
  message(STATUS "llhttp comes from an enclosing project: no install rules for holdfast")
  return()
endif()
include(CMakePackageConfigHelpers)

# Builds only what is installed; each target below adds itself.
add_custom_target(installed)

install(DIRECTORY include/holdfast TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES include/holdfast.h TYPE INCLUDE)
# A separate export set, so that only consumers of the archive need its dependencies.
install(TARGETS holdfast_shared EXPORT holdfastSharedTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS holdfast_static EXPORT holdfastStaticTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
add_dependencies(installed holdfast_static holdfast_shared)
if(TARGET holdfast_testing)
  install(TARGETS holdfast_testing EXPORT holdfastStaticTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  add_dependencies(installed holdfast_testing)
endif()
if(TARGET holdfast_command)
  install(TARGETS holdfast_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  add_dependencies(installed holdfast_command)
endif()
if(TARGET fault_server)
  install(TARGETS fault_server RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  add_dependencies(installed fault_server)
endif()
if(HOLDFAST_TOOLS)
  install(FILES ${HOLDFAST_MAN_PAGES} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${HOLDFAST_BASH_COMPLETIONS}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${HOLDFAST_ZSH_COMPLETIONS}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${HOLDFAST_FISH_COMPLETIONS}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  add_dependencies(installed pages)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/holdfast)

# CMake: find_package(holdfast), target holdfast::holdfast.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/holdfast)
install(EXPORT holdfastSharedTargets NAMESPACE holdfast:: DESTINATION ${package_dir})
install(EXPORT holdfastStaticTargets NAMESPACE holdfast:: DESTINATION ${package_dir})
configure_package_config_file(cmake/holdfastConfig.cmake.in holdfastConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(holdfastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/holdfastConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/holdfastConfigVersion.cmake
        DESTINATION ${package_dir})

# pkg-config: `holdfast` prefers the shared library, `holdfast-static` is the archive.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH HOLDFAST_PC_PREFIX "/p/${pc_dir}" "/p")
string(REGEX REPLACE "/$" "" HOLDFAST_PC_PREFIX "${HOLDFAST_PC_PREFIX}")
set(HOLDFAST_PC_PRIVATE_REQUIRES "libnghttp2 >= 1.52, openssl >= 3.0, zlib")
if(HOLDFAST_BROTLI)
  string(APPEND HOLDFAST_PC_PRIVATE_REQUIRES ", libbrotlidec >= 1.0")
endif()
if(HOLDFAST_ZSTD)
  string(APPEND HOLDFAST_PC_PRIVATE_REQUIRES ", libzstd >= 1.4")
endif()
if(HOLDFAST_PSL_LINK)
  string(APPEND HOLDFAST_PC_PRIVATE_REQUIRES ", libpsl >= 0.20")
endif()
if(HOLDFAST_IDN2_LINK)
  string(APPEND HOLDFAST_PC_PRIVATE_REQUIRES ", libidn2 >= 2.0")
endif()
set(HOLDFAST_PC_STATIC_REQUIRES "libuv >= 1.44, ${HOLDFAST_PC_PRIVATE_REQUIRES}")
if(HOLDFAST_LLHTTP STREQUAL "pkgconfig")
  string(APPEND HOLDFAST_PC_STATIC_REQUIRES ", libllhttp >= 8.1")
endif()
set(pc_names holdfast holdfast-static)
if(TARGET holdfast_testing)
  list(APPEND pc_names holdfast-testing)
  # A plain testing archive needs the other rooms from the plain library archive.
  if(HOLDFAST_JOIN)
    set(HOLDFAST_PC_TESTING_REQUIRES "holdfast, ${HOLDFAST_PC_PRIVATE_REQUIRES}")
    if(HOLDFAST_LLHTTP STREQUAL "pkgconfig")
      string(APPEND HOLDFAST_PC_TESTING_REQUIRES ", libllhttp >= 8.1")
    endif()
  else()
    set(HOLDFAST_PC_TESTING_REQUIRES "holdfast-static")
  endif()
endif()
foreach(name IN LISTS pc_names)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${pc_dir})
endforeach()
