// Observers and the hook on real sockets: which events they get, and what they may do meanwhile.
#include <gtest/gtest.h>

#include "api/client_rig.h"

namespace holdfast::api {
namespace {

using namespace std::chrono_literals;

/// Records every event as a word.
class Notebook : public Observer {
 public:
  std::string story;
  Function<void()> act;  ///< called once, at the next event
  std::vector<std::string> urls;

  void on_attempt_started(const AttemptStarted& event) override {
    urls.push_back(event.request.url->to_string());
    tell("started", event.request.id);
  }
  void on_attempt_ended(const AttemptEnded& event) override { tell("ended", event.request.id); }
  void on_retry_scheduled(const RetryScheduled& event) override { tell("retry", event.request.id); }
  void on_request_ended(const RequestEnded& event) override { tell("over", event.request.id); }
  void on_connection_opened(const ConnectionOpened& event) override {
    tell("open", event.connection.id);
  }
  void on_connection_reused(const ConnectionReused& event) override {
    tell("reused", event.connection.id);
  }
  void on_connection_closed(const ConnectionClosed& event) override {
    tell("closed", event.connection.id);
  }
  void on_pool_wait_began(const PoolWaitBegan& event) override { tell("waits", event.request.id); }
  void on_pool_wait_ended(const PoolWaitEnded& event) override { tell("waited", event.request.id); }

 private:
  void tell(std::string_view what, std::uint64_t id) {
    story.append(what).append(" ").append(std::to_string(id)).append(", ");
    if (Function<void()> now = std::move(act)) now();
  }
};

class ClientWatchTest : public ClientTest {
 protected:
  std::shared_ptr<Notebook> watch(ClientOptions options = {}) {
    auto notebook = std::make_shared<Notebook>();
    make(std::move(options)).observe(notebook);
    return notebook;
  }
  void busy_once() {
    server.on_bytes = [this](RawServer::Peer& peer) {
      if (peer.received.find("\r\n\r\n") == peer.received.npos) return;
      heads.push_back(peer.received);
      peer.received.clear();
      peer.send(heads.size() == 1 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
                                  : response("ok"));
    };
  }
  static ClientOptions quick() {
    ClientOptions options;
    options.retry.backoff = {.base = 2ms, .max = 10ms};
    return options;
  }
  std::vector<std::string> heads;
};

TEST_F(ClientWatchTest, an_observer_hears_the_whole_story) {
  busy_once();
  ClientOptions options = quick();
  options.pool.max_connections = options.pool.max_idle = 1;
  const auto notebook = watch(options);
  Outcome first, second;
  client->get(server.url("/a?b=c"), first.callback());
  client->get(server.url("/d"), second.callback());
  EXPECT_EQ("", notebook->story) << "called inside a call of the client";
  run();
  EXPECT_EQ("200 ok", first.text());
  client->close();
  run();
  EXPECT_EQ(
      "started 1, started 2, waits 2, open 1, ended 1, retry 1, waited 2, reused 1, ended 2, "
      "over 2, started 1, reused 1, ended 1, over 1, closed 1, ",
      notebook->story);
  EXPECT_EQ(server.url("/a?b=c"), notebook->urls.at(0));
}

TEST_F(ClientWatchTest, an_observer_hears_nothing_after_the_clients_end) {
  server.on_bytes = nullptr;
  const auto notebook = watch();
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run_until([&] { return !server.peers.empty(); });
  client.reset();
  const std::string before = notebook->story;
  run();
  EXPECT_EQ("client_closed", outcome.text());
  EXPECT_EQ(before, notebook->story);
  EXPECT_EQ(1, notebook.use_count()) << "the client still holds the observer";
}

TEST_F(ClientWatchTest, an_observer_may_replace_itself_while_it_is_called) {
  const auto first = watch();
  const auto second = std::make_shared<Notebook>();
  first->act = [&] { client->observe(second); };
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("started 1, ", first->story);
  EXPECT_EQ("open 1, ended 1, over 1, ", second->story);
  client->observe(nullptr);
  Outcome another;
  client->get(server.url(), another.callback());
  run();
  EXPECT_EQ("open 1, ended 1, over 1, ", second->story);
}

TEST_F(ClientWatchTest, an_observer_may_cancel_send_and_destroy_the_client) {
  const auto notebook = watch();
  Outcome outcome, another;
  RequestHandle handle = client->get(server.url(), outcome.callback());
  notebook->act = [&] {
    handle.cancel();
    client->get(server.url(), another.callback());
    notebook->act = [&] { client.reset(); };
  };
  run();
  EXPECT_EQ("cancelled", outcome.text());
  EXPECT_EQ("client_closed", another.text());
}

TEST_F(ClientWatchTest, an_observer_does_not_keep_the_others_from_hearing) {
  busy_once();
  const auto notebook = watch(quick());
  int heard = 0;
  client->on_attempt([&](const AttemptNotice& notice) {
    ++heard;
    EXPECT_EQ(503, notice.record->status);
    EXPECT_EQ(DelaySource::backoff, notice.delay_source);
  });
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("200 ok", outcome.text());
  EXPECT_EQ(1, heard);
  EXPECT_NE(notebook->story.find("retry 1"), std::string::npos);
}

TEST_F(ClientWatchTest, no_secret_reaches_the_log) {
  int requests = 0;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended || peer.received.empty()) return;
    peer.received.clear();
    if (++requests == 1) return peer.reset();
    if (requests == 2) {
      return peer.send(
          "HTTP/1.1 503 SECRET\r\nSet-Cookie: a=SECRET\r\nContent-Length: 6\r\n\r\nSECRET");
    }
    peer.send("HTTP/1.1 200 SECRET\r\nX: SECRET\r\nContent-Length: SECRET\r\n\r\nSECRET");
  };
  ClientOptions options = quick();
  options.default_headers = {{"Authorization", "Bearer SECRET"}, {"Cookie", "a=SECRET"}};
  std::vector<std::string> lines;
  make(options).observe(
      log_to([&](LogLevel, std::string_view line) { lines.emplace_back(line); }, LogLevel::debug));
  Request request;
  request.method = "PUT";
  request.url = "http://user:SECRET@" + server.url("/path?token=SECRET&SECRET").substr(7);
  request.headers = {{"X-Api-Key", "SECRET"}, {"Proxy-Authorization", "SECRET"}};
  request.body = "SECRET";
  Outcome outcome;
  client->send(std::move(request), outcome.callback());
  run();
  EXPECT_EQ("protocol_error", outcome.text());
  EXPECT_GE(lines.size(), 9U);
  for (const std::string& line : lines) {
    EXPECT_EQ(line.find("SECRET"), line.npos) << line;
    EXPECT_EQ(line.find("user"), line.npos) << line;
  }
  EXPECT_EQ(outcome.result->error().message().find("SECRET"), std::string::npos);
}

