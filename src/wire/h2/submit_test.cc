// What an H2Session sends: the greeting, heads, bodies, resets, and what it says of its progress.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/h1/writer.h"
#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

using Lines = std::vector<std::string>;

Fields sent_head(const H2RequestHead& head) {
  H2Talk talk;
  EXPECT_EQ(talk.open(head), 1U);
  talk.pump();
  return talk.peer.last(kHeaders)->fields;
}

H2RequestHead get_head() {
  H2RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "host.example:8443";
  head.target = "/a?b=c";
  return head;
}

TEST(H2Submit, the_greeting_is_preface_settings_and_the_connection_window) {
  Http2Policy policy;
  policy.stream_window_bytes = 100'000;
  policy.connection_window_bytes = 1'000'000;
  H2Talk talk(H2Talk::Silent{}, policy);
  ASSERT_TRUE(talk.session.wants_write());
  talk.pump();
  EXPECT_TRUE(talk.peer.preface_seen);
  ASSERT_EQ(talk.peer.frames.size(), 2U);
  EXPECT_EQ(talk.peer.frames[0].type, kSettings);
  EXPECT_EQ(talk.peer.frames[0].payload, h2_number(kEnablePush, 2) + h2_number(0, 4) +
                                             h2_number(kInitialWindow, 2) + h2_number(100'000, 4) +
                                             h2_number(6, 2) + h2_number(65'536, 4));
  EXPECT_EQ(talk.peer.credit, 1'000'000);
  EXPECT_FALSE(talk.session.wants_write());
}

TEST(H2Submit, a_get_is_one_headers_frame_that_ends_the_stream) {
  H2Talk talk;
  H2RequestHead head = get_head();
  const Headers fields{{"Accept", "*/*"}, {"X-Odd-CASE", "Kept As Is"}};
  head.fields = &fields;
  head.user_agent = "holdfast";
  head.idempotency_key = "k1";
  EXPECT_EQ(talk.open(head), 1U);
  talk.pump();
  const H2Peer::Frame& frame = *talk.peer.last(kHeaders);
  EXPECT_EQ(frame.flags, kEndHeaders | kEndStream);
  EXPECT_EQ(frame.fields, (Fields{{":method", "GET"},
                                  {":scheme", "https"},
                                  {":path", "/a?b=c"},
                                  {":authority", "host.example:8443"},
                                  {"user-agent", "holdfast"},
                                  {"accept", "*/*"},
                                  {"x-odd-case", "Kept As Is"},
                                  {"idempotency-key", "k1"}}));
  EXPECT_EQ(talk.progress, (Lines{"begun 1 @" + std::to_string(frame.offset),
                                  "sent 1 @" + std::to_string(frame.end)}));
}

TEST(H2Submit, a_host_field_becomes_the_authority) {
  H2RequestHead head = get_head();
  const Headers own{{"HOST", "own.example"}};
  const Headers defaults{{"host", "default.example"}};
  head.defaults = &defaults;
  EXPECT_EQ(sent_head(head)[3].second, "default.example");
  head.fields = &own;
  const Fields fields = sent_head(head);
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[3], (Fields::value_type{":authority", "own.example"}));
}

TEST(H2Submit, connect_has_neither_scheme_nor_path) {
  H2RequestHead head = get_head();
  head.method = "CONNECT";
  EXPECT_EQ(sent_head(head), (Fields{{":method", "CONNECT"}, {":authority", "host.example:8443"}}));
}

/// Names in lower case, without Host, Transfer-Encoding, and the request line.
Fields fields_of_h1(const std::string& text) {
  Fields out;
  std::size_t at = text.find("\r\n") + 2;
  while (text.compare(at, 2, "\r\n") != 0) {
    const std::size_t colon = text.find(": ", at);
    const std::size_t end = text.find("\r\n", at);
    std::string name = text.substr(at, colon - at);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name != "host" && name != "transfer-encoding") {
      out.emplace_back(std::move(name), text.substr(colon + 2, end - colon - 2));
    }
    at = end + 2;
  }
  return out;
}

Headers any_fields() {
  Headers out;
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    const std::string name =
        *rc::gen::element<std::string>("Accept", "ACCEPT", "X-A", "x-b", "Cookie", "cookie",
                                       "User-Agent", "Host", "Idempotency-Key");
    if (name == "Host" && out.contains(name)) continue;
    out.add(name, *rc::gen::element<std::string>("", "1", "two words", "a=b; c=d"));
  }
  return out;
}

