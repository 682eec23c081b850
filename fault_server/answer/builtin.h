// Paths that answer without a scenario, in the vocabulary people know from httpbin: /status/503,
// /delay/2s, /drip, /bytes/n, /unstable, /echo, /limit/5rps, /redirect/n, /headers. Pure: the same
// request and chance get the same answer. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/answer/emit.h"
#include "fault_server/answer/request.h"
#include "fault_server/rules/limiter.h"

namespace fault {

struct BuiltinRequest {
  const RequestHead* head = nullptr;
  std::string_view path, query;
  const std::string* body = nullptr;  // kept only where keeps_body() says so
  std::string_view key;               // whose /unstable and /status draws these are
  std::uint64_t attempt = 1;
};

bool is_builtin(std::string_view path);
/// Whether the answer repeats the request's body.
bool keeps_body(std::string_view path);
/// Of /limit/5rps, /limit/100rpm; nullopt for other paths.
std::optional<LimitSpec> builtin_limit(std::string_view path);
/// 404 with the list of paths for whatever is unknown, 400 for a malformed argument.
Answer answer_builtin(const BuiltinRequest& request);
/// The list itself.
std::string builtin_index();

}  // namespace fault
