// An exception that leaves a user's function ends the process (F8): caught around uv_run, it would
// have skipped libuv's bookkeeping, and other requests would never end.
#include <gtest/gtest.h>

#include <stdexcept>

#include "api/client_rig.h"
#include "holdfast.h"

namespace holdfast::api {
namespace {

class ClientThrowDeathTest : public ClientTest {
 protected:
  static void fail() { throw std::runtime_error("from a callback"); }
  /// Runs the loop like a program that catches exceptions and goes on.
  void run_and_catch() {
    try {
      run();
    } catch (const std::exception&) {
    }
    _exit(0);
  }
  Request get(std::string_view path = "/x") {
    Request request;
    request.url = server.url(path);
    return request;
  }
};

TEST_F(ClientThrowDeathTest, a_completion) {
  EXPECT_DEATH(
      {
        make().send(get(), [](Result<Response>) { fail(); });
        run_and_catch();
      },
      "from a callback");
}

TEST_F(ClientThrowDeathTest, each_stream_callback) {
  for (int which = 0; which < 3; ++which) {
    StreamCallbacks callbacks;
    callbacks.on_head = [=](const ResponseHead&) { which == 0 ? fail() : void(); };
    callbacks.on_body = [=](std::string_view) { which == 1 ? fail() : void(); };
    callbacks.on_done = [=](Result<Response>) { which == 2 ? fail() : void(); };
    EXPECT_DEATH(
        {
          make().stream(get(), std::move(callbacks));
          run_and_catch();
        },
        "from a callback");
  }
}

TEST_F(ClientThrowDeathTest, an_observer_and_the_hook) {
  class Thrower final : public Observer {
    void on_attempt_started(const AttemptStarted&) override { fail(); }
  };
  EXPECT_DEATH(
      {
        make().observe(std::make_shared<Thrower>());
        client->send(get(), {});
        run_and_catch();
      },
      "from a callback");
  EXPECT_DEATH(
      {
        make().before_attempt([](AttemptPlan&) {
          fail();
          return Prepare::proceed;
        });
        client->send(get(), {});
        run_and_catch();
      },
      "from a callback");
}

TEST_F(ClientThrowDeathTest, a_body_source_and_its_factory) {
  struct Thrower final : BodySource {
    Read read(char*, std::size_t) override { throw std::runtime_error("from a callback"); }
  };
  EXPECT_DEATH(
      {
        make().post(server.url(), Body::one_shot(std::make_unique<Thrower>()), {});
        run_and_catch();
      },
      "from a callback");
  EXPECT_DEATH(
      {
        make().post(server.url(), Body::factory([]() -> std::unique_ptr<BodySource> {
                      throw std::runtime_error("from a callback");
                    }),
                    {});
        run_and_catch();
      },
      "from a callback");
}

TEST_F(ClientThrowDeathTest, work_posted_and_the_end_of_a_close) {
  EXPECT_DEATH(
      {
        make().post_to_loop([] { fail(); });
        client->send(get(), {});
        run_and_catch();
      },
      "from a callback");
  EXPECT_DEATH(
      {
        make().close([] { fail(); });
        run_and_catch();
      },
      "from a callback");
}

TEST_F(ClientThrowDeathTest, a_function_given_to_the_c_face) {
  EXPECT_DEATH(
      {
        holdfast_client* c = holdfast_client_new(&loop, nullptr);
        holdfast_get(
            c, server.url().c_str(), [](void*, holdfast_response*, holdfast_error*) { fail(); },
            nullptr);
        run_and_catch();
      },
      "from a callback");
  EXPECT_DEATH(
      {
        holdfast_client* c = holdfast_client_new(&loop, nullptr);
        holdfast_client_before_attempt(
            c,
            [](void*, holdfast_plan*) {
              fail();
              return HOLDFAST_PREPARE_PROCEED;
            },
            nullptr);
        holdfast_get(c, server.url().c_str(), nullptr, nullptr);
        run_and_catch();
      },
      "from a callback");
  EXPECT_DEATH(
      {
        holdfast_cookie_jar* jar = holdfast_cookie_jar_new();
        holdfast_cookie_jar_set(jar, "http://a.test/", "a=b", 0);
        holdfast_cookie_jar_each(
            jar, [](void*, const holdfast_cookie*) { fail(); }, nullptr);
        run_and_catch();
      },
      "from a callback");
}

}  // namespace
}  // namespace holdfast::api
