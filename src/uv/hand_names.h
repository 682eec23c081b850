// Test support: a name service that completes its lookups when the test calls it. Thread: the
// test's.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "uv/name_service.h"

namespace holdfast::uv {

class HandNames final : public NameService {
 public:
  int start(Ticket ticket, const std::string& host, Sink& sink) override {
    started.push_back(host);
    if (refuse_with != 0) return refuse_with;
    running[host] = {ticket, &sink};
    return 0;
  }
  void shut_down() override { shut = true; }
  void answer(const std::string& host, int status, std::vector<PeerAddress> addresses = {}) {
    if (shut) return;
    HF_CHECK(running.contains(host));
    const auto [ticket, sink] = running.at(host);
    running.erase(host);
    sink->looked_up(ticket, status, addresses);
  }

  std::vector<std::string> started;
  std::map<std::string, std::pair<Ticket, Sink*>> running;
  int refuse_with = 0;  ///< start() fails with this code
  bool shut = false;
};

}  // namespace holdfast::uv
