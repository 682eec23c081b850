// Calls that never return, as a silent name server or a disk that is gone makes them: a module that
// hang_test.cc has loaded into the command (LD_PRELOAD), in front of the system's library.
//
// HOLDFAST_HANG lists the calls that hang ("getaddrinfo", "fwrite,unlink"), those of files only
// where the file's name contains HOLDFAST_HANG_AT. Before one hangs it makes the file that
// HOLDFAST_HANG_SIGN names. Thread: any.
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_listed(std::string_view call) {
  std::string_view left = variable("HOLDFAST_HANG");
  while (!left.empty()) {
    const std::size_t comma = std::min(left.find(','), left.size());
    if (left.substr(0, comma) == call) return true;
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
  return false;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

[[noreturn]] void hang() {
  using Open = int (*)(const char*, int, ...);
  const std::string sign(variable("HOLDFAST_HANG_SIGN"));
  close(real<Open>("open")(sign.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  for (;;) pause();
}

void hang_at(const char* call, std::string_view file) {
  if (is_listed(call) && file.find(variable("HOLDFAST_HANG_AT")) != file.npos) hang();
}

void hang_at(const char* call, int descriptor) {
  if (!is_listed(call)) return;
  char file[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = readlink(link.c_str(), file, sizeof file);
  if (length > 0) hang_at(call, std::string_view(file, static_cast<std::size_t>(length)));
}

}  // namespace

#define HOLDFAST_IN_FRONT extern "C" __attribute__((visibility("default")))

HOLDFAST_IN_FRONT int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                                  addrinfo** results) {
  if (is_listed("getaddrinfo")) hang();
  return real<decltype(&getaddrinfo)>("getaddrinfo")(node, service, hints, results);
}

HOLDFAST_IN_FRONT int open(const char* path, int flags, ...) {
  hang_at("open", path);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return real<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}

HOLDFAST_IN_FRONT ssize_t read(int descriptor, void* into, size_t capacity) {
  hang_at("read", descriptor);
  return real<decltype(&read)>("read")(descriptor, into, capacity);
}

HOLDFAST_IN_FRONT ssize_t write(int descriptor, const void* bytes, size_t size) {
  hang_at("write", descriptor);
  return real<decltype(&write)>("write")(descriptor, bytes, size);
}

HOLDFAST_IN_FRONT size_t fwrite(const void* bytes, size_t size, size_t count, FILE* file) {
  hang_at("fwrite", fileno(file));
  return real<decltype(&fwrite)>("fwrite")(bytes, size, count, file);
}

HOLDFAST_IN_FRONT int rename(const char* from, const char* to) noexcept {
  hang_at("rename", from);
  return real<decltype(&rename)>("rename")(from, to);
}

HOLDFAST_IN_FRONT int unlink(const char* path) noexcept {
  hang_at("unlink", path);
  return real<decltype(&unlink)>("unlink")(path);
}
