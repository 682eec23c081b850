#include "proptests/simulation/user_code.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace proof {

using holdfast::Body;
using holdfast::BodySource;
using holdfast::Request;

namespace {

/// Gives its content in small pieces, now and then none yet, or none any more, and may fail half
/// way.
class SlowSource final : public BodySource {
 public:
  SlowSource(std::string content, const BodyPlan& plan, holdfast::sim::World& world,
             holdfast::sim::Driver& driver, Seen& seen, std::function<void()> use_disk)
      : content_(std::move(content)),
        plan_(plan),
        world_(world),
        driver_(driver),
        seen_(seen),
        use_disk_(std::move(use_disk)) {}

  bool open() override {
    use_disk_();
    return true;
  }
  Read read(char* into, std::size_t capacity) override {
    if (!seen_.first_read) seen_.first_read = world_.clock().mono();
    ++reads_;
    use_disk_();
    const bool hangs = plan_.hangs_after && given_ >= *plan_.hangs_after;
    const bool waits = plan_.pending_every != 0 && reads_ % plan_.pending_every == 0;
    seen_.source_waits = hangs || waits;
    if (waits && !hangs) {
      world_.after(plan_.pending_for,
                   [driver = &driver_, id = seen_.id] { driver->body_ready(id); });
    }
    if (seen_.source_waits) return {State::pending, 0};
    if (plan_.fails && given_ * 2 >= content_.size()) return {State::failed, 0};
    // What fails half way has not given the other half.
    std::size_t there = plan_.fails ? (content_.size() + 1) / 2 : content_.size();
    if (plan_.hangs_after) there = std::min<std::size_t>(there, *plan_.hangs_after);
    const std::size_t piece =
        std::min({capacity, static_cast<std::size_t>(plan_.piece), there - given_});
    std::memcpy(into, content_.data() + given_, piece);
    given_ += piece;
    return {given_ == content_.size() ? State::end : State::more, piece};
  }

 private:
  std::string content_;
  BodyPlan plan_;
  holdfast::sim::World& world_;
  holdfast::sim::Driver& driver_;
  Seen& seen_;
  std::function<void()> use_disk_;
  std::uint32_t reads_ = 0;
  std::size_t given_ = 0;
};

}  // namespace

// --- Sending -------------------------------------------------------------------------------------

Body UserCode::body_for(std::size_t index, const BodyPlan& plan) {
  if (plan.kind == BodyPlan::Kind::none) return {};
  const std::string content = content_of(report_.seen[index].plan, plan.size);
  if (plan.kind == BodyPlan::Kind::bytes) return Body(content);
  std::optional<std::uint64_t> length;
  if (plan.known_length) length = plan.size;
  Seen& seen = report_.seen[index];
  const auto make = [this, content, plan, &seen] {
    ++seen.opened;
    return std::make_unique<SlowSource>(content, plan, world_, *driver_, seen,
                                        [this, most = plan.disk] { use_disk(most); });
  };
  return plan.kind == BodyPlan::Kind::one_shot ? Body::one_shot(make(), length)
                                               : Body::factory(make, length);
}

Request UserCode::request_for(std::size_t index, const RequestPlan& plan) {
  Request request;
  request.method = plan.method;
  request.url = url_of(case_, plan);
  request.headers.add("X-Request-Id", name_of(index));
  if (plan.key) request.headers.add("Idempotency-Key", "key-of-" + name_of(index));
  for (const auto& [name, value] : plan.fields) request.headers.add(name, value);
  if (plan.policy) request.policy = std::make_shared<holdfast::RequestPolicy>(*plan.policy);
  request.body = body_for(index, plan.body);
  request.expect_continue = plan.expect;
  return request;
}

void UserCode::send(std::size_t plan, bool nested) {
  const std::size_t index = report_.seen.size();
  if (index >= kMostRequests) return;
  Seen& seen = report_.seen.emplace_back();
  seen.plan = plan;
  seen.nested = nested;
  seen.submitted = world_.clock().mono();
  const RequestPlan& request = case_.requests[plan];
  const std::size_t outer = std::exchange(sending_, index);
  paused_.push_back(false);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number where a pointer may stand, never followed
  const auto tag = reinterpret_cast<void*>(index + 1);
  seen.id = request.storing ? driver_->submit_storing(request_for(index, request), tag)
                            : driver_->submit(request_for(index, request), tag, request.streaming);
  sending_ = outer;
  if (nested) return;  // it does not send others in its turn
  for (const Reaction& reaction : request.reactions) {
    if (reaction.when != Reaction::When::later) continue;
    world_.after(reaction.wait, [this, index, reaction] { act(index, reaction); });
  }
}

void UserCode::shut_down() {
  if (!report_.shut_down_at) report_.shut_down_at = world_.clock().mono();
  driver_->shut_down();
}

// --- Hearing -------------------------------------------------------------------------------------

Seen& UserCode::hear(void* tag, Seen::Event event) {
  Seen& seen = report_.seen[index_of(tag)];
  if (sending_ == index_of(tag)) seen.inside_submit = true;
  if (seen.cancelled && event != Seen::Event::complete) seen.heard_after_cancel = true;
  if (paused_[index_of(tag)] && event != Seen::Event::complete) seen.heard_while_paused = true;
  seen.events.push_back(event);
  return seen;
}

