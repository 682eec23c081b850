"""The broken variants of the client, each a small edit of one file, and what must notice it.

An entry: name, the rule or invariant it breaks, the file, the text to replace (it must stand there
exactly once) and what to put in its place.
"""

MUTANTS = [
    dict(name="post_replayed", breaks="R2, inv 11", file="src/policy/decide.cc",
         find="    case NonIdempotent::never:\n      return false;",
         put="    case NonIdempotent::never:\n      return true;"),
    dict(name="one_attempt_too_many", breaks="R1, inv 13", file="src/policy/decide.cc",
         find="situation.attempt >= policy.max_attempts",
         put="situation.attempt > policy.max_attempts"),
    dict(name="jitter_too_wide", breaks="B1, inv 21", file="src/policy/backoff.cc",
         find="      return ordered(part(delay, policy.jitter_low), part(delay, policy.jitter_high));",
         put="      return ordered(part(delay, policy.jitter_low) * 9 / 10,\n"
             "                     part(delay, policy.jitter_high));"),
    dict(name="retry_after_undercut_by_1_ms", breaks="B3, inv 22", file="src/policy/decide.cc",
         find="    verdict.delay = stretched(verdict.retry_after, policy.retry_after_jitter, jitter);",
         put="    verdict.delay = stretched(verdict.retry_after, policy.retry_after_jitter, jitter) -\n"
             "                    std::chrono::milliseconds(1);"),
    dict(name="slot_leaked_on_cancel", breaks="P5, inv 38, 46", file="src/engine/attempt.cc",
         find="    x.connection = {};\n    c.exchange = {};\n    lose(c, CloseCause::not_reusable);\n  }\n}",
         put="    x.connection = {};\n    c.exchange = {};\n"
             "    c.state = Connection::State::idle;\n    deadlines_.disarm(key_of(c.id));\n  }\n}"),
    dict(name="completed_twice", breaks="F1, inv 1", file="src/engine/attempt.cc",
         find="    action.response = &x.response;\n  }\n",
         put="    action.response = &x.response;\n    order(Action::Kind::complete, id, x).response ="
             " &x.response;\n  }\n"),
    dict(name="bodies_of_two_attempts_spliced", breaks="inv 4", file="src/engine/attempt.cc",
         find="  x.response.body.clear();\n", put=""),
    dict(name="idle_over_limit", breaks="P2, inv 29", file="src/engine/pool.cc",
         find="  if (idle_ <= policy_.max_idle) return;",
         put="  if (idle_ <= policy_.max_idle + 1) return;"),
    dict(name="deadline_ignored_in_backoff", breaks="B6, inv 26", file="src/policy/decide.cc",
         find="  return !situation.deadline.is_never() && now.mono + delay >= situation.deadline;",
         put="  return situation.deadline == now.mono && delay < Duration::zero();"),
    dict(name="stale_replay_not_counted", breaks="R7, inv 13, 37", file="src/engine/attempt.cc",
         find="  if (verdict.stale_replay) x.stale_replay_used = true;",
         put="  if (verdict.stale_replay) --x.attempt;"),
    dict(name="cut_body_passed_off_as_whole", breaks="H1, inv 6", file="src/engine/receive.cc",
         find="    if (c.reader.finish() == wire::H1Reader::Event::end) return on_end(c, x);",
         put="    if (c.reader.finish() == wire::H1Reader::Event::end || c.head_done) return on_end(c, x);"),
    dict(name="unsolicited_bytes_ignored", breaks="P4, inv 34", file="src/engine/receive.cc",
         find="    return lose(*c, CloseCause::by_error);  // speaks out of turn (P4)",
         put="    return;"),
    dict(name="one_shot_body_sent_again", breaks="R8, inv 15", file="src/policy/decide.cc",
         find="  if (!situation.body_replayable) return StopReason::body_not_replayable;\n", put=""),
    dict(name="one_connection_too_many", breaks="P2, inv 29", file="src/engine/pool.h",
         find="return entries_.size() >= policy_.max_connections;",
         put="return entries_.size() > policy_.max_connections;"),
    dict(name="last_waiter_first", breaks="P3, inv 31", file="src/engine/pool.cc",
         find="  std::uint32_t index = origin.first;\n  while (index != kNone && waiters_[index].fresh)"
              " index = waiters_[index].after;",
         put="  std::uint32_t index = origin.last;\n  while (index != kNone && waiters_[index].fresh)"
             " index = waiters_[index].before;"),
    dict(name="progress_does_not_restart_the_read_timer", breaks="T1, inv 25",
         file="src/engine/receive.cc",
         find="  c->window_bytes += bytes.size();\n  c->last_received = now();",
         put="  c->window_bytes += bytes.size();"),
    dict(name="idle_never_expires", breaks="P1, inv 35", file="src/engine/timers.cc",
         find="      return earlier(c.idle_until, c.retire_at);",
         put="      return c.retire_at;"),
    dict(name="permanent_errors_retried", breaks="R5, inv 14", file="src/policy/decide.cc",
         find="  if (!is_transient(outcome.error)) return ReplayClass::permanent;\n", put=""),
    dict(name="credentials_go_along", breaks="F4, inv 43", file="src/policy/redirect.cc",
         find='kOneOriginOnly[] = {"Authorization", ', put='kOneOriginOnly[] = {"None", '),
    dict(name="one_hop_too_many", breaks="F4", file="src/policy/redirect.cc",
         find="question.hops >= policy.max_redirects", put="question.hops > policy.max_redirects"),
    dict(name="post_redirected_with_its_body", breaks="R2, inv 11", file="src/policy/redirect.cc",
         find="  if (verdict.keeps_body && !may_send_again(question)) return "
              "refused(RedirectRefusal::method);\n", put=""),
    dict(name="hops_share_their_attempts", breaks="F4, inv 13", file="src/engine/redirect.cc",
         find="  x.earlier_tries = x.attempt;\n", put=""),
]
