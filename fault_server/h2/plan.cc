#include "fault_server/h2/plan.h"
#include "fault_server/script/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fault_server/answer/emit_fields.h"
#include "fault_server/h2/spoilt.h"
#include "fault_server/script/line.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

H2Op act(H2OpKind kind, ClosedBy by = ClosedBy::kFault) {
  H2Op op;
  op.kind = kind;
  op.by = by;
  return op;
}

H2Op h2_wait(Duration wait) {
  H2Op op;
  op.kind = H2OpKind::kWait;
  op.wait = wait;
  return op;
}

H2Op h2_fault_note(std::string text) {
  H2Op op;
  op.kind = H2OpKind::kFault;
  op.bytes = std::move(text);
  return op;
}

std::uint32_t code_of(const Step& step, std::uint32_t otherwise) {
  const auto code = raw(step, "code");
  return code ? parse_h2_code(*code).value_or(otherwise) : otherwise;
}

// Ends what the stream has to say; nothing of the answer follows.
bool h2_ends_here(const Step& step) {
  switch (step.action) {
    case ActionKind::kReset:
    case ActionKind::kClose:
    case ActionKind::kStall:
    case ActionKind::kGarbage:
    case ActionKind::kTruncate:
    case ActionKind::kRst:
      return true;
    case ActionKind::kHalfClose:
      return word(step, "side") != "in";
    default:
      return h2_ends_stream(step);
  }
}

// Ends the connection, so that a frame may be cut before it.
bool may_cut(const Step& step) {
  switch (step.action) {
    case ActionKind::kReset:
    case ActionKind::kClose:
    case ActionKind::kGarbage:
    case ActionKind::kTruncate:
      return true;
    case ActionKind::kHalfClose:
      return word(step, "side") != "in";
    default:
      return step.action == ActionKind::kH2 && step.name == "silent";
  }
}

H2Goaway goaway_of(const Step& step) {
  H2Goaway out;
  const auto last = raw(step, "last").value_or("previous");
  if (last == "current") {
    out.last = H2Goaway::Last::kCurrent;
  } else if (last == "graceful") {
    out.last = H2Goaway::Last::kGraceful;
  } else if (last != "previous") {
    out.last = H2Goaway::Last::kNumber;
    out.number = static_cast<std::uint32_t>(parse_count(last).value_or(0));
  }
  out.code = code_of(step, h2code::kNoError);
  out.count = count(step, "count").value_or(1);
  out.debug = raw(step, "debug").value_or("");
  out.linger = duration(step, "linger").value_or(Duration{0});
  const auto does = word(step, "does");
  if (does == "reset") out.then = H2Goaway::Then::kReset;
  if (does == "keep-alive") out.then = H2Goaway::Then::kStay;
  return out;
}

void add_h2_effect(const Step& step, std::uint32_t stream, std::vector<H2Op>& ops) {
  const Phase phase = place_of(step).phase;
  if (step.action == ActionKind::kRst) {
    H2Op op = act(H2OpKind::kRst);
    op.code =
        code_of(step, phase <= Phase::kStatus ? h2code::kRefusedStream : h2code::kInternalError);
    ops.push_back(std::move(op));
  } else if (step.action == ActionKind::kGoaway) {
    H2Op op = act(H2OpKind::kGoaway);
    op.goaway = goaway_of(step);
    ops.push_back(std::move(op));
  } else {
    for (H2Op& op : h2_named_ops(step, stream)) ops.push_back(std::move(op));
  }
}

