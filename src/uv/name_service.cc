#include "uv/name_service.h"

#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace holdfast::uv {

namespace {

struct Found {
  int status = 0;
  std::vector<PeerAddress> addresses;
};

void append(const addrinfo& result, std::vector<PeerAddress>& to) {
  PeerAddress address;
  if (result.ai_family == AF_INET && result.ai_addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, result.ai_addr, sizeof v4);
    address.family = 4;
    std::memcpy(address.bytes, &v4.sin_addr, 4);
  } else if (result.ai_family == AF_INET6 && result.ai_addrlen >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, result.ai_addr, sizeof v6);
    address.family = 6;
    address.scope = v6.sin6_scope_id;
    std::memcpy(address.bytes, &v6.sin6_addr, 16);
  } else {
    return;
  }
  // Some hosts files list an address twice.
  if (std::find(to.begin(), to.end(), address) == to.end()) to.push_back(address);
}

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

/// glibc reports "no such host" when it cannot open a file or a socket. Returns 0 or the errno.
int exhaustion(int error) {
  if (is_exhaustion(error)) return error;
  const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return is_exhaustion(errno) ? errno : 0;
  close(probe);
  return 0;
}

int uv_code_of(int eai, int error) {
  if (eai == 0) return 0;
  if (const int reason = exhaustion(error)) return uv_translate_sys_error(reason);
  switch (eai) {
    case EAI_SYSTEM:
      return error != 0 ? uv_translate_sys_error(error) : UV_EAI_FAIL;
    case EAI_AGAIN:
      return UV_EAI_AGAIN;
    case EAI_MEMORY:
      return UV_EAI_MEMORY;
    case EAI_FAIL:
      return UV_EAI_FAIL;
    case EAI_FAMILY:
      return UV_EAI_FAMILY;
    case EAI_SERVICE:
      return UV_EAI_SERVICE;
    case EAI_SOCKTYPE:
      return UV_EAI_SOCKTYPE;
    case EAI_BADFLAGS:
      return UV_EAI_BADFLAGS;
#ifdef EAI_OVERFLOW
    case EAI_OVERFLOW:
      return UV_EAI_OVERFLOW;
#endif
    default:  // EAI_NONAME; EAI_NODATA and EAI_ADDRFAMILY if the system has them
      return UV_EAI_NONAME;
  }
}

Found look_up(const std::string& host) {
  addrinfo hints{};
  // No AI_ADDRCONFIG: on a machine that has only the loopback address it hides `localhost`.
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* results = nullptr;
  errno = 0;
  const int eai = getaddrinfo(host.c_str(), nullptr, &hints, &results);
  Found found;
  found.status = uv_code_of(eai, errno);
  if (eai != 0) return found;
  for (const addrinfo* result = results; result != nullptr; result = result->ai_next) {
    append(*result, found.addresses);
  }
  freeaddrinfo(results);
  return found;
}

/// What the loop's thread and those of the lookups share. Outlives the service.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  explicit Exchange(Poster post) : post_(std::move(post)) {}

  /// A lookup's thread.
  void run(NameService::Ticket ticket, const std::string& host, NameService::Sink& sink) {
    Found found = look_up(host);
    const std::lock_guard lock(mutex_);
    if (shut_) return;
    post_([self = shared_from_this(), ticket, to = &sink, found = std::move(found)] {
      // Runs on the loop's thread, like shut_down(), so it needs no lock; the sink may take it.
      if (!self->shut_) to->looked_up(ticket, found.status, found.addresses);
    });
  }
  void shut_down() {
    const std::lock_guard lock(mutex_);
    shut_ = true;
  }

 private:
  Poster post_;
  std::mutex mutex_;  // held to write shut_, and to read it on another thread
  bool shut_ = false;
};

class SystemNames final : public NameService {
 public:
  explicit SystemNames(Poster post) : exchange_(std::make_shared<Exchange>(std::move(post))) {}
  ~SystemNames() override { exchange_->shut_down(); }

  int start(Ticket ticket, const std::string& host, Sink& sink) override {
    if (host.find('\0') != host.npos) return UV_EINVAL;
    // The thread inherits the mask, so that no signal handler of the application runs on it.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = 0;
    try {
      std::thread([exchange = exchange_, ticket, host, to = &sink] {
        exchange->run(ticket, host, *to);
      }).detach();
    } catch (const std::system_error&) {
      status = UV_EAGAIN;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return status;
  }
  void shut_down() override { exchange_->shut_down(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

std::unique_ptr<NameService> system_names(Poster post) {
  return std::make_unique<SystemNames>(std::move(post));
}

}  // namespace holdfast::uv
