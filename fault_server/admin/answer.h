// How the admin interface answers and reads what it is asked: shared by the files that implement
// Admin, included by nobody else. Values only. Thread: any.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/answer/emit.h"

namespace fault::admin {

using Json = nlohmann::ordered_json;

Answer typed(int status, std::string_view type, std::string text);
Answer json_answer(int status, const Json& json);
/// {"error": text}
Answer problem(int status, const std::string& text);

/// Parsed, or discarded (is_discarded()) where it is no JSON or nested too deeply.
Json parse_json(std::string_view text);
/// In one line; what is no UTF-8 is replaced.
std::string line_of(const Json& json);

std::optional<std::uint64_t> number_of(std::string_view query, std::string_view name);
/// Numbers in a query that are none, named; "" when all is well.
std::string bad_number(std::string_view query, std::initializer_list<std::string_view> names);
/// %XX decoded (a plus stays one: this is a path).
std::string decoded_path(std::string_view text);

}  // namespace fault::admin
