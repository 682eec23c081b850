// The life of requests made through the C face, whatever its user does: each ends once, each source
// is released once and before that, nothing of a request but its end is called once it was
// cancelled, nothing at all afterwards, and no handle is left. Real sockets and the real server, on
// one loop.
#include <gtest/gtest.h>
#include <uv.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fault_server/uv/server.h"
#include "holdfast.h"

namespace proof {
namespace {

/// When a request is cancelled, or paused for a few turns of the loop.
enum class When { never, at_once, next_turn, in_head, in_body };
/// What becomes of the client when half of the requests have ended.
enum class End { of_itself, close, close_gracefully, free, free_in_callback };
enum class Kind { get, get_streamed, put_bytes, put_once, put_rewindable };

/// What the hook says to its attempts; the last: it waits, and is answered some turns later.
enum class Hook { go, refuse, wait };

struct Ask {
  Kind kind = Kind::get;
  When cancel = When::never, pause = When::never;
  int pieces = 0;      // of its body, every other one of which is not there yet
  int sent_after = 0;  // so many have ended: it may find a connection that waits for it
  Hook hook = Hook::go;
};

struct Plan {
  std::string script;
  std::vector<Ask> asks;
  End end = End::of_itself;
  int connections = 1;
  bool hooked = false;
};

struct Run;

/// One request, and what was called of it.
struct Life {
  Run* run = nullptr;
  Ask ask;
  holdfast_request_id call = 0;
  int heads = 0, bodies = 0, dones = 0, reads = 0, releases = 0;
  int paused_for = 0;   // turns still
  int waits_for = 0;    // turns still, of an attempt that the hook lets wait
  bool hungry = false;  // its source said "pending"
  bool body_while_paused = false, after_done = false, released_late = false, cancelled = false;
  bool started() const { return call != 0; }
  /// Whether anything but its end may still be called.
  void expect_wanted() {
    if (dones != 0 || cancelled) after_done = true;
  }
  bool has_source() const { return ask.kind == Kind::put_once || ask.kind == Kind::put_rewindable; }
};

struct Run {
  uv_loop_t loop;
  holdfast_client* client = nullptr;
  std::vector<std::unique_ptr<Life>> lives;
  End end = End::of_itself;
  std::size_t dones = 0, started = 0;
  int closed = 0;
  bool ended = false, strangers = false;

