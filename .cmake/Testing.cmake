# src/testing: the face by which users test their own code in a virtual world (holdfast/testing.h).
# Needs the fault server, hence its own file after that one's.
holdfast_room(testing hf_api hf_sim hf_engine hf_http hf_base fault_sim)

# What users link besides the library itself: holdfast::testing, libholdfast_testing.a. The library's
# own archive lets no internal symbol out, so this one has its own copy of every room that it needs
# but for api and uv: a Client, and what stands behind it, is the library's. The public value types
# are in both, and equal; here they are local like everything that is not holdfast::testing itself,
# or an application that links both would have them twice. (Weak first, because objcopy takes symbols
# of GNU's unique binding for neither global nor local.)
set(testing_rooms hf_testing fault_sim fault_peer hf_sim)
if(HOLDFAST_JOIN)
  list(APPEND testing_rooms hf_base hf_http hf_policy hf_wire hf_engine)
  if(HOLDFAST_LLHTTP STREQUAL "sources")
    list(APPEND testing_rooms hf_llhttp)
  endif()
endif()
set(testing_objects "")
foreach(target IN LISTS testing_rooms)
  list(APPEND testing_objects $<TARGET_OBJECTS:${target}>)
endforeach()
if(HOLDFAST_JOIN)
  set(joined "${CMAKE_CURRENT_BINARY_DIR}/holdfast_testing_joined.o")
  add_custom_command(OUTPUT "${joined}"
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o "${joined}" ${testing_objects}
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden --weaken "${joined}"
    COMMAND ${CMAKE_OBJCOPY} --strip-debug --wildcard "--keep-global-symbol=_ZN8holdfast7testing*"
            "--keep-global-symbol=_ZNK8holdfast7testing*" "${joined}"
    DEPENDS ${testing_rooms} ${testing_objects} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Joining the objects of the testing face, hiding what is internal")
  set_source_files_properties("${joined}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  add_library(holdfast_testing STATIC "${joined}")
else()
  # A plain archive leaves the other rooms to the library's plain archive.
  add_library(holdfast_testing STATIC ${testing_objects})
endif()
set_target_properties(holdfast_testing PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME testing)
# The library itself is added by the installed package, which knows which of the two is wanted.
target_link_libraries(holdfast_testing PUBLIC $<BUILD_INTERFACE:holdfast_static> PkgConfig::NGHTTP2
                      OpenSSL::SSL OpenSSL::Crypto ${HOLDFAST_DECODERS} Threads::Threads)
if(HOLDFAST_LLHTTP STREQUAL "pkgconfig")
  target_link_libraries(holdfast_testing PUBLIC PkgConfig::LLHTTP)
elseif(HOLDFAST_LLHTTP STREQUAL "config")
  target_link_libraries(holdfast_testing PUBLIC ${HOLDFAST_LLHTTP_TARGET})
endif()
add_library(holdfast::testing ALIAS holdfast_testing)
