// Awaited requests.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

#include "api/coro_rig.h"

namespace holdfast::api {
namespace {

using namespace std::chrono_literals;

template <class T>
concept AwaitableAsTemporary = requires(T t) {
  std::move(t).operator co_await();
};
template <class T>
concept AwaitableByName = requires(T& t) {
  t.operator co_await();
};

static_assert(AwaitableByName<co::Operation> && AwaitableByName<co::Gather>);
static_assert(AwaitableByName<co::Task<int>> && AwaitableByName<co::Task<>>);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
// Uses for which this compiler generates code that corrupts memory do not compile.
static_assert(!AwaitableAsTemporary<co::Operation> && !AwaitableAsTemporary<co::Gather>);
static_assert(!AwaitableAsTemporary<co::Task<int>> && !AwaitableAsTemporary<co::Task<>>);
#else
static_assert(AwaitableAsTemporary<co::Operation> && AwaitableAsTemporary<co::Gather>);
static_assert(AwaitableAsTemporary<co::Task<int>> && AwaitableAsTemporary<co::Task<>>);
#endif
static_assert(!std::is_copy_constructible_v<co::Operation>);

class CoroOperationTest : public CoroTest {
 protected:
  /// Awaits `operation` and stores its result as text.
  Errand await(co::Operation& operation) {
    const Result<Response> result = co_await operation;
    texts += text_of(result) + ";";
  }
  Errand await_own(co::Operation operation) {
    const Result<Response> result = co_await operation;
    texts += text_of(result) + ";";
  }

  std::string texts;
};

TEST_F(CoroOperationTest, a_response_is_awaited_by_a_coroutine_type_that_is_not_ours) {
  CoClient& co_client = face();
  const auto errand = [&]() -> Errand {
    auto op = co_client.get(server.url("/hello"));
    const Result<Response> result = co_await op;
    texts = text_of(result);
    EXPECT_EQ("6", result->headers.get("content-length"));
    EXPECT_EQ(1U, result->timeline.attempts());
  };
  const Errand running = errand();
  EXPECT_EQ("", texts) << "resumed inside the call that started it";
  run();
  EXPECT_EQ("200 /hello", texts);
  EXPECT_TRUE(running.done());
}

TEST_F(CoroOperationTest, the_verbs_send_their_methods_and_bodies) {
  std::string seen;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended) return;
    seen += peer.received.substr(0, peer.received.find(' ')) + " ";
    const bool head = peer.received.starts_with("HEAD");
    seen += peer.received.substr(peer.received.find("\r\n\r\n") + 4) + ";";
    peer.received.clear();
    peer.send(head ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : response(""));
  };
  ClientOptions options;
  options.base_url = server.url("/");
  CoClient& co_client = face(options);
  const auto errand = [&]() -> Errand {
    auto get = co_client.get("");
    (void)co_await get;
    auto head = co_client.head("");
    (void)co_await head;
    auto asked = co_client.options("");
    (void)co_await asked;
    auto post = co_client.post("", "a");
    (void)co_await post;
    auto put = co_client.put("", "b");
    (void)co_await put;
    auto patch = co_client.patch("", "c");
    (void)co_await patch;
    auto del = co_client.del("");
    (void)co_await del;
  };
  const Errand running = errand();
  run();
  EXPECT_TRUE(running.done());
  EXPECT_EQ("GET ;HEAD ;OPTIONS ;POST a;PUT b;PATCH c;DELETE ;", seen);
}

TEST_F(CoroOperationTest, errors_come_as_they_do_to_callbacks) {
  CoClient& co_client = face();
  const Errand bad = await_own(co_client.get("http://bad host/"));
  EXPECT_EQ("", texts) << "resumed inside the call that started it";
  run();
  EXPECT_EQ("invalid_url;", texts);
}

TEST_F(CoroOperationTest, nothing_is_sent_before_it_is_awaited) {
  CoClient& co_client = face();
  co::Operation op = co_client.get(server.url());
  run();
  EXPECT_TRUE(server.peers.empty());
  EXPECT_FALSE(op.done());
  const Errand errand = await(op);
  run();
  EXPECT_EQ("200 /;", texts);
}

