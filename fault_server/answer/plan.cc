#include "fault_server/answer/plan.h"

#include <algorithm>

#include "fault_server/script/line.h"
#include "fault_server/script/tls_alert.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

Op act(OpKind kind, ClosedBy by = ClosedBy::kFault) {
  Op op;
  op.kind = kind;
  op.by = by;
  return op;
}

Op wait_for(Duration wait, bool unless_next = false) {
  Op op;
  op.kind = OpKind::kWait;
  op.wait = wait;
  op.count = unless_next ? 1 : 0;
  return op;
}

Op fault_note(std::string text) {
  Op op;
  op.kind = OpKind::kFault;
  op.bytes = std::move(text);
  return op;
}

Duration fixed(const std::optional<Distribution>& delay) {
  return delay ? delay->a : Duration{0};  // drawn by the rulebook
}

bool ends_here(const Step& step) {
  switch (step.action) {
    case ActionKind::kReset:
    case ActionKind::kClose:
    case ActionKind::kStall:
    case ActionKind::kGarbage:
    case ActionKind::kTruncate:
      return true;
    case ActionKind::kHalfClose:
      return word(step, "side") != "in";
    case ActionKind::kTls:
      return step.name == "alert" || step.name == "truncate";
    default:
      return false;
  }
}

std::string fault_text(const Step& step) {
  const std::string name = step.action == ActionKind::kTls ? step.name : "";
  return std::string(action_word(step.action).word) + name + "@" + print_place(place_of(step));
}

void add_effect(const Step& step, std::vector<Op>& ops) {
  if (step.action == ActionKind::kStatus || step.action == ActionKind::kPass) return;
  ops.push_back(fault_note(fault_text(step)));
  switch (step.action) {
    case ActionKind::kReset:
      ops.push_back(act(OpKind::kReset));
      break;
    case ActionKind::kClose:
    case ActionKind::kTruncate:
      if (const auto linger = duration(step, "linger")) ops.push_back(wait_for(*linger));
      ops.push_back(act(OpKind::kClose));
      break;
    case ActionKind::kHalfClose:
      if (word(step, "side") == "in") {
        ops.push_back(act(OpKind::kStopReading));
      } else {
        ops.push_back(act(OpKind::kShutdown));
        ops.push_back(act(OpKind::kSilence));
      }
      break;
    case ActionKind::kStall:
      if (place_of(step).phase < Phase::kStatus) ops.push_back(act(OpKind::kStopReading));
      ops.push_back(act(OpKind::kSilence));
      break;
    case ActionKind::kGarbage: {
      Op garbage = act(OpKind::kGarbage);
      garbage.count = count(step, "bytes").value_or(kGarbageBytes);
      ops.push_back(garbage);
      ops.push_back(act(OpKind::kClose));
      break;
    }
    case ActionKind::kTls:
      ops.push_back(act(step.name == "alert" ? OpKind::kTlsAlert : OpKind::kTlsCut));
      ops.back().count =
          parse_tls_alert(raw(step, "alert").value_or("")).value_or(kAlertInternalError);
      break;
    default:
      break;
  }
}

// Lines the parts of an answer up, with the step's delay and fault at their place. Once a fault has
// ended the answer, whatever follows is not added.
class Timeline {
 public:
  Timeline(Plan& plan, const Step& step) : plan_(plan), step_(step), place_(place_of(step)) {
    const bool effect = step.action != ActionKind::kStatus && step.action != ActionKind::kPass;
    pending_ = effect || step.delay.has_value();
  }

  bool over() const { return over_; }

  void add(Op op) {
    if (!over_) plan_.ops.push_back(std::move(op));
  }

  void add_bytes(Section section, Phase phase, const HeadPiece& piece) {
    if (over_) return;
    if (strikes_in(phase) && piece.count == 1 && left_ < piece.text.size()) {
      const auto cut = static_cast<std::size_t>(left_);
      push(section, piece.text.substr(0, cut), 1);
      strike_now();
      push(section, piece.text.substr(cut), 1);
      return;
    }
    if (strikes_in(phase) && piece.count != 1) return add_repeated(section, phase, piece);
    if (strikes_in(phase)) left_ -= piece.text.size();
    push(section, piece.text, piece.count);
  }

  void add_body(std::uint64_t size) {
    if (over_) return;
    if (strikes_in(Phase::kBody)) {
      const std::uint64_t at =
          place_.percent ? size / 100 * std::min<std::uint64_t>(place_.offset, 100) +
                               size % 100 * std::min<std::uint64_t>(place_.offset, 100) / 100
                         : std::min(place_.offset, size);
      push_body(at);
      strike_now();
    }
    push_body(size);
  }

  /// The phase begins: `@phase` with offset 0 strikes before anything of it.
  void begin(Phase phase) {
    if (!over_ && pending_ && place_.phase == phase) {
      left_ = place_.percent ? 0 : place_.offset;
      if (left_ == 0 && phase != Phase::kBody) strike_now();
    }
  }
  /// It ends: an offset beyond it strikes at its end.
  void end(Phase phase) {
    if (strikes_in(phase)) strike_now();
  }

