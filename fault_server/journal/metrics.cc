#include "fault_server/journal/metrics.h"

#include <algorithm>

#include "fault_server/journal/journal.h"

namespace fault {
namespace {

constexpr std::size_t kMostLabels = 200;

std::string_view method_label(std::string_view method) {
  for (const std::string_view known :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"}) {
    if (method == known) return known;
  }
  return "other";
}

// "reset@body:512" and "reset@status" are one kind of fault.
std::string_view effect_of(std::string_view note) {
  return note.substr(0, note.find_first_of("@:= "));
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void head(std::string& out, std::string_view name, std::string_view kind, std::string_view help) {
  out += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) +
         " " + std::string(kind) + "\n";
}

void single(std::string& out, std::string_view name, std::string_view kind, std::string_view help,
            const std::string& value) {
  head(out, name, kind, help);
  out += std::string(name) + " " + value + "\n";
}

void family(std::string& out, std::string_view name, std::string_view label, std::string_view help,
            const std::map<std::string, std::uint64_t, std::less<>>& values) {
  head(out, name, "counter", help);
  for (const auto& [value, count] : values) {
    out += std::string(name) + "{" + std::string(label) + "=\"" + escaped(value) + "\"} " +
           std::to_string(count) + "\n";
  }
}

}  // namespace

void Metrics::add(ByLabel& to, std::string_view label) {
  const auto found = to.find(label);
  if (found != to.end()) {
    ++found->second;
  } else {
    ++to[to.size() < kMostLabels ? std::string(label) : "other"];
  }
}

void Metrics::count(const Entry& entry) {
  ++by_type_.at(static_cast<std::size_t>(entry.type));
  const auto malformed = [&] {
    return std::any_of(entry.notes.begin(), entry.notes.end(),
                       [](const std::string& note) { return note.starts_with("malformed"); });
  };
  switch (entry.type) {
    case EntryType::kConnOpen:
      return add(opened_, entry.listener);
    case EntryType::kConnRefused:
      return add(refused_, entry.listener);
    case EntryType::kReqHead:
      if (malformed()) ++malformed_;
      return add(requests_, method_label(entry.method));
    case EntryType::kReqBody:
      if (malformed()) ++malformed_;
      return;
    case EntryType::kRule:
      return add(rules_, entry.rule);
    case EntryType::kFault:
      return add(faults_, entry.notes.empty() ? "other" : effect_of(entry.notes.front()));
    case EntryType::kRespHead:
      if (entry.retry_after_s >= 0) ++asked_to_wait_;
      return add(responses_, std::to_string(entry.status));
    case EntryType::kRespEnd:
      if (!entry.complete) ++cut_;
      return;
    case EntryType::kConnClose:
      bytes_in_ += entry.bytes_in;
      bytes_out_ += entry.bytes_out;
      return add(closed_, std::string(closed_by_word(entry.closed_by)) + " " +
                              std::string(how_word(entry.how)));
    default:
      return;
  }
}

std::string Metrics::text(const Gauges& gauges) const {
  const auto whole = [](std::uint64_t value) { return std::to_string(value); };
  std::string out;
  single(out, "fault_server_uptime_seconds", "gauge", "Since the server started.",
         std::to_string(gauges.uptime_s));
  single(out, "fault_server_connections", "gauge", "Open now.", whole(gauges.connections));
  single(out, "fault_server_rules", "gauge", "Rules in place, for requests and connections.",
         whole(gauges.rules));
  single(out, "fault_server_generation", "gauge", "How often rules were put in place.",
         whole(gauges.generation));
  single(out, "fault_server_limiters", "gauge", "Limiters that have admitted or refused somebody.",
         whole(gauges.limiters));
  single(out, "fault_server_unmatched_requests", "gauge",
         "Requests kept for GET /__fault/journal/unmatched.", whole(gauges.unmatched));
  single(out, "fault_server_journal_entries", "gauge", "Held in the journal's ring.",
         whole(gauges.journal_entries));
  single(out, "fault_server_journal_dropped", "gauge",
         "Dropped from the journal's ring since the last reset.", whole(gauges.journal_dropped));
  single(out, "fault_server_resets_total", "counter", "POST /__fault/reset.", whole(gauges.resets));
  family(out, "fault_server_connections_opened_total", "listener", "Accepted.", opened_);
  family(out, "fault_server_connections_refused_total", "listener", "Refused as asked.", refused_);
  family(out, "fault_server_connections_closed_total", "by", "By whom and how.", closed_);
  family(out, "fault_server_requests_total", "method", "Request heads received.", requests_);
  family(out, "fault_server_responses_total", "status", "Response heads sent.", responses_);
  family(out, "fault_server_faults_total", "effect", "Faults that struck.", faults_);
  family(out, "fault_server_rule_matches_total", "rule", "Requests that a rule served.", rules_);
  single(out, "fault_server_requests_malformed_total", "counter",
         "Requests that no client may send.", whole(malformed_));
  single(out, "fault_server_responses_cut_total", "counter", "Responses begun and not ended.",
         whole(cut_));
  single(out, "fault_server_retry_after_total", "counter", "Responses that asked for a wait.",
         whole(asked_to_wait_));
  single(out, "fault_server_bytes_in_total", "counter", "Received on connections now closed.",
         whole(bytes_in_));
  single(out, "fault_server_bytes_out_total", "counter", "Sent on connections now closed.",
         whole(bytes_out_));
  head(out, "fault_server_journal_entries_total", "counter", "Journal entries ever, by type.");
  for (std::size_t i = 0; i < by_type_.size(); ++i) {
    if (by_type_.at(i) == 0) continue;
    out += "fault_server_journal_entries_total{type=\"" +
           std::string(type_word(static_cast<EntryType>(i))) + "\"} " + whole(by_type_.at(i)) +
           "\n";
  }
  return out;
}

}  // namespace fault