RC_GTEST_PROP(H2SubmitProperty, the_same_fields_are_sent_as_over_http_1_1, ()) {
  const Headers own = any_fields();
  const Headers defaults = any_fields();
  const std::string method =
      *rc::gen::element<std::string>("GET", "POST", "PUT", "PATCH", "QUERY", "DELETE", "HEAD");
  const bool has_body = *rc::gen::arbitrary<bool>();
  const bool counted = *rc::gen::arbitrary<bool>();
  H1RequestHead h1;
  H2RequestHead h2 = get_head();
  h1.method = h2.method = method;
  h1.target = h2.target;
  h1.authority = h2.authority;
  h1.fields = h2.fields = &own;
  h1.defaults = h2.defaults = &defaults;
  h1.user_agent = h2.user_agent = *rc::gen::element("", "agent");
  h1.idempotency_key = h2.idempotency_key = *rc::gen::element("", "key");
  const std::vector<HeaderField> added(*rc::gen::inRange<std::size_t>(0, 3), {"A", "gzip"});
  h1.added = h2.added = added;
  h1.chunked = has_body && !counted;
  h2.has_body = has_body;
  if (counted && has_body) h1.content_length = h2.content_length = 12;
  if (counted && !has_body) h1.content_length = h2.content_length = 0;

  std::string text;
  append_request_head(text, h1);
  Fields regular;
  for (const auto& field : sent_head(h2)) {
    if (field.first.front() != ':') regular.push_back(field);
  }
  RC_ASSERT(regular == fields_of_h1(text));
}

TEST(H2Submit, a_large_head_goes_out_in_continuations) {
  H2Talk talk;
  H2RequestHead head = get_head();
  const std::string value(40'000, '~');
  const Headers fields{{"x-large", value}, {"x-larger", value}, {"x-largest", value}};
  head.fields = &fields;
  talk.open(head);
  talk.pump();
  EXPECT_EQ(talk.peer.last(kHeaders)->fields.back().second, value);
  EXPECT_EQ(talk.progress.size(), 2U);
  EXPECT_EQ(talk.progress.back(), "sent 1 @" + std::to_string(talk.peer.last(kHeaders)->end));
}

// --- Bodies --------------------------------------------------------------------------------------

TEST(H2Submit, a_body_in_one_piece_ends_with_the_frame_that_holds_it) {
  H2Talk talk;
  const std::uint32_t id = talk.post(5);
  talk.session.give(id, "hello", true);
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "hello");
  const H2Peer::Frame& data = *talk.peer.last(kData);
  EXPECT_EQ(data.flags, kEndStream);
  EXPECT_EQ(talk.peer.last(kHeaders)->fields.back(), (Fields::value_type{"content-length", "5"}));
  EXPECT_EQ(talk.progress.size(), 4U);
  EXPECT_EQ(talk.progress[1], "body 1 5");
  EXPECT_EQ(talk.progress[2], "drained 1");
  EXPECT_EQ(talk.progress[3], "sent 1 @" + std::to_string(data.end));
}

TEST(H2Submit, a_body_given_piece_by_piece_waits_for_each) {
  H2Talk talk;
  const std::uint32_t id = talk.post();
  talk.pump();
  EXPECT_EQ(talk.peer.count(kData), 0U);
  EXPECT_FALSE(talk.session.wants_write());
  talk.session.give(id, "one", false);
  EXPECT_TRUE(talk.session.wants_write());
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "one");
  talk.session.give(id, "two", false);
  talk.pump();
  EXPECT_FALSE(talk.session.wants_write());
  talk.session.give(id, {}, true);
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "onetwo");
  EXPECT_EQ(talk.peer.last(kData)->flags, kEndStream);
  EXPECT_EQ(talk.peer.last(kData)->payload, "");
}

