// What the tables of the HTTP/2 catalogue's tests are made of. For tests. Thread: one owner.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "fault_server/h2/client_rig.h"

namespace fault::h2_catalogue {

struct Row {
  int number;
  std::string_view rules;
  std::function<void(H2Rig&, const H2Response&, std::uint32_t)> check;
  std::string_view request = "/x";
};

inline void play(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE("row " + std::to_string(row.number) + ": " + std::string(row.rules));
    H2Rig rig(row.rules);
    if (row.request.empty()) {
      row.check(rig, rig.response(0), 0);
    } else {
      const std::uint32_t id = rig.get(row.request);
      row.check(rig, rig.response(id), id);
    }
    EXPECT_FALSE(rig.blamed()) << rig.notes();
  }
}

inline std::uint32_t goaway_last(const H2Rig& rig) {
  const H2Got* frame = rig.last(H2Type::kGoaway);
  return frame == nullptr ? 0xffffffff : read_u32(frame->payload);
}
inline std::uint32_t goaway_code(const H2Rig& rig) {
  return read_u32(std::string_view(rig.last(H2Type::kGoaway)->payload).substr(4));
}

}  // namespace fault::h2_catalogue
