// What a client makes of every frame-level fault of an HTTP/2 server, row by row of the fault
// server's catalogue (group F), over TLS and in cleartext: the story in the row's name, what its
// user sees, and how often and over how many connections the server saw it. The invariants are
// judged as well, the server's verdict on every frame of ours among them.
#include <gtest/gtest.h>

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "proptests/simulation/case.h"
#include "proptests/simulation/checks.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/wire_view.h"

namespace proof {
namespace {

using holdfast::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Frame {
  const char* story;
  const char* script;  ///< of each request, or of each connection if it begins with "connection"
  ErrorCode error = ErrorCode::none;  ///< of the first attempt
  std::uint32_t attempts = 1;
  std::size_t connections = 1;
  bool answered = true;  ///< in the end, with 200
  const char* method = "GET";
  std::uint32_t upload = 0;

  friend void PrintTo(const Frame& row, std::ostream* out) { *out << row.story; }
};

class Frames : public testing::TestWithParam<Frame> {};

Case case_of(const Frame& row, Transport transport) {
  Case c;
  c.transport = transport;
  c.options.retry.max_attempts = 4;
  c.options.timeouts.read = c.options.timeouts.write = seconds(3);
  const std::string script = row.script;
  if (script.starts_with("connection")) {
    c.script = scenario_of({"/p0 : 200 body=random:2000", script});
  } else {
    c.script = scenario_of({"/p0 : " + script});
    c.script.rules.front().per = fault::Per::kRequest;
  }
  RequestPlan request;
  request.path = "/p0";
  request.method = row.method;
  if (row.upload != 0) request.body = {.kind = BodyPlan::Kind::bytes};
  request.body.size = row.upload;
  c.requests = {request};
  return c;
}

std::set<std::uint64_t> connections_of(const Report& report) {
  std::set<std::uint64_t> serials;
  for (const fault::Entry& entry : report.journal) {
    if (entry.type == fault::EntryType::kConnOpen) serials.insert(entry.conn);
  }
  return serials;
}

void expect_invariants(const Case& c, const Report& report) {
  for (const std::string& finding : judge(c, report)) ADD_FAILURE() << finding;
}

TEST_P(Frames, is_met_as_told) {
  const Frame& row = GetParam();
  for (const Transport transport : {Transport::h2_cleartext, Transport::h2_tls}) {
    SCOPED_TRACE(is_tls(transport) ? "over TLS" : "in cleartext");
    const Case c = case_of(row, transport);
    const Report report = run_case(c);
    const Seen& seen = report.seen.front();
    ASSERT_TRUE(seen.settled());
    const std::string story = seen.timeline().to_string();
    EXPECT_EQ(seen.timeline()[0].error, row.error) << story;
    EXPECT_EQ(seen.timeline().attempts(), row.attempts) << story;
    EXPECT_EQ(seen.response && seen.response->status == 200, row.answered) << story;
    EXPECT_EQ(connections_of(report).size(), row.connections) << story;
    expect_invariants(c, report);
  }
}

std::string row_name(const testing::TestParamInfo<Frame>& info) { return info.param.story; }

constexpr ErrorCode kNone = ErrorCode::none;

const std::vector<Frame> kStreams = {
    {"row_50_a_refused_get_is_sent_again_on_the_same_connection", "rst code=REFUSED_STREAM; 200",
     ErrorCode::stream_refused, 2},
    {"row_50_a_refused_post_is_not", "rst code=REFUSED_STREAM; 200", ErrorCode::stream_refused, 1,
     1, false, "POST", 10},
    {"row_50_refused_without_end_the_attempts_run_out", "rst code=REFUSED_STREAM",
     ErrorCode::stream_refused, 4, 1, false},
    {"row_51_a_reset_in_the_body_is_not_its_end",
     "rst@body:50% code=INTERNAL_ERROR body=random:3000; 200", ErrorCode::stream_reset, 2},
    {"row_51_no_error_in_the_body_is_not_its_end_either",
     "rst@body:50% code=NO_ERROR body=random:3000; 200", ErrorCode::stream_reset, 2},
    {"row_51_a_cancelled_stream_is_tried_again", "rst code=CANCEL; 200", ErrorCode::stream_reset,
     2},
    {"row_51_our_own_error_is_never_tried_again", "rst code=PROTOCOL_ERROR; 200",
     ErrorCode::stream_error, 1, 1, false},
    {"row_51_so_is_a_flow_control_error", "rst code=FLOW_CONTROL_ERROR; 200",
     ErrorCode::stream_error, 1, 1, false},
    {"row_51_no_error_after_the_answer_costs_nothing", "rst@end code=NO_ERROR; 200", kNone},
    {"row_51_an_early_answer_stops_the_upload_and_counts", "200 early; 404", kNone, 1, 1, true,
     "PUT", 900'000},
    {"row_61_data_after_the_end_hurts_nobody", "h2.late kind=data; 200", kNone},
    {"row_61_headers_after_the_end_hurt_nobody", "h2.late kind=headers; 200", kNone},
    {"row_61_a_second_end_hurts_nobody", "h2.late kind=end; 200", kNone},
    {"row_61_a_reset_after_the_end_hurts_nobody", "h2.late kind=rst; 200", kNone},
    {"row_61_a_window_after_the_end_hurts_nobody", "h2.late kind=window; 200", kNone},
    {"row_61_an_answer_without_a_status_is_none", "h2.nostatus; 200", ErrorCode::protocol_error, 1,
     1, false},
    {"row_59_data_before_headers_is_no_answer", "h2.data_first; 200", ErrorCode::protocol_error, 1,
     1, false},
};
INSTANTIATE_TEST_SUITE_P(Streams, Frames, testing::ValuesIn(kStreams), row_name);

const std::vector<Frame> kGoaways = {
    {"row_52_who_drains_still_answers", "goaway last=graceful; 200", kNone},
    {"row_52_who_counts_this_request_in_still_answers", "goaway last=current; 200", kNone},
    {"row_53_a_request_above_the_last_id_goes_elsewhere", "goaway last=previous; 200",
     ErrorCode::connection_closed, 2, 2},
    {"row_53_saying_it_three_times_changes_nothing", "goaway last=previous count=3; 200",
     ErrorCode::connection_closed, 2, 2},
    {"row_53_a_storm_of_refusals_ends_with_the_attempts", "goaway last=previous",
     ErrorCode::connection_closed, 4, 4, false},
    {"row_53_a_post_above_the_last_id_is_not_sent_again", "goaway last=previous; 200",
     ErrorCode::connection_closed, 1, 1, false, "POST", 10},
    {"row_54_enhance_your_calm_is_heeded_by_the_backoff", "goaway code=ENHANCE_YOUR_CALM; 200",
     ErrorCode::stream_refused, 2, 2},
    {"row_54_an_internal_error_of_the_peer_passes", "goaway code=INTERNAL_ERROR; 200",
     ErrorCode::stream_refused, 2, 2},
    {"row_54_an_error_of_ours_does_not", "goaway code=PROTOCOL_ERROR; 200", ErrorCode::http2_error,
     1, 1, false},
};
INSTANTIATE_TEST_SUITE_P(Goaways, Frames, testing::ValuesIn(kGoaways), row_name);

const std::vector<Frame> kConnections = {
    {"row_55_no_streams_for_now_is_no_refusal_of_this_one",
     "h2.settings name=MAX_CONCURRENT_STREAMS value=0; 200", kNone},
    {"row_55_one_stream_at_once_is_enough_for_one",
     "connection : h2.settings name=MAX_CONCURRENT_STREAMS value=1; loop", kNone},
    {"row_56_an_upload_that_no_window_lets_through_times_out", "connection : h2.window kind=stall",
     ErrorCode::write_timeout, 4, 1, false, "PUT", 900'000},
    {"row_56_nor_does_one_that_was_closed_from_the_start", "connection : h2.window kind=closed",
     ErrorCode::write_timeout, 4, 1, false, "PUT", 900'000},
    {"row_56_what_needs_no_window_gets_through_it", "connection : h2.window kind=closed", kNone},
    {"row_56_a_window_shrunk_to_nothing_only_slows_an_upload",
     "h2.window@reqbody:1 kind=shrink value=5; 200", kNone, 1, 1, true, "PUT", 900'000},
    {"row_57_thirty_pings_are_answered", "h2.ping count=30; 200", kNone},
    {"row_57_a_flood_of_pings_is_not_listened_to", "h2.ping count=20000; 200",
     ErrorCode::peer_flooding, 2, 2},
    {"row_57_an_answer_to_a_ping_of_nobodys_is_let_pass", "h2.ping ack=unasked; 200", kNone},
    {"row_58_settings_never_acknowledged_hold_nothing_up", "connection : h2.settings ignore; loop",
     kNone},
    {"row_58_a_flood_of_settings_is_not_listened_to", "h2.settings count=5000; 200",
     ErrorCode::peer_flooding, 2, 2},
    {"row_58_a_header_table_of_nothing_is_obeyed",
     "h2.settings name=HEADER_TABLE_SIZE value=0; 200", kNone},
    {"row_58_a_window_beyond_the_protocol_is_an_error",
     "h2.settings name=INITIAL_WINDOW_SIZE value=4294967295; 200", ErrorCode::http2_error, 1, 1,
     false},
    {"row_58_so_is_a_frame_size_below_it", "h2.settings name=MAX_FRAME_SIZE value=1; 200",
     ErrorCode::http2_error, 1, 1, false},
    {"row_59_a_window_update_of_nothing_is_an_error", "h2.window kind=zero on=connection; 200",
     ErrorCode::http2_error, 1, 1, false},
    {"row_59_a_window_that_overflows_is_an_error", "h2.window kind=overflow on=connection; 200",
     ErrorCode::http2_error, 1, 1, false},
    {"row_59_of_one_stream_it_costs_that_stream_alone", "h2.window kind=overflow; 200",
     ErrorCode::protocol_error, 1, 1, false},
    {"row_64_a_connection_that_fell_silent_is_left", "h2.silent; h2.silent; 200",
     ErrorCode::read_timeout, 3, 2},
};
INSTANTIATE_TEST_SUITE_P(Connections, Frames, testing::ValuesIn(kConnections), row_name);

const std::vector<Frame> kFieldBlocks = {
    {"row_60_a_flood_of_continuations_is_too_large_a_head", "h2.continuation kind=flood; 200",
     ErrorCode::head_too_large, 1, 1, false},
    {"row_60_continuations_without_end_are_cut_off", "h2.continuation kind=endless; 200",
     ErrorCode::head_too_large, 1, 1, false},
    {"row_60_empty_continuations_are_a_flood_too", "h2.continuation kind=empty count=5000; 200",
     ErrorCode::peer_flooding, 2, 2},
    {"row_60_a_ping_between_them_is_an_error", "h2.continuation kind=interleaved; 200",
     ErrorCode::http2_error, 1, 1, false},
    {"row_60_corrupt_compression_is_an_error", "h2.hpack kind=corrupt; 200", ErrorCode::http2_error,
     1, 1, false},
    {"row_60_sixteen_megabytes_out_of_eight_kilobytes_are_too_large", "h2.hpack kind=bomb; 200",
     ErrorCode::head_too_large, 1, 1, false},
    {"row_60_a_table_beyond_its_limit_is_an_error", "h2.hpack kind=table; 200",
     ErrorCode::http2_error, 1, 1, false},
    {"row_62_a_push_that_was_forbidden_is_an_error", "h2.push; 200", ErrorCode::http2_error, 1, 1,
     false},
    {"row_62_frames_of_an_unknown_type_are_ignored", "h2.unknown; 200", kNone},
    {"row_63_who_requires_http_1_1_gets_it", "h2.http11; 200", ErrorCode::http_1_1_required, 2, 2},
    {"row_63_http_1_1_unasked_is_an_error", "h2.http11 kind=bytes; 200", ErrorCode::http2_error, 1,
     1, false},
};
INSTANTIATE_TEST_SUITE_P(FieldBlocks, Frames, testing::ValuesIn(kFieldBlocks), row_name);

// --- Stories of more than one request ------------------------------------------------------------

Case five(const std::vector<std::string>& lines) {
  Case c;
  c.transport = Transport::h2_cleartext;
  c.options.retry.max_attempts = 3;
  c.script = scenario_of(lines);
  for (int i = 0; i < 5; ++i) {
    RequestPlan request;
    request.path = "/p0";
    request.at = milliseconds(i);
    c.requests.push_back(request);
  }
  return c;
}

std::size_t answered(const Report& report) {
  std::size_t n = 0;
  for (const Seen& seen : report.seen) n += seen.response && seen.response->status == 200;
  return n;
}

TEST(FrameStories, row_52_after_a_graceful_goaway_the_next_request_goes_elsewhere) {
  Case c = five({"/p0 : goaway last=graceful; 200"});
  c.script.rules.front().per = fault::Per::kGlobal;
  for (std::size_t i = 0; i < 5; ++i) c.requests[i].at = seconds(i);
  const Report report = run_case(c);
  EXPECT_EQ(answered(report), 5U);
  for (const Seen& seen : report.seen) EXPECT_EQ(seen.timeline().attempts(), 1U);
  EXPECT_EQ(connections_of(report).size(), 2U);
  expect_invariants(c, report);
}

TEST(FrameStories, row_55_a_limit_of_one_stream_is_kept_by_waiting_or_by_more_connections) {
  const Case c = five({"/p0 : 200 delay=100ms",
                       "connection : h2.settings name=MAX_CONCURRENT_STREAMS value=1; loop"});
  const Report report = run_case(c);
  EXPECT_EQ(answered(report), 5U);
  expect_invariants(c, report);
}

TEST(FrameStories, row_55_a_limit_lowered_in_mid_flight_refuses_nobody) {
  Case c = five({"/p0 : h2.settings name=MAX_CONCURRENT_STREAMS value=1; 200 delay=50ms"});
  c.script.rules.front().per = fault::Per::kGlobal;
  for (std::size_t i = 1; i < 5; ++i) c.requests[i].at = milliseconds(500);
  const Report report = run_case(c);
  EXPECT_EQ(answered(report), 5U);
  expect_invariants(c, report);
}

TEST(FrameStories, row_55_no_streams_ever_is_a_pool_timeout_and_no_hang) {
  Case c =
      five({"/p0 : 200", "connection : h2.settings name=MAX_CONCURRENT_STREAMS value=0; loop"});
  // The first may go before the peer's SETTINGS have come.
  for (std::size_t i = 1; i < 5; ++i) c.requests[i].at = milliseconds(500);
  const Report report = run_case(c);
  for (std::size_t i = 1; i < 5; ++i) {
    ASSERT_TRUE(report.seen[i].error);
    EXPECT_EQ(report.seen[i].error->code, ErrorCode::pool_timeout);
  }
  expect_invariants(c, report);
}

TEST(FrameStories, row_57_pings_that_nobody_answers_cost_only_the_silent_connection) {
  Case c = five({"/p0 : stall; 200", "connection : h2.ping ignore; pass; stay"});
  c.script.rules.front().per = fault::Per::kGlobal;
  c.options.timeouts.read = seconds(1);
  for (std::size_t i = 1; i < 5; ++i) c.requests[i].at = seconds(2 * i);
  const Report report = run_case(c);
  EXPECT_EQ(answered(report), 5U);
  expect_invariants(c, report);
}

TEST(FrameStories, row_61_who_is_answered_late_does_not_cost_his_neighbours_the_connection) {
  for (const char* late : {"data", "headers", "end", "rst", "window"}) {
    Case c = five({"/p0 : h2.late kind=" + std::string(late) + "; 200"});
    c.script.rules.front().per = fault::Per::kGlobal;
    for (std::size_t i = 1; i < 5; ++i) c.requests[i].at = milliseconds(100 * i);
    const Report report = run_case(c);
    EXPECT_EQ(answered(report), 5U) << late;
    expect_invariants(c, report);
  }
}

}  // namespace
}  // namespace proof
