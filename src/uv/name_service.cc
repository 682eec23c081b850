#include "uv/name_service.h"

#include <uv.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace holdfast::uv {

namespace {

class SystemNames final : public NameService {
 public:
  explicit SystemNames(uv_loop_t* loop) : loop_(loop) {}
  ~SystemNames() override { HF_CHECK(running_.empty()); }

  int start(Ticket ticket, const std::string& host, Sink& sink) override;
  void cancel(Ticket ticket) override;

 private:
  struct Lookup {
    uv_getaddrinfo_t request{};
    Ticket ticket = 0;
    Sink* sink = nullptr;
    SystemNames* names = nullptr;
  };

  static void on_done(uv_getaddrinfo_t* request, int status, addrinfo* results);

  uv_loop_t* loop_;
  std::vector<std::unique_ptr<Lookup>> running_;
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
  // Some hosts files name an address twice.
  if (std::find(to.begin(), to.end(), address) == to.end()) to.push_back(address);
}

int SystemNames::start(Ticket ticket, const std::string& host, Sink& sink) {
  auto lookup = std::make_unique<Lookup>();
  lookup->ticket = ticket;
  lookup->sink = &sink;
  lookup->names = this;
  lookup->request.data = lookup.get();
  addrinfo hints{};
  // No AI_ADDRCONFIG: on a machine whose only address is the loopback's it hides `localhost`.
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const int status =
      uv_getaddrinfo(loop_, &lookup->request, on_done, host.c_str(), nullptr, &hints);
  if (status == 0) running_.push_back(std::move(lookup));
  return status;
}

void SystemNames::cancel(Ticket ticket) {
  for (const auto& lookup : running_) {
    // EBUSY when a thread is at it already: it then runs to its end.
    if (lookup->ticket == ticket) uv_cancel(reinterpret_cast<uv_req_t*>(&lookup->request));
  }
}

void SystemNames::on_done(uv_getaddrinfo_t* request, int status, addrinfo* results) {
  auto& running = static_cast<Lookup*>(request->data)->names->running_;
  const auto at = std::find_if(running.begin(), running.end(),
                               [&](const auto& lookup) { return &lookup->request == request; });
  HF_CHECK(at != running.end());
  const std::unique_ptr<Lookup> lookup = std::move(*at);
  running.erase(at);

  std::vector<PeerAddress> addresses;
  for (const addrinfo* result = results; result != nullptr; result = result->ai_next) {
    append(*result, addresses);
  }
  uv_freeaddrinfo(results);
  // Last: the sink may be the last to hold us.
  lookup->sink->looked_up(lookup->ticket, status, addresses);
}

}  // namespace

std::unique_ptr<NameService> system_names(uv_loop_s* loop) {
  return std::make_unique<SystemNames>(loop);
}

}  // namespace holdfast::uv
