// What a peer must not send: each case by name, what it costs, and that it costs no more.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "wire/h2/error.h"
#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

using Lines = std::vector<std::string>;

// --- Malformed messages: the stream's error (RFC 9113 §8.1.1) ------------------------------------

struct Malformed {
  std::string name;
  std::function<std::string(H2Peer&, std::uint32_t)> bytes;
  std::string reset;   ///< "protocol_error PROTOCOL_ERROR"
  std::string detail;  ///< some part of it
};

const std::string kProtocol = "protocol_error PROTOCOL_ERROR";
const std::string kTruncated = "response_truncated PROTOCOL_ERROR";

std::vector<Malformed> malformed_heads() {
  const auto head = [](Fields fields, bool end = true) {
    return [=](H2Peer& p, std::uint32_t id) { return p.headers(id, fields, end); };
  };
  const auto with = [=](std::string name, std::string value) {
    return head(status(200, {{std::move(name), std::move(value)}}));
  };
  return {
      {"no_status", head({{"a", "b"}}), kProtocol, ":status"},
      {"status_101", head(status(101), false), kProtocol, "status"},
      {"status_of_four_digits", head({{":status", "0200"}}), kProtocol, "status"},
      {"status_of_two_digits", head({{":status", "20"}}), kProtocol, "status"},
      {"status_99", head({{":status", "099"}}), kProtocol, "status"},
      {"status_of_letters", head({{":status", "2xx"}}), kProtocol, ""},
      {"status_twice", head({{":status", "200"}, {":status", "200"}}), kProtocol, ""},
      {"a_pseudo_field_after_a_field", head({{"a", "b"}, {":status", "200"}}), kProtocol, ""},
      {"a_request_pseudo_field", head(status(200, {{":path", "/"}})), kProtocol, ":path"},
      {"an_upper_case_name", with("Upper", "x"), kProtocol, "Upper"},
      {"a_space_in_a_name", with("a b", "x"), kProtocol, "a b"},
      {"a_control_character_in_a_value", with("a", "x\ry"), kProtocol, "\"a\""},
      {"a_value_that_begins_with_a_space", with("a", " x"), kProtocol, "\"a\""},
      {"connection", with("connection", "close"), kProtocol, "connection"},
      {"keep_alive", with("keep-alive", "timeout=1"), kProtocol, "keep-alive"},
      {"transfer_encoding", with("transfer-encoding", "chunked"), kProtocol, ""},
      {"upgrade", with("upgrade", "x"), kProtocol, "upgrade"},
      {"te_other_than_trailers", with("te", "gzip"), kProtocol, "te"},
      {"a_content_length_of_letters", with("content-length", "1x"), kProtocol, ""},
      {"a_negative_content_length", with("content-length", "-1"), kProtocol, ""},
      {"content_length_twice",
       head(status(200, {{"content-length", "0"}, {"content-length", "0"}})), kProtocol, ""},
      {"an_interim_head_that_ends_the_stream", head(status(103)), kProtocol, "interim"},
      {"a_head_that_ends_the_stream_it_promises_content_for", with("content-length", "3"),
       kTruncated, "after 0 of 3"},
  };
}

