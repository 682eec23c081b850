// One program, two worlds: what a user's code is told by a client in a virtual world is what it is
// told by a client on a libuv loop and real sockets, with the same fault server playing the same
// script. Times aside. One connection at a time, so that nothing but the worlds could make a
// difference; faults that leave it to the kernel how much of an answer arrives are left to the
// simulation.
#include <gtest/gtest.h>
#include <uv.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "fault_server/uv/server.h"
#include "holdfast/client.h"
#include "holdfast/testing.h"

namespace proof {
namespace {

using holdfast::Client;
using holdfast::ClientOptions;
using holdfast::Request;
using holdfast::RequestHandle;
using holdfast::Response;
using holdfast::Result;

/// What a program does with one request, besides waiting for it.
enum class Turn : std::uint8_t {
  plain,
  streamed,
  cancelled,        ///< in the same breath as it was sent
  cancelled_later,  ///< from the callback of the one before it
  cancels_itself,   ///< streamed, at its head
  nested,           ///< sends one more from its callback
  posts,            ///< posts work from its callback
};

struct Ask {
  std::string method = "GET";
  Turn turn = Turn::plain;
  bool waits = true;  ///< for the one before it to end
};

struct Program {
  std::vector<std::string> rules;
  std::vector<Ask> asks;
  bool closes_early = false;  ///< gracefully, right after the last request was sent
};

std::string tell(const holdfast::Timeline& timeline) {
  std::string text;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const holdfast::AttemptRecord& a = timeline[i];
    // How far it had come is no question of the worlds' when it ends: on a loop a write is tried
    // before send() returns, in a virtual world right after.
    const bool given_up = a.error == holdfast::ErrorCode::cancelled;
    text += "    " + std::to_string(a.number) + " status=" + std::to_string(a.status) + " " +
            std::string(name(a.error)) + " in " + std::string(given_up ? "-" : name(a.phase)) +
            " class " + holdfast::letter(a.replay) + " after " + std::string(name(a.delay_source)) +
            " " + std::to_string(a.delay.count()) + (a.reused ? " reused" : "") + " connection " +
            std::to_string(a.connection_id) + "\n";
  }
  return text + "    " + std::string(name(timeline.stop_reason())) + "\n";
}

std::string tell(const Result<Response>& result) {
  if (!result.ok())
    return std::string(name(result.error().code)) + "\n" + tell(result.error().timeline);
  return std::to_string(result->status) + " of " + std::to_string(result->body.size()) + " " +
         std::to_string(std::hash<std::string>()(result->body)) + "\n" + tell(result->timeline);
}

/// The user's code: knows a client and nothing of what drives it.
class Code {
 public:
  Code(Client& client, const Program& program) : client_(client), program_(program) {
    handles_.resize(program.asks.size());
    client.on_attempt([this](const holdfast::AttemptNotice& notice) {
      story_ += "retry " + std::to_string(notice.request_id) + " attempt " +
                std::to_string(notice.record->number) + "\n";
    });
    begin();
  }

  const std::string& story() const { return story_; }
  bool done() const { return closed_; }

 private:
  void begin() {
    while (next_ < program_.asks.size()) {
      if (under_way_ != 0 && program_.asks[next_].waits) return;
      const std::size_t index = next_++;
      sending_ = true;
      ask(index);
      sending_ = false;
    }
    if (closing_ || (under_way_ != 0 && !program_.closes_early)) return;
    closing_ = true;
    client_.close_gracefully([this] {
      closed_ = true;
      story_ += "closed\n";
    });
  }

  Request request(std::size_t index) const {
    Request made;
    made.method = program_.asks[index].method;
    made.url = "/" + std::to_string(index);
    if (made.method != "GET") made.body = holdfast::Body("payload " + std::to_string(index));
    return made;
  }

  void hear(const std::string& what) {
    // The one thing that must never happen.
    if (sending_) story_ += "INSIDE A CALL: ";
    story_ += what + "\n";
  }

  void ask(std::size_t index) {
    const Turn turn = program_.asks[index].turn;
    story_ += "ask " + std::to_string(index) + "\n";
    ++under_way_;
    const auto finish = [this, index](Result<Response> result) { ended(index, result); };
    if (turn == Turn::streamed || turn == Turn::cancels_itself) {
      holdfast::StreamCallbacks callbacks;
      callbacks.on_head = [this, index, turn](const holdfast::ResponseHead& head) {
        hear("head " + std::to_string(index) + " " + std::to_string(head.status));
        if (turn == Turn::cancels_itself) handles_[index].cancel();
      };
      callbacks.on_body = [this](std::string_view bytes) { streamed_ += bytes; };
      callbacks.on_done = finish;
      handles_[index] = client_.stream(request(index), std::move(callbacks));
    } else {
      handles_[index] = client_.send(request(index), finish);
    }
    if (turn == Turn::cancelled) handles_[index].cancel();
  }

  void ended(std::size_t index, const Result<Response>& result) {
    --under_way_;
    hear("end " + std::to_string(index) + " " + tell(result) + "    streamed " +
         std::to_string(std::hash<std::string>()(streamed_)));
    streamed_.clear();
    if (index + 1 < next_ && program_.asks[index + 1].turn == Turn::cancelled_later) {
      handles_[index + 1].cancel();
    }
    switch (program_.asks[index].turn) {
      case Turn::nested:
        ++under_way_;
        client_.get("/nested", [this](Result<Response> nested) {
          --under_way_;
          hear("nested " + tell(nested));
          begin();
        });
        break;
      case Turn::posts:
        ++under_way_;
        client_.post_to_loop([this] {
          --under_way_;
          hear("posted");
          begin();
        });
        break;
      default:
        break;
    }
    begin();
  }

