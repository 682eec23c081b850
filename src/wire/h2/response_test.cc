// Responses that come as they should, in every shape.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

using Lines = std::vector<std::string>;

TEST(H2Response, head_body_and_end) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(id, status(200, {{"content-length", "5"}, {"a", "b"}})) +
               talk.peer.data(id, "he") + talk.peer.data(id, "llo", true));
  EXPECT_EQ(talk.events, (Lines{"head 1 200 content-length=5 a=b", "body 1 hello", "end 1"}));
  EXPECT_EQ(talk.broken, "");
  EXPECT_EQ(talk.session.open_streams(), 0U);
}

TEST(H2Response, the_end_may_be_a_frame_of_its_own) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(id, status(200)) + talk.peer.data(id, "x"));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "body 1 x"}));
  talk.receive(talk.peer.data(id, {}, true));
  EXPECT_EQ(talk.events.back(), "end 1");
}

TEST(H2Response, trailers_come_with_the_end_and_not_with_the_next_response) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(a, status(200)) + talk.peer.data(a, "x") +
               talk.peer.headers(a, {{"checksum", "1"}}, true) +
               talk.peer.headers(b, status(200), true));
  EXPECT_EQ(talk.events,
            (Lines{"head 1 200", "body 1 x", "end 1 checksum=1", "head 3 200", "end 3"}));
}

TEST(H2Response, interim_heads_come_before_the_final_one) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(id, status(103, {{"link", "</a>"}})) +
               talk.peer.headers(id, status(100)) + talk.peer.headers(id, status(204), true));
  EXPECT_EQ(talk.events,
            (Lines{"interim 1 103 link=</a>", "interim 1 100", "head 1 204", "end 1"}));
}

TEST(H2Response, statuses_up_to_999_are_responses_like_any_other) {
  for (const int code : {599, 600, 799, 999}) {
    H2Talk talk;
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.receive(talk.peer.headers(id, status(code)) + talk.peer.data(id, "x", true));
    EXPECT_EQ(talk.events, (Lines{"head 1 " + std::to_string(code), "body 1 x", "end 1"}));
  }
}

// As over HTTP/1.1, and as for a length that is a number (RFC 9110 §8.6).
TEST(H2Response, a_length_that_is_none_is_not_judged_where_there_is_no_content) {
  for (const Fields& lengths : {Fields{{"content-length", "x"}},
                                Fields{{"content-length", "5"}, {"content-length", "6"}}}) {
    H2Talk talk;
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.receive(talk.peer.headers(id, status(103, lengths)) +
                 talk.peer.headers(id, status(204, lengths), true));
    ASSERT_EQ(talk.events.size(), 3U);
    EXPECT_EQ(talk.events.back(), "end 1");
  }
}

TEST(H2Response, a_length_without_content_is_right_where_there_is_none) {
  for (const int code : {204, 304}) {
    H2Talk talk;
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.receive(talk.peer.headers(id, status(code, {{"content-length", "10"}}), true));
    EXPECT_EQ(talk.events.back(), "end 1") << code;
  }
  H2Talk talk;
  H2RequestHead head;
  head.method = "HEAD";
  head.scheme = "https";
  head.authority = "a";
  head.target = "/";
  const std::uint32_t id = talk.open(head);
  talk.pump();
  talk.receive(talk.peer.headers(id, status(200, {{"content-length", "10"}})) +
               talk.peer.data(id, {}, true));
  EXPECT_EQ(talk.events.back(), "end 1");
}

TEST(H2Response, padding_is_no_content) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  const std::string bytes = talk.peer.headers(id, status(200, {{"content-length", "4"}})) +
                            talk.peer.data(id, "ab", false, 0) +
                            talk.peer.data(id, {}, false, 255) + talk.peer.data(id, "cd", true, 9);
  talk.receive(bytes, h2_by_byte);
  EXPECT_EQ(talk.events, (Lines{"head 1 200 content-length=4", "body 1 abcd", "end 1"}));
}

