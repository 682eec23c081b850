#include "policy/pushback.h"

#include <algorithm>
#include <string_view>

#include "policy/wait_text.h"

namespace holdfast::policy {
namespace {

Pushback value_of(std::string_view text) {
  if (same_name(text, "false")) return Pushback::refuses;
  return same_name(text, "true") ? Pushback::demands : Pushback::none;
}

}  // namespace

Pushback read_pushback(const Headers& headers, const std::vector<std::string>& names) {
  Pushback strongest = Pushback::none;
  if (names.empty()) return strongest;
  for (const HeaderField field : headers) {
    const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return same_name(field.name, name);
    });
    if (!named) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      strongest = std::max(strongest, value_of(without_blanks(rest.substr(0, end))));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return strongest;
}

}  // namespace holdfast::policy
