#include "proptests/simulation/coded.h"

#include <utility>

namespace proof {

void answer_with(fault::Step& step, Coded item, std::string body, CodedByName& items) {
  item.sent = body.size();
  if (!item.coding.empty()) step.headers.emplace_back("Content-Encoding", item.coding);
  const std::string name = std::to_string(items.size());
  step.headers.emplace_back(kItemField, name);
  step.extra.emplace_back("body", "text:" + std::move(body));
  items.emplace(name, std::move(item));
}

const Coded* item_of(const CodedByName& items, const holdfast::ResponseHead* head) {
  const auto name = head != nullptr ? head->headers.get(kItemField) : std::nullopt;
  if (!name) return nullptr;
  const auto found = items.find(std::string(*name));
  return found == items.end() ? nullptr : &found->second;
}

}  // namespace proof
