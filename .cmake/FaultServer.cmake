# fault_server/: a sans-I/O peer (fault_peer), the same over libuv (fault_uv) and in the simulation
# (fault_sim), and the executable fault-server. The peer knows src/base and nothing else of ours: a
# judge that shared the client's beliefs would be no judge.
holdfast_glob(peer_sources fault_server "*.cc")
list(FILTER peer_sources EXCLUDE REGEX "/main\\.cc$")
set(peer_tests ${peer_sources})
list(FILTER peer_sources EXCLUDE REGEX "${HOLDFAST_TEST_SOURCES}")
list(FILTER peer_tests INCLUDE REGEX "${HOLDFAST_TEST_SOURCES}")
# By name: x_uv.cc and x_uv_y.cc speak libuv, x_sim.cc and x_sim_y.cc the simulation.
foreach(kind uv sim)
  set(pattern "_${kind}(_[^/]*)?\\.cc$")
  foreach(what sources tests)
    set(${kind}_${what} ${peer_${what}})
    list(FILTER ${kind}_${what} INCLUDE REGEX "${pattern}")
    list(FILTER peer_${what} EXCLUDE REGEX "${pattern}")
  endforeach()
endforeach()

include(FaultPage)
holdfast_library(fault_peer "${peer_sources};${page_source}" hf_base hf_llhttp_link nlohmann_json::nlohmann_json
                 PkgConfig::NGHTTP2 PkgConfig::ZLIB OpenSSL::SSL OpenSSL::Crypto)
holdfast_library(fault_uv "${uv_sources}" fault_peer PkgConfig::LIBUV)
holdfast_library(fault_sim "${sim_sources}" fault_peer hf_sim)

holdfast_test(fault_server_test 120 "${peer_tests}" fault_peer)
holdfast_test(fault_server_uv_test 120 "${uv_tests}" fault_uv)
holdfast_test(fault_server_sim_test 120 "${sim_tests}" fault_sim)

if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/fault_server/main.cc")
  add_executable(fault_server fault_server/main.cc)
  set_target_properties(fault_server PROPERTIES OUTPUT_NAME fault-server)
  target_link_libraries(fault_server PRIVATE fault_uv hf_tool CLI11::CLI11)
  holdfast_target(fault_server)
endif()
