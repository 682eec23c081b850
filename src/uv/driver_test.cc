// The driver where the client's tests cannot look: lookups answered by hand, descriptors running
// out, the order of things within a turn.
#include "uv/driver.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <functional>

#include "uv/hand_names.h"
#include "uv/loop_rig.h"

namespace holdfast::uv {
namespace {

using namespace std::chrono_literals;

PeerAddress address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  PeerAddress result;
  result.family = 4;
  result.bytes[0] = a;
  result.bytes[1] = b;
  result.bytes[2] = c;
  result.bytes[3] = d;
  return result;
}

class DriverTest : public LoopTest, public engine::Listener {
 protected:
  DriverTest() {
    server.on_bytes = [](RawServer::Peer& peer) {
      if (!peer.ended) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    };
  }
  ~DriverTest() override {
    server.on_bytes = nullptr;
    server.on_accept = nullptr;
    if (!is_closed) driver->close();
    run();
    EXPECT_TRUE(is_closed);
    driver.reset();
    server.close();
  }
  void make(ClientOptions options = {}) {
    options.retry.max_attempts = 1;
    auto by_hand = std::make_unique<HandNames>();
    names = by_hand.get();
    driver = std::make_unique<Driver>(&loop, std::move(options), std::move(by_hand));
    driver->start(*this);
  }
  engine::ExchangeId get(const std::string& url) {
    Request request;
    request.url = url;
    return driver->submit(std::move(request), {});
  }
  engine::ExchangeId post(const std::string& url) {
    Request request;
    request.method = "POST";
    request.url = url;
    return driver->submit(std::move(request), {});
  }
  /// Blocks the loop, like a callback that computes.
  static void block(Duration span) {
    Clock clock;
    for (const base::Instant until = clock.now().mono + span; clock.now().mono < until;) {
    }
  }
  std::string named(const std::string& host) {
    return "http://" + host + ":" + std::to_string(server.port()) + "/";
  }

  bool is_other(const uv_handle_t* handle) const override { return server.owns(handle); }

  void deliver(engine::Action& action) override {
    if (action.kind != engine::Action::Kind::complete) return;
    ++completed;
    if (action.error != nullptr) {
      result += std::string(name(action.error->code)) + " ";
      os_error = action.error->os_error;
    } else {
      result += std::to_string(action.response->status) + " ";
    }
    if (on_complete) on_complete();
  }
  void closed() override {
    EXPECT_FALSE(is_closed);
    is_closed = true;
  }

  RawServer server{&loop};
  std::unique_ptr<Driver> driver;
  HandNames* names = nullptr;
  std::function<void()> on_complete;
  std::string result;
  int completed = 0, os_error = 0;
  bool is_closed = false;
};

TEST_F(DriverTest, connections_to_one_name_share_its_look_up_and_later_ones_its_answer) {
  make();
  for (int i = 0; i < 3; ++i) get(named("a.test"));
  EXPECT_EQ(1U, names->started.size());
  names->answer("a.test", 0, {address(127, 0, 0, 1)});
  run();
  EXPECT_EQ("200 200 200 ", result);
  for (int i = 0; i < 4; ++i) get(named("a.test"));
  run();
  EXPECT_EQ(1U, names->started.size());
  EXPECT_EQ(7, completed);
}

TEST_F(DriverTest, a_name_that_does_not_exist_is_told_from_one_that_cannot_be_asked_for_now) {
  make();
  get(named("gone.test"));
  get(named("later.test"));
  names->answer("gone.test", UV_EAI_NONAME);
  names->answer("later.test", UV_EAI_AGAIN);
  EXPECT_EQ("dns_not_found dns_temporary ", result);
  EXPECT_EQ(0, os_error);
}

TEST_F(DriverTest, an_address_that_refuses_makes_way_for_the_next) {
  make();
  get(named("a.test"));
  // The second loopback address has no listener: the server is bound to the first.
  names->answer("a.test", 0, {address(127, 0, 0, 2), address(127, 0, 0, 1)});
  run();
  EXPECT_EQ("200 ", result);
}

TEST_F(DriverTest, an_address_that_keeps_silent_is_dropped_when_its_share_of_the_time_is_over) {
  // A full backlog: the kernel drops further connects, as a black hole would.
  const int hole = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  uv_ip4_addr("127.0.0.3", server.port(), &at);
  ASSERT_EQ(0, bind(hole, reinterpret_cast<sockaddr*>(&at), sizeof at));
  ASSERT_EQ(0, listen(hole, 0));
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(connect(fillers.back(), reinterpret_cast<sockaddr*>(&at), sizeof at));
  }
  ClientOptions options;
  options.timeouts.connect = 60ms;
  options.timeouts.pool = kOff;
  make(options);
  get(named("a.test"));
  names->answer("a.test", 0, {address(127, 0, 0, 3), address(127, 0, 0, 1)});
  run();
  EXPECT_EQ("200 ", result);
  for (int filler : fillers) close(filler);
  close(hole);
}

TEST_F(DriverTest, a_look_up_whose_request_was_cancelled_does_not_hold_the_loop) {
  make();
  const engine::ExchangeId id = get(named("a.test"));
  driver->cancel(id);
  run();
  EXPECT_EQ("cancelled ", result);
  names->answer("a.test", 0, {address(127, 0, 0, 1)});
  EXPECT_EQ(1, completed);
}