 private:
  bool strikes_in(Phase phase) const { return !over_ && pending_ && place_.phase == phase; }

  void push(Section section, std::string text, std::uint64_t times) {
    if (over_ || (text.empty() && times == 1)) return;
    Op op;
    op.section = section;
    op.bytes = std::move(text);
    op.count = times;
    plan_.ops.push_back(std::move(op));
  }

  void push_body(std::uint64_t until) {
    if (over_) return;
    Op op;
    op.kind = OpKind::kBody;
    op.section = Section::kBody;
    op.count = until;
    plan_.ops.push_back(op);
  }

  // A fault inside a flood: so many whole pieces, a part of one, the fault, the rest.
  void add_repeated(Section section, Phase phase, const HeadPiece& piece) {
    const std::uint64_t whole = left_ / piece.text.size();
    if (piece.count != 0 && whole >= piece.count) {
      left_ -= piece.count * piece.text.size();
      push(section, piece.text, piece.count);
      return;
    }
    if (whole != 0) push(section, piece.text, whole);
    left_ -= whole * piece.text.size();
    add_bytes(section, phase, {piece.text, 1});
    const std::uint64_t rest = piece.count == 0 ? 0 : piece.count - whole - 1;
    if (piece.count == 0 || rest != 0) push(section, piece.text, rest);
  }

  void strike_now() {
    pending_ = false;
    if (place_.phase == Phase::kIdle) add(wait_for(kSettled));
    if (step_.delay) add(wait_for(fixed(step_.delay)));
    add_effect(step_, plan_.ops);
    over_ = ends_here(step_);
  }

  Plan& plan_;
  const Step& step_;
  Place place_;
  bool pending_ = false;
  bool over_ = false;
  std::uint64_t left_ = 0;  // bytes of the phase still to pass before the fault
};

void add_head(Timeline& line, const Emission& emission) {
  line.begin(Phase::kStatus);
  for (const HeadPiece& interim : emission.interims) {
    Op op;
    op.section = Section::kStatus;
    op.bytes = interim.text;
    op.count = interim.count;
    line.add(std::move(op));
  }
  line.add_bytes(Section::kStatus, Phase::kStatus, {emission.status_line, 1});
  line.end(Phase::kStatus);
  line.begin(Phase::kHeaders);
  for (const HeadPiece& piece : emission.fields) {
    line.add_bytes(Section::kHeaders, Phase::kHeaders, piece);
  }
  if (!emission.endless) {
    line.end(Phase::kHeaders);
    line.add(act(OpKind::kHeadDone));
  }
}

void add_body(Timeline& line, const Step& step, Emission& emission) {
  if (const auto wait = distribution(step, "body_delay")) line.add(wait_for(wait->a));
  line.begin(Phase::kBody);
  if (emission.has_body) line.add_body(emission.body.source().size());
  line.end(Phase::kBody);
  if (const auto wait = distribution(step, "trailer_delay")) line.add(wait_for(wait->a));
  if (emission.has_body) {
    line.add(act(OpKind::kBodyDone));
    const std::string end = emission.body.terminator();
    Op op;
    op.section = Section::kBody;
    op.bytes = end;
    if (!end.empty()) line.add(std::move(op));
  }
}

void add_poison(Timeline& line, const Step& step, const AnswerContext& context) {
  const auto status = count(step, "poison");
  if (!status) return;
  const auto later = distribution(step, "poison_delay");
  if (later && later->a.count() > 0) line.add(wait_for(later->a, true));
  Step unasked;
  unasked.status = static_cast<int>(*status);
  AnswerContext nobody;
  nobody.wall = context.wall;
  nobody.rule = "poison";
  const Emission emission = emit(unasked, answer_of(unasked, 0), nobody);
  std::string bytes = emission.status_line;
  for (const HeadPiece& piece : emission.fields) bytes += piece.text;
  if (emission.has_body)
    emission.body.source().append(bytes, 0,
                                  static_cast<std::size_t>(emission.body.source().size()));
  line.add(fault_note("poison=" + std::to_string(*status)));
  Op op;
  op.bytes = std::move(bytes);
  line.add(std::move(op));
}

