// The half of a connection that writes: the first exchange's plan is played, one operation after
// the other, one write at a time.
#include <algorithm>

#include "fault_server/h1/connection.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {
namespace {

constexpr std::size_t kWriteBytes = 16 * 1024;

bool is_mark(OpKind kind) {
  return kind == OpKind::kHeadDone || kind == OpKind::kBodyDone || kind == OpKind::kAnswerDone ||
         kind == OpKind::kFault;
}
bool is_bytes(OpKind kind) {
  return kind == OpKind::kBytes || kind == OpKind::kBody || kind == OpKind::kGarbage;
}

}  // namespace

void Connection::play(Now now) {
  for (;;) {
    if (closed_ || in_flight_ != 0) return;
    if (out_at_ < out_.size()) return send_next();
    out_.clear();
    out_at_ = 0;
    fire_marks(now);
    if (exchanges_.empty()) return;
    Exchange& front = exchanges_.front();
    if (front.owes_continue && !front.started) {
      front.owes_continue = false;
      if (front.body_len == 0) {  // RFC 9110 §10.1.1: may be left out once the body comes
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        produced_total_ += out_.size();
        continue;
      }
    }
    if (!front.started && !start(front, now)) return;
    if (yields_to_next_ && (exchanges_.size() > 1 || !unread().empty())) {
      op_ = front.plan.ops.size();
      hold_until_ = now.mono;
      yields_to_next_ = false;
    }
    if (now.mono < hold_until_) return;
    yields_to_next_ = false;
    fill(front, now);
    if (!out_.empty()) continue;
    fire_marks(now);
    if (now.mono < hold_until_) return;
    if (op_ == front.plan.ops.size()) {
      if (!finish(front, now)) return;
    } else if (!is_bytes(front.plan.ops[op_].kind) && !act(front, now)) {
      return;
    }
  }
}

bool Connection::start(Exchange& exchange, Now now) {
  if (!exchange.planned) {
    const bool early = exchange.early_at && exchange.body_len >= *exchange.early_at;
    if (!exchange.complete && !exchange.struck && !early) return false;
    if (exchange.for_admin) {
      exchange.plan = shared_.admin->answer(*this, exchange, now);
    } else {
      if (exchange.step.action == ActionKind::kOverload &&
          !enter_overload(shared_, id(), exchange, now)) {
        return false;
      }
      PlanInput input;
      input.choice = &exchange.choice;
      input.step = &exchange.step;
      input.answer = answer_for(exchange);
      input.context.request = &exchange.head;
      input.context.exchange = exchange.serial;
      input.context.rule = exchange.choice.rule;
      input.context.wall = now.wall;
      input.context.closes = !exchange.head.keep_alive ||
                             (max_requests_ && exchange.nth >= *max_requests_) ||
                             word(exchange.step, "early") == "close";
      input.context.automatic = exchange.automatic;
      input.fault_before_answer = place_of(exchange.step).phase < Phase::kStatus;
      exchange.plan = make_plan(std::move(input));
    }
    exchange.planned = true;
  }
  exchange.started = true;
  exchange.sent_before = sent_total_;
  op_ = 0;
  op_repeats_ = 0;
  op_offset_ = 0;
  hold_until_ = now.mono;
  rate_free_at_ = now.mono;
  piece_left_.reset();
  rng_ = holdfast::base::Rng::stream(exchange.plan.chance, "bytes");
  return true;
}

// --- Bytes ---------------------------------------------------------------------------------------

// Produces as much as may go into one write. Marks are passed with the position they stand at.
void Connection::fill(Exchange& exchange, Now now) {
  const Pacing& pacing = exchange.plan.pacing;
  std::size_t most = kWriteBytes;
  if (pacing.rate) {
    if (now.mono < rate_free_at_) {
      const OpKind next =
          op_ < exchange.plan.ops.size() ? exchange.plan.ops[op_].kind : OpKind::kWait;
      if (is_bytes(next)) hold_until_ = rate_free_at_;
      if (is_bytes(next)) return;
    }
    // A twentieth of a second at a time: smooth enough for a client to time out in between.
    most = std::clamp<std::size_t>(static_cast<std::size_t>(*pacing.rate / 20), 1, kWriteBytes);
  }
  std::vector<Op>& ops = exchange.plan.ops;
  while (op_ < ops.size()) {
    Op& op = ops[op_];
    if (is_mark(op.kind)) {
      marks_.push_back({produced_total_ + out_.size(), op.kind, std::move(op.bytes)});
      ++op_;
      continue;
    }
    if (!is_bytes(op.kind) || out_.size() >= most) break;
    if (!fill_op(exchange, op, most, now)) break;
  }
  if (pacing.rate && !out_.empty()) {
    const double cost = static_cast<double>(out_.size()) / static_cast<double>(*pacing.rate) * 1e9;
    rate_free_at_ = std::max(rate_free_at_, now.mono) + Duration(static_cast<std::int64_t>(cost));
  }
  produced_total_ += out_.size();
}

const Pace* Connection::pace_of(const Exchange& exchange, const Op& op) const {
  const Pacing& pacing = exchange.plan.pacing;
  if (op.kind == OpKind::kBody) return pacing.body ? &*pacing.body : nullptr;
  const bool head = op.section == Section::kStatus || op.section == Section::kHeaders;
  if (!head || !pacing.trickle) return nullptr;
  const bool before = op.section == Section::kStatus && pacing.trickle->from == Phase::kHeaders;
  return before ? nullptr : &*pacing.trickle;
}

