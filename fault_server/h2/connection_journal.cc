// What an HTTP/2 connection writes into the journal: what came, what was decided, what really left.
#include <algorithm>
#include <utility>

#include "fault_server/h2/connection.h"
#include "fault_server/script/line.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {

Entry H2Connection::entry(EntryType type, const Exchange& exchange, std::uint32_t stream,
                          Now now) const {
  Entry entry = shared_.entry(type, now);
  entry.conn = serial();
  entry.stream = stream;
  entry.exch = exchange.serial;
  entry.key = exchange.choice.key;
  entry.attempt = exchange.choice.attempt;
  entry.rule = exchange.choice.rule;
  entry.step = exchange.choice.step_index;
  return entry;
}

void H2Connection::note_frame(std::string text, std::uint32_t stream, std::uint64_t exchange,
                              Now now) {
  Entry frame = shared_.entry(EntryType::kH2Frame, now);
  frame.conn = serial();
  frame.stream = stream;
  frame.exch = exchange;
  frame.notes.push_back(std::move(text));
  shared_.journal.add(std::move(frame));
}

void H2Connection::note_violation(const std::string& text, std::uint32_t stream, Now now) {
  const H2Stream* at = find(stream);
  const bool malformed = text.starts_with("malformed");
  note_frame(malformed ? text : "h2 violation: " + text, stream,
             at != nullptr ? at->exchange.serial : 0, now);
}

void H2Connection::note_request(const H2Stream& stream, std::string note, Now now) {
  const Exchange& exchange = stream.exchange;
  Entry head = entry(EntryType::kReqHead, exchange, stream.id, now);
  head.method = exchange.head.method;
  head.target = exchange.head.target;
  head.headers = exchange.head.headers;
  head.bytes_in = consumed_;
  if (!note.empty()) head.notes.push_back(std::move(note));
  shared_.journal.add(std::move(head));
}

void H2Connection::note_choice(const H2Stream& stream, Now now) {
  const Choice& choice = stream.exchange.choice;
  if (!choice.rule.empty()) {
    Entry rule = entry(EntryType::kRule, stream.exchange, stream.id, now);
    rule.step_text = print_step(choice.step);
    rule.draw = choice.draw.value_or(-1);
    if (!choice.problem.empty()) rule.notes.push_back(choice.problem);
    shared_.journal.add(std::move(rule));
  }
  const std::vector<std::string> left_out = h2_left_out(choice.step);
  if (left_out.empty()) return;
  Entry fault = entry(EntryType::kFault, stream.exchange, stream.id, now);
  for (const std::string& one : left_out) fault.notes.push_back("not on HTTP/2: " + one);
  shared_.journal.add(std::move(fault));
}

void H2Connection::note_request_end(H2Stream& stream, Now now) {
  Exchange& exchange = stream.exchange;
  std::string digest;
  if (exchange.hash) {
    digest = exchange.hash->hex();
    Entry body = entry(EntryType::kReqBody, exchange, stream.id, now);
    body.body_len = exchange.body_len;
    body.body_sha256 = digest;
    shared_.journal.add(std::move(body));
  }
  Entry end = entry(EntryType::kReqEnd, exchange, stream.id, now);
  end.body_len = exchange.body_len;
  end.body_sha256 = std::move(digest);
  shared_.journal.add(std::move(end));
}

// --- Marks ---------------------------------------------------------------------------------------

void H2Connection::mark(H2Stream& stream, H2OpKind kind, std::string text) {
  Mark& place = marks_.emplace_back();
  place.position = produced_total_;
  place.kind = kind;
  place.stream = stream.id;
  place.exchange = stream.exchange.serial;
  place.text = std::move(text);
  place.made = stream.made;
  ++stream.marks_due;
}

void H2Connection::mark_control(std::string text, std::uint32_t stream, std::uint64_t exchange) {
  Mark& place = control_marks_.emplace_back();
  place.position = control_.size();
  place.kind = H2OpKind::kFrame;
  place.stream = stream;
  place.exchange = exchange;
  place.text = std::move(text);
}

void H2Connection::fire_marks(Now now) {
  while (!marks_.empty() && marks_.front().position <= sent_total_) {
    const Mark place = std::move(marks_.front());
    marks_.pop_front();
    note_mark(place, now);
  }
}

void H2Connection::note_mark(const Mark& place, Now now) {
  if (place.kind == H2OpKind::kFrame) {
    return note_frame(place.text, place.stream, place.exchange, now);
  }
  H2Stream* stream = find(place.stream);
  if (stream == nullptr || stream->done) return;
  if (place.kind == H2OpKind::kBody) {
    stream->body_sent = place.body;
    return;
  }
  --stream->marks_due;
  stream->sent = place.made;
  if (stream->exchange.for_admin) return;
  if (place.kind != H2OpKind::kFault) return note_answer(place, *stream, now);
  Entry fault = entry(EntryType::kFault, stream->exchange, stream->id, now);
  if (stream->id == 0) fault.rule = rule_;
  fault.bytes_out = place.made;
  fault.notes.push_back(place.text);
  shared_.journal.add(std::move(fault));
}

