// Invariant 56: whichever face a program uses, callbacks, coroutines, blocking calls or C, the
// server sees the same requests and the caller the same attempts. Real sockets and the real server,
// one request after another, so that nothing but the faces could make a difference: faults that
// leave it to chance how much of an answer arrives (a reset behind bytes, a close behind a whole
// answer, as is every one behind the answer to a HEAD) are left to the simulation.
#include <gtest/gtest.h>
#include <uv.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "fault_server/uv/server.h"
#include "holdfast/blocking.h"
#include "holdfast/coro.h"
#include "proptests/parity/faces_c.h"
#include "proptests/simulation/watchers.h"

namespace proof {
namespace {

using holdfast::ClientOptions;
using holdfast::Request;
using holdfast::Response;
using holdfast::Result;

struct Ask {
  std::string method;
  bool streamed = false;

  Request request() const {
    Request made;
    made.method = method;
    made.url = streamed ? "/streamed" : "/whole";
    if (method == "POST" || method == "PUT") made.body = holdfast::Body("payload");
    return made;
  }
};

struct Plan {
  std::string script;
  std::vector<Ask> asks;
  bool watched = false;  // callbacks and C alone
};

/// What an attempt was, without what the clock has to do with it. The delay stays in: it is drawn
/// from the seed.
std::string tell(const holdfast::Timeline& timeline) {
  std::string text;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const holdfast::AttemptRecord& a = timeline[i];
    text += "  " + std::to_string(a.number) + " status=" + std::to_string(a.status) + " " +
            std::string(name(a.error)) + " in " + std::string(name(a.phase)) + " class " +
            holdfast::letter(a.replay) + " after " + std::string(name(a.delay_source)) + " " +
            std::to_string(a.delay.count()) + " " + std::string(name(a.retry_after_note)) +
            " connection " + std::to_string(a.connection_id) + (a.reused ? " reused" : "") +
            " out " + std::to_string(a.bytes_sent) + " in " + std::to_string(a.bytes_received) +
            "\n";
  }
  return text + "  " + std::string(name(timeline.stop_reason())) + "\n";
}

std::string tell(const Ask& ask, const Result<Response>& result, const std::string& streamed) {
  std::string text = ask.method + (ask.streamed ? " streamed: " : ": ");
  if (!result.ok()) {
    return text + std::string(name(result.error().code)) + " " + result.error().detail + " " +
           std::to_string(std::hash<std::string>()(streamed)) + "\n" +
           tell(result.error().timeline);
  }
  return text + std::to_string(result->status) + " " +
         std::to_string(std::hash<std::string>()(ask.streamed ? streamed : result->body)) + " " +
         result->trailers.joined("X-Sum") + "\n" + tell(result->timeline);
}

/// What the server wrote down, without times and without what the kernel has a say in (how answers
/// are cut into writes, when a close is noticed).
std::string tell(const fault::Journal& journal) {
  using fault::EntryType;
  std::string text;
  for (const fault::Entry& e : journal.entries()) {
    if (e.type == EntryType::kConnOpen || e.type == EntryType::kConnClose ||
        e.type == EntryType::kRespBody || e.type == EntryType::kReqBody) {
      continue;
    }
    text += std::string(type_word(e.type)) + " c" + std::to_string(e.conn) + " x" +
            std::to_string(e.exch) + " #" + std::to_string(e.attempt) + " " + e.key + " " +
            e.step_text + " " + e.method + " " + e.target + " " + std::to_string(e.status) + " " +
            e.body_sha256 + (e.complete ? " complete" : "");
    if (e.type == EntryType::kReqHead) {
      for (const auto& [field, value] : e.headers) {
        if (field != "Host") text.append(" ").append(field).append("=").append(value);
      }
    }
    text += "\n";
  }
  return text;
}

struct Trace {
  std::string journal, story, heard;
  friend bool operator==(const Trace&, const Trace&) = default;
};

ClientOptions options_for(std::uint16_t port) {
  ClientOptions options;
  options.base_url = "http://127.0.0.1:" + std::to_string(port);
  options.default_headers.add("X-Client-Id", "me");
  options.retry.backoff.base = std::chrono::milliseconds(1);
  options.retry.max_attempts = 3;
  options.seed = 7;
  return options;
}

// --- The faces -----------------------------------------------------------------------------------

/// Who is told of each answer; `heard` is for those who watch.
struct Tell {
  std::function<void(const Ask&, const Result<Response>&, const std::string&)> answer;
  std::string* heard = nullptr;
  void operator()(const Ask& ask, const Result<Response>& result,
                  const std::string& streamed) const {
    answer(ask, result, streamed);
  }
};

void by_callbacks(uv_loop_t* loop, const ClientOptions& options, const Plan& plan,
                  const Tell& told) {
  holdfast::Client client(loop, options);
  if (told.heard != nullptr) watch(client, *told.heard);
  std::size_t next = 0;
  std::string streamed;
  bool done = false;
  std::function<void()> go = [&] {
    if (next == plan.asks.size()) {
      done = true;
      return;
    }
    const Ask& ask = plan.asks[next++];
    streamed.clear();
    const auto finish = [&](Result<Response> result) {
      told(ask, result, streamed);
      go();
    };
    if (!ask.streamed) {
      client.send(ask.request(), finish);
      return;
    }
    holdfast::StreamCallbacks callbacks;
    callbacks.on_body = [&](std::string_view bytes) { streamed += bytes; };
    callbacks.on_done = finish;
    client.stream(ask.request(), std::move(callbacks));
  };
  go();
  while (!done) uv_run(loop, UV_RUN_ONCE);
}

holdfast::co::Task<> await_all(holdfast::CoClient& client, const Plan& plan, const Tell& told) {
  for (const Ask& ask : plan.asks) {
    std::string streamed;
    if (!ask.streamed) {
      auto op = client.send(ask.request());
      const Result<Response> result = co_await op;
      told(ask, result, streamed);
      continue;
    }
    auto body = client.stream(ask.request());
    for (;;) {
      const Result<std::string_view> piece = co_await body.next();
      if (piece && !piece->empty()) {
        streamed += *piece;
        continue;
      }
      if (piece) {
        told(ask, *body.response(), streamed);
      } else {
        told(ask, piece.error(), streamed);
      }
      break;
    }
  }
}

void by_coroutines(uv_loop_t* loop, const ClientOptions& options, const Plan& plan,
                   const Tell& told) {
  holdfast::CoClient client(loop, options);
  auto task = await_all(client, plan, told);
  task.start();
  while (!task.done()) uv_run(loop, UV_RUN_ONCE);
}

void by_blocking_calls(uv_loop_t* loop, const ClientOptions& options, const Plan& plan,
                       const Tell& told) {
  std::atomic<bool> done{false};
  uv_async_t finished;
  uv_async_init(loop, &finished, nullptr);
  std::thread thread([&] {
    holdfast::BlockingClient client(options);
    for (const Ask& ask : plan.asks) {
      std::string streamed;
      const auto take = [&](std::string_view bytes) {
        streamed += bytes;
        return true;
      };
      const Result<Response> result = ask.streamed ? client.stream(ask.request(), {.on_body = take})
                                                   : client.send(ask.request());
      told(ask, result, streamed);
    }
    done = true;
    uv_async_send(&finished);
  });
  while (!done) uv_run(loop, UV_RUN_ONCE);
  thread.join();
  finished.data = &done;
  uv_close(reinterpret_cast<uv_handle_t*>(&finished),
           [](uv_handle_t* handle) { *static_cast<std::atomic<bool>*>(handle->data) = false; });
  while (done) uv_run(loop, UV_RUN_ONCE);
}

void by_c(uv_loop_t* loop, const ClientOptions& options, const Plan& plan, const Tell& told) {
  std::vector<CAsk> asks;
  for (const Ask& ask : plan.asks) {
    const bool has_body = ask.request().body.kind() != holdfast::Body::Kind::none;
    asks.push_back({ask.method, ask.request().url, has_body ? "payload" : "", ask.streamed});
  }
  const std::vector<CAnswer> answers = ask_in_c(loop, c_options(options), asks, told.heard);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    told(plan.asks[i], answers[i].result, answers[i].streamed);
  }
}

