// What a connection writes into the journal: what came, what was decided, what really left.
#include <algorithm>

#include "fault_server/h1/connection.h"
#include "fault_server/script/line.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {

Entry Connection::entry(EntryType type, const Exchange& exchange, Now now) const {
  Entry entry = shared_.entry(type, now);
  entry.conn = serial();
  entry.exch = exchange.serial;
  entry.key = exchange.choice.key;
  entry.attempt = exchange.choice.attempt;
  entry.rule = exchange.choice.rule;
  entry.step = exchange.choice.step_index;
  return entry;
}

void Connection::note_request(const Exchange& exchange, Now now) {
  Entry head = entry(EntryType::kReqHead, exchange, now);
  head.method = exchange.head.method;
  head.target = exchange.head.target;
  head.headers = exchange.head.headers;
  head.bytes_in = consumed_;
  shared_.journal.add(std::move(head));
  if (exchange.choice.rule.empty()) return;
  Entry rule = entry(EntryType::kRule, exchange, now);
  rule.step_text = print_step(exchange.choice.step);
  rule.draw = exchange.choice.draw.value_or(-1);
  if (!exchange.choice.problem.empty()) rule.notes.push_back(exchange.choice.problem);
  shared_.journal.add(std::move(rule));
}

void Connection::note_request_end(Exchange& exchange, Now now) {
  std::string digest;
  if (exchange.hash) {
    digest = exchange.hash->hex();
    Entry body = entry(EntryType::kReqBody, exchange, now);
    body.body_len = exchange.body_len;
    body.body_sha256 = digest;
    shared_.journal.add(std::move(body));
  }
  Entry end = entry(EntryType::kReqEnd, exchange, now);
  end.body_len = exchange.body_len;
  end.body_sha256 = std::move(digest);
  shared_.journal.add(std::move(end));
}

void Connection::fire_marks(Now now) {
  while (!marks_.empty() && marks_.front().position <= sent_total_) {
    const Mark mark = std::move(marks_.front());
    marks_.pop_front();
    if (!exchanges_.empty()) note_mark(mark, exchanges_.front(), now);
  }
}

void Connection::note_mark(const Mark& mark, Exchange& exchange, Now now) {
  if (exchange.for_admin) return;
  const std::uint64_t sent = sent_total_ - exchange.sent_before;
  if (mark.kind == OpKind::kFault) {
    Entry fault = entry(EntryType::kFault, exchange, now);
    if (exchange.serial == 0) fault.rule = rule_;
    fault.bytes_out = sent;
    fault.notes.push_back(mark.text);
    shared_.journal.add(std::move(fault));
  } else if (mark.kind == OpKind::kHeadDone) {
    exchange.head_done = true;
    Entry head = entry(EntryType::kRespHead, exchange, now);
    head.status = exchange.plan.status;
    head.headers = std::move(exchange.plan.headers);
    head.retry_after_s = exchange.plan.retry_after_s;
    head.bytes_out = sent;
    shared_.journal.add(std::move(head));
  } else if (mark.kind == OpKind::kBodyDone) {
    exchange.body_done = true;
    Entry body = entry(EntryType::kRespBody, exchange, now);
    body.body_len = exchange.plan.body.position();
    body.body_sha256 = exchange.plan.body.source().sha256(body.body_len);
    shared_.journal.add(std::move(body));
  } else {
    exchange.answer_done = true;
    Entry end = entry(EntryType::kRespEnd, exchange, now);
    end.status = exchange.plan.status;
    end.bytes_out = sent;
    end.complete = true;
    end.first_byte_ns = exchange.first_byte_ns;
    end.last_byte_ns = exchange.last_byte_ns;
    shared_.journal.add(std::move(end));
  }
}

// An answer that was begun and will not be ended: how far it got.
void Connection::note_cut(Exchange& exchange, Now now) {
  const std::uint64_t sent = sent_total_ - exchange.sent_before;
  if (exchange.answer_done || exchange.for_admin || !exchange.plan.has_answer || sent == 0) return;
  const BodyStream& body = exchange.plan.body;
  if (exchange.head_done && !exchange.body_done && body.position() > 0) {
    Entry part = entry(EntryType::kRespBody, exchange, now);
    part.body_len = body.position() - std::min(body.position(), unsent());
    part.body_sha256 = body.source().sha256(part.body_len);
    part.notes.push_back("cut");
    shared_.journal.add(std::move(part));
  }
  Entry end = entry(EntryType::kRespEnd, exchange, now);
  end.status = exchange.plan.status;
  end.bytes_out = sent;
  end.first_byte_ns = exchange.first_byte_ns;
  end.last_byte_ns = exchange.last_byte_ns;
  end.notes.push_back(exchange.head_done ? "cut in the body" : "cut in the head");
  shared_.journal.add(std::move(end));
}

// The request that met the closing connection: it was sent, so the judge has to know of it, but
// nobody matched, counted or answered it.
void Connection::note_raced(Now now) {
  RequestReader reader;
  std::string_view rest = unread();
  Exchange raced;
  raced.serial = shared_.next_exchange++;
  Entry fault = entry(EntryType::kFault, exchanges_.front(), now);
  fault.notes.push_back("race");
  shared_.journal.add(std::move(fault));
  if (reader.next(rest) != RequestReader::Event::kHead) return;
  raced.head = std::move(reader.head());
  Entry head = entry(EntryType::kReqHead, raced, now);
  head.method = raced.head.method;
  head.target = raced.head.target;
  head.headers = raced.head.headers;
  head.bytes_in = unread().size() - rest.size();
  head.notes.push_back("raced: not processed");
  shared_.journal.add(std::move(head));
}

void Connection::close(ClosedBy by, CloseHow how, Now now) {
  how = possible(by, how);
  for (Exchange& exchange : exchanges_) {
    if (exchange.started) note_cut(exchange, now);
    leave_gates(shared_, exchange);
  }
  Entry end = shared_.entry(EntryType::kConnClose, now);
  end.conn = serial();
  end.bytes_in = bytes_in_;
  end.bytes_out = sent_total_;
  end.closed_by = by;
  end.how = how;
  end.unread_bytes = unread().size();
  for (const Exchange& exchange : exchanges_) {
    if (exchange.serial == 0 || exchange.answer_done) continue;
    end.notes.push_back("exchange " + std::to_string(exchange.serial) +
                        (exchange.complete ? " unanswered" : " cut in the request"));
  }
  shared_.journal.add(std::move(end));
  closed_ = true;
  // Who was reset by the client is gone already: there is nothing left to order.
  if (by == ClosedBy::kClient && how == CloseHow::kRst) return;
  order(how == CloseHow::kRst ? Order::Kind::kCloseRst : Order::Kind::kCloseFin);
}

// In clear text there is nothing to end but the connection.
void Connection::end_tls(Order::TlsEnd end, TlsAlert alert, Now now) {
  tls_end_ = end;
  alert_ = alert;
  const bool alerts = accepted_.tls && end == Order::TlsEnd::kAlert;
  close(ClosedBy::kFault, alerts ? CloseHow::kAlert : CloseHow::kFin, now);
}

void Connection::order(Order::Kind kind, std::string_view bytes) {
  Order& order = shared_.orders.push();
  order = Order{};
  order.kind = kind;
  order.connection = id();
  order.bytes = bytes;
  order.tls_end = tls_end_;
  order.alert = alert_;
}

}  // namespace fault
