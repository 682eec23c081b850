# fault_server/page/: the live page as files that an editor understands, turned into one source with
# a function per file (fault_server/page_text.h), so that the server needs nothing beside itself.
set(page_folder "${CMAKE_CURRENT_SOURCE_DIR}/fault_server/page")
set(page_source "${CMAKE_CURRENT_BINARY_DIR}/generated/fault_server/page_text.cc")
set(page_script "${CMAKE_CURRENT_SOURCE_DIR}/.cmake/embed_page.cmake")
add_custom_command(OUTPUT "${page_source}"
  COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${page_folder}" "-DOUT=${page_source}" -P "${page_script}"
  DEPENDS "${page_folder}/page.html" "${page_folder}/page.css" "${page_folder}/model.js"
          "${page_folder}/timeline.js" "${page_folder}/page.js" "${page_script}"
  COMMENT "Embedding the live page" VERBATIM)
