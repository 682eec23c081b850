// Tests of shop.cc in a virtual world: servers that fail by script, hours in milliseconds, the same
// run every time. Use any test framework; this file uses none.
#include <cstdio>
#include <string>

#include <holdfast/testing.h>

#include "examples/test_your_code/shop.h"

using namespace std::chrono_literals;
using holdfast::testing::World;

namespace {

int failures = 0;
holdfast::Duration lived{0};

void expect(bool holds, const char* what, const World& world) {
  std::printf("%s: %s\n", holds ? "holds" : "FAILS", what);
  if (holds) return;
  ++failures;
  std::printf("%s\n", world.failure_report().c_str());  // the seed, the requests, the last events
}

holdfast::ClientOptions options() {
  holdfast::ClientOptions options;
  options.base_url = "https://market.example";
  return options;
}

void a_price_survives_an_outage() {
  World world(7);
  world.serve("https://market.example", {"/price/* : 503 ra=1; reset@headers:10; 200 body=text:7"});
  holdfast::Client client = world.client(options());
  Shop shop(client);
  std::string told;
  shop.price("tea", [&](std::string price) { told = price; });
  world.run();
  const auto seen = world.journal("GET", "/price/tea");
  expect(told == "7" && seen.size() == 3, "a price survives an outage", world);
  expect(seen.gaps()[0] >= 1s, "and nobody is asked sooner than he said", world);
  lived += world.now();
}

void an_order_is_never_placed_twice() {
  World world(7);
  world.serve("https://market.example", {"POST /orders : reset; 201"});
  holdfast::Client client = world.client(options());
  Shop shop(client);
  auto placed = Shop::Placed::yes;
  shop.order("tea", [&](Shop::Placed how) { placed = how; });
  world.run();
  const auto seen = world.journal("POST", "/orders");
  expect(seen.size() == 1 && seen[0].body_is("tea"), "an order is sent once", world);
  expect(placed == Shop::Placed::unknown, "and nobody claims to know what became of it", world);
  lived += world.now();
}

void an_order_that_never_left_was_not_placed() {
  World world(7);
  world.serve("https://market.example");
  world.set_host("market.example", holdfast::testing::Host::refuses);
  holdfast::Client client = world.client(options());
  Shop shop(client);
  auto placed = Shop::Placed::unknown;
  shop.order("tea", [&](Shop::Placed how) { placed = how; });
  world.run();
  expect(placed == Shop::Placed::no && world.journal().empty(),
         "an order that never left was not placed", world);
  lived += world.now();
}

void a_market_that_says_nothing_does_not_hold_us_up() {
  World world(7);
  world.serve("https://market.example", {"/price/* : 200 body=text:7; stall; stay"});
  holdfast::Client client = world.client(options());
  Shop shop(client);
  std::string told;
  shop.price("tea", [](std::string) {});
  world.run();
  const holdfast::Duration asked = world.now();
  shop.price("tea", [&](std::string price) { told = price; });
  world.run();
  expect(told == "7" && world.now() - asked == 2s, "the last price is told after two seconds",
         world);
  lived += world.now();
}

}  // namespace

int main() {
  a_price_survives_an_outage();
  an_order_is_never_placed_twice();
  an_order_that_never_left_was_not_placed();
  a_market_that_says_nothing_does_not_hold_us_up();
  std::printf("%d failure(s); %.1f s went by, all of them virtual\n", failures,
              static_cast<double>(lived.count()) / 1e9);
  return failures == 0 ? 0 : 1;
}
