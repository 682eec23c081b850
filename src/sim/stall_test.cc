// The client's loop is blocked while the world goes on (R6, invariant 58).
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

#include "sim/driver.h"
#include "sim/network_ends_rig.h"

namespace holdfast::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kHi[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// Responds to each request after `wait`, and closes its side after another `close_after`.
class PatientServer final : public Server {
 public:
  explicit PatientServer(World& world) : world_(world) {}
  void accepted(LinkId, const PeerAddress&, const PeerAddress&) override { ++connections; }
  void bytes(LinkId link, std::string_view) override {
    ++requests;
    world_.after(wait, [this, link] { world_.network().write(link, End::server, kHi); });
    if (!close_after) return;
    world_.after(wait + *close_after, [this, link] { world_.network().close(link, End::server); });
  }
  void sent(LinkId, std::size_t) override {}
  void eof(LinkId link) override { world_.network().close(link, End::server); }
  void reset(LinkId link) override { world_.network().close(link, End::server); }

  Duration wait{0};
  std::optional<Duration> close_after;
  int connections = 0, requests = 0;

 private:
  World& world_;
};

class Counter final : public User {
 public:
  void on_complete(void*, Response* response, Error* error) override {
    if (response != nullptr) attempts.push_back(response->timeline.attempts());
    if (error != nullptr) errors.push_back(error->code);
  }
  std::vector<std::uint32_t> attempts;  // of requests that succeeded
  std::vector<ErrorCode> errors;
};

class Stall : public ::testing::Test {
 protected:
  Stall() { world_.network().listen(ip(1), server_); }
  void start(ClientOptions options = {}, DriverProfile profile = {}) {
    driver_.emplace(world_, std::move(options), user_, profile);
  }
  void send(const char* method = "GET") {
    Request request;
    request.method = method;
    request.url = "http://10.0.0.1/";
    driver_->submit(std::move(request), nullptr);
  }
  void run(Duration span) { world_.run_until(world_.clock().mono() + span); }
  void expect_success(std::uint32_t attempts) {
    EXPECT_EQ(user_.errors, std::vector<ErrorCode>{});
    EXPECT_EQ(user_.attempts, std::vector<std::uint32_t>{attempts});
    driver_->shut_down();
    world_.run_dry();
    EXPECT_TRUE(driver_->finished());
    EXPECT_EQ(driver_->violations(), std::vector<std::string>{});
  }

  World world_{3};
  PatientServer server_{world_};
  Counter user_;
  std::optional<Driver> driver_;
};

TEST_F(Stall, a_response_that_lies_in_the_socket_is_read_before_the_read_timeout_is_judged) {
  ClientOptions options;
  options.timeouts.read = seconds(1);
  server_.wait = milliseconds(500);
  start(options);
  send("POST");
  run(milliseconds(10));
  driver_->stall(milliseconds(1600));
  run(seconds(5));
  expect_success(1);
}

TEST_F(Stall, a_connect_that_ended_meanwhile_is_no_connect_timeout) {
  ClientOptions options;
  options.timeouts.connect = seconds(1);
  start(options);
  send();
  world_.step();  // orders the connect
  driver_->stall(seconds(3));
  run(seconds(5));
  expect_success(1);
}

TEST_F(Stall, a_waiter_is_not_charged_for_the_time) {
  ClientOptions options;
  options.timeouts.pool = seconds(1);
  options.pool.max_connections = 1;
  server_.wait = milliseconds(400);
  start(options);
  send();
  send("POST");
  run(milliseconds(10));
  driver_->stall(seconds(3));
  run(seconds(5));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{});
  EXPECT_EQ(user_.attempts, (std::vector<std::uint32_t>{1, 1}));
}

