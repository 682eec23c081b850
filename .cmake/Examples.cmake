# examples/: programs that use the library as anybody would, each run against a fault server.

# holdfast_example(<folder> [SOURCES …] [LINKS …] [TERM_AFTER text] [RULES …] [SAYS …]): the program
# <folder>, spelt with dashes, of examples/<folder>/main.cc (or main.c, or SOURCES). With RULES, a
# test of the same name runs it against a fault server that plays them and looks for the texts SAYS in
# what it prints; it gets a SIGTERM once it has printed TERM_AFTER.
function(holdfast_example folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TERM_AFTER" "SOURCES;LINKS;RULES;SAYS")
  if(NOT arg_SOURCES)
    holdfast_glob(arg_SOURCES examples/${folder} "main.c*")
  endif()
  string(REPLACE "_" "-" program "${folder}")
  add_executable(${folder} ${arg_SOURCES})
  set_target_properties(${folder} PROPERTIES OUTPUT_NAME ${program})
  target_link_libraries(${folder} PRIVATE hf_api PkgConfig::LIBUV Threads::Threads ${arg_LINKS})
  holdfast_target(${folder})
  holdfast_c_target(${folder})
  # libuv's header asks for POSIX where the compiler's extensions are off.
  target_compile_definitions(${folder} PRIVATE $<$<COMPILE_LANGUAGE:C>:_POSIX_C_SOURCE=200809L>)
  if(NOT HOLDFAST_TESTS OR NOT arg_RULES)
    return()
  endif()
  set(term "")
  if(arg_TERM_AFTER)
    set(term --term-after "${arg_TERM_AFTER}")
  endif()
  add_test(NAME ${folder} COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/examples/run.sh"
           "${CMAKE_BINARY_DIR}/bin" ${program} ${term} ${arg_RULES} -- ${arg_SAYS})
  set_tests_properties(${folder} PROPERTIES TIMEOUT 60)
endfunction()

holdfast_example(get_json LINKS nlohmann_json::nlohmann_json
  RULES [[/search : 503 ra=0; 200 type=application/json body="text:{\"items\":[{\"name\":\"Sencha\"},{\"name\":\"Matcha\"}]}"]]
  SAYS "answered 200 after 2 attempt(s)" "found: Sencha" "found: Matcha")
holdfast_example(many_at_once
  RULES "/item/* : 503 ra=0 x3; reset; 200 body=text:thing"
  SAYS "40 of 40 came, at most 4 at once")
holdfast_example(download_progress
  RULES "/archive : 503; 200 body=random:3000000"
  SAYS " 10 %" "100 %  3000000 bytes" "saved: 3000000 bytes")
holdfast_example(embed_in_libuv_app TERM_AFTER "three have arrived"
  RULES "/report : 503 ra=0; reset; 200"
  SAYS "SIGTERM: finishing" "no report was lost")
holdfast_example(c_app
  RULES "/stock : 503 ra=0; 200 type=text/plain body=text:40" "/orders : reset"
  SAYS "stock: 200, 40 (text/plain)" "503" "and no further: success"
       "order: the connection was reset")
holdfast_example(coroutine_service
  RULES "/catalogue : reset; 200 body=text:apples-pears-plums-nuts-figs"
        "/prices/* : 503 ra=0; 200 body=text:7" "/archive : 200 body=random:300000" "/news : stall"
  SAYS "apples: 7" "figs: 7" "archive: 300000 bytes" "news: the request was cancelled")
holdfast_example(blocking_script
  RULES "/hello : 503 ra=0; 200 body=text:hello" "/orders : reset"
        "/archive : 200 body=random:300000" "/stock/* : 503; 200"
  SAYS "hello: hello, after 2 attempt(s)" "order: the connection was reset"
       "archive: 300000 bytes" "stock: 8 of 8")

# A virtual world needs no server.
holdfast_example(test_your_code SOURCES examples/test_your_code/main.cc
                 examples/test_your_code/shop.cc LINKS hf_testing)
if(HOLDFAST_TESTS)
  add_test(NAME test_your_code COMMAND test_your_code)
  add_test(NAME test_any_client COMMAND
    "${CMAKE_CURRENT_SOURCE_DIR}/examples/test_any_client/run.sh" "${CMAKE_BINARY_DIR}/bin")
  set_tests_properties(test_your_code test_any_client PROPERTIES TIMEOUT 60)
endif()

# These two judge the server's journal, with scripts of their own.
holdfast_example(outage SOURCES examples/outage/main.cc examples/outage/acts.cc
                 examples/outage/judge.cc LINKS nlohmann_json::nlohmann_json)
set_target_properties(outage PROPERTIES OUTPUT_NAME outage-demo)
# What .make/demo.sh runs, and the command that its reader will want to try next.
add_custom_target(demo_programs DEPENDS outage fault_server holdfast_command)
holdfast_example(upload_with_retry)
set_target_properties(upload_with_retry PROPERTIES OUTPUT_NAME upload-demo)
if(HOLDFAST_TESTS)
  add_test(NAME demo COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/.make/demo.sh")
  set_tests_properties(demo PROPERTIES TIMEOUT 60 ENVIRONMENT
    "HOLDFAST_BIN=${CMAKE_BINARY_DIR}/bin")
  add_test(NAME upload COMMAND
    "${CMAKE_CURRENT_SOURCE_DIR}/examples/upload_with_retry/run.sh" "${CMAKE_BINARY_DIR}/bin")
  set_tests_properties(upload PROPERTIES TIMEOUT 60)
endif()