TEST(H2Response, responses_interleave_in_any_order) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(b, status(200)) + talk.peer.headers(a, status(404)) +
               talk.peer.data(b, "b1") + talk.peer.data(a, "a1") + talk.peer.data(b, "b2", true) +
               talk.peer.data(a, "a2", true));
  EXPECT_EQ(talk.events, (Lines{"head 3 200", "head 1 404", "body 3 b1", "body 1 a1", "body 3 b2",
                                "end 3", "body 1 a2", "end 1"}));
  EXPECT_EQ(talk.broken, "");
}

TEST(H2Response, a_head_may_come_in_continuations) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers_in_pieces(id, status(200, {{"a", "1"}, {"b", "2"}}), true, 1));
  EXPECT_EQ(talk.events, (Lines{"head 1 200 a=1 b=2", "end 1"}));
}

TEST(H2Response, connect_is_over_with_its_head_as_over_http_1_1) {
  H2Talk talk;
  H2RequestHead head;
  head.method = "CONNECT";
  head.authority = "a:1";
  const std::uint32_t id = talk.open(head);
  talk.pump();
  talk.exchange(talk.peer.headers(id, status(200)));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "end 1"}));
  EXPECT_EQ(talk.peer.last(kRstStream)->number(), 8U);
}

TEST(H2Response, frames_of_unknown_types_are_skipped) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  const std::string noise = h2_frame(0x0a, 0, 0, std::string("\0\1aevil", 7)) +
                            h2_frame(0x0c, 0, 0, "origin") + h2_frame(0xee, 0xff, id, "?");
  talk.receive(noise + talk.peer.headers(id, status(200)) + noise + talk.peer.data(id, "x", true) +
               noise);
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "body 1 x", "end 1"}));
}

// --- Half-closed and closed streams (RFC 9113 §5.1, §8.1) ----------------------------------------

TEST(H2Response, no_error_after_an_early_answer_only_stops_the_upload) {
  H2Talk talk;
  const std::uint32_t id = talk.post();
  talk.session.give(id, "some", false);
  talk.pump();
  talk.exchange(talk.peer.headers(id, status(413), true) + talk.peer.rst(id, 0));
  EXPECT_EQ(talk.events, (Lines{"head 1 413", "end 1", "reset 1 stream_reset NO_ERROR"}));
  talk.session.give(id, "more", true);
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "some");
  EXPECT_EQ(talk.session.open_streams(), 0U);
}

TEST(H2Response, a_reset_is_not_answered_by_a_reset) {
  H2Talk talk;
  const std::uint32_t id = talk.post();
  talk.pump();
  talk.hook = [&](H2Session::Event event) {
    if (event == H2Session::Event::end) talk.session.reset(id, 8);
  };
  talk.exchange(talk.peer.headers(id, status(413), true) + talk.peer.rst(id, 0));
  EXPECT_EQ(talk.events, (Lines{"head 1 413", "end 1"}));
  EXPECT_EQ(talk.peer.count(kRstStream), 0U);
}

TEST(H2Response, an_upload_goes_on_after_the_whole_answer_if_nobody_objects) {
  H2Talk talk;
  const std::uint32_t id = talk.post();
  talk.pump();
  talk.exchange(talk.peer.headers(id, status(200), true));
  talk.session.give(id, "rest", true);
  talk.pump();
  EXPECT_EQ(talk.peer.upload_of(id), "rest");
  EXPECT_EQ(talk.session.open_streams(), 0U);
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "end 1"}));
}

TEST(H2Response, a_reset_before_the_end_is_a_reset) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(id, status(200)) + talk.peer.data(id, "x") + talk.peer.rst(id, 0) +
               talk.peer.rst(id, 0));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "body 1 x", "reset 1 stream_reset NO_ERROR"}));
}

TEST(H2Response, codes_of_resets_are_told_apart) {
  const std::vector<std::pair<std::uint32_t, std::string>> expected = {
      {0, "stream_reset NO_ERROR"},
      {1, "stream_error PROTOCOL_ERROR"},
      {2, "stream_reset INTERNAL_ERROR"},
      {7, "stream_refused REFUSED_STREAM refused"},
      {8, "stream_reset CANCEL"},
      {9, "stream_error COMPRESSION_ERROR"},
      {11, "stream_reset ENHANCE_YOUR_CALM"},
      {13, "http_1_1_required HTTP_1_1_REQUIRED"},
      {0x1234, "stream_error code 0x1234"},
  };
  for (const auto& [code, text] : expected) {
    H2Talk talk;
    const std::uint32_t id = talk.get();
    talk.pump();
    talk.receive(talk.peer.rst(id, code));
    EXPECT_EQ(talk.events, (Lines{"reset 1 " + text}));
    EXPECT_FALSE(talk.details.at(0).empty());
  }
}

