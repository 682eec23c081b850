#include "uv/lookup_rig.h"

#include <dlfcn.h>
#include <netdb.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <string_view>

namespace holdfast::uv::lookup_rig {

namespace {

struct Hanging {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t count = 0;
  std::uint64_t releases = 0;
};

Hanging& hanging() {
  static auto& it = *new Hanging;  // must outlive every thread
  return it;
}

int hang() {
  Hanging& all = hanging();
  std::unique_lock lock(all.mutex);
  ++all.count;
  all.changed.notify_all();
  all.changed.wait(lock, [&, before = all.releases] { return all.releases != before; });
  --all.count;
  all.changed.notify_all();
  return EAI_AGAIN;
}

}  // namespace

void await_hanging(std::size_t count) {
  Hanging& all = hanging();
  std::unique_lock lock(all.mutex);
  all.changed.wait(lock, [&] { return all.count >= count; });
}

void release() {
  Hanging& all = hanging();
  std::unique_lock lock(all.mutex);
  ++all.releases;
  all.changed.notify_all();
  all.changed.wait(lock, [&] { return all.count == 0; });
}

}  // namespace holdfast::uv::lookup_rig

/// The linker prefers the program's own symbol to libc's.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** results) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  const std::string_view name = node == nullptr ? "" : node;
  if (name.ends_with(".hang.test")) return holdfast::uv::lookup_rig::hang();
  if (name.ends_with(".noname.test")) return EAI_NONAME;
  if (name.ends_with(".memory.test")) return EAI_MEMORY;
  if (name.ends_with(".again.test")) return EAI_AGAIN;
  if (name.ends_with(".enfile.test")) {
    errno = ENFILE;
    return EAI_SYSTEM;
  }
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, results);
}