using Face = void (*)(uv_loop_t*, const ClientOptions&, const Plan&, const Tell&);

Trace run(Face face, const Plan& plan) {
  fault::Scenario scenario;
  const auto complaint = add_rule_line(scenario, plan.script);
  RC_ASSERT(!complaint.has_value());
  scenario.rules[0].per = fault::Per::kGlobal;
  Trace trace;
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    fault::ServerUv server(&loop, scenario);
    RC_ASSERT(!server.start().has_value());
    Tell told;
    told.answer = [&](const Ask& ask, const Result<Response>& result, const std::string& streamed) {
      trace.story += tell(ask, result, streamed);
    };
    if (plan.watched) told.heard = &trace.heard;
    face(&loop, options_for(server.port()), plan, told);
    trace.journal = tell(server.peer().journal());
    server.close();
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  RC_ASSERT(uv_loop_close(&loop) == 0);
  return trace;
}

/// Bodies stay below the mark at which a slow taker holds the peer back: whether he is slow is the
/// scheduler's business.
Plan any_plan() {
  const auto step = rc::gen::elementOf(std::vector<std::string>{
      "200", "200 body=text:hello", "200 body=random:30000", "200 body=random:300 says=close",
      "200 chunked=ok t.X-Sum=7 body=text:hello", "204", "404", "500 body=text:sorry", "503",
      "503 ra=0", "429 ra=past", "503 ra=400", "reset", "close", "close@headers:20", "truncate",
      "truncate@body:3", "garbage"});
  Plan plan;
  for (const std::string& each :
       *rc::gen::resize(8, rc::gen::container<std::vector<std::string>>(step))) {
    plan.script += each + "; ";
  }
  plan.script += "200 body=text:last; stay";
  const auto ask =
      rc::gen::build<Ask>(rc::gen::set(&Ask::method, rc::gen::elementOf(std::vector<std::string>{
                                                         "GET", "GET", "DELETE", "POST", "PUT"})),
                          rc::gen::set(&Ask::streamed, rc::gen::arbitrary<bool>()));
  plan.asks = *rc::gen::nonEmpty(rc::gen::resize(6, rc::gen::container<std::vector<Ask>>(ask)));
  return plan;
}

