// For tests: fields as pairs, to compare and to print. Values. Thread: any.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "holdfast/headers.h"

namespace holdfast::wire {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline Fields fields_of(const Headers& headers) {
  Fields out;
  for (const HeaderField field : headers) out.emplace_back(field.name, field.value);
  return out;
}

}  // namespace holdfast::wire
