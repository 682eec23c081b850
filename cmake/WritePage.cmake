# cmake -DPROGRAM=… -DARGUMENTS=… -DOUTPUT=… -P WritePage.cmake: what the program prints, in a file
# that is there only if it ended well.
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} OUTPUT_VARIABLE text RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "'${PROGRAM} ${ARGUMENTS}' ended with ${failed}")
endif()
get_filename_component(folder "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
file(WRITE "${OUTPUT}" "${text}")
