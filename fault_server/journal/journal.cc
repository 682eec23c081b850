#include "fault_server/journal/journal.h"

#include <array>
#include <nlohmann/json.hpp>

#include "fault_server/journal/sha256.h"

namespace fault {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 13> kEntryTypes = {
    "conn.open", "conn.refused", "tls",       "req.head", "req.body",   "req.end", "rule",
    "fault",     "resp.head",    "resp.body", "resp.end", "conn.close", "h2.frame"};
constexpr std::array<std::string_view, 4> kClosedBy = {"", "client", "server", "fault"};
constexpr std::array<std::string_view, 5> kHowClosed = {"", "fin", "rst", "timeout", "alert"};

void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

void put(Json& json, const char* name, std::uint64_t value) {
  if (value != 0) json[name] = value;
}

void put_headers(Json& json, const Entry& entry) {
  Json headers = Json::array();
  std::string text;
  for (const auto& [name, value] : entry.headers) {
    headers.push_back(Json::array({name, value}));
    text += name + ": " + value + "\n";
  }
  json["headers"] = std::move(headers);
  json["headers_sha"] = entry.headers_sha.empty() ? sha256_hex(text) : entry.headers_sha;
}

// Counters that say something even when they are zero, by the type of entry.
void put_bytes(Json& json, const Entry& entry) {
  const bool closing = entry.type == EntryType::kConnClose;
  const bool ending = entry.type == EntryType::kRespEnd;
  if (closing || entry.bytes_in != 0) json["bytes_in"] = entry.bytes_in;
  if (closing || ending || entry.bytes_out != 0) json["bytes_out"] = entry.bytes_out;
  if (ending) json["complete"] = entry.complete;
  if (entry.first_byte_ns != 0) json["first_byte_ns"] = entry.first_byte_ns;
  if (entry.last_byte_ns != 0) json["last_byte_ns"] = entry.last_byte_ns;
  if (closing) {
    json["closed_by"] = closed_by_word(entry.closed_by);
    json["how"] = how_word(entry.how);
    json["unread_bytes"] = entry.unread_bytes;
  }
  const bool body = entry.type == EntryType::kReqEnd || entry.type == EntryType::kReqBody ||
                    entry.type == EntryType::kRespBody;
  if (body || entry.body_len != 0) json["body_len"] = entry.body_len;
}

}  // namespace

std::string_view type_word(EntryType type) {
  return kEntryTypes.at(static_cast<std::size_t>(type));
}
std::string_view closed_by_word(ClosedBy by) { return kClosedBy.at(static_cast<std::size_t>(by)); }
std::string_view how_word(CloseHow how) { return kHowClosed.at(static_cast<std::size_t>(how)); }

std::string to_json_line(const Entry& entry) {
  Json json;
  json["seq"] = entry.seq;
  json["t_ns"] = entry.t_ns;
  json["wall"] = entry.wall_ns;
  json["type"] = type_word(entry.type);
  put(json, "conn", entry.conn);
  put(json, "exch", entry.exch);
  put(json, "stream", entry.stream);
  put(json, "listener", entry.listener);
  put(json, "peer", entry.peer);
  put(json, "key", entry.key);
  put(json, "attempt", entry.attempt);
  put(json, "rule", entry.rule);
  if (!entry.rule.empty()) json["step"] = entry.step;
  put(json, "step_text", entry.step_text);
  put(json, "method", entry.method);
  put(json, "target", entry.target);
  if (entry.status != 0) json["status"] = entry.status;
  if (entry.retry_after_s >= 0) json["retry_after_s"] = entry.retry_after_s;
  if (entry.type == EntryType::kReqHead || entry.type == EntryType::kRespHead) {
    put_headers(json, entry);
  }
  put_bytes(json, entry);
  put(json, "body_sha256", entry.body_sha256);
  if (entry.draw >= 0) json["draw"] = entry.draw;
  if (!entry.notes.empty()) json["notes"] = entry.notes;
  // What a hostile client sent need not be UTF-8; the journal still has to be JSON.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Entry& Journal::add(Entry entry) {
  entry.seq = next_seq_++;
  metrics_.count(entry);
  if (capacity_ != 0 && entries_.size() >= capacity_) {
    entries_.pop_front();
    ++dropped_;
  }
  entries_.push_back(std::move(entry));
  const Entry& kept = entries_.back();
  if (sink_) sink_(kept);
  return kept;
}

void Journal::clear() {
  entries_.clear();
  dropped_ = 0;
}

}  // namespace fault