void add_effect(const Step& step, std::uint32_t stream, std::vector<H2Op>& ops) {
  if (step.action == ActionKind::kStatus || step.action == ActionKind::kPass) return;
  ops.push_back(h2_fault_note(h2_fault_text(step)));
  switch (step.action) {
    case ActionKind::kReset:
      ops.push_back(act(H2OpKind::kReset));
      break;
    case ActionKind::kClose:
    case ActionKind::kTruncate:
      if (const auto linger = duration(step, "linger")) ops.push_back(h2_wait(*linger));
      ops.push_back(act(H2OpKind::kClose));
      break;
    case ActionKind::kHalfClose:
      if (word(step, "side") == "in") {
        ops.push_back(act(H2OpKind::kStopReading));
      } else {
        ops.push_back(act(H2OpKind::kShutdown));
        ops.push_back(act(H2OpKind::kMute));
      }
      break;
    case ActionKind::kStall:
      // Of the connection where no stream is known yet, else of the stream alone.
      if (stream == 0) ops.push_back(act(H2OpKind::kStopReading));
      if (place_of(step).phase < Phase::kStatus) ops.push_back(act(H2OpKind::kHoldWindow));
      ops.push_back(act(stream == 0 ? H2OpKind::kMute : H2OpKind::kSilence));
      break;
    case ActionKind::kGarbage: {
      H2Op garbage = act(H2OpKind::kGarbage);
      garbage.count = count(step, "bytes").value_or(kGarbageBytes);
      ops.push_back(garbage);
      ops.push_back(act(H2OpKind::kClose));
      break;
    }
    case ActionKind::kRst:
    case ActionKind::kGoaway:
    case ActionKind::kH2:
      add_h2_effect(step, stream, ops);
      break;
    default:
      break;
  }
}

// Lines the parts of an answer up, with the step's delay and fault at their place. Once a fault has
// ended the answer, whatever follows is not added.
class H2Timeline {
 public:
  H2Timeline(H2Plan& plan, const Step& step, std::uint32_t stream)
      : plan_(plan), step_(step), place_(place_of(step)), stream_(stream) {
    if (h2_is_late(step)) place_ = {Phase::kEnd, 0, false};
    const bool effect = step.action != ActionKind::kStatus && step.action != ActionKind::kPass;
    pending_ = effect || step.delay.has_value();
  }

  bool over() const { return over_; }
  bool strikes_in(Phase phase) const { return !over_ && pending_ && place_.phase == phase; }

  void add(H2Op op) {
    if (!over_) plan_.ops.push_back(std::move(op));
  }

  /// A moment; an offset into a stretch that has none here strikes at once.
  void pass(Phase phase) {
    if (strikes_in(phase)) strike_now();
  }

  /// @status and @headers in one: on HTTP/2 both are the HEADERS frame.
  void add_head(H2Op head) {
    const bool in_status = strikes_in(Phase::kStatus);
    if (!in_status && !strikes_in(Phase::kHeaders)) return add(std::move(head));
    const std::uint64_t cut = in_status ? place_.offset : kH2FrameHeader + place_.offset;
    if (cut == 0 || !may_cut(step_)) {
      strike_now();
      if (!h2_replaces_head(step_)) add(std::move(head));
      return;
    }
    head.cut = cut;
    add(std::move(head));
    strike_now();
  }

  void add_body(std::uint64_t size, bool end) {
    if (strikes_in(Phase::kBody)) {
      const std::uint64_t part = std::min<std::uint64_t>(place_.offset, 100);
      const std::uint64_t at = place_.percent ? size / 100 * part + size % 100 * part / 100
                                              : std::min(place_.offset, size);
      if (at != 0) push_body(at, false);
      strike_now();
      if (at == size && end && size != 0) return add(act(H2OpKind::kEnd));
    }
    push_body(size, end);
  }

 private:
  void push_body(std::uint64_t until, bool end) {
    H2Op op = act(H2OpKind::kBody);
    op.count = until;
    op.end = end;
    add(std::move(op));
  }

  void strike_now() {
    pending_ = false;
    if (place_.phase == Phase::kIdle) add(h2_wait(kSettled));
    if (step_.delay) add(h2_wait(step_.delay->a));  // drawn by the rulebook
    add_effect(step_, stream_, plan_.ops);
    over_ = h2_ends_here(step_);
  }

  H2Plan& plan_;
  const Step& step_;
  Place place_;
  std::uint32_t stream_;
  bool pending_ = false;
  bool over_ = false;
};

void add_interims(H2Timeline& line, const Step& step) {
  for (const Interim& interim : interims(step)) {
    H2Op op = act(H2OpKind::kHead);
    op.fields.emplace_back(":status", std::to_string(interim.status));
    if (interim.status == 103) op.fields.emplace_back("link", "</style.css>; rel=preload");
    op.count = interim.count;
    line.add(std::move(op));
  }
}

H2Op trailers_op(const Step& step) {
  H2Op op = act(H2OpKind::kEnd);
  // Forbidden ones too: a trailer field of a connection is a fault somebody asked for.
  for (const auto& [name, value] : step.trailers) op.fields.emplace_back(lower_case(name), value);
  return op;
}

