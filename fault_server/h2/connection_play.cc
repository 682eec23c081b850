// The half of an HTTP/2 connection that writes: each stream's plan in its turn, a piece at a time,
// within the windows the client grants.
#include <algorithm>
#include <utility>
#include <vector>

#include "fault_server/h2/connection.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {
namespace {

constexpr std::size_t kH2WriteBytes = 64 * 1024;  // of the connection in one write
constexpr std::uint64_t kTurnBytes = 16 * 1024;   // of a stream in one turn

bool is_mark(H2OpKind kind) {
  return kind == H2OpKind::kHeadDone || kind == H2OpKind::kBodyDone ||
         kind == H2OpKind::kAnswerDone || kind == H2OpKind::kFault || kind == H2OpKind::kFrame;
}
bool is_bytes(H2OpKind kind) {
  return kind == H2OpKind::kHead || kind == H2OpKind::kBody || kind == H2OpKind::kEnd ||
         kind == H2OpKind::kBytes || kind == H2OpKind::kGarbage || kind == H2OpKind::kFeed;
}

}  // namespace

void H2Connection::play(Now now) {
  for (;;) {
    if (muted_) {
      control_.clear();
      control_marks_.clear();
    }
    if (closed_ || in_flight_ != 0 || muted_) return;
    if (out_at_ < out_.size()) return send_next();
    out_.clear();
    out_at_ = 0;
    fire_marks(now);
    if (!holder_) flush_control();
    if (now.mono < close_at_) {
      // Whoever had the last turn is last in this one.
      std::vector<std::uint32_t> turns;
      turns.reserve(streams_.size());
      for (auto at = streams_.upper_bound(last_turn_); at != streams_.end(); ++at)
        turns.push_back(at->first);
      for (auto at = streams_.begin(); at != streams_.end() && at->first <= last_turn_; ++at)
        turns.push_back(at->first);
      for (std::uint32_t id : turns) {
        if (out_.size() >= kH2WriteBytes) break;
        H2Stream* stream = find(id);
        if (stream == nullptr) continue;
        last_turn_ = id;
        stream->turn_bytes = 0;
        advance(*stream, now);
        if (closed_ || muted_) return;
        if (stream = find(id); stream != nullptr && stream->done) forget(*stream, now);
      }
      if (!holder_) flush_control();
    }
    if (out_.empty()) return;
  }
}

// As far as the stream gets in this turn.
void H2Connection::advance(H2Stream& stream, Now now) {
  const std::uint32_t stream_id = stream.id;
  if (stream.done) return;
  if (!stream.exchange.started && !start(stream, now)) return;
  while (!stream.done && !stream.silent && now.mono >= stream.hold_until) {
    if (stream.cancelled && holder_ != stream_id) return drop(stream, now);
    if (stream.op == stream.plan.ops.size()) {
      if (stream.asks_again) {
        stream.asks_again = stream.exchange.planned = stream.exchange.started = false;
        stream.op = 0;
        if (!start(stream, now)) return;
        continue;
      }
      // After an early answer the request is read to its end first.
      stream.done =
          stream.exchange.complete && stream.ends_at <= sent_total_ && stream.marks_due == 0;
      return;
    }
    H2Op& op = stream.plan.ops[stream.op];
    if (is_mark(op.kind)) {
      mark(stream, op.kind, std::move(op.bytes));
      ++stream.op;
    } else if (is_bytes(op.kind)) {
      if (holder_ && *holder_ != stream_id) return;
      if (!produce(stream, op, now)) return;
      ++stream.op;
      stream.op_repeats = 0;
    } else {
      // Acts begin when every byte before them was sent.
      fire_marks(now);
      if (stream.ends_at > sent_total_ || stream.marks_due != 0) return;
      if (!act(stream, op, now)) return;
    }
  }
}

bool H2Connection::start(H2Stream& stream, Now now) {
  Exchange& exchange = stream.exchange;
  if (exchange.owes_continue) {
    exchange.owes_continue = false;
    if (exchange.body_len == 0 && !holder_) {  // RFC 9110 §10.1.1
      std::string frames;
      append_headers(frames, stream.id, deflater_.block({{":status", "100"}}), false, frame_size_);
      write(stream, frames);
    }
  }
  if (!exchange.planned) {
    const bool early = exchange.early_at && exchange.body_len >= *exchange.early_at;
    if (!exchange.complete && !exchange.struck && !early) return false;
    if (exchange.for_admin) {
      stream.plan = h2_plan_of(shared_.admin->answer(*this, exchange, now));
    } else {
      if (exchange.step.action == ActionKind::kOverload &&
          !enter_overload(shared_, id(), exchange, now)) {
        return false;
      }
      H2PlanInput input;
      input.choice = &exchange.choice;
      input.step = &exchange.step;
      input.answer = answer_for(exchange);
      input.context.request = &exchange.head;
      input.context.exchange = exchange.serial;
      input.context.rule = exchange.choice.rule;
      input.context.wall = now.wall;
      input.context.automatic = exchange.automatic;
      input.stream = stream.id;
      input.request_complete = exchange.complete;
      input.fault_before_answer = place_of(exchange.step).phase < Phase::kStatus;
      stream.plan = make_h2_plan(std::move(input));
    }
    exchange.planned = true;
  }
  exchange.started = true;
  const auto early = word(exchange.step, "early");
  if (early && early != "drain" && !exchange.complete) stream.holds_window = true;
  stream.rng = holdfast::base::Rng::stream(stream.plan.chance, "bytes");
  return true;
}

