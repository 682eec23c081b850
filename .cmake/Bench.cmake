# bench/: *_bench.cc are Google Benchmark executables of the same name, each with an operator new
# that counts; null_server is what load generators are measured against, curl_multi the yardstick
# client on libcurl. What lacks its library is left out, with a word.
add_library(bench_null_server STATIC bench/null_server.cc)
target_link_libraries(bench_null_server PUBLIC hf_roots PkgConfig::LIBUV)
holdfast_target(bench_null_server)
add_executable(null_server bench/null_server_main.cc)
target_link_libraries(null_server PRIVATE bench_null_server)
holdfast_target(null_server)

# What the scripts of .make run.
add_custom_target(bench_programs DEPENDS null_server)
if(TARGET holdfast_command)
  add_dependencies(bench_programs holdfast_command)
endif()

if(benchmark_FOUND)
  # An object library: nobody refers to operator new by the name of its file, so that an archive's
  # copy might stay behind.
  add_library(bench_allocations OBJECT bench/allocations.cc)
  target_link_libraries(bench_allocations PUBLIC hf_roots benchmark::benchmark)
  holdfast_target(bench_allocations)
  holdfast_glob(benches bench "*_bench.cc")
  foreach(source IN LISTS benches)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} "${source}")
    target_link_libraries(${name} PRIVATE bench_allocations bench_null_server hf_api
                                          benchmark::benchmark_main)
    # The simulation is measured by sim_bench.cc, sim_x_bench.cc alone.
    if(name MATCHES "^sim_")
      target_link_libraries(${name} PRIVATE fault_sim hf_sim)
    endif()
    holdfast_target(${name})
    add_dependencies(bench_programs ${name})
  endforeach()
else()
  message(STATUS "Google Benchmark not found: bench/*_bench.cc are left out (make deps)")
endif()

if(CURL_FOUND)
  add_executable(curl_multi bench/curl_multi.cc)
  target_link_libraries(curl_multi PRIVATE hf_roots CURL::libcurl PkgConfig::LIBUV)
  holdfast_target(curl_multi)
  add_dependencies(bench_programs curl_multi)
else()
  message(STATUS "libcurl not found: bench/curl_multi is left out (make deps)")
endif()
