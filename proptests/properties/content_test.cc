// Invariants 4, 6, 42, 45 and 48 of encoded contents, of contents that are stored, and of bodies
// that wait for 100 (Continue), over every transport. The libraries' own encoders say what is sent,
// so what must arrive is known beforehand.
#include <optional>
#include <string>
#include <utility>

#include "proptests/simulation/gen.h"
#include "proptests/simulation/trial.h"
#include "proptests/simulation/wire_view.h"
#include "wire/content/decoder_rig.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using holdfast::wire::coding_of;
using holdfast::wire::encode;
using holdfast::wire::encodings;

Transport any_transport() { return static_cast<Transport>(gen::number(0, 3)); }

std::string some_content() {
  const auto seed = static_cast<std::uint64_t>(gen::number(0, 1000));
  const auto size = static_cast<std::size_t>(gen::number(0, 20'000));
  std::string content = holdfast::wire::sample(size, seed);
  if (!gen::one_in(4) || content.empty()) return content;
  // Little on the wire, much when decoded.
  const std::string block = content.substr(0, 300);
  const auto blocks = static_cast<std::size_t>(gen::number(1, 3000));
  for (std::size_t i = 0; i < blocks; ++i) content += block;
  return content;
}

/// A fresh answer, encoded by none to three codings, whole, cut or with something behind it.
fault::Step answer(CodedByName& items) {
  Coded item;
  item.content = some_content();
  std::string body = item.content;
  for (std::int64_t left = gen::number(0, 3); left > 0; --left) {
    const char* encoding = encodings()[static_cast<std::size_t>(
        gen::number(0, static_cast<std::int64_t>(encodings().size()) - 1))];
    body = encode(encoding, body);
    item.coding += (item.coding.empty() ? "" : ", ") + std::string(coding_of(encoding));
  }
  if (!item.coding.empty() && body.size() > 1 && gen::one_in(4)) {
    item.flaw = Coded::Flaw::cut;
    const auto size = static_cast<std::int64_t>(body.size());
    body.resize(static_cast<std::size_t>(gen::number(1, size - 1)));  // nothing at all is no error
  }
  fault::Step step;
  step.status = gen::one_in(8) ? 404 : 200;
  if (gen::one_in(6)) step.status = 503;
  answer_with(step, std::move(item), std::move(body), items);
  if (gen::one_in(3)) step.extra.emplace_back("chunked", "ok");
  if (gen::one_in(4)) {
    step.action = gen::one_in(2) ? fault::ActionKind::kReset : fault::ActionKind::kTruncate;
    step.extra.emplace_back("status", std::to_string(step.status));
    step.at =
        fault::Place{fault::Phase::kBody, static_cast<std::uint64_t>(gen::number(0, 99)), true};
  }
  return step;
}

Case coded_contents() {
  Case c = gen::plain();
  c.transport = any_transport();
  c.options.retry.backoff.base = std::chrono::milliseconds(10);
  c.options.timeouts.read = c.options.timeouts.write = std::chrono::minutes(5);
  c.options.decode.max_ratio = 0;
  if (gen::one_in(2)) c.options.http2.stream_window_bytes = 65'535;
  c.driver = gen::driver();
  if (gen::one_in(2)) c.link.max_read = static_cast<std::uint32_t>(gen::number(500, 20'000));
  c.script = scenario_of({"/p0 : 200"});
  c.script.rules[0].per = fault::Per::kRequest;
  c.script.rules[0].script.steps.clear();
  for (std::int64_t left = gen::number(1, 6); left > 0; --left) {
    c.script.rules[0].script.steps.push_back(answer(c.contents));
  }
  c.script.rules[0].script.tail = fault::Tail::kLoop;
  c.requests = gen::requests(6, [] {
    RequestPlan request;
    request.at = std::chrono::milliseconds(gen::number(0, 200));
    request.path = "/p0";
    request.streaming = gen::one_in(2);
    request.storing = !request.streaming && gen::one_in(2);
    for (std::int64_t left = gen::number(0, 2); left > 0; --left) {
      Reaction pause;
      pause.when = gen::one_in(3) ? Reaction::When::on_head : Reaction::When::on_body;
      pause.act = Reaction::Act::pause;
      pause.wait = std::chrono::milliseconds(gen::number(0, 20));
      if (request.streaming || request.storing) request.reactions.push_back(pause);
    }
    return request;
  });
  return c;
}

// What must arrive is judged as in every case (checks_content.cc).
RC_GTEST_PROP(Content, inv_04_what_arrives_is_what_was_encoded_or_an_error, ()) {
  must_hold(gen::made(coded_contents));
}

// --- Bombs ---------------------------------------------------------------------------------------

RC_GTEST_PROP(Content, inv_42_a_bomb_is_stopped_by_its_ratio, ()) {
  Case c = gen::plain();
  c.transport = any_transport();
  c.options.decode.max_ratio = static_cast<std::uint64_t>(gen::number(2, 500));
  c.options.decode.ratio_grace_bytes = 64 << 10;
  const std::string bomb = encode("gzip", std::string(4 << 20, 'x'));
  c.script = scenario_of({"/p0 : 200"});
  fault::Step& step = c.script.rules[0].script.steps[0];
  step.headers.emplace_back("Content-Encoding", "gzip");
  step.extra.emplace_back("body", "text:" + bomb);
  RequestPlan request;
  request.path = "/p0";
  request.streaming = gen::one_in(2);
  request.storing = !request.streaming && gen::one_in(2);
  c.requests = {request};
  must_hold(c, [&bomb](const Case& ran, const Report& report, auto& findings) {
    const Seen& seen = report.seen[0];
    if (!seen.error || seen.error->code != ErrorCode::expansion_too_large) {
      findings.emplace_back("inv_42: the bomb was not stopped");
    }
    const std::uint64_t most =
        std::max<std::uint64_t>(64 << 10, ran.options.decode.max_ratio * bomb.size()) + (4 << 10);
    if (seen.streamed.size() > most) findings.emplace_back("inv_42: stopped too late");
  });
}

// --- Expect: 100-continue ------------------------------------------------------------------------

/// What the server makes of a request that expects.
enum class Server { obliging, final_at_once, silent };

Case expecting(Server server) {
  Case c = gen::plain();
  c.transport = any_transport();
  c.link.min_latency = std::chrono::milliseconds(gen::number(1, 20));
  c.link.max_latency = c.link.min_latency + std::chrono::milliseconds(gen::number(0, 5));
  c.options.timeouts.expect_continue = std::chrono::milliseconds(gen::number(300, 2000));
  c.options.pool.max_connections = static_cast<std::uint32_t>(gen::number(1, 3));
  c.options.timeouts.pool = std::chrono::minutes(1);
  // What it leaves unread stands before the next request of the connection.
  if (server == Server::silent) c.options.pool.max_requests_per_connection = 1;
  c.driver = gen::driver();
  // What follows a 417 does not expect, and gets its body read.
  const char* const at_once = gen::one_in(2) ? "417 early=stay; 200" : "200 early=stay";
  const std::string says = server == Server::obliging        ? "200"
                           : server == Server::final_at_once ? at_once
                                                             : "200 early=stay delay=4s";
  c.script = scenario_of({"/p0 : " + says});
  c.script.rules[0].per = fault::Per::kRequest;
  c.requests = gen::requests(6, [] {
    RequestPlan request;
    request.at = std::chrono::milliseconds(gen::number(0, 500));
    request.method = gen::one_in(2) ? "PUT" : "POST";
    request.path = "/p0";
    request.expect = true;
    request.streaming = gen::one_in(3);
    request.body.kind = static_cast<BodyPlan::Kind>(gen::number(1, 3));
    request.body.size = static_cast<std::uint32_t>(gen::number(1, 500));
    request.body.known_length = gen::one_in(2);
    return request;
  });
  return c;
}

/// When the whole body had come, counted from when the head had; nullopt if it never did.
std::optional<Duration> body_after_head(const WireAttempt& attempt) {
  if (attempt.end == nullptr || attempt.end->body_len == 0) return std::nullopt;
  return Duration(attempt.end->t_ns - attempt.head->t_ns);
}

template <class Judge>
void each_attempt(const Report& report, Judge judge) {
  const WireView wire(report);
  for (std::size_t i = 0; i < report.seen.size(); ++i) {
    for (const WireAttempt* attempt : wire.attempts_of(i)) {
      if (attempt->head != nullptr) judge(report.seen[i], *attempt);
    }
  }
}

void everybody_answered(const Report& report, std::vector<std::string>& findings) {
  for (const Seen& seen : report.seen) {
    if (!seen.response) findings.emplace_back("inv_45: no response");
  }
}

RC_GTEST_PROP(Expect, inv_45_the_body_follows_upon_100_and_not_before, ()) {
  must_hold(gen::made([] { return expecting(Server::obliging); }),
            [](const Case& c, const Report& report, auto& findings) {
              everybody_answered(report, findings);
              each_attempt(report, [&](const Seen&, const WireAttempt& attempt) {
                if (attempt.asked("Expect") != "100-continue") {
                  findings.emplace_back("inv_45: nothing was expected");
                }
                const auto after = body_after_head(attempt);
                // There and back.
                if (!after || *after < 2 * c.link.min_latency) {
                  findings.emplace_back("inv_45: the body did not wait for 100");
                }
                // Upon 100, not upon the timer.
                if (after && *after >= c.options.timeouts.expect_continue) {
                  findings.emplace_back("inv_45: the body waited for longer than 100 took");
                }
              });
            });
}

RC_GTEST_PROP(Expect, inv_45_no_body_follows_a_final_response, ()) {
  must_hold(gen::made([] { return expecting(Server::final_at_once); }),
            [](const Case& c, const Report& report, auto& findings) {
              everybody_answered(report, findings);
              each_attempt(report, [&](const Seen& seen, const WireAttempt& attempt) {
                const bool refused = seen.timeline()[0].status == 417;
                if (refused != (seen.timeline().attempts() == 2)) {
                  findings.emplace_back("R3: a 417 is repeated once, nothing else is");
                }
                if (attempt.asked("Expect") != "100-continue") {
                  if (!refused) findings.emplace_back("inv_45: nothing was expected");
                  return;
                }
                if (body_after_head(attempt))
                  findings.emplace_back("inv_45: the body was sent in vain");
                if (!refused && seen.first_read) {
                  findings.emplace_back("inv_45: the source was read in vain");
                }
              });
              if (is_h2(c.transport)) return;
              const WireView wire(report);
              for (const auto& [connection, attempts] : wire.connections()) {
                for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
                  if (attempts[i]->asked("Expect").empty()) continue;
                  findings.emplace_back("inv_33: reused, a body being owed");
                }
              }
            });
}

RC_GTEST_PROP(Expect, inv_45_a_silent_server_gets_the_body_when_the_wait_is_over, ()) {
  must_hold(
      gen::made([] { return expecting(Server::silent); }),
      [](const Case& c, const Report& report, auto& findings) {
        everybody_answered(report, findings);
        // A server that answers early does not read the body, so that the journal has no word of
        // it: the client's own record tells when all of the request had left.
        for (const Seen& seen : report.seen) {
          const holdfast::AttemptRecord& last = seen.timeline().last();
          const Duration waited = last.sent - last.connected;
          if (waited < c.options.timeouts.expect_continue || waited >= std::chrono::seconds(4)) {
            findings.emplace_back("inv_45: the body did not wait as long as it was to");
          }
          if (last.bytes_sent < c.requests[seen.plan].body.size) {
            findings.emplace_back("inv_45: the body did not leave");
          }
        }
      });
}

}  // namespace
}  // namespace proof