TEST_F(ClientWatchTest, the_counters_add_up) {
  busy_once();
  make(quick());
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  EXPECT_EQ(1U, client->stats().in_flight);
  run();
  const ClientStats stats = client->stats();
  EXPECT_EQ(1U, stats.submitted);
  EXPECT_EQ(1U, stats.succeeded);
  EXPECT_EQ(2U, stats.attempts);
  EXPECT_EQ(1U, stats.retries_backoff);
  EXPECT_EQ(1U, stats.reused);
  EXPECT_EQ(heads[0].size() + heads[1].size(), stats.bytes_sent);
  EXPECT_EQ(1U, stats.durations.count());
  const std::string page = to_prometheus(stats, client->origin_stats());
  EXPECT_NE(page.find("holdfast_attempts_total 2\n"), page.npos);
  EXPECT_NE(page.find("server_address=\"127.0.0.1\""), page.npos);
}

// --- The hook ------------------------------------------------------------------------------------

TEST_F(ClientWatchTest, a_hook_signs_each_attempt) {
  busy_once();
  make(quick()).before_attempt([](AttemptPlan& plan) {
    EXPECT_EQ("GET", plan.method);
    EXPECT_EQ("/a?b=c", plan.url.target());
    EXPECT_FALSE(plan.headers.contains("X-Attempt"));
    plan.headers.set("X-Attempt",
                     std::to_string(plan.request_id) + "." + std::to_string(plan.number));
    return Prepare::proceed;
  });
  Outcome outcome;
  client->get(server.url("/a?b=c"), outcome.callback());
  run();
  EXPECT_EQ("200 ok", outcome.text());
  ASSERT_EQ(2U, heads.size());
  EXPECT_NE(heads[0].find("X-Attempt: 1.1\r\n"), std::string::npos);
  EXPECT_NE(heads[1].find("X-Attempt: 1.2\r\n"), std::string::npos);
}

TEST_F(ClientWatchTest, a_hook_fetches_a_token_first) {
  std::string token;
  int fetched = 0;
  make().before_attempt([&](AttemptPlan& plan) {
    if (plan.url.path() == "/token") return Prepare::proceed;
    if (!token.empty()) {
      plan.headers.set("Authorization", "Bearer " + token);
      return Prepare::proceed;
    }
    ++fetched;
    plan.headers.set("Kept", "yes");
    client->get(server.url("/token"), [&, handle = plan.request](Result<Response> result) mutable {
      token = "fresh";
      EXPECT_TRUE(result.ok());
      handle.proceed();
    });
    return Prepare::defer;
  });
  std::string received;
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.received.find("\r\n\r\n") == peer.received.npos) return;
    received += peer.received;
    peer.received.clear();
    peer.send(response("ok"));
  };
  Outcome first, second;
  client->get(server.url("/a"), first.callback());
  run();
  EXPECT_EQ("200 ok", first.text());
  EXPECT_NE(received.find("Kept: yes"), std::string::npos);
  client->get(server.url("/b"), second.callback());
  run();
  EXPECT_NE(received.find("Authorization: Bearer fresh"), std::string::npos);
  EXPECT_EQ(1, fetched);
}