TEST(H2Response, a_refusal_after_an_answer_proves_nothing) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(id, status(100)) + talk.peer.rst(id, 7));
  EXPECT_EQ(talk.events.back(), "reset 1 stream_refused REFUSED_STREAM");
}

TEST(H2Response, late_frames_of_an_ended_stream_are_tolerated) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.pump();
  talk.receive(talk.peer.headers(a, status(200), true));
  talk.exchange(talk.peer.data(a, "late", true) + talk.peer.headers(a, {{"t", "1"}}, true) +
                talk.peer.window_update(a, 5) + talk.peer.rst(a, 8) +
                h2_frame(kPriority, 0, a, h2_number(0, 4) + "x") +
                talk.peer.headers(b, status(200), true));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "end 1", "head 3 200", "end 3"}));
  EXPECT_EQ(talk.broken, "");
}

TEST(H2Response, frames_after_the_end_while_we_upload_cost_that_stream_only) {
  for (const bool with_data : {true, false}) {
    H2Talk talk;
    const std::uint32_t a = talk.post();
    const std::uint32_t b = talk.get();
    talk.pump();
    const std::string second =
        talk.peer.headers(a, status(200), true) +
        (with_data ? talk.peer.data(a, "again", true) : talk.peer.headers(a, {{"t", "1"}}, true)) +
        talk.peer.headers(b, status(200), true);
    talk.exchange(second);
    EXPECT_EQ(talk.events, (Lines{"head 1 200", "end 1", "reset 1 stream_error STREAM_CLOSED",
                                  "head 3 200", "end 3"}))
        << with_data;
    EXPECT_EQ(talk.peer.last(kRstStream)->number(), 5U);  // STREAM_CLOSED
    EXPECT_EQ(talk.peer.count(kGoaway), 0U);
  }
}

TEST(H2Response, nothing_is_said_of_a_stream_after_its_reset_by_us) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  const std::uint32_t b = talk.get();
  talk.pump();
  const std::string late = talk.peer.headers(a, status(200)) + talk.peer.data(a, "late", true);
  talk.reset(a);
  talk.receive(late);
  talk.pump();
  talk.receive(talk.peer.headers(b, status(200), true));
  EXPECT_EQ(talk.events, (Lines{"head 3 200", "end 3"}));
}

TEST(H2Response, a_reset_in_the_midst_of_one_frames_events_silences_the_rest) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  talk.pump();
  talk.hook = [&](H2Session::Event event) {
    if (event != H2Session::Event::head) return;
    talk.reset(a);
    talk.get();  // may take over what the first one has left
  };
  talk.receive(talk.peer.headers(a, status(200), true));
  EXPECT_EQ(talk.events, (Lines{"head 1 200"}));
  talk.hook = nullptr;
  talk.pump();
  talk.receive(talk.peer.headers(3, status(200), true));
  EXPECT_EQ(talk.events.back(), "end 3");
  EXPECT_EQ(talk.broken, "");
}

TEST(H2Response, a_reset_in_the_midst_of_a_data_frame_silences_the_rest) {
  H2Talk talk;
  const std::uint32_t a = talk.get();
  talk.pump();
  const std::string bytes = talk.peer.headers(a, status(200)) + talk.peer.data(a, "abcdef", true);
  talk.receive(bytes.substr(0, bytes.size() - 3));
  talk.reset(a);
  talk.receive(bytes.substr(bytes.size() - 3));
  EXPECT_EQ(talk.events, (Lines{"head 1 200", "body 1 abc"}));
  talk.pump();
  EXPECT_EQ(talk.session.open_streams(), 0U);
}

}  // namespace
}  // namespace holdfast::wire
