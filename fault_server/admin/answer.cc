#include "fault_server/admin/answer.h"

#include <utility>

#include "fault_server/script/json_nesting.h"
#include "fault_server/script/match.h"
#include "fault_server/script/values.h"

namespace fault::admin {

Answer typed(int status, std::string_view type, std::string text) {
  Answer answer;
  answer.status = status;
  answer.headers.emplace_back("Content-Type", type);
  answer.body = BodySource::text(std::move(text));
  return answer;
}

Answer json_answer(int status, const Json& json) {
  return typed(status, "application/json",
               json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Answer problem(int status, const std::string& text) {
  return json_answer(status, Json{{"error", text}});
}

Json parse_json(std::string_view text) {
  if (nested_too_deeply(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::uint64_t> number_of(std::string_view query, std::string_view name) {
  const auto value = query_value(query, name);
  return value ? parse_count(*value) : std::nullopt;
}

std::string bad_number(std::string_view query, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto value = query_value(query, name);
    if (value && !parse_count(*value)) {
      return "found " + std::string(name) + "=" + *value + ", expected a whole number";
    }
  }
  return "";
}

std::string decoded_path(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return out;
}

}  // namespace fault::admin
