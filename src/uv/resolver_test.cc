#include "uv/resolver.h"

#include <gtest/gtest.h>
#include <uv.h>

#include <map>
#include <memory>
#include <string>

#include "uv/hand_names.h"

namespace holdfast::uv {
namespace {

using std::chrono::seconds;

PeerAddress v4(std::uint8_t last) {
  PeerAddress address;
  address.family = 4;
  address.bytes[0] = 127;
  address.bytes[3] = last;
  return address;
}

class ResolverTest : public ::testing::Test, public Resolver::Sink {
 protected:
  ResolverTest() { remake({seconds(5), seconds(60), 2}); }
  void remake(Resolver::Options options) {
    resolver = std::make_unique<Resolver>(names, *this, options);
  }
  void resolve(std::uint32_t connection, std::string_view host, std::uint16_t port = 80) {
    resolver->resolve({connection, 1}, host, port, now);
  }
  /// The result of connection `n`, e.g. "127.0.0.1:80" or "dns_temporary"; "" for none yet.
  std::string told(std::uint32_t connection) { return std::exchange(told_[connection], ""); }

  HandNames names;
  std::unique_ptr<Resolver> resolver;
  base::Instant now{1'000'000'000};
  int settled = 0;

 private:
  void resolved(engine::ConnectionId id, std::span<const PeerAddress> addresses, ErrorCode error,
                int) override {
    std::string text(error == ErrorCode::none ? "" : name(error));
    for (const PeerAddress& address : addresses) {
      text += (text.empty() ? "" : " ") + address.to_string();
    }
    EXPECT_TRUE(told_[id.index].empty()) << "a second result";
    told_[id.index] = text;
  }
  base::Instant lookup_ended() override { return now; }
  void lookup_settled() override { ++settled; }

  std::map<std::uint32_t, std::string> told_;
};

TEST_F(ResolverTest, equal_names_share_one_look_up_and_keep_their_ports) {
  resolve(1, "a.test", 80);
  resolve(2, "a.test", 8080);
  EXPECT_EQ(1U, names.started.size());
  names.answer("a.test", 0, {v4(1), v4(2)});
  EXPECT_EQ("127.0.0.1:80 127.0.0.2:80", told(1));
  EXPECT_EQ("127.0.0.1:8080 127.0.0.2:8080", told(2));
  EXPECT_EQ(1, settled);
}

TEST_F(ResolverTest, no_more_than_so_many_run_at_once_and_the_rest_go_in_order) {
  for (std::uint32_t i = 0; i < 4; ++i) resolve(i, std::string(1, static_cast<char>('a' + i)));
  EXPECT_EQ((std::vector<std::string>{"a", "b"}), names.started);
  names.answer("b", 0, {v4(1)});
  EXPECT_EQ((std::vector<std::string>{"a", "b", "c"}), names.started);
  names.answer("a", 0, {v4(1)});
  EXPECT_EQ((std::vector<std::string>{"a", "b", "c", "d"}), names.started);
}

TEST_F(ResolverTest, an_answer_is_kept_for_its_time_and_no_longer) {
  resolve(1, "a.test");
  names.answer("a.test", 0, {v4(1)});
  EXPECT_EQ("127.0.0.1:80", told(1));
  now = now + seconds(5) + Duration(-1);
  resolve(2, "a.test", 81);
  EXPECT_EQ("127.0.0.1:81", told(2));
  now = now + Duration(1);
  resolve(3, "a.test");
  EXPECT_EQ("", told(3));
  EXPECT_EQ(2U, names.started.size());
}

TEST_F(ResolverTest, nothing_is_kept_when_the_cache_is_off) {
  remake({Duration(0), seconds(60), 2});
  resolve(1, "a.test");
  names.answer("a.test", 0, {v4(1)});
  EXPECT_EQ("127.0.0.1:80", told(1));
  resolve(2, "a.test");
  names.answer("a.test", UV_EAI_AGAIN);
  EXPECT_EQ("dns_temporary", told(2));
}

TEST_F(ResolverTest, an_old_answer_serves_while_the_service_fails_for_the_moment) {
  resolve(1, "a.test");
  names.answer("a.test", 0, {v4(1)});
  told(1);
  now = now + seconds(64);
  resolve(2, "a.test");
  names.answer("a.test", UV_EAI_AGAIN);
  EXPECT_EQ("127.0.0.1:80", told(2));
  now = now + seconds(1);
  resolve(3, "a.test");
  names.answer("a.test", UV_EAI_AGAIN);
  EXPECT_EQ("dns_temporary", told(3));
}

TEST_F(ResolverTest, an_old_answer_does_not_hide_that_the_name_is_gone) {
  resolve(1, "a.test");
  names.answer("a.test", 0, {v4(1)});
  told(1);
  now = now + seconds(6);
  resolve(2, "a.test");
  names.answer("a.test", UV_EAI_NONAME);
  EXPECT_EQ("dns_not_found", told(2));
  resolve(3, "a.test");
  names.answer("a.test", UV_EAI_AGAIN);
  EXPECT_EQ("dns_temporary", told(3));
}

TEST_F(ResolverTest, a_look_up_nobody_wants_any_more_is_not_begun) {
  resolve(1, "a");
  resolve(2, "b");
  resolve(3, "c");
  resolver->cancel({3, 1});
  names.answer("a", 0, {v4(1)});
  EXPECT_EQ(2U, names.started.size());
  resolve(4, "c");  // the name can be looked up again
  names.answer("c", 0, {v4(3)});
  EXPECT_EQ("", told(3));
  EXPECT_EQ("127.0.0.3:80", told(4));
}

TEST_F(ResolverTest, a_cancelled_waiter_hears_nothing_and_the_answer_is_kept) {
  resolve(1, "a");
  resolver->cancel({1, 1});
  names.answer("a", 0, {v4(1)});
  EXPECT_EQ("", told(1));
  resolve(2, "a");
  EXPECT_EQ("127.0.0.1:80", told(2));
}

TEST_F(ResolverTest, a_look_up_that_cannot_start_is_a_failure_and_holds_no_place) {
  names.refuse_with = UV_ENAMETOOLONG;
  resolve(1, "a");
  EXPECT_EQ("dns_not_found", told(1));
  names.refuse_with = UV_ENOMEM;
  resolve(2, "b");
  EXPECT_EQ("out_of_resources", told(2));
  names.refuse_with = 0;
  resolve(3, "c");
  resolve(4, "d");
  EXPECT_EQ(4U, names.started.size());
}

TEST_F(ResolverTest, an_old_answer_serves_while_descriptors_are_short) {
  resolve(1, "a.test");
  names.answer("a.test", 0, {v4(1)});
  told(1);
  now = now + seconds(6);
  resolve(2, "a.test");
  names.answer("a.test", UV_EMFILE);
  EXPECT_EQ("127.0.0.1:80", told(2));
  resolve(3, "b.test");
  names.answer("b.test", UV_EMFILE);
  EXPECT_EQ("out_of_resources", told(3));
}

TEST_F(ResolverTest, shutting_down_gives_up_the_queue_and_what_runs) {
  resolve(1, "a");
  resolve(2, "b");
  resolve(3, "c");
  resolver->shut_down();
  EXPECT_TRUE(names.shut);
  names.answer("a", 0, {v4(1)});
  EXPECT_EQ(2U, names.started.size());
  EXPECT_EQ("", told(1) + told(2) + told(3));
}

TEST_F(ResolverTest, a_look_up_without_waiters_makes_room_for_the_next) {
  resolve(1, "hangs");
  resolve(2, "hangs_too");
  resolve(3, "c");
  EXPECT_EQ(2U, names.started.size());
  resolver->cancel({1, 1});
  EXPECT_EQ((std::vector<std::string>{"hangs", "hangs_too", "c"}), names.started);
  names.answer("c", 0, {v4(3)});
  EXPECT_EQ("127.0.0.3:80", told(3));
  resolve(4, "hangs");  // joins the running lookup
  EXPECT_EQ(3U, names.started.size());
  names.answer("hangs", 0, {v4(4)});
  EXPECT_EQ("127.0.0.4:80", told(4));
}

TEST_F(ResolverTest, look_ups_that_hang_without_waiters_do_not_grow_without_bound) {
  for (std::uint32_t i = 0; i < 100; ++i) {
    resolve(i, "host" + std::to_string(i));
    resolver->cancel({i, 1});
  }
  EXPECT_EQ(18U, names.started.size()) << "sixteen without waiters, and as many as may run";
}

TEST_F(ResolverTest, the_cache_does_not_grow_without_bound) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::string host = "host" + std::to_string(i);
    resolve(i, host);
    names.answer(host, 0, {v4(1)});
    now = now + Duration(1);
  }
  const std::size_t before = names.started.size();
  resolve(2000, "host999");
  EXPECT_EQ(before, names.started.size());
  resolve(2001, "host0");
  EXPECT_EQ(before + 1, names.started.size());
}

}  // namespace
}  // namespace holdfast::uv
