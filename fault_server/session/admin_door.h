// Where connections hand over the requests of the admin interface, which they know no more of. Not
// owned. Thread: one owner.
#pragma once

#include <string_view>

#include "base/instant.h"
#include "fault_server/answer/plan.h"

namespace fault {

struct Exchange;
class Session;

class AdminDoor {
 public:
  static bool is_path(std::string_view path) {
    return path.starts_with("/__fault/") || path == "/__fault";
  }

  /// What is played on the connection as the response to this request.
  virtual Plan answer(const Session& session, const Exchange& exchange,
                      holdfast::base::Now now) = 0;

 protected:
  AdminDoor() = default;
  AdminDoor(const AdminDoor&) = default;
  AdminDoor& operator=(const AdminDoor&) = default;
  ~AdminDoor() = default;
};

}  // namespace fault
