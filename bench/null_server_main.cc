// null_server [--port N] [--port-file FILE]: the server that the load generators are measured with.
// It ends on SIGINT or SIGTERM, and when the process that started it ends.
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/null_server.h"

namespace {

int usage(const std::string& complaint) {
  std::fprintf(stderr, "null_server: %s\nusage: null_server [--port N] [--port-file FILE]\n",
               complaint.c_str());
  return 2;
}

/// Writes to a temporary name and renames it, so that a reader never sees half a number.
bool write_port(const std::string& file, unsigned port) {
  const std::string part = file + ".part";
  std::FILE* out = std::fopen(part.c_str(), "w");
  if (out == nullptr) return false;
  const bool written = std::fprintf(out, "%u\n", port) > 0;
  return std::fclose(out) == 0 && written && std::rename(part.c_str(), file.c_str()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) return 0;  // the parent ended before prctl()
  unsigned long port = 0;
  std::string port_file;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    if (i + 1 == argc) return usage("'" + option + "' needs a value");
    const std::string value = argv[i + 1];
    if (option == "--port") {
      char* end = nullptr;
      port = std::strtoul(value.c_str(), &end, 10);
      if (value.empty() || *end != '\0' || port > 65535) {
        return usage("--port '" + value + "': expected a number from 0 (any) to 65535");
      }
    } else if (option == "--port-file") {
      port_file = value;
    } else {
      return usage("there is no option '" + option + "'");
    }
  }
  uv_loop_t loop;
  uv_loop_init(&loop);
  // A response to a closed connection must not end the server.
  std::signal(SIGPIPE, SIG_IGN);
  bench::NullServer server(&loop, static_cast<std::uint16_t>(port));
  server.reserve(64);
  if (port_file.empty()) {
    std::printf("127.0.0.1:%u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
  } else if (!write_port(port_file, server.port())) {
    return usage("--port-file '" + port_file + "': cannot be written");
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  return 0;
}
