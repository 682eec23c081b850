#include "sim/resolver.h"

#include <gtest/gtest.h>

#include "sim/network_ends_rig.h"

namespace holdfast::sim {
namespace {

class Answers final : public Resolver::Sink {
 public:
  void resolved(LookupId, const std::vector<PeerAddress>& addresses, ErrorCode error,
                int) override {
    std::string line(name(error));
    for (const PeerAddress& address : addresses) line += " " + address.to_string();
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

TEST(Resolver, a_name_plays_its_script_and_repeats_the_last_answer) {
  World world(1);
  Answers answers;
  NameAnswer fails;
  fails.kind = NameAnswer::Kind::temporary;
  NameAnswer found;
  found.addresses = {ip(1, 0), ip(2, 0)};
  world.resolver().set_name("a.test", std::vector<NameAnswer>{fails, found});
  for (int i = 0; i < 3; ++i) world.resolver().resolve(answers, "a.test", 81);
  EXPECT_TRUE(answers.lines.empty()) << "resolved inside the call";
  world.run_dry();
  const std::string good = "none 10.0.0.1:81 10.0.0.2:81";
  EXPECT_EQ(answers.lines, (std::vector<std::string>{"dns_temporary", good, good}));
}

TEST(Resolver, unknown_names_do_not_exist_and_silence_and_cancelled_ones_say_nothing) {
  World world(1);
  Answers answers;
  NameAnswer silent;
  silent.kind = NameAnswer::Kind::silence;
  world.resolver().set_name("silent.test", std::vector<NameAnswer>{silent});
  world.resolver().resolve(answers, "unknown.test", 80);
  const LookupId waiting = world.resolver().resolve(answers, "silent.test", 80);
  world.resolver().cancel(world.resolver().resolve(answers, "unknown.test", 80));
  world.run_dry();
  EXPECT_EQ(answers.lines, (std::vector<std::string>{"dns_not_found"}));
  world.resolver().cancel(waiting);
  EXPECT_EQ(world.resolver().under_way(), 0U);
}

}  // namespace
}  // namespace holdfast::sim