TEST_F(DriverTest, the_close_does_not_wait_for_a_look_up) {
  make();
  get(named("a.test"));
  driver->close();
  run();
  EXPECT_EQ("client_closed ", result);
  EXPECT_TRUE(names->shut);
  EXPECT_TRUE(is_closed);
}

TEST_F(DriverTest, handles_that_somebody_else_closes_after_the_close_are_not_closed_twice) {
  make();
  server.on_bytes = [](RawServer::Peer&) {};
  get(server.url());
  run_until([&] { return !server.peers.empty() && !server.peers[0]->received.empty(); });
  driver->close();
  close_all_handles();
  run();
  EXPECT_EQ("client_closed ", result);
  EXPECT_TRUE(is_closed);
}

TEST_F(DriverTest, running_out_of_descriptors_is_an_error_at_once_and_passes_by) {
  make();
  get(server.url());  // also a warm-up: the sanitizers open descriptors of their own
  run();
  rlimit before{};
  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
  rlimit none = before;
  none.rlim_cur = 0;
  const std::string other_origin = "http://127.0.0.2:" + std::to_string(server.port()) + "/";
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
  get(other_origin);
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
  EXPECT_EQ("200 ", result) << "the callback was called inside submit()";
  run();
  EXPECT_EQ("200 out_of_resources ", result);
  EXPECT_EQ(EMFILE, os_error);
  get(other_origin);
  run();
  EXPECT_EQ("200 out_of_resources connect_refused ", result);
}

TEST_F(DriverTest, commands_in_a_delivery_are_carried_out_after_it) {
  make();
  bool inside = false;
  on_complete = [&] {
    EXPECT_FALSE(inside) << "delivered inside a delivery";
    inside = true;
    if (completed == 1) {
      get("no url");
      driver->cancel(get(server.url()));
    }
    inside = false;
  };
  get(server.url());
  run();
  EXPECT_EQ("200 invalid_url cancelled ", result);
}

TEST_F(DriverTest, deferred_work_runs_later_and_before_the_end_is_told) {
  make();
  std::string order;
  driver->defer([&] { order += is_closed ? "late " : "work "; });
  EXPECT_EQ("", order);
  driver->close();
  run();
  EXPECT_EQ("work ", order);
  EXPECT_TRUE(is_closed);
  driver->defer([&] { order += "after "; });
  run();
  EXPECT_EQ("work after ", order);
}

TEST_F(DriverTest, an_idle_connection_is_closed_when_its_time_is_over) {
  ClientOptions options;
  options.pool.idle_expiry = 5ms;
  make(options);
  get(server.url());
  run();
  EXPECT_EQ(1U, driver->engine().stats().idle);
  run_until([&] { return driver->engine().stats().idle == 0; });
  EXPECT_EQ(1U, driver->engine().stats().closed_idle_expiry);
}

TEST_F(DriverTest, a_response_in_the_socket_is_read_before_the_read_timeout_is_judged) {
  ClientOptions options;
  options.timeouts.read = 30ms;
  make(options);
  server.on_bytes = [&](RawServer::Peer& peer) {
    if (peer.ended) return;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    block(100ms);
  };
  post(server.url());
  run();
  EXPECT_EQ("200 ", result);
}

TEST_F(DriverTest, a_connect_that_ended_while_the_loop_was_blocked_is_no_connect_timeout) {
  ClientOptions options;
  options.timeouts.connect = 30ms;
  make(options);
  post(server.url());
  block(100ms);
  run();
  EXPECT_EQ("200 ", result);
}

TEST_F(DriverTest, a_blocked_loop_does_not_use_up_the_wait_for_a_slot) {
  ClientOptions options;
  options.timeouts.pool = 30ms;
  options.pool.max_connections = 1;
  make(options);
  on_complete = [&] {
    if (completed == 1) block(100ms);
  };
  for (int i = 0; i < 3; ++i) post(server.url());
  run();
  EXPECT_EQ("200 200 200 ", result);
}

TEST_F(DriverTest, a_fin_in_an_idle_socket_is_seen_before_a_post_is_written) {
  make();
  get(server.url());
  run();
  server.peers.at(0)->close();
  block(20ms);
  post(server.url());
  run();
  EXPECT_EQ("200 200 ", result);
  EXPECT_EQ(2U, server.peers.size());
  EXPECT_EQ(1U, driver->engine().stats().closed_by_peer);
}

TEST_F(DriverTest, a_reset_in_an_idle_socket_is_seen_before_a_post_is_written) {
  make();
  get(server.url());
  run();
  server.peers.at(0)->reset();
  block(20ms);
  post(server.url());
  run();
  EXPECT_EQ("200 200 ", result);
}

TEST_F(DriverTest, bytes_in_an_idle_socket_are_never_the_next_response) {
  make();
  get(server.url());
  run();
  server.peers.at(0)->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale");
  block(20ms);
  post(server.url());
  run();
  EXPECT_EQ("200 200 ", result);
  EXPECT_EQ(2U, server.peers.size());
}

TEST_F(DriverTest, a_quiet_connection_that_is_still_open_is_used_again) {
  make();
  get(server.url());
  run();
  block(20ms);
  post(server.url());
  run();
  EXPECT_EQ("200 200 ", result);
  EXPECT_EQ(1U, server.peers.size());
}

}  // namespace
}  // namespace holdfast::uv
