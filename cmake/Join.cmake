# HOLDFAST_JOIN: whether archives for users are joined into one object with internal symbols hidden.
#
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