void UserCode::on_interim(void* tag, const holdfast::ResponseHead&) {
  hear(tag, Seen::Event::interim);
  react(index_of(tag), Reaction::When::on_interim);
}

void UserCode::on_head(void* tag, const holdfast::ResponseHead& head) {
  Seen& seen = hear(tag, Seen::Event::head);
  seen.head_at = world_.clock().mono();
  seen.head = head;
  react(index_of(tag), Reaction::When::on_head);
}

void UserCode::on_restart(void* tag, const holdfast::ResponseHead&) {
  Seen& seen = hear(tag, Seen::Event::head);
  use_disk(case_.requests[seen.plan].disk);
  seen.stored = true;
  seen.streamed.clear();
  react(index_of(tag), Reaction::When::on_head);
}

void UserCode::on_body(void* tag, std::string_view bytes) {
  Seen& seen = hear(tag, Seen::Event::body);
  use_disk(case_.requests[seen.plan].disk);
  seen.streamed.append(bytes);
  seen.largest_piece = std::max(seen.largest_piece, bytes.size());
  react(index_of(tag), Reaction::When::on_body);
}

void UserCode::on_note(void* tag, const holdfast::engine::Note& note) {
  report_.heard.add(note, tag == nullptr ? nullptr : &report_.seen[index_of(tag)].story);
}

bool UserCode::on_prepare(void* tag, const Attempt& attempt, holdfast::Headers& headers) {
  using Answer = holdfast::engine::Engine::HookAnswer;
  const Case::HookPlan& hook = case_.hook;
  Seen& seen = report_.seen[index_of(tag)];
  if (seen.cancelled || seen.settled()) seen.heard_after_cancel = true;
  if (sending_ == index_of(tag)) seen.inside_submit = true;
  ++asked_;
  headers.add("X-Attempt", std::to_string(attempt.number));
  if (hook.refuses != 0 && asked_ % hook.refuses == 0) {
    driver_->prepared(attempt.exchange, attempt.number, Answer::reject, nullptr, "the n-th");
    return false;
  }
  if (hook.kind == Case::HookPlan::Kind::signs) return true;
  if (hook.forgets != 0 && asked_ % hook.forgets == 0) return false;
  // Somewhere between nothing and the most: the same in every run of the case.
  const std::uint64_t share = holdfast::base::mix64(case_.seed + asked_) % 1001;
  const Duration wait{hook.most.count() / 1000 * static_cast<std::int64_t>(share)};
  world_.after(wait, [this, id = attempt.exchange, number = attempt.number, headers] {
    holdfast::Headers fields = headers;
    driver_->prepared(id, number, Answer::proceed, &fields);
  });
  return false;
}

void UserCode::on_complete(void* tag, holdfast::Response* response, holdfast::Error* error) {
  Seen& seen = hear(tag, Seen::Event::complete);
  if (++seen.completions > 1) return;
  ++ended_;
  seen.ended = world_.clock().mono();
  if (response != nullptr) seen.response = std::move(*response);
  if (error != nullptr) seen.error = std::move(*error);
  react(index_of(tag), Reaction::When::on_complete);
}

/// As synchronous reads and writes do: every third one finds the disk slow.
void UserCode::use_disk(Duration most) {
  if (most.count() == 0) return;
  const std::uint64_t chance = holdfast::base::mix64(case_.seed + ++disk_uses_);
  if (chance % 3 != 0) return;
  const Duration span = most / 1000 * static_cast<std::int64_t>(chance / 3 % 1001);
  const Instant now = world_.clock().mono();
  report_.disk_waits.push_back({now, now + span});
  driver_->stall(span);
}

// --- Reacting ------------------------------------------------------------------------------------

void UserCode::react(std::size_t index, Reaction::When when) {
  const Seen& seen = report_.seen[index];
  if (seen.nested) return;
  for (const Reaction& reaction : case_.requests[seen.plan].reactions) {
    if (reaction.when == when) act(index, reaction);
  }
}

void UserCode::act(std::size_t index, const Reaction& reaction) {
  Seen& seen = report_.seen[index];
  const auto cancel = [&](Seen& whom) {
    if (!whom.ended && !whom.cancelled) whom.cancelled = world_.clock().mono();
    driver_->cancel(whom.id);
  };
  switch (reaction.act) {
    case Reaction::Act::cancel:
      cancel(seen);
      break;
    case Reaction::Act::cancel_next:
      if (index + 1 < report_.seen.size()) cancel(report_.seen[index + 1]);
      break;
    case Reaction::Act::submit:
      send(seen.plan, true);
      break;
    case Reaction::Act::pause:
      driver_->pause(seen.id);
      if (!seen.ended) seen.pauses.push_back({world_.clock().mono(), {}});
      paused_[index] = case_.requests[seen.plan].streaming || case_.requests[seen.plan].storing;
      world_.after(reaction.wait, [this, index, id = seen.id] {
        paused_[index] = false;
        for (Seen::Pause& pause : report_.seen[index].pauses) {
          if (!pause.until) pause.until = world_.clock().mono();
        }
        driver_->resume(id);
      });
      break;
    case Reaction::Act::shut_down:
      shut_down();
      break;
    case Reaction::Act::drain_away:
      driver_->shut_down_gracefully();
      break;
  }
}

}  // namespace proof
