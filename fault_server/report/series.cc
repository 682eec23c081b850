#include "fault_server/report/series.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "fault_server/answer/request.h"
#include "fault_server/script/match.h"

namespace fault {
namespace {

bool noted(const Entry& entry, std::string_view start) {
  return std::any_of(entry.notes.begin(), entry.notes.end(),
                     [&](const std::string& note) { return note.starts_with(start); });
}

// Puts entries together: the attempts of the journal by exchange.
class Reader {
 public:
  void take(const Entry& entry) {
    if (entry.type == EntryType::kReqHead) return begin(entry);
    if (entry.type == EntryType::kConnClose) return close(entry);
    const auto found = by_exchange_.find(entry.exch);
    if (entry.exch == 0 || found == by_exchange_.end()) return;
    Attempt& attempt = series_[found->second.first].attempts[found->second.second];
    switch (entry.type) {
      case EntryType::kReqBody:
        attempt.malformed = attempt.malformed || noted(entry, "malformed");
        break;
      case EntryType::kReqEnd:
        attempt.body_sha256 = entry.body_sha256;
        break;
      case EntryType::kRule:
        attempt.rule = entry.rule;
        break;
      case EntryType::kFault:
        if (!entry.notes.empty()) attempt.fault = entry.notes.front();
        break;
      case EntryType::kRespHead:
        attempt.status = entry.status;
        attempt.head_ns = entry.t_ns;
        attempt.retry_after_s = entry.retry_after_s;
        break;
      case EntryType::kRespEnd:
        if (entry.status != 0) attempt.status = entry.status;
        attempt.complete = entry.complete;
        attempt.end_ns = entry.t_ns;
        break;
      default:
        break;
    }
  }

  std::vector<Series> finish() && { return std::move(series_); }

 private:
  void begin(const Entry& entry) {
    Series whose;
    std::string query;
    split_target(entry.target, whose.path, query);
    whose.method = entry.method;
    std::string& last = key_of_[entry.conn];
    // What nobody matched (raced, malformed) has no key of its own, but came from somebody.
    whose.key = entry.key.empty() ? last : entry.key;
    last = whose.key;
    const auto token = header_value(entry.headers, "Idempotency-Key");
    const auto id = token ? token : header_value(entry.headers, "X-Request-Id");
    if (id) whose.id = *id;

    const auto name = std::tuple(whose.key, whose.method, whose.path, whose.id);
    const auto [at, fresh] = by_name_.try_emplace(name, series_.size());
    if (fresh) series_.push_back(std::move(whose));
    std::vector<Attempt>& attempts = series_[at->second].attempts;
    by_exchange_[entry.exch] = {at->second, attempts.size()};
    open_[entry.conn].push_back(entry.exch);
    Attempt& attempt = attempts.emplace_back();
    attempt.exch = entry.exch;
    attempt.conn = entry.conn;
    attempt.arrived_ns = entry.t_ns;
    attempt.raced = noted(entry, "raced");
    attempt.malformed = noted(entry, "malformed");
    attempt.keyed = token.has_value();
  }

  void close(const Entry& entry) {
    const auto open = open_.find(entry.conn);
    if (open == open_.end()) return;
    for (const std::uint64_t exchange : open->second) {
      const auto [series, index] = by_exchange_[exchange];
      Attempt& attempt = series_[series].attempts[index];
      if (attempt.end_ns < 0) attempt.end_ns = entry.t_ns;
    }
    open_.erase(open);
  }

  using Name = std::tuple<std::string, std::string, std::string, std::string>;
  std::vector<Series> series_;
  std::map<Name, std::size_t> by_name_;
  std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> by_exchange_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> open_;  // exchanges by connection
  std::map<std::uint64_t, std::string> key_of_;               // by connection
};

// What can only be said of an attempt once those before it are known.
void compare(std::vector<Attempt>& attempts) {
  // Waits that were asked for, by when: an answer that left later than an attempt arrived does not
  // bind it. `reach` is how far those that do bind it go.
  std::multimap<std::int64_t, std::int64_t> asked;
  std::int64_t reach = 0;
  std::multimap<std::int64_t, const Attempt*> ended;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    Attempt& attempt = attempts[i];
    if (i > 0) attempt.gap_ns = attempt.arrived_ns - attempts[i - 1].arrived_ns;
    while (!asked.empty() && asked.begin()->first < attempt.arrived_ns) {
      reach = std::max(reach, asked.begin()->second);
      asked.erase(asked.begin());
    }
    attempt.early_ns = std::max<std::int64_t>(0, reach - attempt.arrived_ns);
    auto last = ended.upper_bound(attempt.arrived_ns);
    if (last != ended.begin()) {
      const Attempt& before = *(--last)->second;
      attempt.after = before.outcome();
      attempt.repeats_failed = before.failed() && before.body_sha256 == attempt.body_sha256;
    }
    if (attempt.end_ns >= 0) ended.emplace(attempt.end_ns, &attempt);
    if (const auto until = attempt.forbidden_until_ns()) asked.emplace(attempt.head_ns, *until);
  }
}

}  // namespace

std::string Attempt::outcome() const {
  if (malformed) return "malformed";
  if (raced) return "raced";
  if (!fault.empty()) return fault;
  if (complete) return std::to_string(status);
  if (end_ns < 0) return "open";
  return status != 0 ? "cut after " + std::to_string(status) : "unanswered";
}

bool Attempt::failed() const {
  if (end_ns < 0) return false;
  return !complete || status >= 500 || status == 408 || status == 425 || status == 429;
}

std::optional<std::int64_t> Attempt::forbidden_until_ns() const {
  if (retry_after_s < 0 || head_ns < 0 || status < 300) return std::nullopt;
  // Some of the waits that are asked for exceed any clock.
  const double bounded = std::min(retry_after_s, 4e9);
  return head_ns + static_cast<std::int64_t>(bounded * 1e9);
}

std::vector<Series> series_of(const Journal& journal) {
  Reader reader;
  for (const Entry& entry : journal.entries()) reader.take(entry);
  std::vector<Series> out = std::move(reader).finish();
  for (Series& series : out) compare(series.attempts);
  std::stable_sort(out.begin(), out.end(),
                   [](const Series& a, const Series& b) { return a.key < b.key; });
  return out;
}

bool is_idempotent(std::string_view method) {
  for (const std::string_view known :
       {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"}) {
    if (method == known) return true;
  }
  return false;
}

}  // namespace fault
