#include "fault_server/answer/request.h"

namespace fault {

void split_target(std::string_view target, std::string& path, std::string& query) {
  if (const std::size_t scheme = target.find("://");
      scheme != std::string_view::npos && target.find('/') == scheme + 1) {
    const std::size_t slash = target.find_first_of("/?", scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const std::size_t mark = target.find('?');
  path = target.substr(0, mark);
  query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  if (path.empty()) path = "/";
}

}  // namespace fault
