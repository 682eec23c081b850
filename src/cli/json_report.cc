#include "cli/json_report.h"

#include <uv.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "holdfast/url.h"

namespace holdfast::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Seconds; null for a phase that was never reached.
Json seconds(Duration span) {
  if (span.count() < 0) return nullptr;
  return std::chrono::duration<double>(span).count();
}

Json text_or_null(std::string text) { return text.empty() ? Json(nullptr) : Json(std::move(text)); }

/// The HTTP/2 error code by name, by number where it has none; null where there was no such error.
Json h2_error(std::uint32_t code) {
  const std::string_view known = h2_error_name(code);
  if (code == 0) return nullptr;
  return known.empty() ? Json(code) : Json(known);
}

/// The system's error by its name ("ECONNREFUSED"); null where it said none.
Json os_error(int error) {
  char name[64];
  if (error == 0) return nullptr;
  return uv_err_name_r(-std::abs(error), name, sizeof name);
}

/// Null for cleartext.
Json tls(const AttemptRecord& record) {
  if (record.tls_minor == 0) return nullptr;
  return {{"version", "1." + std::to_string(record.tls_minor)},
          {"resumed", record.tls_resumed},
          {"verified", !record.tls_unverified}};
}

Json fields(const Headers& headers) {
  Json out = Json::array();
  for (const HeaderField field : headers) {
    out.push_back({std::string(field.name), std::string(field.value)});
  }
  return out;
}

/// http URLs go to one proxy, https ones through a tunnel of the other.
Json proxy_of(const AttemptRecord& record, const ProxyPolicy& proxy) {
  if (record.route != Route::proxy && record.route != Route::tunnel) return nullptr;
  std::string url = record.route == Route::proxy ? proxy.http_proxy : proxy.https_proxy;
  if (url.find("://") == url.npos) url.insert(0, "http://");
  url = redact_url(url);
  if (url.ends_with('/')) url.pop_back();
  return url;
}

/// A URL as it was given, without the user and password that it may have (H4).
std::string without_userinfo(std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return url;
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.rfind('@', end);
  if (at != url.npos && at >= begin && at < end) url.erase(begin, at + 1 - begin);
  return url;
}

const Timeline& timeline_of(const Told& told) {
  return told.result->ok() ? (*told.result)->timeline : told.result->error().timeline;
}

const Hop* hop_of(const AttemptRecord& record, const Told& told) {
  return record.hop < told.hops.size() ? &told.hops[record.hop] : nullptr;
}

struct AttemptMember {
  const char* name;
  const char* meaning;
  Json (*value)(const AttemptRecord& record, const Told& told);
};
using Record = const AttemptRecord&;
using Story = const Told&;

constexpr AttemptMember kAttempt[] = {
    {"number", "From 1, through all redirects", [](Record r, Story) { return Json(r.number); }},
    {"hop", "Redirects followed before it", [](Record r, Story) { return Json(r.hop); }},
    {"method", "What was asked; a redirect may make it GET",
     [](Record r, Story told) {
       const Hop* hop = hop_of(r, told);
       return hop == nullptr ? Json(nullptr) : Json(hop->method);
     }},
    {"url", "Where a redirect led, without userinfo and query values; null: the request's own URL",
     [](Record r, Story told) {
       const Hop* hop = hop_of(r, told);
       return r.hop == 0 || hop == nullptr ? Json(nullptr) : Json(hop->url);
     }},
    {"route", "direct, proxy (it was handed the request), tunnel (through a proxy) or unix_socket",
     [](Record r, Story) { return Json(name(r.route)); }},
    {"proxy", "The URL of the proxy, without credentials; null: none",
     [](Record r, Story told) { return proxy_of(r, told.proxy); }},
    {"cause", "The status, or the name of the error, that ended it",
     [](Record r, Story) {
       return r.error == ErrorCode::none ? Json(r.status) : Json(name(r.error));
     }},
    {"status", "Null: no head was received",
     [](Record r, Story) { return r.status == 0 ? Json(nullptr) : Json(r.status); }},
    {"error", "The name of what went wrong; null: it was answered",
     [](Record r, Story) {
       return r.error == ErrorCode::none ? Json(nullptr) : Json(name(r.error));
     }},
    {"phase",
     "Where in its life it ended: pool, dns, connect, tunnel, tls, write, head, body, done",
     [](Record r, Story) { return Json(name(r.phase)); }},
    {"class",
     "How sure it is that the server did not act on it: A (proven) to C (unknown), D answered, "
     "E answered in part, F not to be retried",
     [](Record r, Story) { return Json(std::string(1, letter(r.replay))); }},
    {"delay", "Seconds waited before it", [](Record r, Story) { return seconds(r.delay); }},
    {"delay_source", "Why so long: none, backoff, retry_after or immediate",
     [](Record r, Story) { return Json(name(r.delay_source)); }},
    {"retry_after", "Seconds that its response asked for; null: none",
     [](Record r, Story) { return seconds(r.retry_after); }},
    {"retry_after_note",
     "What became of that: absent, used, past, unparsable, over_limit or not_consulted",
     [](Record r, Story) { return Json(name(r.retry_after_note)); }},
    {"connection_id", "The connection's number in this command; 0: it got none",
     [](Record r, Story) { return Json(r.connection_id); }},
    {"reused", "The connection had carried a request before",
     [](Record r, Story) { return Json(r.reused); }},
    {"peer", "Address and port that it was sent to, the proxy's where there is one",
     [](Record r, Story) { return Json(r.peer.to_string()); }},
    {"tls", "Null for cleartext, else version, resumed and verified (--insecure: false)",
     [](Record r, Story) { return tls(r); }},
    {"http_version", "Of the response; null: none",
     [](Record r, Story) { return text_or_null(version_text(r.http_major, r.http_minor)); }},
    {"h2_error", "The HTTP/2 error by its name, or number; null: none",
     [](Record r, Story) { return h2_error(r.h2_error); }},
    {"os_error", "The system's error by its name (ECONNREFUSED); null: none",
     [](Record r, Story) { return os_error(r.os_error); }},
    {"timings",
     "Seconds since the request was made at which it started, was connected, was sent, had its "
     "first_byte and ended; null: it never came so far",
     [](Record r, Story) {
       return Json{{"started", seconds(r.started)},
                   {"connected", seconds(r.connected)},
                   {"sent", seconds(r.sent)},
                   {"first_byte", seconds(r.first_byte)},
                   {"ended", seconds(r.ended)}};
     }},
    {"bytes_sent", "Heads included", [](Record r, Story) { return Json(r.bytes_sent); }},
    {"bytes_received", "Heads included", [](Record r, Story) { return Json(r.bytes_received); }},
};

