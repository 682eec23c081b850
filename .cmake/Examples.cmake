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