// HEADERS, DATA and what ends them; END_STREAM rides on the last frame that has something to say.
void add_answer(H2Timeline& line, const H2PlanInput& input, const Emission& emission, H2Op head) {
  const Step& step = *input.step;
  const std::uint64_t size = emission.has_body ? emission.body.source().size() : 0;
  const auto body_delay = distribution(step, "body_delay");
  const auto trailer_delay = distribution(step, "trailer_delay");
  const bool ends_plainly = step.trailers.empty() && !trailer_delay;
  const bool rides_on_head = ends_plainly && size == 0 && !body_delay &&
                             !line.strikes_in(Phase::kBody) && !h2_replaces_head(step);
  head.end = rides_on_head;
  line.add_head(std::move(head));
  line.add(act(H2OpKind::kHeadDone));
  if (body_delay) line.add(h2_wait(body_delay->a));
  if (size != 0) {
    line.add_body(size, ends_plainly);
  } else {
    line.pass(Phase::kBody);
  }
  if (trailer_delay) line.add(h2_wait(trailer_delay->a));
  if (emission.has_body) line.add(act(H2OpKind::kBodyDone));
  if (!rides_on_head && (size == 0 || !ends_plainly)) line.add(trailers_op(step));
  line.add(act(H2OpKind::kAnswerDone));
  line.pass(Phase::kEnd);
  line.pass(Phase::kIdle);
}

// A response to a request nobody sent (FAULTS row 30): on the stream after this one.
void add_poison(H2Timeline& line, const Step& step, std::uint32_t stream) {
  const auto status = count(step, "poison");
  if (!status) return;
  const auto later = distribution(step, "poison_delay");
  if (later && later->a.count() > 0) line.add(h2_wait(later->a));
  line.add(h2_fault_note("poison=" + std::to_string(*status)));
  H2Op op;
  append_headers(op.bytes, stream + 2, h2_literal(":status", std::to_string(*status)), true);
  line.add(std::move(op));
}

// What an early answer means for the rest of the request (RFC 9113 §8.1).
void add_early_end(H2Timeline& line, std::string_view early) {
  if (early == "close") {
    H2Op op = act(H2OpKind::kRst, ClosedBy::kServer);
    op.code = h2code::kNoError;
    line.add(std::move(op));
  } else if (early == "reset") {
    line.add(h2_fault_note("reset after the answer"));
    line.add(act(H2OpKind::kReset));
  } else if (early == "stay") {
    line.add(act(H2OpKind::kHoldWindow));
    line.add(act(H2OpKind::kSilence));
  }
}

void add_aftermath(H2Timeline& line, const H2PlanInput& input) {
  const Step& step = *input.step;
  add_poison(line, step, input.stream);
  if (const auto race = word(step, "race")) {
    H2Op op = act(H2OpKind::kRace);
    op.count = race == "reset" ? 1 : 0;
    return line.add(std::move(op));
  }
  const auto early = word(step, "early");
  if (early && !input.request_complete) add_early_end(line, *early);
  const auto does = word(step, "does");
  if (word(step, "says") == "close") {
    // HTTP/2 has no Connection field; GOAWAY is how a server says that it wants to close.
    H2Op op = act(H2OpKind::kGoaway, ClosedBy::kServer);
    op.goaway = goaway_of(step);
    op.goaway.last = H2Goaway::Last::kCurrent;
    return line.add(std::move(op));
  }
  const bool close = does == "close" || (step.action == ActionKind::kRaw && !does);
  if (!close && does != "reset") return;
  if (step.action == ActionKind::kGoaway) return;  // it has seen to that itself
  if (const auto linger = duration(step, "linger")) line.add(h2_wait(*linger));
  line.add(h2_fault_note(close ? "close after the answer" : "reset after the answer"));
  line.add(act(close ? H2OpKind::kClose : H2OpKind::kReset));
}

