// The other half of the original's promises (original_test.cc): what its two classes are to their
// users, sync and async. On real sockets, against the fault server.
#include <gtest/gtest.h>
#include <uv.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "fault_server/uv/server.h"
#include "holdfast/blocking.h"
#include "holdfast/client.h"
#include "proptests/simulation/case.h"

namespace proof {
namespace {

using fault::ClosedBy;
using fault::EntryType;

/// A loop with a server in it, which goes on while `work` runs on a thread of its own.
class OriginalFace : public testing::Test {
 protected:
  OriginalFace() {
    uv_loop_init(&loop);
    server = std::make_unique<fault::ServerUv>(&loop, scenario_of({"/users/* : 200 body=text:{}"}));
    EXPECT_FALSE(server->start().has_value());
  }
  ~OriginalFace() override {
    server->close();
    uv_run(&loop, UV_RUN_DEFAULT);
    server.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop), 0);
  }

  holdfast::ClientOptions options() const {
    holdfast::ClientOptions made;
    made.base_url = "http://127.0.0.1:" + std::to_string(server->port());
    made.retry = holdfast::RetryPolicy::python_original();
    return made;
  }
  void serve(const std::function<void()>& work) {
    uv_async_t finished;
    std::atomic<bool> done{false};
    uv_async_init(&loop, &finished, [](uv_async_t* handle) {
      uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
    });
    std::thread thread([&] {
      work();
      done = true;
      uv_async_send(&finished);
    });
    while (!done) uv_run(&loop, UV_RUN_ONCE);
    thread.join();
    while (uv_is_closing(reinterpret_cast<uv_handle_t*>(&finished)) == 0) {
      uv_run(&loop, UV_RUN_ONCE);
    }
    // What the client said last (its FIN) is heard as well.
    while (count(EntryType::kConnClose) != count(EntryType::kConnOpen)) {
      uv_run(&loop, UV_RUN_ONCE);
    }
  }
  std::size_t count(EntryType type) const {
    std::size_t n = 0;
    for (const fault::Entry& entry : server->peer().journal().entries()) n += entry.type == type;
    return n;
  }
  const fault::Entry* first(EntryType type) const {
    for (const fault::Entry& entry : server->peer().journal().entries()) {
      if (entry.type == type) return &entry;
    }
    return nullptr;
  }
  static std::string field(const fault::Entry& entry, std::string_view name) {
    std::string all;
    for (const auto& [key, value] : entry.headers) {
      if (holdfast::same_name(key, name)) all += value;
    }
    return all;
  }

  uv_loop_t loop{};
  std::unique_ptr<fault::ServerUv> server;
};

TEST_F(OriginalFace, sync_requests_are_relative_to_the_base_url) {
  serve([this] {
    holdfast::BlockingClient client(options());
    const auto response = client.get("/users/1");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->text(), "{}");
  });
  EXPECT_EQ(first(EntryType::kReqHead)->target, "/users/1");
}

TEST_F(OriginalFace, default_headers_go_with_each_request_and_give_way_to_its_own) {
  serve([this] {
    holdfast::ClientOptions with = options();
    with.default_headers.add("Authorization", "Bearer your-token-here");
    with.default_headers.add("User-Agent", "MyApp/1.0");
    holdfast::BlockingClient client(with);
    ASSERT_TRUE(client.get("/users/1"));
  });
  EXPECT_EQ(field(*first(EntryType::kReqHead), "Authorization"), "Bearer your-token-here");
  EXPECT_EQ(field(*first(EntryType::kReqHead), "User-Agent"), "MyApp/1.0");
  server->peer().journal().clear();
  serve([this] {
    holdfast::ClientOptions with = options();
    with.default_headers.add("User-Agent", "MyApp/1.0");
    holdfast::BlockingClient client(with);
    ASSERT_TRUE(client.send({.url = "/users/1", .headers = {{"user-agent", "Other/2"}}}));
  });
  EXPECT_EQ(field(*first(EntryType::kReqHead), "User-Agent"), "Other/2");
}

TEST_F(OriginalFace, connections_are_reused_within_a_client) {
  serve([this] {
    holdfast::BlockingClient client(options());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.get("/users/1"));
  });
  EXPECT_EQ(count(EntryType::kConnOpen), 1U);
  EXPECT_EQ(count(EntryType::kReqHead), 5U);
}

TEST_F(OriginalFace, a_scope_is_the_context_manager_it_closes_the_pool) {
  serve([this] {
    holdfast::BlockingClient client(options());
    ASSERT_TRUE(client.get("/users/1"));
  });
  ASSERT_NE(first(EntryType::kConnClose), nullptr);
  EXPECT_EQ(first(EntryType::kConnClose)->closed_by, ClosedBy::kClient);
}

TEST_F(OriginalFace, sync_clients_have_the_verbs_and_close_by_hand) {
  serve([this] {
    holdfast::BlockingClient client(options());
    EXPECT_TRUE(client.post("/users/1", "{}"));
    EXPECT_TRUE(client.put("/users/1", "{}"));
    EXPECT_TRUE(client.del("/users/1"));
    client.close();
    const auto late = client.get("/users/1");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, holdfast::ErrorCode::client_closed);
  });
  EXPECT_EQ(count(EntryType::kReqHead), 3U);
}

TEST_F(OriginalFace, async_clients_answer_on_the_loop_and_close_by_hand) {
  holdfast::Client client(&loop, options());
  int answers = 0;
  bool closed = false;
  for (int i = 0; i < 3; ++i) {
    client.get("/users/1", [&](holdfast::Result<holdfast::Response> response) {
      ASSERT_TRUE(response);
      EXPECT_EQ(response->status, 200);
      if (++answers == 3) client.close([&] { closed = true; });
    });
  }
  EXPECT_EQ(answers, 0);
  while (!closed) uv_run(&loop, UV_RUN_ONCE);
  EXPECT_EQ(answers, 3);
}

// An error status is an answer; whoever wants an exception says so, for every 4xx and 5xx alike.
// The original's code raised for 4xx, and for a retried status only when attempts ran out, while a
// 501 came back as if all was well.
TEST_F(OriginalFace, error_statuses_raise_where_the_user_asks_for_it) {
  serve([this] {
    holdfast::BlockingClient client(options());
    for (const char* path : {"/status/404", "/status/501"}) {
      auto response = client.get(path);
      ASSERT_TRUE(response);
      const auto raised = std::move(*response).raise_for_status();
      ASSERT_FALSE(raised);
      EXPECT_EQ(raised.error().code, holdfast::ErrorCode::status_error);
    }
  });
}

}  // namespace
}  // namespace proof