std::vector<Malformed> malformed_messages() {
  return {
      {"data_before_the_head", [](H2Peer& p, std::uint32_t id) { return p.data(id, "x"); },
       kProtocol, "before"},
      {"data_after_an_interim_head",
       [](H2Peer& p, std::uint32_t id) { return p.headers(id, status(103)) + p.data(id, "x"); },
       kProtocol, "before"},
      {"an_interim_head_after_the_final_one",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200)) + p.headers(id, status(103));
       },
       kProtocol, ":status"},
      {"trailers_with_a_pseudo_field",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200)) + p.headers(id, status(200), true);
       },
       kProtocol, ":status"},
      {"trailers_that_do_not_end_the_stream",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200)) + p.headers(id, {{"a", "b"}});
       },
       kProtocol, "trailers"},
      {"more_than_the_content_length",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200, {{"content-length", "2"}})) + p.data(id, "ab") +
                p.data(id, "c");
       },
       kProtocol, "more content"},
      {"content_with_304",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(304, {{"content-length", "2"}})) + p.data(id, "ab", true);
       },
       kProtocol, "there can be none"},
      {"less_than_the_content_length",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200, {{"content-length", "3"}})) + p.data(id, "ab", true);
       },
       kTruncated, "after 2 of 3"},
      {"less_and_the_end_is_in_the_padding",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200, {{"content-length", "3"}})) + p.data(id, "ab", true, 20);
       },
       kTruncated, "after 2 of 3"},
      {"less_and_an_empty_end",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200, {{"content-length", "3"}})) + p.data(id, {}, true);
       },
       kTruncated, "after 0 of 3"},
      {"less_and_trailers",
       [](H2Peer& p, std::uint32_t id) {
         return p.headers(id, status(200, {{"content-length", "3"}})) + p.data(id, "a") +
                p.headers(id, {{"t", "1"}}, true);
       },
       kTruncated, "after 1 of 3"},
      {"data_beyond_the_streams_window",
       [](H2Peer& p, std::uint32_t id) {
         std::string out = p.headers(id, status(200));
         for (int i = 0; i < 17; ++i) out += p.data(id, std::string(16'384, 'x'));
         return out;
       },
       "protocol_error FLOW_CONTROL_ERROR", "window"},
      {"a_window_update_that_overflows_the_streams_window",
       [](H2Peer& p, std::uint32_t id) { return p.window_update(id, 0x7fff'ffff); },
       "protocol_error FLOW_CONTROL_ERROR", "FLOW_CONTROL_ERROR"},
  };
}

std::vector<Malformed> everything_malformed() {
  std::vector<Malformed> all = malformed_heads();
  for (Malformed& message : malformed_messages()) all.push_back(std::move(message));
  return all;
}

TEST(H2Refusal, a_malformed_message_costs_its_stream_and_no_other) {
  for (const Malformed& c : everything_malformed()) {
    SCOPED_TRACE(c.name);
    H2Talk talk;
    talk.consuming = false;
    const std::uint32_t bad = talk.get();
    const std::uint32_t good = talk.get();
    talk.pump();
    talk.exchange(c.bytes(talk.peer, bad));
    ASSERT_FALSE(talk.events.empty());
    EXPECT_EQ(talk.events.back(), "reset 1 " + c.reset);
    EXPECT_NE(talk.details.at(0).find(c.detail), std::string::npos) << talk.details.at(0);
    EXPECT_EQ(talk.peer.count(kRstStream), 1U);
    talk.exchange(talk.peer.headers(good, status(200)) + talk.peer.data(good, "fine", true));
    EXPECT_EQ(talk.events.back(), "end 3");
    EXPECT_EQ(talk.broken, "");
    EXPECT_EQ(talk.peer.count(kGoaway), 0U);
    EXPECT_EQ(talk.session.open_streams(), 0U);
  }
}

TEST(H2Refusal, a_malformed_message_is_refused_alike_however_it_is_cut) {
  for (const Malformed& c : everything_malformed()) {
    SCOPED_TRACE(c.name);
    H2Talk whole, cut;
    whole.get();
    cut.get();
    whole.pump();
    cut.pump();
    whole.exchange(c.bytes(whole.peer, 1));
    cut.receive(c.bytes(cut.peer, 1), h2_by_byte);
    EXPECT_EQ(whole.events, cut.events);
    EXPECT_EQ(whole.details, cut.details);
  }
}

TEST(H2Refusal, the_value_of_a_refused_field_is_not_told) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(id, status(200, {{"Set-Cookie", "secret"}}), true));
  EXPECT_NE(talk.details.at(0).find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(talk.details.at(0).find("secret"), std::string::npos);
}

// --- Limits --------------------------------------------------------------------------------------

TEST(H2Limit, too_many_bytes_of_head_cost_the_stream) {
  H2Talk talk;
  talk.limits.max_head_bytes = 200;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.pump();
  talk.exchange(talk.peer.headers(a, status(200, {{"x", std::string(200, 'x')}})) +
                talk.peer.headers(b, status(200, {{"x", std::string(50, 'x')}}), true));
  EXPECT_EQ(talk.events[0], "reset 1 head_too_large CANCEL");
  EXPECT_NE(talk.details[0].find("limits.max_head_bytes"), std::string::npos);
  EXPECT_EQ(talk.events.back(), "end 3");
}

TEST(H2Limit, head_and_trailers_count_together_and_interim_heads_apart) {
  H2Talk talk;
  talk.limits.max_head_bytes = 200;
  const std::string value(50, 'v');
  for (const std::size_t trailer : {10U, 50U}) {
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.exchange(talk.peer.headers(id, status(103, {{"a", value}})) +
                  talk.peer.headers(id, status(200, {{"a", value}})) +
                  talk.peer.headers(id, {{"a", std::string(trailer, 'v')}}, true));
  }
  EXPECT_EQ(talk.events.at(2), "end 1 a=vvvvvvvvvv");
  EXPECT_EQ(talk.events.back(), "reset 3 head_too_large CANCEL");
  EXPECT_EQ(talk.events.size(), 6U);
}

TEST(H2Limit, a_small_block_that_decompresses_to_a_large_head_is_stopped) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  // One large field into the table, then 10,000 references to it (RFC 7541 §6.1: index 62).
  std::string block = talk.peer.block(status(200));
  block += '\x40' + h2_string("bomb") + h2_string(std::string(3000, 'b'));
  block += std::string(10'000, '\xbe');
  talk.exchange(h2_frame(kHeaders, kEndHeaders, id, block));
  EXPECT_EQ(talk.events, (Lines{"reset 1 head_too_large CANCEL"}));
  EXPECT_EQ(talk.peer.count(kGoaway), 0U);
}

TEST(H2Limit, too_many_fields_cost_the_stream) {
  H2Talk talk;
  talk.limits.max_header_count = 3;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.pump();
  const Fields three = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  Fields four = three;
  four.emplace_back("d", "4");
  talk.exchange(talk.peer.headers(a, status(200, four), true) +
                talk.peer.headers(b, status(200, three), true));
  EXPECT_EQ(talk.events[0], "reset 1 head_too_large CANCEL");
  EXPECT_NE(talk.details[0].find("limits.max_header_count"), std::string::npos);
  EXPECT_EQ(talk.events.back(), "end 3");
}

TEST(H2Limit, too_many_bytes_of_interim_heads_cost_the_stream) {
  H2Talk talk;
  talk.limits.max_interim_bytes = 2 * 42;  // of ":status" and "102", RFC 9113 §6.5.2
  const std::uint32_t id = talk.get();
  talk.pump();
  for (int i = 0; i < 3; ++i) talk.exchange(talk.peer.headers(id, status(102)));
  EXPECT_EQ(talk.events, (Lines{"interim 1 102", "interim 1 102",
                                "reset 1 interim_too_large ENHANCE_YOUR_CALM"}));
}

// --- The connection's errors ---------------------------------------------------------------------

struct Fatal {
  std::string name;
  std::function<std::string(H2Peer&)> bytes;
  std::string code;
};

std::vector<Fatal> fatal_bytes() {
  const auto raw = [](std::string bytes) { return [=](H2Peer&) { return bytes; }; };
  const auto setting = [](std::uint16_t id, std::uint32_t value) {
    return [=](H2Peer& p) { return p.settings({{id, value}}); };
  };
  return {
      {"garbage_in_a_header_block", raw(h2_frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff")),
       "COMPRESSION_ERROR"},
      {"a_reference_to_no_entry", raw(h2_frame(kHeaders, kEndHeaders, 1, "\xfe")),
       "COMPRESSION_ERROR"},
      {"headers_on_stream_0", raw(h2_frame(kHeaders, kEndHeaders, 0, "\x88")), "PROTOCOL_ERROR"},
      {"headers_on_an_idle_stream", raw(h2_frame(kHeaders, kEndHeaders, 9, "\x88")),
       "PROTOCOL_ERROR"},
      {"headers_on_an_even_stream", raw(h2_frame(kHeaders, kEndHeaders, 2, "\x88")),
       "PROTOCOL_ERROR"},
      {"data_on_stream_0", raw(h2_frame(kData, 0, 0, "x")), "PROTOCOL_ERROR"},
      {"data_on_an_idle_stream", raw(h2_frame(kData, 0, 9, "x")), "PROTOCOL_ERROR"},
      {"rst_on_an_idle_stream", raw(h2_frame(kRstStream, 0, 9, h2_number(8, 4))), "PROTOCOL_ERROR"},
      {"more_padding_than_frame", raw(h2_frame(kData, kPadded, 1, "\x09xy")), "PROTOCOL_ERROR"},
      {"a_frame_beyond_the_maximum", raw(h2_frame_head(16'385, kData, 0, 1)), "FRAME_SIZE_ERROR"},
      {"a_ping_of_7_bytes", raw(h2_frame(kPing, 0, 0, "1234567")), "FRAME_SIZE_ERROR"},
      {"settings_of_5_bytes", raw(h2_frame(kSettings, 0, 0, "12345")), "FRAME_SIZE_ERROR"},
      {"an_unasked_settings_ack", raw(h2_frame(kSettings, kAck, 0, "")), "PROTOCOL_ERROR"},
      {"enable_push_from_a_server", setting(kEnablePush, 1), "PROTOCOL_ERROR"},
      {"an_initial_window_beyond_the_maximum", setting(kInitialWindow, 0x8000'0000U),
       "FLOW_CONTROL_ERROR"},
      {"a_maximum_frame_below_the_minimum", setting(kMaxFrame, 100), "PROTOCOL_ERROR"},
      {"a_window_update_of_0", raw(h2_frame(kWindowUpdate, 0, 0, h2_number(0, 4))),
       "PROTOCOL_ERROR"},
      {"a_window_update_that_overflows",
       raw(h2_frame(kWindowUpdate, 0, 0, h2_number(0x7fff'ffff, 4))), "FLOW_CONTROL_ERROR"},
      {"a_push_promise", raw(h2_frame(kPushPromise, kEndHeaders, 1, h2_number(2, 4) + "\x82")),
       "PROTOCOL_ERROR"},
      {"a_continuation_of_nothing", raw(h2_frame(kContinuation, kEndHeaders, 1, "\x88")),
       "PROTOCOL_ERROR"},
      {"a_frame_amid_a_header_block",
       [](H2Peer& p) { return h2_frame(kHeaders, 0, 1, "\x88") + p.ping(); }, "PROTOCOL_ERROR"},
      {"another_streams_frame_amid_a_header_block",
       raw(h2_frame(kHeaders, 0, 1, "\x88") + h2_frame(kContinuation, kEndHeaders, 3, "")),
       "PROTOCOL_ERROR"},
      {"a_header_block_without_end",
       [](H2Peer& p) {
         std::string out =
             h2_frame(kHeaders, 0, 1, p.block(status(200, {{"a", std::string(16'000, '~')}})));
         for (int i = 0; i < 25; ++i) {
           out += h2_frame(kContinuation, 0, 1, p.block({{"a", std::string(12'000, '~')}}));
         }
         return out;
       },
       "ENHANCE_YOUR_CALM"},
      {"a_goaway_that_takes_its_word_back",
       [](H2Peer& p) { return p.goaway(1, 0) + p.goaway(3, 0); }, "PROTOCOL_ERROR"},
      {"a_goaway_after_which_headers_are_garbage",
       [](H2Peer& p) {
         return p.goaway(1, 0) + h2_frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff");
       },
       "COMPRESSION_ERROR"},
      {"data_beyond_the_connections_window",
       [](H2Peer& p) {
         std::string out = p.headers(1, status(200)) + p.headers(3, status(200));
         for (int i = 0; i < 5; ++i) out += p.data(i % 2 == 0 ? 1 : 3, std::string(16'384, 'x'));
         return out;
       },
       "FLOW_CONTROL_ERROR"},
  };
}

TEST(H2Refusal, what_no_stream_can_answer_for_ends_the_connection) {
  Http2Policy policy;
  policy.connection_window_bytes = 70'000;
  for (const Fatal& c : fatal_bytes()) {
    SCOPED_TRACE(c.name);
    H2Talk whole(policy), cut(policy);
    for (H2Talk* const talk : {&whole, &cut}) {
      talk->consuming = false;
      talk->get();
      talk->get();
      talk->pump();
    }
    whole.receive(c.bytes(whole.peer));
    cut.receive(c.bytes(cut.peer), h2_by_byte);
    ASSERT_FALSE(whole.events.empty());
    EXPECT_EQ(whole.events.back(), "error http2_error " + c.code);
    EXPECT_FALSE(whole.details.back().empty());
    EXPECT_EQ(whole.events, cut.events);
    EXPECT_EQ(whole.details, cut.details);
    // Streams are the caller's to end; the peer is told why; nothing more is possible.
    whole.pump();
    ASSERT_EQ(whole.peer.count(kGoaway), 1U);
    EXPECT_EQ("error http2_error " + h2_code_text(whole.peer.last(kGoaway)->number(4)),
              whole.events.back());
    EXPECT_EQ(whole.get(), 0U);
    const std::size_t before = whole.events.size();
    whole.receive(whole.peer.headers(3, status(200), true));
    EXPECT_EQ(whole.events.size(), before);
    EXPECT_FALSE(whole.session.wants_write());
  }
}

TEST(H2Refusal, a_peer_that_does_not_speak_http_2_is_named) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"},
      {std::string("\x15\x03\x01\0\2\2\x46 and more", 16), "TLS"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP/2"},
      {h2_frame(kHeaders, kEndHeaders, 1, "\x88"), "does not speak HTTP/2"},
      {h2_frame(kSettings, kAck, 0, "") + "xxx", "does not speak HTTP/2"},
      {h2_frame(kSettings, 0, 1, ""), "does not speak HTTP/2"},
  };
  for (const auto& [bytes, words] : cases) {
    for (const bool by_byte : {false, true}) {
      H2Talk talk(H2Talk::Silent{}, {});
      talk.get();
      talk.pump();
      talk.receive(bytes, by_byte ? h2_by_byte : h2_whole);
      EXPECT_EQ(talk.events, (Lines{"error protocol_error PROTOCOL_ERROR"}));
      EXPECT_NE(talk.details.at(0).find(words), std::string::npos) << talk.details.at(0);
    }
  }
}

}  // namespace
}  // namespace holdfast::wire