void expect_same(const Plan& plan) {
  const Trace callbacks = run(&by_callbacks, plan);
  const Trace coroutines = run(&by_coroutines, plan);
  const Trace blocking = run(&by_blocking_calls, plan);
  const Trace c = run(&by_c, plan);
  const auto said = [](const Trace& trace) { return trace.story + trace.journal; };
  if (coroutines == callbacks && blocking == callbacks && c == callbacks) return;
  RC_FAIL(plan.script + "\ncallbacks:\n" + said(callbacks) + "coroutines:\n" + said(coroutines) +
          "blocking:\n" + said(blocking) + "C:\n" + said(c));
}

RC_GTEST_PROP(Faces, inv_56_callbacks_coroutines_blocking_calls_and_c_leave_the_same_trace, ()) {
  expect_same(any_plan());
}

/// The same with a hook and observers, which only some of the faces have.
RC_GTEST_PROP(Faces, who_watches_and_signs_in_c_hears_and_does_what_one_in_cpp_does, ()) {
  Plan plan = any_plan();
  plan.watched = true;
  const Trace callbacks = run(&by_callbacks, plan);
  const Trace c = run(&by_c, plan);
  RC_ASSERT(callbacks.heard.find("request_ended 1 ") != std::string::npos);
  if (c == callbacks) return;
  const auto said = [](const Trace& trace) { return trace.heard + trace.story + trace.journal; };
  RC_FAIL(plan.script + "\ncallbacks:\n" + said(callbacks) + "C:\n" + said(c));
}

TEST(Faces, a_trace_tells_requests_retries_and_bodies_apart) {
  const Plan plan{"503; 200 body=text:hello", {{"GET", false}}};
  const Trace trace = run(&by_callbacks, plan);
  EXPECT_NE(std::string::npos, trace.story.find("status=503")) << trace.story;
  EXPECT_NE(std::string::npos, trace.story.find("2 status=200")) << trace.story;
  EXPECT_NE(std::string::npos, trace.journal.find("req.head")) << trace.journal;
  EXPECT_FALSE(trace == run(&by_callbacks, {"503; 200 body=text:other", {{"GET", false}}}));
  EXPECT_FALSE(trace == run(&by_callbacks, {"500; 200 body=text:hello", {{"GET", false}}}));
  EXPECT_FALSE(trace == run(&by_callbacks, {"503; 200 body=text:hello", {{"PUT", false}}}));
}

}  // namespace
}  // namespace proof
