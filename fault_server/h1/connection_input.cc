// The half of a connection that reads: requests come in, rules are asked, limiters admit.
#include <algorithm>
#include <limits>

#include "fault_server/answer/builtin.h"
#include "fault_server/h1/connection.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"
#include "fault_server/session/exchange_gates.h"

namespace fault {
namespace {

constexpr std::size_t kMostPipelined = 64;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

}  // namespace

bool Connection::may_consume() const {
  if (hold_input_ || exchanges_.size() > kMostPipelined) return false;
  // The last request of a connection: whatever follows is not looked at.
  return exchanges_.empty() || !exchanges_.back().complete || exchanges_.back().head.keep_alive;
}

// How many bytes may be looked at before something is due to happen.
std::size_t Connection::allowance(Now now) {
  read_again_ = Instant::never();
  if (head_strike_at_ && reader_.in_head()) {
    return static_cast<std::size_t>(*head_strike_at_ > consumed_ ? *head_strike_at_ - consumed_
                                                                 : 0);
  }
  if (exchanges_.empty() || exchanges_.back().complete) return kNoLimit;
  Exchange& coming = exchanges_.back();
  std::size_t limit = kNoLimit;
  if (coming.strike_at) limit = static_cast<std::size_t>(*coming.strike_at - coming.body_len);
  if (coming.early_at && !coming.started) {  // no more before the response has begun
    const std::uint64_t at = std::max(*coming.early_at, coming.body_len);
    limit = std::min(limit, static_cast<std::size_t>(at - coming.body_len));
  }
  if (coming.read_rate && *coming.read_rate != 0) {
    const double elapsed = static_cast<double>((now.mono - coming.read_since).count()) / 1e9;
    const double rate = static_cast<double>(*coming.read_rate);
    const auto due = static_cast<std::uint64_t>(elapsed * rate);
    if (due <= coming.body_len) {
      // The moment at which one more byte is due, rounded up.
      const double next = static_cast<double>(coming.body_len + 1) / rate * 1e9;
      read_again_ = coming.read_since + Duration(static_cast<std::int64_t>(next) + 1);
      return 0;
    }
    limit = std::min(limit, static_cast<std::size_t>(due - coming.body_len));
  }
  return limit;
}

void Connection::consume(Now now) {
  while (!closed_ && may_consume()) {
    if (strike_if_due()) continue;
    const std::size_t limit = allowance(now);
    const bool body_due = limit == 0;
    std::string_view view = unread().substr(0, limit);
    if (body_due && !unread().empty()) break;
    const std::size_t before = view.size();
    const RequestReader::Event event = reader_.next(view);
    const std::size_t used = before - view.size();
    input_at_ += used;
    consumed_ += used;
    if (event == RequestReader::Event::kNeedMore) {
      if (used == 0 || unread().empty()) break;
    } else if (event == RequestReader::Event::kHead) {
      begin_request(now);
    } else if (event == RequestReader::Event::kBody) {
      take_body(reader_.body());
    } else if (event == RequestReader::Event::kEnd) {
      end_request(now);
    } else {
      refuse_malformed(now);
    }
  }
  if (!closed_) strike_if_due();
}

// @head and @reqbody: has the place been reached?
bool Connection::strike_if_due() {
  if (head_strike_at_ && consumed_ >= *head_strike_at_ && consumed_ != 0) {
    strike_connection();
    return true;
  }
  if (exchanges_.empty() || exchanges_.back().complete) return false;
  Exchange& coming = exchanges_.back();
  if (!coming.strike_at || coming.struck || coming.body_len < *coming.strike_at) return false;
  coming.struck = true;
  hold_input_ = true;
  return true;
}

// The fault of the connection itself takes its turn like an exchange's.
void Connection::strike_connection() {
  head_strike_at_.reset();
  hold_input_ = true;
  Exchange& fault = exchanges_.emplace_back();
  fault.plan.ops = strike(*own_step_);
  fault.planned = true;
  fault.complete = true;
}

void Connection::begin_request(Now now) {
  Exchange& exchange = exchanges_.emplace_back();
  exchange.serial = shared_.next_exchange++;
  exchange.nth = ++requests_;
  exchange.head = std::move(reader_.head());
  split_target(exchange.head.target, exchange.path, exchange.query);
  exchange.read_since = now.mono;
  if (shared_.admin != nullptr && AdminDoor::is_path(exchange.path)) {
    exchange.for_admin = exchange.keeps_body = true;
    exchange.owes_continue = exchange.head.expects_continue && exchange.head.has_body();
    return;
  }
  choose(exchange, now);
  if (head_strike_at_) {  // beyond the head: at its end, instead of an answer
    head_strike_at_.reset();
    hold_input_ = true;
    exchange.plan.ops = strike(*own_step_);
    exchange.planned = exchange.complete = true;
  }
}

void Connection::choose(Exchange& exchange, Now now) {
  const std::string version = "HTTP/1." + std::to_string(exchange.head.minor);
  ask_rules(shared_, exchange,
            {listener(), peer(), version, accepted_.nth, accepted_.sni, accepted_.alpn}, now);
  note_request(exchange, now);
  pass_limiters(shared_, exchange, now);

  const Step& step = exchange.step;
  const Place place = place_of(step);
  if (place.phase == Phase::kReqBody) exchange.strike_at = place.offset;
  exchange.early_at = early_at(step);
  exchange.read_rate = count(step, "read_rate");
  if (exchange.read_rate == 0U && exchange.head.has_body()) hold_input_ = stop_reading_ = true;
  const auto spec = body(step);
  exchange.keeps_body = keeps_body(exchange.path) || (spec && spec->kind == BodySpec::Kind::kEcho);
  exchange.owes_continue = exchange.head.expects_continue && exchange.head.has_body() &&
                           exchange.head.minor >= 1 && !has(step, "early") && !hold_input_;
}

void Connection::take_body(std::string_view bytes) {
  Exchange& exchange = exchanges_.back();
  exchange.body_len += bytes.size();
  if (!exchange.hash) exchange.hash.emplace();
  exchange.hash->update(bytes);
  if (exchange.keeps_body && exchange.kept_body.size() + bytes.size() <= kMostKept) {
    exchange.kept_body.append(bytes);
  }
}

void Connection::end_request(Now now) {
  Exchange& exchange = exchanges_.back();
  exchange.complete = true;
  if (exchange.strike_at) exchange.struck = true;  // beyond the body: at its end
  if (!exchange.for_admin) note_request_end(exchange, now);
  if (has(exchange.step, "race")) hold_input_ = true;
}

void Connection::refuse_malformed(Now now) {
  hold_input_ = true;
  const std::string& problem = reader_.problem();
  const bool began = !exchanges_.empty() && !exchanges_.back().complete;
  Exchange& exchange = began ? exchanges_.back() : exchanges_.emplace_back();
  if (!began) {
    exchange.serial = shared_.next_exchange++;
    exchange.nth = ++requests_;
    exchange.head = std::move(reader_.head());
  }
  Entry malformed = entry(began ? EntryType::kReqBody : EntryType::kReqHead, exchange, now);
  malformed.method = exchange.head.method;
  malformed.target = exchange.head.target;
  malformed.headers = exchange.head.headers;
  malformed.notes.push_back("malformed: " + problem);
  shared_.journal.add(std::move(malformed));
  exchange.complete = true;
  if (exchange.started || exchange.planned) return;  // an early answer is under way
  AnswerContext context;
  context.exchange = exchange.serial;
  context.wall = now.wall;
  exchange.plan = refusal_plan(reader_.problem_status(), "malformed request: " + problem, context);
  exchange.planned = true;
}

void Connection::update_reading() {
  const bool want = !stop_reading_ && unread().size() < kMostUnread;
  if (want == reading_) return;
  reading_ = want;
  order(want ? Order::Kind::kReadStart : Order::Kind::kReadStop);
}

}  // namespace fault