  bool half_over() const { return started == lives.size() && 2 * dones >= lives.size(); }
  void cancel(Life& life) {
    if (client == nullptr) return;
    life.cancelled = true;
    holdfast_cancel(client, life.call);
  }
  void pause(Life& life) {
    if (client == nullptr) return;
    life.paused_for = 3;
    holdfast_pause(client, life.call);
  }
  void free_client() {
    holdfast_client_free(client);
    client = nullptr;
  }
};

Life& life_of(void* context) { return *static_cast<Life*>(context); }

void on_head(void* context, const holdfast_response* head) {
  Life& life = life_of(context);
  life.expect_wanted();
  ++life.heads;
  RC_ASSERT(holdfast_response_status(head) >= 200);
  if (life.ask.pause == When::in_head) life.run->pause(life);
  if (life.ask.cancel == When::in_head) life.run->cancel(life);
}

void on_body(void* context, const char*, std::size_t) {
  Life& life = life_of(context);
  life.expect_wanted();
  if (life.paused_for != 0) life.body_while_paused = true;
  if (life.bodies++ == 0 && life.ask.pause == When::in_body) life.run->pause(life);
  if (life.ask.cancel == When::in_body) life.run->cancel(life);
}

std::int64_t read_body(void* context, char* into, std::size_t capacity) {
  Life& life = life_of(context);
  life.expect_wanted();
  if (life.releases != 0) life.after_done = true;
  if (life.reads >= 2 * life.ask.pieces) return HOLDFAST_BODY_END;
  if (life.reads++ % 2 == 1) {
    life.hungry = true;
    return HOLDFAST_BODY_PENDING;
  }
  const std::size_t piece = capacity < 1000 ? capacity : 1000;
  std::fill(into, into + piece, 'x');
  return static_cast<std::int64_t>(piece);
}

int rewind_body(void* context) {
  life_of(context).expect_wanted();
  life_of(context).reads = 0;
  return 0;
}

void release_body(void* context) {
  Life& life = life_of(context);
  ++life.releases;
  if (life.dones != 0) life.released_late = true;
}

holdfast_prepare before_attempt(void* context, holdfast_plan* plan) {
  const holdfast_request_id call = holdfast_plan_request_id(plan);
  for (const auto& life : static_cast<Run*>(context)->lives) {
    if (life->call != call) continue;
    life->expect_wanted();
    if (life->ask.hook == Hook::refuse) return HOLDFAST_PREPARE_REJECT;
    if (life->ask.hook == Hook::go) return HOLDFAST_PREPARE_PROCEED;
    life->waits_for = 2;
    return HOLDFAST_PREPARE_DEFER;
  }
  static_cast<Run*>(context)->strangers = true;  // what is thrown here would not come out
  return HOLDFAST_PREPARE_REJECT;
}

void on_closed(void* context) { ++static_cast<Run*>(context)->closed; }

void end_client(Run& run) {
  run.ended = true;
  switch (run.end) {
    case End::of_itself:
      break;
    case End::close:
      return holdfast_client_close(run.client, &on_closed, &run);
    case End::close_gracefully:
      return holdfast_client_close_gracefully(run.client, &on_closed, &run);
    case End::free:
    case End::free_in_callback:
      return run.free_client();
  }
}

void on_done(void* context, holdfast_response* response, holdfast_error* error) {
  Life& life = life_of(context);
  Run& run = *life.run;
  RC_ASSERT((response == nullptr) != (error == nullptr));
  ++life.dones;
  ++run.dones;
  if (run.end == End::free_in_callback && run.client != nullptr && run.half_over()) end_client(run);
}

void start(Run& run, Life& life) {
  const bool put = life.ask.kind != Kind::get && life.ask.kind != Kind::get_streamed;
  holdfast_request* request = holdfast_request_new(put ? "PUT" : "GET", "/x");
  if (life.ask.kind == Kind::put_bytes) {
    RC_ASSERT(holdfast_request_body_bytes(request, "payload", 7) == nullptr);
  } else if (life.has_source()) {
    const auto rewind = life.ask.kind == Kind::put_rewindable ? &rewind_body : nullptr;
    RC_ASSERT(holdfast_request_body_source(request, &read_body, rewind, &release_body, &life,
                                           HOLDFAST_CHUNKED) == nullptr);
  }
  if (life.ask.kind == Kind::get_streamed) {
    holdfast_request_on_head(request, &on_head);
    holdfast_request_on_body(request, &on_body);
  }
  ++run.started;
  life.call = holdfast_send(run.client, request, &on_done, &life);
  RC_ASSERT(life.call != 0 && life.dones == 0);
  if (life.ask.cancel == When::at_once) run.cancel(life);
  if (life.ask.pause == When::at_once) run.pause(life);
}

/// Between two turns of the loop.
void tend(Run& run) {
  for (const auto& each : run.lives) {
    Life& life = *each;
    if (run.client == nullptr) return;
    if (!life.started()) {
      if (static_cast<std::size_t>(life.ask.sent_after) <= run.dones) start(run, life);
      continue;
    }
    if (life.waits_for != 0 && --life.waits_for == 0) {
      holdfast_proceed(run.client, life.call, nullptr);
    }
    if (life.ask.cancel == When::next_turn && !life.cancelled) run.cancel(life);
    if (life.paused_for != 0 && --life.paused_for == 0) holdfast_resume(run.client, life.call);
    if (std::exchange(life.hungry, false)) holdfast_body_ready(run.client, life.call);
  }
  const bool in_callback = run.end == End::free_in_callback || run.end == End::of_itself;
  if (!run.ended && !in_callback && run.half_over()) end_client(run);
}

void set(holdfast_options* options, const char* name, const std::string& value) {
  RC_ASSERT(holdfast_options_set(options, name, value.c_str()) == nullptr);
}

void check(const Run& run) {
  RC_ASSERT(!run.strangers);
  for (const auto& life : run.lives) {
    RC_ASSERT(life->dones == 1);
    RC_ASSERT(life->releases == (life->has_source() ? 1 : 0));
    RC_ASSERT(!life->released_late);
    RC_ASSERT(!life->after_done);
    RC_ASSERT(!life->body_while_paused);
    RC_ASSERT(life->heads <= 1);
  }
}

void live(const Plan& plan) {
  fault::Scenario scenario;
  RC_ASSERT(!add_rule_line(scenario, plan.script).has_value());
  Run run;
  run.end = plan.end;
  uv_loop_init(&run.loop);
  {
    fault::ServerUv server(&run.loop, scenario);
    RC_ASSERT(!server.start().has_value());
    holdfast_options* options = holdfast_options_new();
    set(options, "base_url", "http://127.0.0.1:" + std::to_string(server.port()));
    set(options, "retry.backoff.base", "1ms");
    set(options, "retry.max_attempts", "3");
    set(options, "pool.max_connections", std::to_string(plan.connections));
    set(options, "pool.max_idle", "1");
    run.client = holdfast_client_new(&run.loop, options);
    holdfast_options_free(options);

    for (const Ask& ask : plan.asks) {
      run.lives.push_back(std::make_unique<Life>());
      run.lives.back()->run = &run;
      run.lives.back()->ask = ask;
    }
    if (plan.hooked) holdfast_client_before_attempt(run.client, &before_attempt, &run);
    tend(run);
    while (run.dones < run.lives.size()) {
      uv_run(&run.loop, UV_RUN_NOWAIT);
      tend(run);
    }
    const bool told = run.end == End::close || run.end == End::close_gracefully;
    while (run.ended && told && run.closed == 0) uv_run(&run.loop, UV_RUN_ONCE);
    run.free_client();
    server.close();
    uv_run(&run.loop, UV_RUN_DEFAULT);
  }
  RC_ASSERT(uv_loop_close(&run.loop) == 0);
  check(run);
}

Plan any_plan() {
  const auto step = rc::gen::elementOf(std::vector<std::string>{
      "200", "200 body=random:300000", "200 chunked=ok body=random:70000", "204", "404", "503",
      "reset", "close@headers:20", "truncate", "garbage", "200 early=close"});
  const auto when = rc::gen::weightedElement<When>({{6, When::never},
                                                    {1, When::at_once},
                                                    {1, When::next_turn},
                                                    {1, When::in_head},
                                                    {2, When::in_body}});
  const auto kind = rc::gen::element(Kind::get, Kind::get_streamed, Kind::get_streamed,
                                     Kind::put_bytes, Kind::put_once, Kind::put_rewindable);
  Plan plan;
  for (const std::string& each :
       *rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(step))) {
    plan.script += each + "; ";
  }
  plan.script += "200 body=text:last; stay";
  const auto ask = rc::gen::build<Ask>(
      rc::gen::set(&Ask::kind, kind), rc::gen::set(&Ask::cancel, when),
      rc::gen::set(&Ask::pause, when), rc::gen::set(&Ask::pieces, rc::gen::inRange(0, 5)),
      rc::gen::set(&Ask::hook, rc::gen::element(Hook::go, Hook::go, Hook::wait, Hook::refuse)));
  plan.asks = *rc::gen::nonEmpty(rc::gen::resize(8, rc::gen::container<std::vector<Ask>>(ask)));
  // Each may be sent as soon as some of those before it have ended.
  for (std::size_t i = 0; i < plan.asks.size(); ++i) {
    plan.asks[i].sent_after = *rc::gen::inRange(0, static_cast<int>(i) + 1);
  }
  plan.hooked = *rc::gen::arbitrary<bool>();
  plan.end = *rc::gen::element(End::of_itself, End::of_itself, End::close, End::close_gracefully,
                               End::free, End::free_in_callback);
  plan.connections = *rc::gen::inRange(1, 4);
  return plan;
}

RC_GTEST_PROP(CFace, a_request_ends_once_and_nothing_of_it_is_called_afterwards, ()) {
  const Plan plan = any_plan();
  RC_CLASSIFY(plan.end == End::free_in_callback);
  live(plan);
}

/// What is ordered at once, while its user's own frame is below, waits for the loop's next turn: on
/// a connection that is there already that is to read the body, with a hook to ask it. A cancel
/// comes before both.
RC_GTEST_PROP(CFace, what_is_cancelled_as_it_is_sent_is_not_read_and_not_asked_about, ()) {
  Plan plan;
  plan.script = "200 body=text:hello; stay";
  plan.hooked = *rc::gen::arbitrary<bool>();
  plan.asks.resize(static_cast<std::size_t>(*rc::gen::inRange(2, 6)));
  for (std::size_t i = 1; i < plan.asks.size(); ++i) {
    Ask& ask = plan.asks[i];
    ask.kind = *rc::gen::element(Kind::put_once, Kind::put_rewindable);
    ask.cancel = *rc::gen::element(When::at_once, When::at_once, When::never);
    ask.pieces = *rc::gen::inRange(0, 3);
    ask.sent_after = static_cast<int>(i);
  }
  live(plan);
}

}  // namespace
}  // namespace proof
