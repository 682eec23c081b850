#include "fault_server/answer/builtin.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "fault_server/journal/sha256.h"
#include "fault_server/script/chance.h"
#include "fault_server/script/match.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kMostDelay = std::chrono::hours(24);

Answer text_answer(int status, std::string text) {
  Answer answer;
  answer.status = status;
  answer.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  answer.body = BodySource::text(std::move(text));
  return answer;
}

Answer json_answer(const Json& json) {
  Answer answer;
  answer.headers.emplace_back("Content-Type", "application/json");
  answer.body = BodySource::text(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return answer;
}

Answer malformed(std::string_view path, std::string_view found, std::string_view expected) {
  return text_answer(400, std::string(path) + ": found '" + std::string(found) + "', expected " +
                              std::string(expected) + "\n");
}

// "2s", "200ms" or plain seconds as httpbin has them: "2", ".5".
std::optional<Duration> span_of(std::string_view text) {
  auto span = parse_duration(text);
  if (!span) {
    const auto seconds = parse_real(text);
    if (!seconds || *seconds > 86400) return std::nullopt;
    span = Duration(static_cast<std::int64_t>(*seconds * 1e9));
  }
  if (span->count() < 0 || *span > kMostDelay) return std::nullopt;
  return span;
}

Answer status_path(const BuiltinRequest& request, std::string_view argument) {
  // httpbin writes weights with a colon, scripts with a star; both are read.
  std::string text(argument);
  std::replace(text.begin(), text.end(), ':', '*');
  const auto choices = parse_weighted_statuses(text);
  if (!choices || choices->empty()) {
    return malformed("/status", argument, "a status such as 503, or 200:8,503:2");
  }
  Step step;
  step.status =
      pick(*choices, unit(chance_of(0, request.path, request.key, request.attempt), "status"));
  return answer_of(step, 0);
}

Answer delay_path(const BuiltinRequest&, std::string_view argument) {
  const auto span = span_of(argument);
  if (!span) return malformed("/delay", argument, "a time such as 2s, 200ms or 2, up to a day");
  Answer answer = text_answer(200, "answered after " + print_duration(*span) + "\n");
  answer.delay = *span;
  return answer;
}

Answer drip_path(const BuiltinRequest& request, std::string_view) {
  const std::string over = query_value(request.query, "duration").value_or("2");
  const std::string size = query_value(request.query, "numbytes").value_or("10");
  const std::string first = query_value(request.query, "delay").value_or("0");
  const auto duration = span_of(over), delay = span_of(first);
  const auto bytes = parse_bytes(size);
  if (!duration) return malformed("/drip?duration", over, "a time such as 2s");
  if (!delay) return malformed("/drip?delay", first, "a time such as 1s");
  if (!bytes) return malformed("/drip?numbytes", size, "a number of bytes");
  Answer answer;
  answer.headers.emplace_back("Content-Type", "application/octet-stream");
  answer.body = BodySource::fill(*bytes);
  answer.delay = *delay;
  if (*bytes > 0) answer.drip = Pace{*bytes, *duration, Phase::kBody};
  return answer;
}

Answer bytes_path(const BuiltinRequest& request, std::string_view argument) {
  const auto size = parse_bytes(argument);
  if (!size) return malformed("/bytes", argument, "a number of bytes such as 512, 64k or 1M");
  const std::string seed_text = query_value(request.query, "seed").value_or("0");
  const auto seed = parse_count(seed_text);
  if (!seed) return malformed("/bytes?seed", seed_text, "a whole number");
  Answer answer;
  answer.headers.emplace_back("Content-Type", "application/octet-stream");
  answer.body = BodySource::random(*size, *seed);
  return answer;
}

Answer unstable_path(const BuiltinRequest& request, std::string_view) {
  const std::string p_text = query_value(request.query, "p").value_or(".5");
  const auto p = parse_real(p_text);
  if (!p || *p > 1) return malformed("/unstable?p", p_text, "a chance from 0 to 1");
  const std::string seed_text = query_value(request.query, "seed").value_or("0");
  const auto seed = parse_count(seed_text);
  if (!seed) return malformed("/unstable?seed", seed_text, "a whole number");
  const bool fails = unit(chance_of(*seed, "/unstable", request.key, request.attempt), "p") < *p;
  return fails ? text_answer(503, "unstable\n") : text_answer(200, "stable\n");
}

Json headers_json(const RequestHead& head) {
  Json headers = Json::array();
  for (const auto& [name, value] : head.headers) headers.push_back(Json::array({name, value}));
  return headers;
}

Answer echo_path(const BuiltinRequest& request, std::string_view) {
  const std::string body = request.body != nullptr ? *request.body : "";
  if (query_value(request.query, "raw") == "1") {
    Answer answer;
    answer.headers.emplace_back("Content-Type",
                                std::string(header_value(request.head->headers, "Content-Type")
                                                .value_or("application/octet-stream")));
    answer.body = BodySource::text(body);
    return answer;
  }
  Json json;
  json["method"] = request.head->method;
  json["target"] = request.head->target;
  json["version"] =
      request.head->major == 2 ? "HTTP/2" : "HTTP/1." + std::to_string(request.head->minor);
  json["headers"] = headers_json(*request.head);
  json["body_len"] = body.size();
  json["body_sha256"] = sha256_hex(body);
  json["body"] = body;
  return json_answer(json);
}

Answer limit_path(const BuiltinRequest&, std::string_view argument) {
  if (!builtin_limit("/limit/" + std::string(argument))) {
    return malformed("/limit", argument, "a rate such as 5rps or 100rpm");
  }
  return text_answer(200, "admitted\n");
}

Answer redirect_path(const BuiltinRequest&, std::string_view argument) {
  const auto n = parse_count(argument);
  if (!n) return malformed("/redirect", argument, "a number of redirects");
  if (*n == 0) return text_answer(200, "arrived\n");
  Answer answer = text_answer(302, "");
  answer.headers.emplace_back("Location", "/redirect/" + std::to_string(*n - 1));
  return answer;
}

Answer headers_path(const BuiltinRequest& request, std::string_view) {
  Json json;
  json["headers"] = headers_json(*request.head);
  return json_answer(json);
}

Answer index_path(const BuiltinRequest&, std::string_view) {
  return text_answer(200, builtin_index());
}

struct Path {
  std::string_view name;  // ends in / when an argument follows
  Answer (*answer)(const BuiltinRequest&, std::string_view argument);
  bool keeps_body;
  std::string_view help;
};

constexpr std::array<Path, 16> kPaths = {{
    {"/", index_path, false, "this list"},
    {"/status/", status_path, false,
     "/status/503, /status/200:8,503:2   that status, or by weight"},
    {"/delay/", delay_path, false, "/delay/2s, /delay/200ms            answers so much later"},
    {"/drip", drip_path, false, "/drip?duration=2s&numbytes=10&delay=0   a body drop by drop"},
    {"/bytes/", bytes_path, false, "/bytes/64k?seed=1                  reproducible bytes"},
    {"/unstable", unstable_path, false, "/unstable?p=.3&seed=1              503 with that chance"},
    {"/echo", echo_path, true, "/echo, /echo?raw=1                 the request, or its body"},
    {"/limit/", limit_path, false,
     "/limit/5rps, /limit/100rpm         429 beyond that, per client"},
    {"/redirect/", redirect_path, false, "/redirect/3                        so many redirects"},
    {"/headers", headers_path, false, "/headers                           the request's fields"},
    {"/anything", echo_path, true, "/anything, /get, /post, /put, /patch, /delete   as /echo"},
    {"/get", echo_path, true, ""},
    {"/post", echo_path, true, ""},
    {"/put", echo_path, true, ""},
    {"/patch", echo_path, true, ""},
    {"/delete", echo_path, true, ""},
}};

const Path* find_path(std::string_view path) {
  for (const Path& known : kPaths) {
    const bool argument = known.name.size() > 1 && known.name.ends_with('/');
    if (argument ? path.starts_with(known.name) && path.size() > known.name.size()
                 : path == known.name) {
      return &known;
    }
  }
  return nullptr;
}

}  // namespace