// True when the operation is complete; false when the write is full or the pace asks for a pause.
bool Connection::fill_op(Exchange& exchange, Op& op, std::size_t most, Now now) {
  const Pace* pace = pace_of(exchange, op);
  std::uint64_t budget = most - out_.size();
  if (pace != nullptr) {
    const bool head = op.kind != OpKind::kBody;
    if (!piece_left_ || pacing_head_ != head) piece_left_ = pace->count;
    pacing_head_ = head;
    if (*piece_left_ == 0) {
      // The pause counts from when the piece before it has left.
      if (!out_.empty()) return false;
      piece_left_ = pace->count;
      hold_until_ = now.mono + pace->per;
      return false;
    }
    budget = std::min(budget, *piece_left_);
  }
  std::uint64_t used = 0;
  bool complete = false;
  if (op.kind == OpKind::kBody) {
    BodyStream& body = exchange.plan.body;
    const std::uint64_t before = body.position();
    const std::uint64_t until = std::min(op.count, pace != nullptr ? before + budget : op.count);
    body.produce(out_, until, static_cast<std::size_t>(budget));
    used = body.position() - before;
    complete = body.position() >= std::min(op.count, body.source().size());
  } else if (op.kind == OpKind::kGarbage) {
    for (; used < budget && op_repeats_ < op.count; ++used, ++op_repeats_) {
      // The high bit keeps chance from spelling a status line.
      out_ += static_cast<char>((rng_.next() & 0xFF) | (op_repeats_ == 0 ? 0x80U : 0U));
    }
    complete = op_repeats_ >= op.count;
  } else {
    const std::uint64_t before = budget;
    fill_bytes(op, budget);
    used = before - budget;
    complete = op.count != 0 && op_repeats_ >= op.count;
  }
  if (pace != nullptr) *piece_left_ -= std::min(used, *piece_left_);
  if (!complete) return pace != nullptr && out_.size() < most && *piece_left_ != 0;
  ++op_;
  op_repeats_ = 0;
  op_offset_ = 0;
  return true;
}

void Connection::fill_bytes(const Op& op, std::uint64_t& budget) {
  while (budget != 0 && (op.count == 0 || op_repeats_ < op.count)) {
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(budget, op.bytes.size() - op_offset_));
    out_.append(op.bytes, op_offset_, part);
    op_offset_ += part;
    budget -= part;
    if (op_offset_ == op.bytes.size()) {
      op_offset_ = 0;
      ++op_repeats_;
    }
    if (op.bytes.empty()) break;
  }
}

void Connection::send_next() {
  std::size_t count = out_.size() - out_at_;
  if (!exchanges_.empty() && exchanges_.front().plan.pacing.slice) {
    const Span& slice = *exchanges_.front().plan.pacing.slice;
    const std::uint64_t low = std::max<std::uint64_t>(slice.low, 1);
    const std::uint64_t piece = rng_.between(low, std::max(low, slice.high));
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, piece));
  }
  in_flight_ = count;
  order(Order::Kind::kSend, std::string_view(out_).substr(out_at_, count));
  out_at_ += count;
}

// --- Acts ----------------------------------------------------------------------------------------

// False when the plan cannot go on now.
bool Connection::act(Exchange& exchange, Now now) {
  const Op& op = exchange.plan.ops[op_];
  switch (op.kind) {
    case OpKind::kWait:
      hold_until_ = now.mono + op.wait;
      yields_to_next_ = op.count != 0;
      break;
    case OpKind::kClose:
      close(op.by, CloseHow::kFin, now);
      return false;
    case OpKind::kReset:
      close(op.by, CloseHow::kRst, now);
      return false;
    case OpKind::kTlsAlert:
      end_tls(Order::TlsEnd::kAlert, static_cast<TlsAlert>(op.count), now);
      return false;
    case OpKind::kTlsCut:
      end_tls(Order::TlsEnd::kCut, 0, now);
      return false;
    case OpKind::kShutdown:
      shut_by_ = ClosedBy::kFault;
      order(Order::Kind::kShutdownWrite);
      break;
    case OpKind::kStopReading:
      hold_input_ = stop_reading_ = true;
      break;
    case OpKind::kSilence:
      silent_ = true;
      return false;
    case OpKind::kFeed:
      return feed(exchange.plan.ops[op_]);
    case OpKind::kAskAgain:
      asks_again_ = true;
      hold_until_ = now.mono + op.wait;
      shared_.watchers.push_back(id());
      break;
    case OpKind::kRace:
      return race(op, now);
    default:
      break;
  }
  ++op_;
  return true;
}

bool Connection::race(const Op& op, Now now) {
  if (unread().empty()) return false;
  note_raced(now);
  close(ClosedBy::kFault, op.count != 0 ? CloseHow::kRst : CloseHow::kFin, now);
  return false;
}

// The next events into the write buffer; false when there is nothing new.
bool Connection::feed(Op& op) {
  shared_.journal.each_after(op.count, [&](const Entry& entry) {
    op.count = entry.seq;
    if (entry.conn == serial()) return true;
    out_ += "id: " + std::to_string(entry.seq) + "\ndata: " + to_json_line(entry) + "\n\n";
    return out_.size() < kWriteBytes;
  });
  produced_total_ += out_.size();
  if (out_.empty()) shared_.watchers.push_back(id());
  return !out_.empty();
}

bool Connection::finish(Exchange& exchange, Now now) {
  if (asks_again_) {
    asks_again_ = false;
    exchange.planned = exchange.started = false;
    return true;
  }
  // After an early answer the body is read to its end first.
  if (!exchange.complete) return false;
  leave_gates(shared_, exchange);
  exchanges_.pop_front();
  idle_since_ = now.mono;
  return true;
}

}  // namespace fault
