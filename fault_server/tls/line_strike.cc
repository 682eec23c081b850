// The faults of TLS itself, and what a TlsLine writes into the journal.
#include <algorithm>
#include <utility>

#include "base/rng.h"
#include "fault_server/script/line.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"
#include "fault_server/tls/line.h"

namespace fault {
namespace {

// A record that begins as a ServerHello does and goes on as nothing does.
std::string garbage(std::uint64_t bytes, std::uint64_t chance) {
  bytes = std::min<std::uint64_t>(bytes, 16 * 1024 - 4);
  const auto two = [](std::uint64_t n) {
    return std::string{static_cast<char>(n >> 8), static_cast<char>(n & 0xFF)};
  };
  std::string out = "\x16\x03\x03" + two(bytes + 4) + '\x02' + std::string(1, '\0') + two(bytes);
  holdfast::base::Rng rng = holdfast::base::Rng::stream(chance, "bytes");
  for (std::uint64_t i = 0; i < bytes; ++i) out += static_cast<char>(rng.next() & 0xFF);
  return out;
}

constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 38\r\n"
    "Connection: close\r\n\r\nThis port speaks HTTP without any TLS.";

// "reset@tls:9", "tls.cert cert=expired"
std::string strike_text(const Step& step) {
  Step bare = step;
  bare.probability.reset();
  bare.times = 1;
  return print_step(bare);
}

}  // namespace

// What the rules for connections said is about the handshake, or about how TLS ends.
void TlsLine::take_step(Now now) {
  own_ = std::exchange(accepted_.choice, std::nullopt);
  Entry rule = shared_.entry(EntryType::kRule, now);
  rule.conn = serial();
  rule.rule = own_->rule;
  rule.step = own_->step_index;
  rule.step_text = print_step(own_->step);
  rule.draw = own_->draw.value_or(-1);
  shared_.journal.add(std::move(rule));
  const Step& step = own_->step;
  apply_step(terms_, step);
  if (step.action != ActionKind::kTls) {
    strike_at_ = place_of(step).offset;
  } else if (step.name == "garbage" || step.name == "plain" || step.name == "alert") {
    strike_at_ = place_of(step).offset;
  } else if (step.name == "truncate") {
    cuts_ = true;
  } else if (step.name == "stall" && !step.delay) {
    stall_from_ = count(step, "flight").value_or(1);
  }
  changes_terms_ = !strike_at_ && !cuts_ && step.name != "stall";
}

bool TlsLine::strikes_in(std::size_t flight_bytes) const {
  if (stall_from_) return flights_ >= *stall_from_;
  return strike_at_ && said_ + flight_bytes > *strike_at_;
}

bool TlsLine::delays_flight() const {
  if (!own_ || own_->step.action != ActionKind::kTls || !own_->step.delay || strike_at_) {
    return false;
  }
  const auto only = count(own_->step, "flight");
  return !only || *only == flights_;
}

void TlsLine::strike(Now now) {
  const Step& step = own_->step;
  const bool named = step.action == ActionKind::kTls;
  const auto linger = duration(step, "linger");
  const Duration wait = (step.delay ? step.delay->a : Duration{0}) + linger.value_or(Duration{0});
  if (wait.count() > 0 && hold_until_ < now.mono + wait && !struck_) {
    struck_ = true;
    hold_until_ = now.mono + wait;
    then_ = Then::kStrike;
    return;
  }
  note_fault(now);
  if (step.action == ActionKind::kStall || (named && step.name == "stall")) {
    return fall_silent(false);
  }
  if (step.action == ActionKind::kHalfClose) {
    const bool in = word(step, "side") == "in";
    if (!in) order(Order::Kind::kShutdownWrite);
    return fall_silent(!in);
  }
  if (step.action == ActionKind::kReset) {
    note_close(ClosedBy::kFault, CloseHow::kRst, now);
    return finish(Order::Kind::kCloseRst);
  }
  if (named && step.name == "garbage") {
    queue(garbage(count(step, "bytes").value_or(kGarbageBytes), own_->chance));
  } else if (named && step.name == "plain") {
    queue(kPlainAnswer);
  } else if (named) {
    engine_->alert(
        parse_tls_alert(raw(step, "alert").value_or("")).value_or(kAlertHandshakeFailure));
    queue(engine_->take_output());
  }
  const bool alerts = named && step.name == "alert";
  note_close(ClosedBy::kFault, alerts ? CloseHow::kAlert : CloseHow::kFin, now);
  stage_ = Stage::kClosing;
  then_ = Then::kClose;
}

void TlsLine::fall_silent(bool reads) {
  silent_ = true;
  if (!reads) order(Order::Kind::kReadStop);
}

void TlsLine::note_fault(Now now) {
  Entry fault = shared_.entry(EntryType::kFault, now);
  fault.conn = serial();
  fault.rule = own_->rule;
  fault.step = own_->step_index;
  fault.bytes_out = sent_;
  fault.notes.push_back(strike_text(own_->step));
  shared_.journal.add(std::move(fault));
}

void TlsLine::note_handshake(Now now) {
  Entry entry = shared_.entry(EntryType::kTls, now);
  entry.conn = serial();
  entry.listener = accepted_.listener;
  entry.bytes_in = bytes_in_;
  entry.bytes_out = sent_;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) entry.notes.push_back(std::string(name) + "=" + std::string(value));
  };
  if (failed_) add("failed", engine_->problem());
  if (const auto alert = engine_->alert_received()) add("alert_received", tls_alert_name(*alert));
  if (const auto alert = engine_->alert_sent()) add("alert_sent", tls_alert_name(*alert));
  if (engine_->established()) {
    add("version", engine_->version());
    add("cipher", engine_->cipher());
    add("resumed", engine_->resumed() ? "yes" : "no");
  }
  add("alpn", engine_->alpn());
  add("sni", engine_->sni());
  add("certificate", certificate_word(terms_.certificate));
  add("client_certificate", engine_->client_certificate());
  shared_.journal.add(std::move(entry));
}

void TlsLine::note(std::string text, Now now) {
  Entry entry = shared_.entry(EntryType::kTls, now);
  entry.conn = serial();
  entry.notes.push_back(std::move(text));
  shared_.journal.add(std::move(entry));
}

void TlsLine::note_close(ClosedBy by, CloseHow how, Now now) {
  Entry end = shared_.entry(EntryType::kConnClose, now);
  end.conn = serial();
  end.bytes_in = bytes_in_;
  end.bytes_out = sent_;
  end.closed_by = by;
  end.how = possible(by, how);
  end.notes.emplace_back("in the TLS handshake");
  shared_.journal.add(std::move(end));
}

}  // namespace fault