bool is_builtin(std::string_view path) { return find_path(path) != nullptr; }

bool keeps_body(std::string_view path) {
  const Path* known = find_path(path);
  return known != nullptr && known->keeps_body;
}

std::optional<LimitSpec> builtin_limit(std::string_view path) {
  constexpr std::string_view kPrefix = "/limit/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  std::string_view text = path.substr(kPrefix.size());
  LimitSpec spec;
  if (text.ends_with("rpm")) {
    spec.per = std::chrono::minutes(1);
  } else if (!text.ends_with("rps")) {
    return std::nullopt;
  }
  text.remove_suffix(3);
  const auto count = parse_count(text);
  if (!count || *count == 0) return std::nullopt;
  spec.count = *count;
  spec.burst = *count;
  return spec;
}

std::string builtin_index() {
  std::string text = "fault-server: paths that answer without a scenario\n\n  /\n";
  for (const Path& path : kPaths) {
    if (path.name != "/" && !path.help.empty()) text += "  " + std::string(path.help) + "\n";
  }
  return text +
         "\nEach takes ?fault=SCRIPT (or X-Fault: SCRIPT), for example "
         "/bytes/4096?fault=reset@body:512\n";
}

Answer answer_builtin(const BuiltinRequest& request) {
  const Path* known = find_path(request.path);
  if (known == nullptr) {
    return text_answer(
        404, "nothing answers " + std::string(request.path) + " here\n\n" + builtin_index());
  }
  return known->answer(request,
                       request.path.substr(std::min(known->name.size(), request.path.size())));
}

}  // namespace fault
