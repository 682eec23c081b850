// A peer with its admin interface, asked by hand in virtual time. For tests. Thread: one owner.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fault_server/admin/admin.h"
#include "fault_server/peer/peer_rig.h"

namespace fault {

struct Told {
  int status = 0;
  std::string head, body;
  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class AdminRig : public PeerRig {
 public:
  explicit AdminRig(std::string_view rules) : PeerRig(rules) {}
  explicit AdminRig(Scenario scenario) : PeerRig(std::move(scenario)) {}

  const Admin& admin() const { return admin_; }

  /// One request on a connection of its own. `path` is below /__fault/; `fields` are whole lines.
  Told ask(std::string_view method, std::string_view path, std::string_view body = "",
           std::string_view fields = "") {
    const auto id = begin(method, path, body, fields);
    leave(id);
    return read(id);
  }
  PeerConnectionId begin(std::string_view method, std::string_view path, std::string_view body = "",
                         std::string_view fields = "") {
    const auto id = connect();
    const bool has_host = fields.find("Host:") != std::string_view::npos;
    send(id, std::string(method) + " /__fault/" + std::string(path) + " HTTP/1.1\r\n" +
                 (has_host ? "" : "Host: localhost:8080\r\n") + std::string(fields) +
                 "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    return id;
  }
  Told read(PeerConnectionId id) {
    const std::string& bytes = wire(id).received;
    if (bytes.size() < 12) return {};
    const std::size_t end = bytes.find("\r\n\r\n");
    return {std::stoi(bytes.substr(9, 3)), bytes.substr(0, end + 2),
            std::string(after_head(bytes))};
  }

  /// The statuses that a client of this name gets for so many GETs of the path.
  std::vector<int> statuses(std::string_view client, std::string_view path, int n) {
    std::vector<int> out;
    const auto id = connect();
    for (int i = 0; i < n; ++i) {
      wire(id).received.clear();
      get(id, path, "X-Client-Id: " + std::string(client) + "\r\n");
      out.push_back(std::stoi(wire(id).received.substr(9, 3)));
    }
    leave(id);
    return out;
  }

 private:
  Admin admin_{peer()};
};

}  // namespace fault
