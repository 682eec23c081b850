# proptests/: each *_test.cc is an executable prop_<name> that may use every room; the other
# sources are the helper library `proof`.
holdfast_glob(proof_sources proptests "*.cc")
list(FILTER proof_sources EXCLUDE REGEX "(_test|/tidy|/tidy_scan)\\.cc$")
holdfast_library(proof "${proof_sources}" hf_api hf_sim hf_testing fault_uv fault_sim
                 nlohmann_json::nlohmann_json OpenSSL::Crypto rapidcheck rapidcheck_gtest
                 GTest::gtest)
holdfast_test_flags(proof)
# Who encodes what is to be decoded.
target_sources(proof PRIVATE src/wire/decoder_rig.cc src/wire/h1_arbitrary.cc)
target_link_libraries(proof PUBLIC ${HOLDFAST_DECODERS})
target_compile_definitions(proof PRIVATE ${HOLDFAST_DECODER_DEFINITIONS})
if(HOLDFAST_BROTLI)
  target_link_libraries(proof PUBLIC PkgConfig::BROTLI_ENCODER)
endif()

holdfast_glob(prop_tests proptests "*_test.cc")
foreach(source IN LISTS prop_tests)
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "_test$" "" name "${name}")
  if(name STREQUAL "tidy")
    # Depends on nothing else, so that it judges the tree even while the tree does not build.
    holdfast_test(prop_tidy 60 "${source};proptests/tidy.cc;proptests/tidy_scan.cc" hf_roots)
  elseif(name STREQUAL "citations")  # reads sources and docs, and so depends on nothing either
    holdfast_test(prop_citations 60 "${source}" hf_roots)
  elseif(name STREQUAL "options_covered")  # reads sources, as that one does
    holdfast_test(prop_options_covered 60 "${source};proptests/tidy_scan.cc" hf_roots)
  else()
    holdfast_test(prop_${name} 300 "${source}" proof)
  endif()
endforeach()

# Every public header is compiled alone, with nothing but include/ on the path; those for C as both
# languages.
holdfast_glob(public_headers include/holdfast "*.h")
set(alone "")
foreach(header IN LISTS public_headers)
  get_filename_component(name "${header}" NAME)
  set(unit "${CMAKE_CURRENT_BINARY_DIR}/public_headers_alone/${name}.cc")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include \"holdfast/${name}\" // alone\n")
  list(APPEND alone "${unit}")
endforeach()
holdfast_glob(c_headers include/holdfast/c "*.h")
foreach(header IN LISTS c_headers ITEMS include/holdfast.h)
  get_filename_component(name "${header}" NAME_WE)
  string(REGEX REPLACE "^.*/include/|^include/" "" header "${header}")
  foreach(suffix c cc)
    set(unit "${CMAKE_CURRENT_BINARY_DIR}/public_headers_alone/c_face_${name}.${suffix}")
    file(CONFIGURE OUTPUT "${unit}"
         CONTENT "#include <${header}> // alone\nint ${name}_h_alone_${suffix};\n")
    list(APPEND alone "${unit}")
  endforeach()
endforeach()
add_library(public_headers_alone OBJECT ${alone})
set_target_properties(public_headers_alone PROPERTIES UNITY_BUILD OFF)  # whoever asks
target_include_directories(public_headers_alone PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/include")
holdfast_target(public_headers_alone)
holdfast_c_target(public_headers_alone)

# The C face, in C, against the shared library as others link it: what the version script does not
# let out is missing here.
holdfast_glob(c_face_sources proptests/c_face "*.c")
add_executable(c_face_test ${c_face_sources})
target_link_libraries(c_face_test PRIVATE holdfast_shared)
target_include_directories(c_face_test PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
# Without extensions of the compiler libuv's header has to ask for POSIX.
target_compile_definitions(c_face_test PRIVATE _POSIX_C_SOURCE=200809L)
holdfast_c_target(c_face_test)
add_test(NAME c_face COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/examples/run.sh"
  "${CMAKE_BINARY_DIR}/bin" c_face_test
  "/answer : 200 reason=Fine type=text/plain h.Set-Cookie=a=1 h.Set-Cookie=b=2 chunked=ok t.X-Sum=7 body=text:hello"
  "/unwell : 503; 200; loop" "/refusing : 503" "/teapot : 418; 200; loop"
  "/missing : 404 body=text:gone" "/broken : reset" "/silent : stall"
  "/login : 302 h.Location=/echo h.Set-Cookie=sid=42"
  "/upload : 503; 200 body=echo; loop" "/upload-refused : 503"
  "/long : 200 interim=103 chunked=ok t.X-Sum=9 body=random:3000000"
  "/hinted : 503; 200 interim=103 body=text:whole; loop"
  "/typed : 200 type=\"Text/HTML; charset=\\\"utf-8\\\"\"" "OPTIONS /echo : 503; pass; loop"
  "/hurried : 503 ra=1; 200; loop" "/nothing : 200 type=nonsense" "/half : stall@body:500 body=fill:1000"
  "/cut : truncate body=fill:3000; 200 body=\"text:the whole of it\"; loop")
set_tests_properties(c_face PROPERTIES TIMEOUT 60)

# The installed package, used from outside the tree.
if(TARGET holdfast_command AND TARGET fault_server AND HOLDFAST_INSTALL)
  add_test(NAME package COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/proptests/package/run.sh"
           "${CMAKE_BINARY_DIR}" "${CMAKE_CXX_COMPILER}" "${CMAKE_C_COMPILER}" "${HOLDFAST_SANITIZE}")
  set_tests_properties(package PROPERTIES TIMEOUT 300)
endif()

# The README's programs and commands.
if(TARGET holdfast_command AND TARGET fault_server)
  add_test(NAME readme COMMAND python3 "${CMAKE_CURRENT_SOURCE_DIR}/proptests/readme/run.py"
           "${CMAKE_BINARY_DIR}" "${CMAKE_CXX_COMPILER}" "${CMAKE_C_COMPILER}" "${HOLDFAST_SANITIZE}")
  set_tests_properties(readme PROPERTIES TIMEOUT 300)
endif()

# The broken variants are built by `make mutants` alone; that they still can be is looked at here.
add_test(NAME mutants_fit COMMAND python3
         "${CMAKE_CURRENT_SOURCE_DIR}/proptests/mutants/run.py" --check)
set_tests_properties(mutants_fit PROPERTIES TIMEOUT 20)

# The command against servers that others wrote, those of them that are installed.
if(TARGET holdfast_command)
  add_test(NAME interop COMMAND python3 "${CMAKE_CURRENT_SOURCE_DIR}/proptests/interop/run.py"
           "${CMAKE_BINARY_DIR}")
  set_tests_properties(interop PROPERTIES TIMEOUT 170)
endif()