// --- Frames --------------------------------------------------------------------------------------

// True when the operation is complete; false when the turn is over, a window is empty, or the pace
// asks for a pause.
bool H2Connection::produce(H2Stream& stream, H2Op& op, Now now) {
  switch (op.kind) {
    case H2OpKind::kHead:
      return produce_head(stream, op, now);
    case H2OpKind::kBody:
      return produce_body(stream, op, now);
    case H2OpKind::kEnd:
      return produce_end(stream, op, now);
    case H2OpKind::kFeed:
      return produce_feed(stream, op, now);
    default:
      return produce_bytes(stream, op, now);
  }
}

// How much the stream may write now, by its turn, its rate and the pace of its part.
std::uint64_t H2Connection::budget(H2Stream& stream, bool head, Now now) {
  const Pacing& pacing = stream.plan.pacing;
  std::uint64_t most = kTurnBytes;
  if (pacing.rate) {
    if (now.mono < stream.rate_free_at) {
      stream.hold_until = stream.rate_free_at;
      return 0;
    }
    // A twentieth of a second at a time: smooth enough for a client to time out in between.
    most = std::clamp<std::uint64_t>(*pacing.rate / 20, 1, kTurnBytes);
  }
  most -= std::min(most, stream.turn_bytes);
  const std::optional<Pace>& pace = head ? pacing.trickle : pacing.body;
  if (!pace || most == 0) return most;
  if (!stream.piece_left || stream.pacing_head != head) stream.piece_left = pace->count;
  stream.pacing_head = head;
  if (*stream.piece_left == 0) {
    // The pause counts from when the piece before it has left.
    if (stream.ends_at > sent_total_) return 0;
    stream.piece_left = pace->count;
    stream.hold_until = now.mono + pace->per;
    return 0;
  }
  return std::min(most, *stream.piece_left);
}

void H2Connection::spend(H2Stream& stream, std::uint64_t bytes, bool head, Now now) {
  const Pacing& pacing = stream.plan.pacing;
  stream.turn_bytes += bytes;
  if (pacing.rate) {
    const double cost = static_cast<double>(bytes) / static_cast<double>(*pacing.rate) * 1e9;
    stream.rate_free_at =
        std::max(stream.rate_free_at, now.mono) + Duration(static_cast<std::int64_t>(cost));
  }
  if ((head ? pacing.trickle : pacing.body) && stream.piece_left) {
    *stream.piece_left -= std::min(bytes, *stream.piece_left);
  }
}

bool H2Connection::produce_head(H2Stream& stream, H2Op& op, Now now) {
  while (op.count == 0 || stream.op_repeats < op.count) {
    // trickle=n/t@headers leaves the frame's own nine bytes alone.
    const auto& trickle = stream.plan.pacing.trickle;
    const bool free = trickle && trickle->from == Phase::kHeaders;
    if (stream.head.empty()) {
      // Fields are compressed in the order of the frames, so not before the frame may begin.
      if (!free && budget(stream, true, now) == 0) return false;
      append_headers(stream.head, stream.id, deflater_.block(op.fields), op.end, frame_size_);
      if (op.cut && *op.cut < stream.head.size()) {
        stream.head.resize(static_cast<std::size_t>(*op.cut));
      }
      stream.head_at = 0;
    }
    while (stream.head_at < stream.head.size()) {
      const bool unpaced = free && stream.head_at == 0;
      const std::uint64_t most = unpaced ? kH2FrameHeader : budget(stream, true, now);
      const auto part = static_cast<std::size_t>(
          std::min<std::uint64_t>(most, stream.head.size() - stream.head_at));
      if (part == 0) return false;
      write(stream, std::string_view(stream.head).substr(stream.head_at, part));
      stream.head_at += part;
      if (!unpaced) spend(stream, part, true, now);
      holder_ = stream.id;
    }
    // After a frame that was cut, nothing would be understood.
    if (!op.cut) holder_.reset();
    stream.head.clear();
    ++stream.op_repeats;
    if (op.end) end_stream(stream);
  }
  return true;
}

std::uint64_t H2Connection::window_of(const H2Stream& stream) const {
  if (beyond_windows_) return kH2MaxFrame;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::min(stream.window, window_)));
}

