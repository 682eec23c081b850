# HOLDFAST_JOIN: whether the archives for users are joined into one object whose internal symbols
# are hidden.
#
# In an archive hidden symbols can still be linked; they disappear only when the objects are joined
# and the symbols made local. COMDAT groups must then be dissolved (--force-group-allocation): a
# local symbol would dangle if the linker dropped its group in favour of the user's copy. Outside
# its group a static of an inline function (_ZZ…, std::make_shared has one) would clash with the
# user's copy, so these are made weak, and so are inline variables of the standard library that
# remain at -O0 (std::in_place_index). Linkers without that option, and sanitized builds (which are
# not shipped), get the plain archive.
set(HOLDFAST_JOIN OFF)
if(CMAKE_OBJCOPY AND CMAKE_LINKER AND NOT HOLDFAST_SANITIZE)
  execute_process(COMMAND ${CMAKE_LINKER} --help OUTPUT_VARIABLE linker_help ERROR_QUIET)
  if(linker_help MATCHES "force-group-allocation")
    set(HOLDFAST_JOIN ON)
  endif()
endif()