  Client& client_;
  const Program& program_;
  std::vector<RequestHandle> handles_;
  std::string story_, streamed_;
  std::size_t next_ = 0, under_way_ = 0;
  bool sending_ = false, closing_ = false, closed_ = false;
};

ClientOptions options_for(const std::string& base) {
  ClientOptions options;
  options.base_url = base;
  options.default_headers.add("X-Client-Id", "me");
  options.retry.backoff.base = std::chrono::milliseconds(1);
  options.retry.max_attempts = 3;
  options.pool.max_connections = options.pool.max_idle = 1;
  options.timeouts.pool = holdfast::kOff;
  options.seed = 7;
  return options;
}

std::string tell(const std::vector<std::pair<std::string, std::string>>& seen) {
  std::string text;
  for (const auto& [request, digest] : seen) text += request + " " + digest + "\n";
  return text;
}

std::string in_a_virtual_world(const Program& program) {
  holdfast::testing::World world(1);
  world.serve("http://10.0.0.1", program.rules);
  Client client = world.client(options_for("http://10.0.0.1"));
  Code code(client, program);
  const bool ended = world.run();
  world.run_for(std::chrono::seconds(1));  // what is still on its way to the server
  std::vector<std::pair<std::string, std::string>> seen;
  for (const holdfast::testing::Seen& one : world.journal()) {
    seen.emplace_back(one.method + " " + one.target, one.body_sha256);
  }
  return code.story() + (ended && code.done() ? "" : "DID NOT END\n") + tell(seen);
}

std::string on_loopback(const Program& program) {
  fault::Scenario scenario;
  for (const std::string& rule : program.rules) {
    RC_ASSERT(!add_rule_line(scenario, rule).has_value());
  }
  uv_loop_t loop;
  uv_loop_init(&loop);
  std::string story;
  {
    fault::ServerUv server(&loop, scenario);
    RC_ASSERT(!server.start().has_value());
    Client client(&loop, options_for("http://127.0.0.1:" + std::to_string(server.port())));
    Code code(client, program);
    while (!code.done()) uv_run(&loop, UV_RUN_ONCE);
    std::vector<std::pair<std::string, std::string>> seen;
    for (const fault::Entry& entry : server.peer().journal().entries()) {
      if (entry.type == fault::EntryType::kReqHead) {
        seen.emplace_back(entry.method + " " + entry.target, "");
      } else if (entry.type == fault::EntryType::kReqEnd && !seen.empty()) {
        seen.back().second = entry.body_sha256;
      }
    }
    story = code.story() + tell(seen);
    server.close();
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  RC_ASSERT(uv_loop_close(&loop) == 0);
  return story;
}

Program any_program() {
  const auto step = rc::gen::elementOf(std::vector<std::string>{
      "200", "200 body=text:hello", "200 body=fill:30000", "200 body=fill:300 says=close", "204",
      "404", "500 body=text:sorry", "503 ra=0", "503 ra=400", "reset", "close", "truncate@body:3",
      "garbage"});
  std::string script;
  for (const std::string& each :
       *rc::gen::resize(8, rc::gen::container<std::vector<std::string>>(step))) {
    script += each + "; ";
  }
  Program program;
  program.rules = {script + "200 body=text:last; stay"};
  const auto ask = rc::gen::build<Ask>(
      rc::gen::set(&Ask::method,
                   rc::gen::elementOf(std::vector<std::string>{"GET", "GET", "POST", "PUT"})),
      rc::gen::set(&Ask::turn, rc::gen::elementOf(std::vector<Turn>{
                                   Turn::plain, Turn::plain, Turn::streamed, Turn::cancelled,
                                   Turn::cancels_itself, Turn::nested, Turn::posts})));
  program.asks = *rc::gen::nonEmpty(rc::gen::resize(6, rc::gen::container<std::vector<Ask>>(ask)));
  return program;
}

RC_GTEST_PROP(Worlds, a_program_is_told_the_same_in_a_virtual_world_and_on_loopback, ()) {
  const Program program = any_program();
  const std::string virtual_story = in_a_virtual_world(program);
  const std::string real_story = on_loopback(program);
  RC_ASSERT(virtual_story.find("INSIDE") == std::string::npos);
  if (virtual_story == real_story) return;
  RC_FAIL(program.rules[0] + "\nin a virtual world:\n" + virtual_story + "on loopback:\n" +
          real_story);
}

/// Requests at the same time, over one connection and without retries, which keeps their order.
TEST(Worlds, requests_under_way_at_once_end_in_the_same_order) {
  Program program;
  program.rules = {"503 x2; 200 body=text:hello; stay"};
  for (int i = 0; i < 6; ++i) program.asks.push_back({"POST", Turn::plain, false});
  program.asks[2].turn = Turn::cancelled;
  program.asks[3].turn = Turn::nested;
  program.asks[5].turn = Turn::cancelled_later;
  for (const bool closes_early : {false, true}) {
    program.closes_early = closes_early;
    const std::string story = in_a_virtual_world(program);
    EXPECT_EQ(story, on_loopback(program));
    EXPECT_NE(std::string::npos, story.find("end 5 cancelled")) << story;
  }
}

TEST(Worlds, a_story_tells_programs_apart) {
  const Program program{{"503 ra=0; 200 body=text:hello"}, {Ask{}}};
  const std::string story = in_a_virtual_world(program);
  EXPECT_NE(std::string::npos, story.find("retry 1 attempt 1")) << story;
  EXPECT_NE(story, in_a_virtual_world({{"503 ra=0; 200 body=text:other"}, {Ask{}}}));
  EXPECT_NE(story, in_a_virtual_world({{"200 body=text:hello"}, {Ask{}}}));
}

}  // namespace
}  // namespace proof