TEST_F(Stall, a_fin_that_lies_in_an_idle_socket_is_seen_before_a_post_is_written) {
  server_.close_after = milliseconds(100);
  start();
  send();
  run(milliseconds(50));
  ASSERT_EQ(user_.attempts.size(), 1U);
  user_.attempts.clear();
  driver_->stall(seconds(1));
  run(milliseconds(999));
  send("POST");  // performed before the FIN is read
  run(seconds(5));
  EXPECT_EQ(server_.requests, 2);
  EXPECT_EQ(driver_->stats().finds, 1U);
  expect_success(1);
}

TEST_F(Stall, the_profile_makes_the_loop_stand_still_by_chance) {
  ClientOptions options;
  options.timeouts.read = options.timeouts.connect = milliseconds(700);
  server_.wait = milliseconds(300);
  DriverProfile profile;
  profile.stall_chance = 0.3;
  profile.max_stall = seconds(2);
  start(options, profile);
  for (int i = 0; i < 40; ++i) send("POST");
  run(seconds(100));
  EXPECT_GT(driver_->stats().stalls, 5U);
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{});
  EXPECT_EQ(user_.attempts, std::vector<std::uint32_t>(40, 1));
}

TEST_F(Stall, the_total_deadline_goes_on) {
  ClientOptions options;
  options.timeouts.total = seconds(2);
  server_.wait = seconds(3);
  start(options);
  send();
  run(milliseconds(10));
  driver_->stall(milliseconds(2500));
  run(milliseconds(2600));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{ErrorCode::deadline_exceeded});
}

// What a disk does to the requests whose files are on it (invariant 65).

/// Its one read with a byte keeps the loop for `disk`; kOff: there is none.
class DiskSource final : public BodySource {
 public:
  DiskSource(Driver& driver, Duration disk) : driver_(driver), disk_(disk) {}
  Read read(char* into, std::size_t) override {
    if (disk_ == kOff) return {State::pending, 0};
    driver_.stall(std::exchange(disk_, kOff));
    *into = 'x';
    return {State::more, 1};
  }

 private:
  Driver& driver_;
  Duration disk_;
};

class StallAtDisk : public Stall {
 protected:
  StallAtDisk() {
    ClientOptions options;
    options.timeouts.total = seconds(2);
    options.timeouts.connect = options.timeouts.read = options.timeouts.write = seconds(2);
    options.timeouts.pool = seconds(2);
    server_.wait = seconds(100);
    start(std::move(options));
  }
  engine::ExchangeId put(Duration disk) {
    Request request;
    request.method = "PUT";
    request.url = "http://10.0.0.1/";
    request.body =
        Body::factory([this, disk] { return std::make_unique<DiskSource>(*driver_, disk); }, 2);
    return driver_->submit(std::move(request), nullptr);
  }
};

TEST_F(StallAtDisk, the_deadline_acts_when_the_disk_has_responded) {
  put(seconds(5));
  run(milliseconds(4990));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{});
  run(milliseconds(20));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{ErrorCode::deadline_exceeded});
}

TEST_F(StallAtDisk, a_cancel_acts_when_the_disk_has_responded) {
  const engine::ExchangeId id = put(seconds(5));
  run(seconds(1));
  driver_->cancel(id);
  run(milliseconds(3990));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{});
  run(milliseconds(20));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{ErrorCode::cancelled});
}

TEST_F(StallAtDisk, a_source_that_is_pending_for_ever_holds_nothing_up) {
  put(kOff);
  run(milliseconds(2010));
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{ErrorCode::deadline_exceeded});
  const engine::ExchangeId cancelled = put(kOff);
  put(kOff);
  run(milliseconds(100));
  driver_->cancel(cancelled);
  run(milliseconds(1));
  EXPECT_EQ(user_.errors.back(), ErrorCode::cancelled);
  driver_->shut_down();
  run(milliseconds(1));
  EXPECT_EQ(user_.errors.back(), ErrorCode::client_closed);
  EXPECT_TRUE(driver_->finished());
}

}  // namespace
}  // namespace holdfast::sim