void H2Connection::note_answer(const Mark& place, H2Stream& stream, Now now) {
  Exchange& exchange = stream.exchange;
  if (place.kind == H2OpKind::kHeadDone) {
    exchange.head_done = true;
    Entry head = entry(EntryType::kRespHead, exchange, stream.id, now);
    head.status = stream.plan.status;
    head.headers = std::move(stream.plan.headers);
    head.retry_after_s = stream.plan.retry_after_s;
    head.bytes_out = place.made;
    shared_.journal.add(std::move(head));
  } else if (place.kind == H2OpKind::kBodyDone) {
    exchange.body_done = true;
    Entry body = entry(EntryType::kRespBody, exchange, stream.id, now);
    body.body_len = stream.body_made;
    body.body_sha256 = stream.plan.body.sha256(stream.body_made);
    shared_.journal.add(std::move(body));
  } else {
    exchange.answer_done = true;
    Entry end = entry(EntryType::kRespEnd, exchange, stream.id, now);
    end.status = stream.plan.status;
    end.bytes_out = place.made;
    end.complete = true;
    end.first_byte_ns = exchange.first_byte_ns;
    end.last_byte_ns = exchange.last_byte_ns;
    shared_.journal.add(std::move(end));
  }
}

// An answer that was begun and will not be ended: how far it got.
void H2Connection::note_cut(H2Stream& stream, std::string why, Now now) {
  Exchange& exchange = stream.exchange;
  const std::uint64_t unsent = stream.ends_at > sent_total_ ? stream.ends_at - sent_total_ : 0;
  const std::uint64_t sent = stream.made - std::min(stream.made, unsent);
  const bool left = stream.made != 0 && sent_total_ > stream.begins_at;
  const bool begun = left && stream.plan.has_answer;
  if (!begun || exchange.answer_done || exchange.for_admin) return;
  if (exchange.head_done && !exchange.body_done && stream.body_sent > 0) {
    Entry part = entry(EntryType::kRespBody, exchange, stream.id, now);
    part.body_len = stream.body_sent;
    part.body_sha256 = stream.plan.body.sha256(stream.body_sent);
    part.notes.emplace_back("cut");
    shared_.journal.add(std::move(part));
  }
  Entry end = entry(EntryType::kRespEnd, exchange, stream.id, now);
  end.status = stream.plan.status;
  end.bytes_out = sent;
  end.first_byte_ns = exchange.first_byte_ns;
  end.last_byte_ns = exchange.last_byte_ns;
  end.notes.emplace_back(exchange.head_done ? "cut in the body" : "cut in the head");
  if (!why.empty()) end.notes.push_back(std::move(why));
  shared_.journal.add(std::move(end));
}

void H2Connection::close(ClosedBy by, CloseHow how, Now now) {
  how = possible(by, how);
  for (auto& [id, stream] : streams_) {
    if (!stream->done) note_cut(*stream, "", now);
    leave_gates(shared_, stream->exchange);
  }
  Entry end = shared_.entry(EntryType::kConnClose, now);
  end.conn = serial();
  end.bytes_in = bytes_in_;
  end.bytes_out = sent_total_;
  end.closed_by = by;
  end.how = how;
  end.unread_bytes = unread().size();
  if (data_sent_ != 0) {
    end.notes.push_back("DATA " + std::to_string(data_sent_) + " bytes sent, window for " +
                        std::to_string(data_returned_) + " given back");
  }
  for (const auto& [id, stream] : streams_) {
    const Exchange& exchange = stream->exchange;
    if (id == 0 || exchange.answer_done || stream->done) continue;
    end.notes.push_back("exchange " + std::to_string(exchange.serial) +
                        (exchange.complete ? " unanswered" : " cut in the request"));
  }
  shared_.journal.add(std::move(end));
  closed_ = true;
  // Who was reset by the client is gone already: there is nothing left to order.
  if (by == ClosedBy::kClient && how == CloseHow::kRst) return;
  order(how == CloseHow::kRst ? Order::Kind::kCloseRst : Order::Kind::kCloseFin);
}

void H2Connection::order(Order::Kind kind, std::string_view bytes) {
  Order& order = shared_.orders.push();
  order = Order{};
  order.kind = kind;
  order.connection = id();
  order.bytes = bytes;
}

}  // namespace fault
