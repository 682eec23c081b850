# cmake -DPROGRAM=… -DARGUMENTS=… -DOUTPUT=… -P WritePage.cmake: writes the program's output to a
# file, which is created only if the program succeeds.
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} OUTPUT_VARIABLE text RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "'${PROGRAM} ${ARGUMENTS}' ended with ${failed}")
endif()
get_filename_component(folder "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
file(WRITE "${OUTPUT}" "${text}")
