#include "proptests/simulation/wire_view.h"

#include <algorithm>
#include <charconv>

#include "holdfast/headers.h"
#include "sim/clock.h"

namespace proof {

namespace {

std::string_view field_of(const fault::Entry* entry, std::string_view name) {
  if (entry == nullptr) return {};
  for (const auto& [key, value] : entry->headers) {
    if (holdfast::same_name(key, name)) return value;
  }
  return {};
}

}  // namespace

Instant instant_of(const fault::Entry& entry) {
  return holdfast::sim::Clock::kStart + Duration(entry.t_ns);
}

Instant WireAttempt::at() const { return instant_of(*head); }
Instant WireAttempt::answered_at() const { return instant_of(*answer_head); }
std::string_view WireAttempt::asked(std::string_view field) const { return field_of(head, field); }
std::string_view WireAttempt::answered(std::string_view field) const {
  return field_of(answer_head, field);
}

bool WireAttempt::met(std::string_view modifier) const {
  return rule != nullptr &&
         (" " + rule->step_text + " ").find(" " + std::string(modifier) + " ") != std::string::npos;
}

WireView::WireView(const Report& report) : by_seen_(report.seen.size()) {
  for (const fault::Entry& entry : report.journal) {
    if (entry.type == fault::EntryType::kFault && !entry.notes.empty() &&
        entry.notes.front().starts_with("poison")) {
      poisons_.push_back({entry.conn, instant_of(entry)});
    }
    if (entry.type == fault::EntryType::kConnClose) closes_[entry.conn] = &entry;
    if (entry.exch == 0) continue;
    WireAttempt& attempt = exchanges_[entry.exch];
    switch (entry.type) {
      case fault::EntryType::kReqHead:
        attempt.head = &entry;
        for (const std::string& note : entry.notes) {
          if (note.find("not processed") != note.npos) attempt.raced = true;
        }
        break;
      case fault::EntryType::kReqBody:
        attempt.body = &entry;
        break;
      case fault::EntryType::kReqEnd:
        attempt.end = &entry;
        break;
      case fault::EntryType::kRespHead:
        attempt.answer_head = &entry;
        break;
      case fault::EntryType::kRespBody:
        attempt.answer_body = &entry;
        break;
      case fault::EntryType::kRespEnd:
        attempt.answer_end = &entry;
        break;
      case fault::EntryType::kFault:
        attempt.faults.push_back(&entry);
        break;
      case fault::EntryType::kRule:
        attempt.rule = &entry;
        break;
      case fault::EntryType::kH2Frame:
        attempt.frames.push_back(&entry);
        break;
      default:
        break;
    }
  }
  for (auto& [serial, attempt] : exchanges_) {
    if (attempt.head == nullptr) continue;
    by_connection_[attempt.head->conn].push_back(&attempt);
    const std::string_view name = attempt.asked("X-Request-Id");
    if (name.size() < 2) continue;
    std::size_t seen = WireAttempt::kNobody;
    std::from_chars(name.data() + 1, name.data() + name.size(), seen);
    if (seen >= by_seen_.size()) continue;
    attempt.seen = seen;
    by_seen_[seen].push_back(&attempt);
  }
}

const std::vector<const WireAttempt*>& WireView::attempts_of(std::size_t seen) const {
  return by_seen_[seen];
}

bool WireView::is_poisoned(std::uint64_t connection) const {
  return std::any_of(poisons_.begin(), poisons_.end(),
                     [&](const Poison& poison) { return poison.connection == connection; });
}

const fault::Entry* WireView::close_of(std::uint64_t connection) const {
  const auto found = closes_.find(connection);
  return found == closes_.end() ? nullptr : found->second;
}

const WireAttempt* WireView::exchange(std::uint64_t serial) const {
  const auto found = exchanges_.find(serial);
  return found == exchanges_.end() || found->second.head == nullptr ? nullptr : &found->second;
}

}  // namespace proof