TEST_F(ClientWatchTest, proceed_may_bring_other_fields_and_come_from_within_the_hook) {
  busy_once();
  make(quick()).before_attempt([](AttemptPlan& plan) {
    plan.headers.set("Left", "in the hook");
    if (plan.number == 1) {
      plan.request.proceed();
    } else {
      plan.request.proceed(Headers{{"Brought", "along"}});
    }
    return Prepare::defer;
  });
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("200 ok", outcome.text());
  ASSERT_EQ(2U, heads.size());
  EXPECT_NE(heads[0].find("Left: in the hook"), std::string::npos);
  EXPECT_EQ(heads[1].find("Left"), std::string::npos);
  EXPECT_NE(heads[1].find("Brought: along"), std::string::npos);
}

TEST_F(ClientWatchTest, a_hook_refuses_at_once_or_later) {
  RequestHandle later;
  make().before_attempt([&](AttemptPlan& plan) {
    if (plan.request_id == 2) {
      later = plan.request;
      return Prepare::defer;
    }
    plan.refusal = "not today";
    return Prepare::reject;
  });
  Outcome first, second;
  client->get(server.url(), first.callback());
  client->get(server.url(), second.callback());
  run_until([&] { return first.done() && later.active(); });
  EXPECT_EQ("attempt_refused", first.text());
  EXPECT_EQ("not today", first.result->error().detail);
  EXPECT_EQ(0, second.calls);
  later.reject("not at all");
  EXPECT_EQ(0, second.calls) << "called inside reject()";
  run();
  EXPECT_EQ("attempt_refused", second.text());
  EXPECT_EQ("not at all", second.result->error().detail);
  EXPECT_TRUE(server.peers.empty());
  later.proceed();  // no effect any more
}

TEST_F(ClientWatchTest, a_hook_may_not_touch_what_has_to_stay_the_same) {
  make().before_attempt([&](AttemptPlan& plan) {
    plan.headers.set("Idempotency-Key", std::to_string(plan.number));
    return Prepare::proceed;
  });
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("invalid_request", outcome.text());
}

TEST_F(ClientWatchTest, a_request_that_waits_for_its_hook_can_be_cancelled_and_times_out) {
  make().before_attempt([&](AttemptPlan&) { return Prepare::defer; });
  Outcome cancelled, late;
  RequestHandle handle = client->get(server.url(), cancelled.callback());
  Request request;
  request.url = server.url();
  RequestPolicy policy;
  policy.timeouts = TimeoutPolicy{kOff, kOff, kOff, kOff, 20ms};
  request.policy = std::make_shared<RequestPolicy>(policy);
  client->send(std::move(request), late.callback());
  run_until([&] { return late.done(); });
  EXPECT_EQ("deadline_exceeded", late.text());
  handle.cancel();
  handle.proceed();
  run();
  EXPECT_EQ("cancelled", cancelled.text());
  EXPECT_TRUE(server.peers.empty());
}

TEST_F(ClientWatchTest, a_cancel_before_the_hook_is_asked_keeps_it_from_being_asked) {
  int asked = 0;
  make().before_attempt([&](AttemptPlan&) {
    ++asked;
    return Prepare::proceed;
  });
  Outcome outcome;
  client->get(server.url(), outcome.callback()).cancel();
  run();
  EXPECT_EQ("cancelled", outcome.text());
  EXPECT_EQ(0, asked);
}

TEST_F(ClientWatchTest, the_client_may_be_closed_or_destroyed_in_the_hook) {
  for (const bool destroy : {false, true}) {
    const auto alive = std::make_shared<int>(0);
    make().before_attempt([&, alive](AttemptPlan& plan) {
      if (destroy) {
        client.reset();
      } else {
        client->close();
      }
      EXPECT_EQ("/x", plan.url.target());  // what the hook gets outlives the request
      plan.headers.set("Still", "there");
      EXPECT_EQ(2, alive.use_count());
      return Prepare::proceed;
    });
    Outcome outcome;
    client->get(server.url("/x"), outcome.callback());
    run();
    EXPECT_EQ("client_closed", outcome.text());
    EXPECT_EQ(1, alive.use_count()) << "the client still holds the hook";
  }
}

TEST_F(ClientWatchTest, a_hook_may_replace_or_remove_itself) {
  busy_once();
  int asked = 0;
  make(quick()).before_attempt([&](AttemptPlan&) {
    ++asked;
    client->before_attempt({});
    return Prepare::proceed;
  });
  Outcome outcome;
  client->get(server.url(), outcome.callback());
  run();
  EXPECT_EQ("200 ok", outcome.text());
  EXPECT_EQ(1, asked);
}

TEST_F(ClientWatchTest, those_that_wait_go_on_when_a_hook_that_replaced_another_says_so) {
  RequestHandle waiting;
  make().before_attempt([&](AttemptPlan& plan) {
    waiting = plan.request;
    return Prepare::defer;
  });
  Outcome outcome;
  client->get(server.url("/x"), outcome.callback());
  run_until([&] { return waiting.active(); });
  client->before_attempt({});
  waiting.proceed();
  run();
  EXPECT_EQ("200 /x", outcome.text());
}

}  // namespace
}  // namespace holdfast::api
