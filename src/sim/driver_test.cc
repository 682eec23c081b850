#include "sim/driver.h"

#include <gtest/gtest.h>

#include <functional>

#include "sim/network_ends_rig.h"

namespace holdfast::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class Keeper final : public User {
 public:
  void on_complete(void*, Response* response, Error* error) override {
    if (response != nullptr) bodies.push_back(response->body);
    if (error != nullptr) errors.push_back(error->code);
    if (then) then();
  }
  std::vector<std::string> bodies;
  std::vector<ErrorCode> errors;
  std::function<void()> then;
};

Request get(std::string url = "http://10.0.0.1/") {
  Request request;
  request.url = std::move(url);
  return request;
}

class DriverTest : public ::testing::Test {
 protected:
  DriverTest() { world_.network().listen(ip(1), server_); }
  Driver& client(ClientOptions options = {}, DriverProfile profile = {}) {
    driver_ = std::make_unique<Driver>(world_, std::move(options), user_, profile);
    return *driver_;
  }
  void finish() {
    driver_->shut_down();
    world_.run_dry();
    EXPECT_TRUE(driver_->finished());
    EXPECT_EQ(driver_->violations(), std::vector<std::string>{});
    EXPECT_EQ(world_.network().open_sockets(End::client), 0U);
    EXPECT_EQ(world_.network().open_sockets(End::server), 0U);
    EXPECT_EQ(world_.resolver().under_way(), 0U);
  }

  World world_{11};
  AnsweringServer server_{world_, kAnswer};
  Keeper user_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(DriverTest, a_get_comes_back_on_a_later_turn) {
  client().submit(get(), nullptr);
  EXPECT_TRUE(user_.bodies.empty());
  world_.run_until({Clock::kStart.ns + 1'000'000'000});
  EXPECT_EQ(user_.bodies, std::vector<std::string>{"hello"});
  finish();
}

TEST_F(DriverTest, even_an_invalid_request_ends_on_a_later_turn) {
  client().submit(get("gopher://x/"), nullptr);
  EXPECT_TRUE(user_.errors.empty());
  world_.run_until({Clock::kStart.ns + 1});
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{ErrorCode::unsupported_scheme});
  finish();
}

TEST_F(DriverTest, names_are_resolved_and_every_address_tried) {
  world_.resolver().set_name("a.test", {ip(9), ip(1)});  // the first has no listener
  client().submit(get("http://a.test/"), nullptr);
  world_.run_until({Clock::kStart.ns + 1'000'000'000});
  EXPECT_EQ(user_.bodies, std::vector<std::string>{"hello"});
  finish();
}

TEST_F(DriverTest, a_request_sent_from_a_callback_reuses_the_connection) {
  int left = 20;
  client();
  user_.then = [&] {
    if (--left > 0) driver_->submit(get(), nullptr);
  };
  driver_->submit(get(), nullptr);
  world_.run_until({Clock::kStart.ns + 1'000'000'000});
  EXPECT_EQ(user_.bodies.size(), 20U);
  EXPECT_EQ(world_.network().opened(), 1U);
  finish();
}

TEST_F(DriverTest, the_timer_fires_late_by_its_granularity_and_never_early) {
  world_.network().set_host(ip(1), Network::HostState::black_hole);
  ClientOptions options;
  options.retry.max_attempts = 1;
  options.timeouts.connect = std::chrono::microseconds(1'234'567);
  DriverProfile profile;
  profile.timer_granularity = milliseconds(1);
  base::Instant ended;
  client(options, profile);
  user_.then = [&] { ended = world_.now().mono; };
  driver_->submit(get(), nullptr);
  world_.run_until({Clock::kStart.ns + seconds(3) / std::chrono::nanoseconds(1)});
  EXPECT_EQ(user_.errors, std::vector<ErrorCode>{ErrorCode::connect_timeout});
  EXPECT_EQ(ended - Clock::kStart, milliseconds(1235));
  finish();
}

TEST_F(DriverTest, a_write_larger_than_the_send_buffer_goes_out_in_parts) {
  LinkProfile link;
  link.send_buffer = 100;
  link.max_segment = link.min_segment = 7;
  world_.network().set_profile(link);
  Request request = get();
  request.method = "PUT";
  request.body = std::string(5000, 'x');
  client().submit(std::move(request), nullptr);
  world_.run_until({Clock::kStart.ns + 1'000'000'000});
  EXPECT_EQ(user_.bodies, std::vector<std::string>{"hello"});
  finish();
}

TEST_F(DriverTest, one_seed_gives_one_trace_and_another_another) {
  const auto hash_of = [](std::uint64_t seed) {
    World world(seed);
    world.trace().set_mode(Trace::Mode::hash);
    LinkProfile link;
    link.max_latency = milliseconds(3);
    link.min_segment = 1;
    link.max_segment = 9;
    world.network().set_profile(link);
    AnsweringServer server(world, kAnswer);
    world.network().listen(ip(1), server);
    Keeper user;
    Driver driver(world, {}, user);
    for (int i = 0; i < 30; ++i) driver.submit(get(), nullptr);
    world.run_until({Clock::kStart.ns + 1'000'000'000});
    EXPECT_EQ(user.bodies.size(), 30U);
    driver.shut_down();
    world.run_dry();
    return world.trace().hash();
  };
  EXPECT_EQ(hash_of(5), hash_of(5));
  EXPECT_NE(hash_of(5), hash_of(6));
}

}  // namespace
}  // namespace holdfast::sim