TEST_F(CoroOperationTest, operations_started_together_run_together) {
  silent_server();
  CoClient& co_client = face();
  const auto errand = [&]() -> Errand {
    auto one = co_client.get(server.url("/1"));
    auto two = co_client.get(server.url("/2"));
    one.start();
    two.start();
    const auto first = co_await one;
    const auto second = co_await two;
    texts = text_of(first) + " " + text_of(second);
  };
  const Errand running = errand();
  run_until([&] { return server.peers.size() == 2 && !server.peers[0]->received.empty(); });
  run_until([&] { return !server.peers[1]->received.empty(); });
  // The later request gets its response first; awaiting a finished one does not suspend.
  const bool swapped = server.peers[0]->received.starts_with("GET /2");
  server.peers[swapped ? 0 : 1]->send(response("two"));
  run_ready();
  EXPECT_EQ("", texts);
  server.peers[swapped ? 1 : 0]->send(response("one"));
  run();
  EXPECT_EQ("200 one 200 two", texts);
}

TEST_F(CoroOperationTest, destroying_the_coroutine_cancels_its_request) {
  silent_server();
  CoClient& co_client = face();
  Errand errand = await_own(co_client.get(server.url()));
  run_until([&] { return !server.peers.empty() && !server.peers[0]->received.empty(); });
  EXPECT_EQ(1U, co_client.client().stats().busy);
  errand.drop();
  run();  // returns: nothing is running
  EXPECT_EQ("", texts);
  EXPECT_EQ(0U, co_client.client().stats().busy);
  run_until([&] { return server.peers[0]->ended; });
}

TEST_F(CoroOperationTest, destroying_a_coroutine_that_awaits_anothers_operation_leaves_that_alone) {
  CoClient& co_client = face();
  co::Operation op = co_client.get(server.url("/x"));
  Errand gone = await(op);
  gone.drop();
  const Errand errand = await(op);
  run();
  EXPECT_EQ("200 /x;", texts);
}

TEST_F(CoroOperationTest, destroying_an_operation_that_somebody_awaits_resumes_him_with_cancelled) {
  silent_server();
  std::optional<co::Operation> op = face().get(server.url());
  const Errand errand = await(*op);
  op.reset();
  EXPECT_EQ("", texts);
  run();
  EXPECT_EQ("cancelled;", texts);
}

TEST_F(CoroOperationTest, a_cancel_is_answered_on_a_later_turn) {
  silent_server();
  co::Operation op = face().get(server.url());
  const Errand errand = await(op);
  op.cancel();
  op.cancel();
  EXPECT_EQ("", texts) << "resumed inside cancel()";
  run();
  EXPECT_EQ("cancelled;", texts);
}

TEST_F(CoroOperationTest, cancelled_before_its_start_it_is_never_sent) {
  co::Operation op = face().get(server.url());
  op.cancel();
  EXPECT_TRUE(op.done());
  const Errand errand = await(op);
  run();
  EXPECT_EQ("cancelled;", texts);
  EXPECT_TRUE(server.peers.empty());
}

TEST_F(CoroOperationTest, a_second_await_is_told_so_and_does_no_harm) {
  co::Operation op = face().get(server.url("/x"));
  const Errand first = await(op);
  const Errand second = await(op);
  EXPECT_EQ("invalid_request;", texts);
  run();
  EXPECT_EQ("invalid_request;200 /x;", texts);
  const Errand third = await(op);
  EXPECT_EQ("invalid_request;200 /x;invalid_request;", texts);
}

TEST_F(CoroOperationTest, a_stop_requested_on_another_thread_cancels) {
  silent_server();
  std::stop_source source;
  co::Operation op = face().get(server.url(), source.get_token());
  const Errand errand = await(op);
  run_until([&] { return !server.peers.empty(); });
  std::thread thread([&] { source.request_stop(); });
  run();
  thread.join();
  EXPECT_EQ("cancelled;", texts);
}

TEST_F(CoroOperationTest, a_stop_requested_on_the_loops_thread_is_answered_later_as_well) {
  silent_server();
  std::stop_source source;
  co::Operation op = face().get(server.url(), source.get_token());
  const Errand errand = await(op);
  source.request_stop();
  EXPECT_EQ("", texts);
  run();
  EXPECT_EQ("cancelled;", texts);
}

TEST_F(CoroOperationTest, a_token_that_has_stopped_already_keeps_the_request_from_being_sent) {
  std::stop_source source;
  source.request_stop();
  const Errand errand = await_own(face().post(server.url(), "x", source.get_token()));
  EXPECT_EQ("cancelled;", texts);
  run();
  EXPECT_TRUE(server.peers.empty());
}

TEST_F(CoroOperationTest, a_stop_after_the_end_does_nothing) {
  std::stop_source source;
  const Errand errand = await_own(face().get(server.url("/x"), source.get_token()));
  run();
  source.request_stop();
  run_ready();
  EXPECT_EQ("200 /x;", texts);
}