TEST(H2Submit, take_stops_near_what_was_asked_for) {
  H2Talk talk;
  talk.receive(talk.peer.window_update(0, 1U << 20));
  const std::uint32_t id = talk.post();
  talk.pump();
  talk.receive(talk.peer.window_update(id, 1U << 20));
  const std::string body(200'000, 'x');
  talk.session.give(id, body, true);
  std::string out;
  talk.session.take(out, 20'000);
  EXPECT_GE(out.size(), 20'000U);
  EXPECT_LE(out.size(), 20'000U + 16'384 + 9);
  talk.peer.read(out);
  talk.pump(1);
  EXPECT_TRUE(talk.peer.upload_of(id) == body);
  EXPECT_TRUE(talk.peer.client_kept_windows);
}

TEST(H2Submit, an_upload_keeps_within_the_peers_windows) {
  H2Talk talk({}, 1, {{kInitialWindow, 10}});
  const std::uint32_t id = talk.post();
  const std::string body(100, 'x');
  talk.session.give(id, body, true);
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id).size(), 10U);
  EXPECT_FALSE(talk.session.wants_write());
  // The initial window shrinks, so that this one is below zero (RFC 9113 §6.9.2).
  talk.receive(talk.peer.settings({{kInitialWindow, 0}}));
  talk.receive(talk.peer.window_update(id, 10));
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id).size(), 10U);
  talk.receive(talk.peer.window_update(id, 200));
  talk.pump();
  EXPECT_TRUE(talk.peer.upload_of(id) == body);
  EXPECT_TRUE(talk.peer.client_kept_windows);
}

TEST(H2Submit, uploads_share_the_connection) {
  H2Talk talk;
  const std::string body(60'000, 'x');
  const std::uint32_t a = talk.post();
  const std::uint32_t b = talk.post();
  talk.session.give(a, body, true);
  talk.session.give(b, body, true);
  talk.pump();
  // 65,535 bytes of the connection's window, in turns.
  EXPECT_GT(talk.peer.upload_of(a).size(), 20'000U);
  EXPECT_GT(talk.peer.upload_of(b).size(), 20'000U);
}

// --- Ends ----------------------------------------------------------------------------------------

TEST(H2Submit, a_reset_ends_the_upload_and_says_the_code) {
  H2Talk talk;
  const std::uint32_t id = talk.post();
  talk.session.give(id, "abc", false);
  talk.pump();
  talk.reset(id, 8);
  talk.session.give(id, "def", true);
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "abc");
  EXPECT_EQ(talk.peer.last(kRstStream)->number(), 8U);
  EXPECT_EQ(talk.session.open_streams(), 0U);
}

TEST(H2Submit, a_request_reset_before_it_was_taken_is_never_sent) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.reset(a);
  talk.pump();
  EXPECT_EQ(talk.peer.count(kHeaders), 1U);
  EXPECT_EQ(talk.peer.last(kHeaders)->stream, b);
  EXPECT_EQ(talk.peer.count(kRstStream), 0U);
  EXPECT_EQ(talk.session.open_streams(), 1U);
}

TEST(H2Submit, the_bytes_given_are_not_looked_at_after_a_reset) {
  H2Talk talk({}, 1, {{kInitialWindow, 1}});
  const std::uint32_t id = talk.post();
  auto body = std::make_unique<std::string>(1000, 'x');
  talk.session.give(id, *body, true);
  talk.pump();
  talk.reset(id);
  body.reset();
  talk.receive(talk.peer.window_update(id, 2000));
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "x");
}