Json attempts(const Told& told) {
  const Timeline& timeline = timeline_of(told);
  Json all = Json::array();
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    Json one;
    for (const AttemptMember& member : kAttempt) {
      one[member.name] = member.value(timeline[i], told);
    }
    all.push_back(std::move(one));
  }
  return all;
}

Json error(const Told& told) {
  if (told.result->ok()) return nullptr;
  const Error& error = told.result->error();
  return {{"code", name(error.code)},
          {"phase", name(error.phase)},
          {"class", std::string(1, letter(error.replay))},
          {"h2_error", h2_error(error.h2_error)},
          {"os_error", os_error(error.os_error)},
          {"message", error.message()}};
}

struct Member {
  const char* name;
  const char* meaning;
  /// Null: there for responses only.
  Json (*always)(const Told& told);
  Json (*of_response)(const Response& response, const Told& told);
};
using Answer = const Response&;

constexpr Member kMembers[] = {
    {"url", "As it was given, without userinfo",
     [](Story told) { return Json(without_userinfo(told.url)); }, nullptr},
    {"status", "Null: there was no whole answer; see error", nullptr,
     [](Answer r, Story) { return Json(r.status); }},
    {"http_version", "1.0, 1.1 or 2", nullptr,
     [](Answer r, Story) { return Json(version_text(r.http_major, r.http_minor)); }},
    {"final_url",
     "Where redirects have led, without userinfo and fragment; null: none was followed, or the "
     "request failed (then attempts[].url says where)",
     nullptr, [](Answer r, Story) { return text_or_null(r.final_url); }},
    {"decoded", "Whether content codings were undone: Content-Length then is not the body's",
     nullptr, [](Answer r, Story) { return Json(r.decoded); }},
    {"request_complete",
     "Whether all of the request was sent: a server may respond early and decline the rest",
     nullptr, [](Answer r, Story) { return Json(r.request_complete); }},
    {"headers", "Pairs of name and value, as received", nullptr,
     [](Answer r, Story) { return fields(r.headers); }},
    {"trailers", "The same, of what came after the body", nullptr,
     [](Answer r, Story) { return fields(r.trailers); }},
    {"body", "Its size in bytes and its sha256, in hexadecimal", nullptr,
     [](Answer, Story told) {
       return Json{{"size", told.body_bytes}, {"sha256", told.sha256}};
     }},
    {"error", "Null, or code, phase, class, h2_error, os_error and, for people, message", error,
     nullptr},
    {"attempts", "All that was tried, oldest first", attempts, nullptr},
    {"attempts_dropped", "How many older ones are not among attempts, which are 32 at most",
     [](Story told) { return Json(timeline_of(told).dropped()); }, nullptr},
    {"stopped_because", "Why there was no further attempt; success where none was needed",
     [](Story told) { return Json(name(timeline_of(told).stop_reason())); }, nullptr},
};

}  // namespace

std::string version_text(unsigned major, unsigned minor) {
  if (major == 0) return "";
  return major == 2 ? "2" : std::to_string(major) + "." + std::to_string(minor);
}

std::string json_report(const Told& told) {
  Json out;
  for (const Member& member : kMembers) {
    Json& value = out[member.name];
    if (member.always != nullptr) {
      value = member.always(told);
    } else if (told.result->ok()) {
      value = member.of_response(**told.result, told);
    }
  }
  // Header values are bytes; those that are not UTF-8 are replaced rather than refused.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string blocked_report(const std::string& url) {
  Error error(ErrorCode::deadline_exceeded, "input or output was blocked");
  error.timeline.set_stop_reason(StopReason::deadline);
  const Result<Response> result = std::move(error);
  return json_report({url, &result, 0, "", {}, {}});
}

std::vector<JsonMember> json_members() {
  std::vector<JsonMember> all;
  for (const Member& member : kMembers) {
    all.push_back({member.name, member.meaning});
    if (std::string_view(member.name) != "attempts") continue;
    for (const AttemptMember& one : kAttempt) {
      all.push_back({"attempts[]." + std::string(one.name), one.meaning});
    }
  }
  return all;
}

}  // namespace holdfast::cli
