// A body's source is opened and measured before anything of its attempt is sent (SPEC R8).
#include <gtest/gtest.h>

#include <string>

#include "engine/core/engine_rig.h"

namespace holdfast::engine {
namespace {

using namespace std::chrono_literals;

/// "xxx…", as long as it says.
class Measured final : public BodySource {
 public:
  explicit Measured(std::size_t length, bool repeatable = true)
      : length_(length), repeatable_(repeatable) {}
  std::optional<std::uint64_t> length() const override { return length_; }
  bool repeatable() const override { return repeatable_; }
  Read read(char* into, std::size_t) override {
    return {State::end, std::string(length_, 'x').copy(into, length_)};
  }

 private:
  std::size_t length_;
  bool repeatable_;
};

/// Cannot be opened.
class Shut final : public BodySource {
 public:
  bool open() override { return false; }
  Read read(char*, std::size_t) override { return {State::failed, 0}; }
  std::string failure() const override { return "cannot open /the/file: Permission denied"; }
};

Request with_body(Body body, const std::string& method = "PUT") {
  Request request;
  request.method = method;
  request.url = "http://10.0.0.1/";
  request.body = std::move(body);
  return request;
}

bool wrote(Rig& rig, std::size_t socket, const std::string& text) {
  return rig.socket(socket).sent.find(text) != std::string::npos;
}

TEST(body_opening, a_source_that_cannot_be_opened_costs_no_connection) {
  Rig rig;
  rig.send(with_body(Body::factory([] { return std::make_unique<Shut>(); })), 1);
  rig.send(with_body(Body::factory([] { return nullptr; })), 2);
  rig.send(with_body(Body::one_shot(nullptr)), 3);
  EXPECT_EQ(rig.dials(), 0U);
  for (const int tag : {1, 2, 3}) {
    ASSERT_TRUE(rig.ended(tag).error) << tag;
    EXPECT_EQ(rig.ended(tag).error->code, ErrorCode::body_source_failed);
    EXPECT_EQ(rig.ended(tag).error->phase, Phase::prepare);
    EXPECT_EQ(rig.ended(tag).timeline().attempts(), 1U);
    EXPECT_FALSE(rig.ended(tag).error->detail.empty());
  }
  EXPECT_EQ(rig.ended(1).error->detail, "cannot open /the/file: Permission denied");
}

TEST(body_opening, each_attempt_announces_what_it_measures) {
  Rig rig;
  std::size_t length = 0;
  rig.send(with_body(Body::factory([&] { return std::make_unique<Measured>(length); })));
  rig.connect(0);
  rig.accept_writes(0);
  EXPECT_TRUE(wrote(rig, 0, "Content-Length: 0\r\n"));
  length = 5;
  rig.receive(0, kBusy);
  rig.pass(1s);
  rig.accept_writes(0);
  EXPECT_TRUE(wrote(rig, 0, "Content-Length: 5\r\n"));
  EXPECT_TRUE(rig.socket(0).sent.ends_with("\r\n\r\nxxxxx"));
  rig.receive(0, kOk);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
}

TEST(body_opening, a_one_shot_that_was_not_read_is_sent_by_a_later_attempt) {
  Rig rig;
  rig.send(with_body(Body::one_shot(std::make_unique<Measured>(3), 3)));
  for (const std::size_t n : {0U, 1U}) {
    rig.refuse(n);
    rig.answer_closes();
    rig.pass(3s);
  }
  rig.connect(2);
  rig.serve(2, kOk);
  EXPECT_TRUE(rig.socket(2).sent.ends_with("\r\n\r\nxxx"));
  EXPECT_EQ(rig.ended().timeline().attempts(), 3U);
}

TEST(body_opening, what_can_be_read_once_is_not_replayed_once_it_has_been_read) {
  Rig rig;
  rig.send(with_body(Body::factory([] { return std::make_unique<Measured>(3, false); })));
  rig.refuse(0);
  rig.answer_closes();
  rig.pass(1s);
  rig.connect(1);
  rig.accept_writes(1);
  rig.rst(1);
  ASSERT_TRUE(rig.ended().error);
  EXPECT_EQ(rig.ended().error->code, ErrorCode::connection_reset);
  EXPECT_EQ(rig.ended().timeline().stop_reason(), StopReason::body_not_replayable);
  EXPECT_EQ(rig.ended().timeline().attempts(), 2U);
}

TEST(body_opening, comes_after_the_hook_which_may_refuse_the_attempt) {
  Rig rig;
  rig.engine().set_hook(true);
  int made = 0;
  rig.send(with_body(Body::factory([&] {
    ++made;
    return std::make_unique<Measured>(3);
  })));
  EXPECT_EQ(made, 0);
  rig.answer(0, Engine::HookAnswer::reject, nullptr, "no");
  EXPECT_EQ(rig.ended().error->code, ErrorCode::attempt_refused);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(rig.dials(), 0U);
  rig.send(with_body(Body::factory([&] {
             ++made;
             return std::make_unique<Measured>(3);
           })),
           1);
  rig.answer(1, Engine::HookAnswer::proceed);
  EXPECT_EQ(made, 1);
  rig.answer(1, Engine::HookAnswer::reject);  // stale: it has gone ahead
  rig.connect(0);
  rig.serve(0, kOk);
  EXPECT_TRUE(rig.ended(1).response);
}

TEST(body_opening, an_order_to_open_that_is_outlived_by_its_exchange_does_nothing) {
  ClientOptions options;
  options.seed = 1;
  Engine engine(options, {});
  base::Now now{{1'000'000'000}, {0}};
  const ExchangeId id = engine.submit(
      with_body(Body::factory([] { return std::make_unique<Measured>(3); })), {}, now);
  Action action;
  ASSERT_TRUE(engine.poll(action, now));
  ASSERT_EQ(action.kind, Action::Kind::open_body);
  engine.cancel(id, now);
  engine.body_opened(id, action.attempt, {.ok = true, .length = 3}, now);
  ASSERT_TRUE(engine.poll(action, now));
  EXPECT_EQ(action.kind, Action::Kind::complete);
  EXPECT_FALSE(engine.poll(action, now));
}

}  // namespace
}  // namespace holdfast::engine
