// What is counted, and what observers are told, one situation each. That it all adds up over
// generated runs is a property (proptests/properties/observe_test.cc).
#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;
using Kind = Note::Kind;

ClientOptions one_connection() {
  ClientOptions options;
  options.pool.max_connections = options.pool.max_idle = 1;
  return options;
}

/// The notes by one letter each, in order.
std::string story(const Rig& rig) {
  constexpr std::string_view kLetters = "aerhqwWuoc";
  std::string all;
  for (const Note& note : rig.notes()) all += kLetters[static_cast<std::size_t>(note.kind)];
  return all;
}
const Note& note_of(const Rig& rig, Kind kind) {
  for (const Note& note : rig.notes()) {
    if (note.kind == kind) return note;
  }
  ADD_FAILURE() << "no such note";
  return rig.notes().front();
}

TEST(watch, a_request_tells_its_story_in_order) {
  Rig rig;
  rig.engine().set_notes(true);
  rig.get("http://10.0.0.1/a?b=c");
  rig.pass(3ms);
  rig.connect(0);
  rig.serve(0, kBusy);
  rig.pass(1s);
  rig.serve(0, kOk);
  EXPECT_EQ(story(rig), "aoeraueq");
  const Note& opened = note_of(rig, Kind::connection_opened);
  EXPECT_EQ(opened.span, 3ms);
  EXPECT_EQ(opened.scheme + opened.host + std::to_string(opened.port), "http10.0.0.180");
  EXPECT_EQ(opened.http_major, 1);
  EXPECT_EQ(opened.peer.to_string(), "10.0.0.1:80");
  const Note& ended = note_of(rig, Kind::attempt_ended);
  EXPECT_EQ(ended.record.status, 503);
  EXPECT_EQ(ended.method + " " + ended.url.target(), "GET /a?b=c");
  const Note& retry = note_of(rig, Kind::retry_scheduled);
  EXPECT_EQ(retry.record.number, 1U);
  EXPECT_EQ(retry.source, DelaySource::backoff);
  EXPECT_GE(retry.span, 800ms);
  const Note& last = note_of(rig, Kind::request_ended);
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.attempts, 2U);
  EXPECT_EQ(last.error, nullptr);
  EXPECT_EQ(last.span, 3ms + 1s);
}

TEST(watch, nothing_is_told_while_nobody_wants_it) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.engine().set_notes(true);
  rig.engine().set_notes(false);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.notes().empty());
}

TEST(watch, a_refused_request_has_an_end_and_no_url) {
  Rig rig;
  rig.engine().set_notes(true);
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.get("nonsense", 2);  // in the slot of the first
  const Note& last = rig.notes().back();
  EXPECT_EQ(last.kind, Kind::request_ended);
  EXPECT_FALSE(last.has_url);
  EXPECT_EQ(last.attempts, 0U);
  EXPECT_EQ(rig.engine().stats().request_errors[ErrorCode::invalid_url], 1U);
  EXPECT_EQ(rig.engine().stats().attempts, 1U);
}

TEST(watch, a_wait_for_a_slot_is_told_and_counted_and_a_dial_is_no_wait) {
  Rig rig(one_connection());
  rig.engine().set_notes(true);
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  EXPECT_EQ(story(rig), "ao");
  rig.get("http://10.0.0.1/", 2);
  EXPECT_EQ(story(rig), "aoaw");
  rig.pass(20ms);
  rig.serve(0, kOk);
  EXPECT_EQ(story(rig), "aoaweWuq");
  EXPECT_EQ(note_of(rig, Kind::wait_ended).span, 20ms);
  rig.serve(0, kOk);
  const ClientStats stats = rig.engine().stats();
  EXPECT_EQ(stats.pool_waits, 1U);
  EXPECT_EQ(stats.pool_wait_time, 20ms);
  EXPECT_EQ(stats.reused, 1U);
}

