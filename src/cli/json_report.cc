#include "cli/json_report.h"

#include <nlohmann/json.hpp>

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

Json attempt(const AttemptRecord& record) {
  Json out;
  out["number"] = record.number;
  out["hop"] = record.hop;
  out["cause"] = record.error == ErrorCode::none ? Json(record.status) : Json(name(record.error));
  out["status"] = record.status == 0 ? Json(nullptr) : Json(record.status);
  out["error"] = record.error == ErrorCode::none ? Json(nullptr) : Json(name(record.error));
  out["phase"] = name(record.phase);
  out["class"] = std::string(1, letter(record.replay));
  out["delay"] = seconds(record.delay);
  out["delay_source"] = name(record.delay_source);
  out["retry_after"] = seconds(record.retry_after);
  out["retry_after_note"] = name(record.retry_after_note);
  out["connection_id"] = record.connection_id;
  out["reused"] = record.reused;
  out["peer"] = record.peer.to_string();
  out["tls"] = tls(record);
  out["http_version"] = text_or_null(version_text(record.http_major, record.http_minor));
  out["h2_error"] = h2_error(record.h2_error);
  out["timings"] = {{"started", seconds(record.started)},
                    {"connected", seconds(record.connected)},
                    {"sent", seconds(record.sent)},
                    {"first_byte", seconds(record.first_byte)},
                    {"ended", seconds(record.ended)}};
  out["bytes_sent"] = record.bytes_sent;
  out["bytes_received"] = record.bytes_received;
  return out;
}

void add_timeline(Json& out, const Timeline& timeline) {
  out["attempts"] = Json::array();
  for (std::size_t i = 0; i < timeline.size(); ++i) out["attempts"].push_back(attempt(timeline[i]));
  out["stopped_because"] = name(timeline.stop_reason());
}

}  // namespace

std::string version_text(unsigned major, unsigned minor) {
  if (major == 0) return "";
  return major == 2 ? "2" : std::to_string(major) + "." + std::to_string(minor);
}

std::string json_report(const std::string& url, const Result<Response>& result,
                        std::uint64_t body_bytes, const std::string& sha256) {
  Json out;
  out["url"] = url;
  if (result) {
    out["status"] = result->status;
    out["http_version"] = version_text(result->http_major, result->http_minor);
    out["final_url"] = text_or_null(result->final_url);
    out["decoded"] = result->decoded;
    out["headers"] = fields(result->headers);
    out["trailers"] = fields(result->trailers);
    out["body"] = {{"size", body_bytes}, {"sha256", sha256}};
    out["error"] = nullptr;
    add_timeline(out, result->timeline);
  } else {
    const Error& error = result.error();
    out["status"] = nullptr;
    out["error"] = {{"code", name(error.code)},
                    {"phase", name(error.phase)},
                    {"class", std::string(1, letter(error.replay))},
                    {"h2_error", h2_error(error.h2_error)},
                    {"message", error.message()}};
    add_timeline(out, error.timeline);
  }
  // Header values are bytes; those that are not UTF-8 are replaced rather than refused.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast::cli
