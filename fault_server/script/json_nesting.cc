#include "fault_server/script/json_nesting.h"

namespace fault {

std::optional<std::size_t> nested_too_deeply(std::string_view json) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMostJsonNesting) return i;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

std::string nesting_complaint() {
  return "nested too deeply; expected JSON of at most " + std::to_string(kMostJsonNesting) +
         " levels";
}

}  // namespace fault