TEST(watch, a_wait_ends_with_the_dial_that_it_gets) {
  Rig rig(one_connection());
  rig.engine().set_notes(true);
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.get("http://10.0.0.2/", 2);
  rig.pass(20ms);
  rig.serve(0, kOk);  // idle, and gives way
  EXPECT_EQ(note_of(rig, Kind::connection_closed).cause, CloseCause::evicted);
  EXPECT_EQ(rig.engine().stats().pool_waits, 0U);
  rig.pass(5ms);
  rig.answer_closes();
  EXPECT_EQ(note_of(rig, Kind::wait_ended).span, 25ms);
  rig.pass(5ms);
  rig.connect(1);
  EXPECT_EQ(rig.engine().stats().pool_wait_time, 25ms);
}

TEST(watch, a_wait_ends_with_the_attempt) {
  Rig rig(one_connection());
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.get("http://10.0.0.1/", 2);
  rig.pass(2s);  // timeouts.pool
  const ClientStats stats = rig.engine().stats();
  EXPECT_EQ(stats.pool_waits, 1U);
  EXPECT_EQ(stats.pool_wait_time, 2s);
  EXPECT_EQ(stats.timeouts(ErrorCode::pool_timeout), 1U);
  EXPECT_EQ(stats.retries_by_error[ErrorCode::pool_timeout], 1U);
}

TEST(watch, connections_are_told_closed_with_their_cause_and_age) {
  Rig rig;
  rig.engine().set_notes(true);
  rig.get();
  rig.connect(0);
  rig.serve(0, kOk);
  rig.pass(30s);
  const Note& closed = note_of(rig, Kind::connection_closed);
  EXPECT_EQ(closed.cause, CloseCause::idle_expiry);
  EXPECT_EQ(closed.span, 30s);
  EXPECT_EQ(closed.http_major, 1);
}

TEST(watch, a_dial_that_fails_was_never_open) {
  ClientOptions options;
  options.retry.max_attempts = 1;
  Rig rig(options);
  rig.engine().set_notes(true);
  rig.get();
  rig.refuse(0);
  EXPECT_EQ(story(rig), "aceq");
  const Note& closed = note_of(rig, Kind::connection_closed);
  EXPECT_EQ(closed.cause, CloseCause::connect_failed);
  EXPECT_LT(closed.span, 0s);
  EXPECT_EQ(closed.http_major, 0);
  EXPECT_EQ(rig.engine().stats().connect_failed, 1U);
  EXPECT_EQ(rig.engine().stats().attempt_errors[ErrorCode::connect_refused], 1U);
}

TEST(watch, what_was_told_stays_true_though_more_happens_before_it_is_polled) {
  Rig rig;
  rig.engine().set_notes(true);
  rig.get();
  rig.connect(0);
  rig.accept_writes(0);
  rig.engine().handle_bytes(rig.socket(0).id, kBusy, rig.now());  // not polled
  rig.engine().shut_down(rig.now());                              // ends it meanwhile
  rig.drain();
  EXPECT_EQ(note_of(rig, Kind::attempt_ended).record.status, 503);
  EXPECT_EQ(note_of(rig, Kind::attempt_ended).record.error, ErrorCode::none);
  EXPECT_EQ(rig.notes().back().kind, Kind::connection_closed);
  EXPECT_EQ(note_of(rig, Kind::request_ended).stop, StopReason::cancelled);
}