bool H2Connection::produce_body(H2Stream& stream, H2Op& op, Now now) {
  const std::uint64_t until = std::min(op.count, stream.plan.body.size());
  while (stream.body_made < until) {
    std::uint64_t part = std::min(until - stream.body_made, budget(stream, false, now));
    part = std::min<std::uint64_t>({part, window_of(stream), frame_size_});
    if (part == 0) return false;
    std::string content;
    stream.plan.body.append(content, stream.body_made, static_cast<std::size_t>(part));
    stream.body_made += part;
    write_data(stream, content, op.end && stream.body_made == until);
    spend(stream, part, false, now);
  }
  return true;
}

bool H2Connection::produce_end(H2Stream& stream, H2Op& op, Now) {
  if (op.fields.empty()) {
    write_data(stream, "", true);
  } else {
    std::string frames;
    append_headers(frames, stream.id, deflater_.block(op.fields), true, frame_size_);
    write(stream, frames);
    end_stream(stream);
  }
  return true;
}

bool H2Connection::produce_bytes(H2Stream& stream, H2Op& op, Now now) {
  const bool garbage = op.kind == H2OpKind::kGarbage;
  if (!garbage && op.bytes.empty()) return true;
  while (op.count == 0 || stream.op_repeats < op.count) {
    if (budget(stream, false, now) == 0) return false;
    if (garbage) {
      // The high bit makes it a frame longer than any client allows.
      const std::uint64_t first = stream.op_repeats == 0 ? 0x80U : 0U;
      const char byte = static_cast<char>((stream.rng.next() & 0xFF) | first);
      write(stream, std::string_view(&byte, 1));
      holder_ = stream.id;
    } else {
      write(stream, op.bytes);
    }
    spend(stream, garbage ? 1 : op.bytes.size(), false, now);
    ++stream.op_repeats;
    if (op.holds) holder_ = stream.id;
  }
  if (!garbage && !op.holds) holder_.reset();
  return true;
}

// The next events of the journal; never complete.
bool H2Connection::produce_feed(H2Stream& stream, H2Op& op, Now) {
  shared_.journal.each_after(op.count, [&](const Entry& entry) {
    if (stream.feed.size() >= kTurnBytes) return false;
    op.count = entry.seq;
    if (entry.conn == serial()) return true;
    stream.feed += "id: " + std::to_string(entry.seq) + "\ndata: " + to_json_line(entry) + "\n\n";
    return true;
  });
  const std::uint64_t part =
      std::min<std::uint64_t>({stream.feed.size(), window_of(stream), frame_size_});
  if (part != 0) {
    write_data(stream, std::string_view(stream.feed).substr(0, static_cast<std::size_t>(part)),
               false);
    stream.feed.erase(0, static_cast<std::size_t>(part));
  }
  if (stream.feed.empty()) watch();
  return false;
}

// --- Bytes ---------------------------------------------------------------------------------------

void H2Connection::write(H2Stream& stream, std::string_view bytes) {
  if (!holder_) flush_control();
  if (stream.made == 0) stream.begins_at = produced_total_;
  out_ += bytes;
  produced_total_ += bytes.size();
  stream.made += bytes.size();
  stream.ends_at = produced_total_;
}

void H2Connection::write_data(H2Stream& stream, std::string_view content, bool end) {
  std::string frame;
  append_frame(frame, H2Type::kData, end ? h2flag::kEndStream : std::uint8_t{0}, stream.id,
               content);
  write(stream, frame);
  stream.window -= static_cast<std::int64_t>(content.size());
  window_ -= static_cast<std::int64_t>(content.size());
  data_sent_ += content.size();
  Mark& place = marks_.emplace_back();
  place.position = produced_total_;
  place.kind = H2OpKind::kBody;
  place.stream = stream.id;
  place.body = stream.body_made;
  if (end) end_stream(stream);
}

void H2Connection::end_stream(H2Stream& stream) { judge_.sent_end(stream.id); }

void H2Connection::flush_control() {
  for (Mark& place : control_marks_) {
    place.position += produced_total_;
    marks_.push_back(std::move(place));
  }
  control_marks_.clear();
  out_ += control_;
  produced_total_ += control_.size();
  control_.clear();
}

void H2Connection::send_next() {
  std::size_t count = out_.size() - out_at_;
  for (auto& [id, stream] : streams_) {
    if (!stream->plan.pacing.slice || !stream->exchange.started) continue;
    const Span& slice = *stream->plan.pacing.slice;
    const std::uint64_t low = std::max<std::uint64_t>(slice.low, 1);
    const std::uint64_t piece = stream->rng.between(low, std::max(low, slice.high));
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, piece));
    break;
  }
  in_flight_ = count;
  order(Order::Kind::kSend, std::string_view(out_).substr(out_at_, count));
  out_at_ += count;
}

}  // namespace fault