// What becomes of the connection once the answer is out.
void add_aftermath(Timeline& line, const Step& step, const Emission& emission,
                   const AnswerContext& context) {
  add_poison(line, step, context);
  if (const auto race = word(step, "race")) {
    Op op = act(OpKind::kRace);
    op.count = race == "reset" ? 1 : 0;
    line.add(std::move(op));
    return;
  }
  const auto early = word(step, "early");
  const auto does = word(step, "does");
  const bool honest = emission.says_close;
  bool close = honest || emission.needs_close || context.closes;
  bool reset = false;
  if (early) {
    close = close || early == "close";
    reset = early == "reset";
  }
  if (does) {
    close = does == "close";
    reset = does == "reset";
  }
  if (step.action == ActionKind::kRaw && !does) close = true;
  if (early == "stay" && !close && !reset) {
    line.add(act(OpKind::kSilence));
    return;
  }
  if (!close && !reset) return;
  if (const auto linger = duration(step, "linger")) line.add(wait_for(*linger));
  if (reset) {
    line.add(fault_note("reset after the answer"));
    line.add(act(OpKind::kReset));
  } else {
    if (!honest) line.add(fault_note("close after the answer"));
    line.add(act(OpKind::kClose, honest ? ClosedBy::kServer : ClosedBy::kFault));
  }
}

Plan raw_plan(const PlanInput& input) {
  const Step& step = *input.step;
  Plan plan;
  plan.pacing = pacing_of(step, input.answer);
  plan.chance = input.choice->chance;
  plan.has_answer = true;
  if (step.delay) plan.ops.push_back(wait_for(fixed(step.delay)));
  plan.ops.push_back(fault_note("raw"));
  Op bytes;
  bytes.section = Section::kBody;
  bytes.bytes = step.name;
  plan.ops.push_back(std::move(bytes));
  plan.ops.push_back(act(OpKind::kAnswerDone));
  Step after = step;
  after.delay.reset();
  Timeline line(plan, after);
  add_aftermath(line, step, Emission{}, input.context);
  return plan;
}

}  // namespace

Pacing pacing_of(const Step& step, const Answer& answer) {
  Pacing pacing;
  pacing.trickle = pace(step, "trickle");
  pacing.rate = step.rate_bytes_per_s;
  pacing.slice = slice(step);
  if (step.chunk_bytes) pacing.body = Pace{*step.chunk_bytes, step.chunk_gap, Phase::kBody};
  const auto drip = has(step, "drip") ? pace(step, "drip") : answer.drip;
  if (drip && !pacing.body) {
    const std::uint64_t pieces =
        std::max<std::uint64_t>(1, std::min(drip->count, answer.body.size()));
    pacing.body = Pace{(answer.body.size() + pieces - 1) / pieces,
                       drip->per / static_cast<std::int64_t>(pieces), Phase::kBody};
    if (pacing.body->count == 0) pacing.body.reset();
  }
  return pacing;
}

std::vector<Op> strike(const Step& step) {
  std::vector<Op> ops;
  if (step.delay) ops.push_back(wait_for(fixed(step.delay)));
  add_effect(step, ops);
  return ops;
}

void suit_body(const Step& step, Answer& answer) {
  const Place place = place_of(step);
  if (place.phase != Phase::kBody || has(step, "body")) return;
  constexpr std::uint64_t kLeast = 1024;
  if (place.percent ? answer.body.size() >= 100 : answer.body.size() > place.offset) return;
  answer.body = BodySource::fill(std::max(kLeast, place.percent ? 0 : place.offset * 2));
}

Plan make_plan(PlanInput input) {
  const Step& step = *input.step;
  if (step.action == ActionKind::kRaw) return raw_plan(input);
  Plan plan;
  plan.chance = input.choice->chance;
  if (input.fault_before_answer) {
    plan.ops = strike(step);
    // A fault that ends nothing (halfclose side=in) leaves an answer to give.
    if (ends_here(step)) return plan;
  }
  plan.has_answer = true;
  plan.pacing = pacing_of(step, input.answer);
  const Duration own_delay = input.answer.delay;
  Emission emission = emit(step, std::move(input.answer), input.context);
  plan.status = emission.status;
  plan.headers = std::move(emission.headers);
  plan.retry_after_s = emission.retry_after_s;

  Step rest = step;
  if (input.fault_before_answer) {
    rest.action = ActionKind::kPass;
    rest.delay.reset();
    rest.at.reset();
  }
  Timeline line(plan, rest);
  if (own_delay.count() > 0) line.add(wait_for(own_delay));
  const auto early = word(step, "early");
  if (early && early != "drain") line.add(act(OpKind::kStopReading));
  add_head(line, emission);
  if (!emission.endless) {
    add_body(line, rest, emission);
    line.add(act(OpKind::kAnswerDone));
    line.begin(Phase::kEnd);
    line.end(Phase::kEnd);
    line.begin(Phase::kIdle);
    line.end(Phase::kIdle);
    add_aftermath(line, rest, emission, input.context);
  }
  plan.body = std::move(emission.body);
  return plan;
}

Plan refusal_plan(int status, const std::string& text, const AnswerContext& context) {
  Step step;
  step.status = status;
  step.extra.emplace_back("body", "text:" + text + "\n");
  Choice nothing;
  PlanInput input;
  input.choice = &nothing;
  input.step = &step;
  input.answer = answer_of(step, 0);
  input.context = context;
  input.context.closes = true;
  return make_plan(std::move(input));
}

}  // namespace fault