H2Plan raw_plan(const H2PlanInput& input) {
  H2Plan plan;
  plan.pacing = pacing_of(*input.step, input.answer);
  plan.chance = input.choice->chance;
  plan.has_answer = true;
  Step after = *input.step;
  after.delay.reset();
  H2Timeline line(plan, after, input.stream);
  if (input.step->delay) line.add(h2_wait(input.step->delay->a));
  line.add(h2_fault_note("raw"));
  H2Op bytes;
  bytes.bytes = input.step->name;
  line.add(std::move(bytes));
  line.add(act(H2OpKind::kAnswerDone));
  add_aftermath(line, input);
  return plan;
}

bool spoils_endlessly(const Step& step) {
  const auto flaws = bad_headers(step);
  return std::any_of(flaws.begin(), flaws.end(),
                     [](const BadHeader& flaw) { return flaw.kind == "endless"; });
}

}  // namespace

std::string h2_fault_text(const Step& step) {
  std::string text(action_word(step.action).word);
  if (step.action == ActionKind::kH2) text += step.name;
  return text + "@" + print_place(place_of(step));
}

std::vector<H2Op> h2_strike(const Step& step, std::uint32_t stream) {
  std::vector<H2Op> ops;
  if (step.delay) ops.push_back(h2_wait(step.delay->a));
  add_effect(step, stream, ops);
  return ops;
}

H2Plan make_h2_plan(H2PlanInput input) {
  const Step& step = *input.step;
  if (step.action == ActionKind::kRaw) return raw_plan(input);
  H2Plan plan;
  plan.chance = input.choice->chance;
  Step rest = step;
  if (input.fault_before_answer) {
    plan.ops = h2_strike(step, input.stream);
    // A fault that ends nothing (halfclose side=in) leaves an answer to give.
    if (h2_ends_here(step)) return plan;
    rest.action = ActionKind::kPass;
    rest.delay.reset();
    rest.at.reset();
  }
  plan.has_answer = true;
  plan.pacing = pacing_of(step, input.answer);
  const Duration own_delay = input.answer.delay;
  Emission emission = emit(step, std::move(input.answer), input.context);
  H2Op head = act(H2OpKind::kHead);
  head.fields = h2_fields(emission.status, emission.headers, step);
  plan.status = emission.status;
  plan.headers.assign(head.fields.begin() + (head.fields.front().first == ":status" ? 1 : 0),
                      head.fields.end());
  plan.retry_after_s = emission.retry_after_s;

  H2PlanInput then = std::move(input);
  then.step = &rest;
  H2Timeline line(plan, rest, then.stream);
  if (own_delay.count() > 0) line.add(h2_wait(own_delay));
  add_interims(line, rest);
  if (spoils_endlessly(rest)) {
    for (H2Op& op : h2_endless_head(then.stream)) line.add(std::move(op));
    return plan;
  }
  add_answer(line, then, emission, std::move(head));
  add_aftermath(line, then);
  plan.body = emission.body.source();
  return plan;
}

H2Plan h2_plan_of(Plan plan) {
  H2Plan out;
  out.chance = plan.chance;
  out.status = plan.status;
  out.has_answer = plan.has_answer;
  out.body = plan.body.source();
  out.pacing = plan.pacing;
  const auto special = [&](OpKind kind) {
    return std::find_if(plan.ops.begin(), plan.ops.end(),
                        [&](const Op& op) { return op.kind == kind; });
  };
  if (const auto again = special(OpKind::kAskAgain); again != plan.ops.end()) {
    H2Op op = act(H2OpKind::kAskAgain);
    op.wait = again->wait;
    out.ops.push_back(std::move(op));
    return out;
  }
  const auto feed = special(OpKind::kFeed);
  H2Op head = act(H2OpKind::kHead);
  head.fields = h2_fields(plan.status, plan.headers, Step{});
  out.headers.assign(head.fields.begin() + 1, head.fields.end());
  head.end = feed == plan.ops.end() && out.body.size() == 0;
  const bool ended = head.end;
  out.ops.push_back(std::move(head));
  out.ops.push_back(act(H2OpKind::kHeadDone));
  if (feed != plan.ops.end()) {
    H2Op op = act(H2OpKind::kFeed);
    op.count = feed->count;
    out.ops.push_back(std::move(op));
    return out;
  }
  if (!ended) {
    H2Op body = act(H2OpKind::kBody);
    body.count = out.body.size();
    body.end = true;
    out.ops.push_back(std::move(body));
  }
  out.ops.push_back(act(H2OpKind::kAnswerDone));
  return out;
}

}  // namespace fault
