# examples/: programs that use the library as anybody would.
add_executable(outage_demo examples/outage/main.cc examples/outage/acts.cc
               examples/outage/judge.cc)
set_target_properties(outage_demo PROPERTIES OUTPUT_NAME outage-demo)
target_link_libraries(outage_demo PRIVATE hf_api PkgConfig::LIBUV nlohmann_json::nlohmann_json)
holdfast_target(outage_demo)
if(HOLDFAST_TESTS)
  add_test(NAME demo COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/.make/demo.sh")
  set_tests_properties(demo PROPERTIES TIMEOUT 60 ENVIRONMENT
    "HOLDFAST_BIN=${CMAKE_BINARY_DIR}/bin")
endif()

add_executable(upload_demo examples/upload_with_retry/main.cc)
set_target_properties(upload_demo PROPERTIES OUTPUT_NAME upload-demo)
target_link_libraries(upload_demo PRIVATE hf_api PkgConfig::LIBUV)
holdfast_target(upload_demo)
if(HOLDFAST_TESTS)
  add_test(NAME upload COMMAND
    "${CMAKE_CURRENT_SOURCE_DIR}/examples/upload_with_retry/run.sh" "${CMAKE_BINARY_DIR}/bin")
  set_tests_properties(upload PROPERTIES TIMEOUT 60)
endif()

# Each against a fault server with a few rules.
add_executable(coroutine_service examples/coroutine_service/main.cc)
set_target_properties(coroutine_service PROPERTIES OUTPUT_NAME coroutine-service)
target_link_libraries(coroutine_service PRIVATE hf_api PkgConfig::LIBUV)
holdfast_target(coroutine_service)
add_executable(blocking_script examples/blocking_script/main.cc)
set_target_properties(blocking_script PROPERTIES OUTPUT_NAME blocking-script)
target_link_libraries(blocking_script PRIVATE hf_api Threads::Threads)
holdfast_target(blocking_script)
if(HOLDFAST_TESTS)
  set(example_run "${CMAKE_CURRENT_SOURCE_DIR}/examples/run.sh" "${CMAKE_BINARY_DIR}/bin")
  add_test(NAME coroutine_service COMMAND ${example_run} coroutine-service
    "/catalogue : reset; 200 body=text:apples-pears-plums-nuts-figs"
    "/prices/* : 503 ra=0; 200 body=text:7" "/archive : 200 body=random:300000" "/news : stall")
  add_test(NAME blocking_script COMMAND ${example_run} blocking-script
    "/hello : 503 ra=0; 200 body=text:hello" "/orders : reset"
    "/archive : 200 body=random:300000" "/stock/* : 503; 200")
  set_tests_properties(coroutine_service blocking_script PROPERTIES TIMEOUT 60)
endif()