TEST(watch, requests_attempts_and_retries_are_counted) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  EXPECT_EQ(rig.engine().stats().in_flight, 1U);
  rig.connect(0);
  rig.serve(0, "HTTP/1.1 429 X\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n");
  rig.pass(1s);
  rig.serve(0, kBusy);
  rig.pass(2s);
  rig.serve(0, kOk);
  const auto cancelled = rig.get("http://10.0.0.1/", 2);
  rig.cancel(cancelled);
  rig.get("http://10.0.0.1/", 3);
  rig.engine().shut_down(rig.now());
  rig.drain();
  const ClientStats stats = rig.engine().stats();
  EXPECT_EQ(stats.submitted, 3U);
  EXPECT_EQ(stats.succeeded, 1U);
  EXPECT_EQ(stats.cancelled, 1U);
  EXPECT_EQ(stats.failed, 1U);
  EXPECT_EQ(stats.in_flight, 0U);
  EXPECT_EQ(stats.attempts, 5U);
  EXPECT_EQ(stats.retries_retry_after, 1U);
  EXPECT_EQ(stats.retries_backoff, 1U);
  EXPECT_EQ(stats.retries_by_error[ErrorCode::none], 2U);
  EXPECT_EQ(stats.attempt_errors[ErrorCode::none], 3U);
  EXPECT_EQ(stats.attempt_errors[ErrorCode::cancelled], 1U);
  EXPECT_EQ(stats.request_errors[ErrorCode::client_closed], 1U);
}

TEST(watch, a_stale_replay_is_counted_as_such) {
  Rig rig;
  rig.get("http://10.0.0.1/", 1);
  rig.connect(0);
  rig.serve(0, kOk);
  rig.get("http://10.0.0.1/", 2);
  rig.accept_writes(0);
  rig.rst(0);
  const ClientStats stats = rig.engine().stats();
  EXPECT_EQ(stats.stale_replays, 1U);
  EXPECT_EQ(stats.retries_immediate, 1U);
  EXPECT_EQ(stats.retries_by_error[ErrorCode::connection_reset], 1U);
}

TEST(watch, refusals_of_the_budget_are_counted) {
  ClientOptions options;
  options.retry.budget.burst = 1;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  rig.serve(0, kBusy);
  rig.pass(1s);
  rig.serve(0, kBusy);
  EXPECT_EQ(rig.ended().response->status, 503);
  EXPECT_EQ(rig.engine().stats().budget_refusals, 1U);
  EXPECT_EQ(rig.engine().stats().retries(), 1U);
}

TEST(watch, the_deadline_is_a_timeout_even_between_attempts) {
  ClientOptions options;
  options.timeouts = {.connect = kOff, .read = kOff, .write = kOff, .pool = kOff, .total = 1s};
  options.retry.backoff.jitter = Jitter::none;
  options.retry.backoff.base = 900ms;
  Rig rig(options);
  rig.get();
  rig.connect(0);
  rig.pass(99ms);
  rig.serve(0, kBusy);
  rig.pass(900ms);
  rig.pass(1ms);
  const ClientStats stats = rig.engine().stats();
  EXPECT_EQ(stats.timeouts(ErrorCode::deadline_exceeded), 1U);
  EXPECT_EQ(stats.retries(), 1U);
}

TEST(watch, bytes_are_those_of_the_socket) {
  Rig rig;
  rig.get();
  rig.connect(0);
  rig.serve(0, kOk);
  EXPECT_EQ(rig.engine().stats().bytes_sent, rig.socket(0).sent.size());
  EXPECT_EQ(rig.engine().stats().bytes_received, kOk.size());
}

TEST(watch, durations_fall_into_their_buckets) {
  Rig rig;
  for (const Duration took : {Duration(0), Duration(5ms), Duration(5ms + 1ns), Duration(9s)}) {
    static int tag = 0;
    rig.get("http://10.0.0.1/", ++tag);
    if (tag == 1) rig.connect(0);
    rig.accept_writes(0);
    rig.pass(took);
    rig.receive(0, kOk);
  }
  const DurationHistogram& durations = rig.engine().stats().durations;
  EXPECT_EQ(durations.counts[0], 2U);
  EXPECT_EQ(durations.counts[1], 1U);
  EXPECT_EQ(durations.counts[13], 1U);
  EXPECT_EQ(durations.count(), 4U);
  EXPECT_EQ(durations.sum, 9s + 10ms + 1ns);
}

}  // namespace
}  // namespace holdfast::engine
