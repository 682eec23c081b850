#include "fault_server/h2/connection.h"

#include <algorithm>
#include <utility>

#include "fault_server/h2/spoilt.h"
#include "fault_server/script/line.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

constexpr std::uint32_t kStreamsAtOnce = 100;

// Whether the server's own SETTINGS go out before this fault of a connection: a fault that is
// spoken in frames comes after them, as RFC 9113 §3.4 has it; the others come instead of them.
bool greets_first(const Step& step) {
  if (step.action == ActionKind::kGoaway || place_of(step).phase == Phase::kHead) return true;
  if (step.action != ActionKind::kH2) return false;
  return step.name != "silent" && step.name != "http11";
}

}  // namespace

H2Connection::H2Connection(PeerShared& shared, Accepted accepted)
    : Session(std::move(accepted)), shared_(shared) {}

H2Connection::~H2Connection() = default;

void H2Connection::open(Now now) {
  idle_since_ = now.mono;
  std::vector<H2Setting> settings{{h2setting::kMaxConcurrentStreams, kStreamsAtOnce}};
  bool greets = true;
  if (accepted_.choice) {
    open_with(*accepted_.choice, now);
    greets = !own_step_ || greets_first(*own_step_);
  }
  if (const auto own = streams_.find(0); own != streams_.end()) {
    // What the fault says in SETTINGS is said in the first ones.
    for (H2Op& op : own->second->plan.ops) {
      if (op.kind != H2OpKind::kSettings || op.settings.empty() || op.count != 1) continue;
      for (const H2Setting& one : op.settings) {
        std::erase_if(settings, [&](const H2Setting& known) { return known.first == one.first; });
        settings.push_back(one);
      }
      op.kind = H2OpKind::kWait;
    }
  }
  if (greets) send_settings(std::move(settings), 1, now);
  progress(now);
}

void H2Connection::open_with(Choice& choice, Now now) {
  Entry entry = shared_.entry(EntryType::kRule, now);
  entry.conn = serial();
  entry.rule = rule_ = choice.rule;
  entry.step = choice.step_index;
  entry.step_text = print_step(choice.step);
  entry.draw = choice.draw.value_or(-1);
  shared_.journal.add(std::move(entry));
  Step& step = choice.step;
  if (step.action == ActionKind::kPass) {
    max_requests_ = count(step, "max_requests");
    idle_timeout_ = duration(step, "idle");
    return;
  }
  // It slipped through while the listener was being closed: the nearest thing to a refusal.
  if (step.action == ActionKind::kRefuse) step.action = ActionKind::kReset;
  own_step_ = step;
  const Place place = place_of(step);
  if (place.phase == Phase::kHead) {
    head_strike_at_ = place.offset;
  } else {
    begin_own_fault(step, now);
  }
}

// The fault of the connection itself is played like a stream's, under the number 0.
void H2Connection::begin_own_fault(Step step, Now now) {
  const bool opens = step.action == ActionKind::kH2 || step.action == ActionKind::kGoaway;
  if (!step.at && opens) step.at = Place{Phase::kAccept, 0, false};
  auto fault = std::make_unique<H2Stream>();
  fault->plan.ops = h2_strike(step, 0);
  fault->exchange.planned = fault->exchange.complete = true;
  fault->hold_until = fault->rate_free_at = now.mono;
  streams_[0] = std::move(fault);
}

void H2Connection::handle_bytes(std::string_view bytes, Now now) {
  if (closed_) return;
  bytes_in_ += bytes.size();
  input_.erase(0, std::exchange(input_at_, 0));
  input_.append(bytes);
  progress(now);
}

void H2Connection::handle_sent(std::size_t bytes, Now now) {
  if (closed_) return;
  bytes = std::min(bytes, in_flight_);
  in_flight_ -= bytes;
  const std::uint64_t before = std::exchange(sent_total_, sent_total_ + bytes);
  const std::int64_t at = shared_.since_start(now).ns;
  for (auto& [id, stream] : streams_) {
    if (stream->made == 0 || stream->ends_at <= before || sent_total_ <= stream->begins_at)
      continue;
    if (stream->exchange.first_byte_ns == 0) stream->exchange.first_byte_ns = at;
    stream->exchange.last_byte_ns = at;
  }
  fire_marks(now);
  progress(now);
}

void H2Connection::handle_eof(Now now) {
  if (closed_ || eof_) return;
  eof_ = true;
  progress(now);
  if (closed_) return;
  // Whoever leaves while nothing is being written has given up waiting.
  const bool writing = in_flight_ != 0 && !muted_;
  if (!writing)
    close(shut_by_ == ClosedBy::kNobody ? ClosedBy::kClient : shut_by_, CloseHow::kFin, now);
}

void H2Connection::handle_reset(Now now) {
  if (!closed_) close(ClosedBy::kClient, CloseHow::kRst, now);
}

void H2Connection::handle_timeout(Now now) {
  if (closed_) return;
  const bool idle = idle_timeout_ && streams_.empty() && unread().empty() && !muted_;
  if (idle && !goaway_last_ && now.mono >= idle_since_ + *idle_timeout_) {
    H2Goaway goaway;
    goaway.last = H2Goaway::Last::kCurrent;
    close_how_ = CloseHow::kTimeout;
    close_by_ = ClosedBy::kServer;
    go_away(goaway, nullptr, now);
  }
  if (grace_until_ && now.mono >= *grace_until_) end_grace(now);
  progress(now);
}

void H2Connection::handle_served(std::uint64_t ticket, Now now) {
  if (closed_) return;
  for (auto& [id, stream] : streams_) {
    if (stream->exchange.serial != ticket) continue;
    stream->exchange.waiting = false;
    stream->exchange.admitted = true;
  }
  progress(now);
}

void H2Connection::handle_news(Now now) {
  if (closed_) return;
  for (auto& [id, stream] : streams_) {
    if (stream->asks_again) stream->hold_until = now.mono;
  }
  progress(now);
}

void H2Connection::kill(KillHow how, Now now) {
  if (closed_) return;
  if (how == KillHow::kGoaway && !muted_) {
    close_by_ = ClosedBy::kFault;
    begin_grace(now);
    return progress(now);
  }
  close(ClosedBy::kFault, how == KillHow::kFin ? CloseHow::kFin : CloseHow::kRst, now);
}

Instant H2Connection::deadline(Now now) const {
  if (closed_) return Instant::never();
  Instant at = Instant::never();
  const auto next = [&](Instant due) {
    if (due > now.mono) at = earlier(at, due);
  };
  for (const auto& [id, stream] : streams_) {
    if (in_flight_ == 0 && !muted_ && !stream->silent) next(stream->hold_until);
    next(reads_again(*stream, now));
  }
  if (muted_) return at;
  if (in_flight_ == 0) next(close_at_);
  if (grace_until_) next(*grace_until_);
  if (idle_timeout_ && streams_.empty() && unread().empty()) next(idle_since_ + *idle_timeout_);
  return at;
}

// In both directions as far as it goes: what was written may let more be read.
void H2Connection::progress(Now now) {
  for (;;) {
    const std::uint64_t consumed = consumed_;
    consume(now);
    if (closed_) return;
    read_on(now);
    play(now);
    if (closed_) return;
    if (consumed == consumed_) break;
  }
  close_if_drained(now);
  if (closed_) return;
  if (eof_ && streams_.empty() && in_flight_ == 0) {
    return close(shut_by_ == ClosedBy::kNobody ? ClosedBy::kClient : shut_by_, CloseHow::kFin, now);
  }
  update_reading();
}

H2Stream* H2Connection::find(std::uint32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

}  // namespace fault
