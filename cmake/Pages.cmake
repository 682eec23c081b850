# Manual pages and shell completions of both commands. Each command writes its own from the
# definitions that its parser uses. They are in share/ of the build folder, under their installed
# names.
set(pages_dir "${CMAKE_CURRENT_BINARY_DIR}/share")

# holdfast_page(<list> <target> <file> <arguments>…)
function(holdfast_page list target file)
  set(output "${pages_dir}/${file}")
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=$<TARGET_FILE:${target}>" "-DARGUMENTS=${ARGN}"
            "-DOUTPUT=${output}" -P "${PROJECT_SOURCE_DIR}/cmake/WritePage.cmake"
    DEPENDS ${target} "${PROJECT_SOURCE_DIR}/cmake/WritePage.cmake" VERBATIM
    COMMENT "Writing ${file}")
  set(${list} ${${list}} "${output}" PARENT_SCOPE)
endfunction()

foreach(target holdfast_command fault_server)
  get_target_property(name ${target} OUTPUT_NAME)
  if(target STREQUAL "holdfast_command")
    set(man man)
    set(completion completion)
  else()
    set(man --man)
    set(completion --completion)
  endif()
  holdfast_page(HOLDFAST_MAN_PAGES ${target} man/${name}.1 ${man})
  holdfast_page(HOLDFAST_BASH_COMPLETIONS ${target} bash/${name} ${completion} bash)
  holdfast_page(HOLDFAST_ZSH_COMPLETIONS ${target} zsh/_${name} ${completion} zsh)
  holdfast_page(HOLDFAST_FISH_COMPLETIONS ${target} fish/${name}.fish ${completion} fish)
endforeach()
add_custom_target(pages ALL DEPENDS ${HOLDFAST_MAN_PAGES} ${HOLDFAST_BASH_COMPLETIONS}
                  ${HOLDFAST_ZSH_COMPLETIONS} ${HOLDFAST_FISH_COMPLETIONS})