TEST_F(CoroOperationTest, stops_from_another_thread_race_with_answers_ends_and_the_clients_death) {
  for (int round = 0; round < 50; ++round) {
    std::optional<CoClient> own(std::in_place, &loop, without_retries());
    std::vector<std::stop_source> sources(8);
    std::vector<Errand> errands;
    errands.reserve(sources.size());
    for (const std::stop_source& source : sources) {
      errands.push_back(await_own(own->get(server.url(), source.get_token())));
    }
    std::thread thread([&] {
      for (std::stop_source& source : sources) source.request_stop();
    });
    for (int i = 0; i < round % 4; ++i) uv_run(&loop, UV_RUN_NOWAIT);
    if (round % 3 == 0) errands.erase(errands.begin(), errands.begin() + 4);
    own.reset();
    run();
    thread.join();
    for (const Errand& errand : errands) EXPECT_TRUE(errand.done());
  }
}

TEST_F(CoroOperationTest, destroying_the_client_resumes_everybody_with_client_closed) {
  silent_server();
  std::optional<CoClient> own(std::in_place, &loop, without_retries());
  const Errand one = await_own(own->get(server.url()));
  const Errand two = await_own(own->get(server.url()));
  co::Operation late = own->get(server.url());
  own.reset();
  EXPECT_EQ("", texts) << "resumed inside the destructor";
  run();
  EXPECT_EQ("client_closed;client_closed;", texts);
  const Errand three = await(late);
  EXPECT_EQ("client_closed;client_closed;client_closed;", texts);
}

TEST_F(CoroOperationTest, the_client_may_be_destroyed_by_a_coroutine_that_it_resumed) {
  std::optional<CoClient> own(std::in_place, &loop, without_retries());
  const auto errand = [&]() -> Errand {
    auto op = own->get(server.url("/x"));
    const auto result = co_await op;
    own.reset();
    texts += text_of(result) + ";";
  };
  const Errand running = errand();
  const Errand other = await_own(own->get("http://127.0.0.1:1/"));
  run();
  EXPECT_TRUE(running.done());
  EXPECT_TRUE(other.done());
}

TEST_F(CoroOperationTest, a_coroutine_may_destroy_itself_from_within_its_resumption) {
  CoClient& co_client = face();
  std::optional<Errand> errand;
  struct Suicide {
    std::optional<Errand>* errand;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<>) const { errand->reset(); }
    void await_resume() const {}
  };
  const auto body = [&]() -> Errand {
    auto op = co_client.get(server.url());
    auto other = co_client.get(server.url("/other"));
    other.start();
    (void)co_await op;
    texts += "resumed;";
    co_await Suicide{&errand};
    texts += "never;";
  };
  errand.emplace(body());
  run();
  EXPECT_FALSE(errand.has_value());
  EXPECT_EQ("resumed;", texts);
}

TEST_F(CoroOperationTest, a_face_of_a_borrowed_client_leaves_it_and_its_requests_alone) {
  make(without_retries());
  std::optional<CoClient> lent(*client);
  const Errand errand = await_own(lent->get(server.url("/x")));
  co::Operation late = lent->get(server.url("/late"));
  lent.reset();
  run();
  EXPECT_EQ("200 /x;", texts);
  const Errand refused = await(late);
  EXPECT_EQ("200 /x;client_closed;", texts);
  Outcome outcome;
  client->get(server.url("/callback"), outcome.callback());
  run();
  EXPECT_EQ("200 /callback", outcome.text());
}

TEST_F(CoroOperationTest, operations_move_and_assigning_one_cancels_the_other) {
  silent_server();
  CoClient& co_client = face();
  co::Operation op = co_client.get(server.url("/old"));
  op.start();
  op = co_client.get(server.url("/new"));
  co::Operation moved = std::move(op);
  server.on_bytes = [](RawServer::Peer& peer) {
    if (peer.received.starts_with("GET /new")) peer.send(response("new"));
  };
  const Errand errand = await(moved);
  run();
  EXPECT_EQ("200 new;", texts);
}

TEST_F(CoroOperationTest, retries_are_made_for_coroutines_too) {
  int requests = 0;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended || peer.received.empty()) return;
    peer.received.clear();
    peer.send(++requests < 3 ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : response("ok"));
  };
  ClientOptions options;
  options.retry.backoff.base = 1ms;
  const Errand errand = await_own(face(options).get(server.url()));
  run();
  EXPECT_EQ("200 ok;", texts);
  EXPECT_EQ(3, requests);
}

}  // namespace
}  // namespace holdfast::api