TEST(H2Submit, ids_are_used_up_at_the_last_of_them) {
  H2Talk talk({}, 0x7fff'fffd);
  EXPECT_EQ(talk.get(), 0x7fff'fffdU);
  EXPECT_EQ(talk.get(), 0x7fff'ffffU);
  EXPECT_EQ(talk.get(), 0U);
  talk.exchange({});
  EXPECT_EQ(talk.peer.count(kHeaders), 2U);
  talk.receive(talk.peer.headers(0x7fff'ffff, status(204), true));
  EXPECT_TRUE(talk.has("end 2147483647"));
  EXPECT_EQ(talk.get(), 0U);
}

TEST(H2Submit, nothing_is_opened_after_our_goodbye) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.session.say_goodbye();
  talk.session.say_goodbye();
  EXPECT_EQ(talk.get(), 0U);
  talk.pump();
  EXPECT_EQ(talk.peer.count(kGoaway), 1U);
  EXPECT_EQ(talk.peer.last(kGoaway)->number(4), 0U);
  talk.receive(talk.peer.headers(id, status(200), true));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "end 1"}));
}

TEST(H2Submit, memory_is_kept_for_the_next_streams_until_rest) {
  H2Talk talk;
  std::vector<std::uint32_t> streams;
  streams.reserve(40);
  for (int i = 0; i < 40; ++i) streams.push_back(talk.get());
  talk.pump();
  std::string answers;
  for (const std::uint32_t id : streams) answers += talk.peer.headers(id, status(200), true);
  talk.exchange(answers);
  ASSERT_EQ(talk.session.open_streams(), 0U);
  EXPECT_GT(talk.session.spare_blocks(), 40U);
  const std::uint32_t one_more = talk.get();
  talk.pump();
  talk.session.rest();
  EXPECT_GT(talk.session.spare_blocks(), 16U) << "it is at work";
  talk.exchange(talk.peer.headers(one_more, status(200), true));
  talk.session.rest();
  EXPECT_EQ(talk.session.spare_blocks(), 0U);
  EXPECT_NE(talk.get(), 0U);
}

TEST(H2Submit, what_is_opened_beyond_the_peers_limit_waits_unsent) {
  H2Talk talk({}, 1, {{kMaxStreams, 1}});
  EXPECT_EQ(talk.session.peer_max_streams(), 1U);
  const std::uint32_t a = talk.get();
  talk.get();
  talk.pump();
  EXPECT_EQ(talk.peer.count(kHeaders), 1U);
  talk.exchange(talk.peer.headers(a, status(200), true));
  EXPECT_EQ(talk.peer.count(kHeaders), 2U);
  EXPECT_EQ(talk.raw_progress.back().offset, talk.peer.frames.back().end);
}

TEST(H2Submit, a_request_reset_while_it_waits_for_the_peers_limit_is_open_no_more) {
  H2Talk talk({}, 1, {{kMaxStreams, 1}});
  const std::uint32_t a = talk.get();
  std::vector<std::uint32_t> waiting;
  for (int i = 0; i < 40; ++i) waiting.push_back(talk.post());
  talk.pump();
  EXPECT_EQ(talk.session.open_streams(), 41U);
  for (const std::uint32_t id : waiting) {
    talk.session.give(id, "x", true);
    talk.reset(id);
  }
  EXPECT_EQ(talk.session.open_streams(), 1U);
  const std::uint32_t last = talk.get();  // in the place of one that is gone
  talk.exchange({});
  EXPECT_EQ(talk.session.open_streams(), 2U);
  talk.exchange(talk.peer.headers(a, status(200), true));
  EXPECT_EQ(talk.session.open_streams(), 1U);
  talk.exchange(talk.peer.headers(last, status(200), true));
  EXPECT_EQ(talk.session.open_streams(), 0U);
  EXPECT_EQ(talk.peer.count(kHeaders), 2U);
  EXPECT_EQ(talk.peer.count(kRstStream), 0U);
  EXPECT_EQ(talk.peer.count(kData), 0U);
  EXPECT_EQ(talk.broken, "");
  talk.session.rest();
  EXPECT_EQ(talk.session.spare_blocks(), 0U) << "no stream is left in the table";
}

TEST(H2Submit, requests_that_wait_when_the_peer_goes_away_are_open_no_more) {
  H2Talk talk({}, 1, {{kMaxStreams, 1}});
  const std::uint32_t a = talk.get();
  talk.get();
  talk.get();
  talk.pump();
  talk.receive(talk.peer.goaway(a, 0));
  EXPECT_EQ(talk.session.open_streams(), 1U);
  EXPECT_TRUE(talk.has("reset 3 stream_refused NO_ERROR refused"));
  talk.exchange(talk.peer.headers(a, status(200), true));
  EXPECT_EQ(talk.session.open_streams(), 0U);
  EXPECT_EQ(talk.peer.count(kHeaders), 1U);
}

}  // namespace
}  // namespace holdfast::wire
