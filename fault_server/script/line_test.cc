#include "fault_server/script/line.h"

#include <gtest/gtest.h>

#include <array>

#include "fault_server/script/scenario.h"
#include "fault_server/script/script_arbitrary.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

Script parsed(std::string_view line) {
  auto script = parse_script(line);
  EXPECT_TRUE(script.ok()) << line << ": " << to_string(script.error());
  return script ? *script : Script{};
}

std::string complaint(std::string_view line) {
  const auto script = parse_script(line);
  EXPECT_FALSE(script.ok()) << line << " was taken as "
                            << print_script(script ? *script : Script{});
  return script ? "" : to_string(script.error());
}

TEST(ScriptLine, every_example_of_the_catalogue_parses_and_prints_back) {
  for (std::string_view line : {
           "503 ra=1 x2; reset@body:512; 200",
           "p=.2 reset@headers; pass stay",
           "limit rate=5/s burst=2 ra=auto",
           "200 chunk=1/50ms",
           "goaway last=0 code=ENHANCE_YOUR_CALM x3; 200",
           "429 ra=date:rfc850+2s; 200",
           "tls.stall",
           "h2.settings name=MAX_CONCURRENT_STREAMS value=0",
           "reset@tls; pass",
       }) {
    const Script script = parsed(line);
    EXPECT_EQ(parsed(print_script(script)), script) << line;
    EXPECT_TRUE(check_script(script).empty()) << line;
  }
}

struct LineRow {
  int number;
  std::string_view line;
};

// The catalogue of faults by row number, groups A, B, C, E, G and H.
constexpr auto kRows =
    std::to_array<LineRow>({{1, "418"},
                            {1, "503 reason=\"try later\" body=text:no type=text/plain h.X-A=1"},
                            {2, "status=200*8,503*2"},
                            {2, "p=.2 503; 200"},
                            {6, "200 delay=200ms"},
                            {7, "200 delay=50..400ms"},
                            {7, "200 delay=logn(90ms,0.4)"},
                            {7, "200 delay=exp(80ms)"},
                            {8, "200 body_delay=1s"},
                            {8, "200 chunked t.X-Sum=1 trailer_delay=100..200ms"},
                            {8, "200@body:5 delay=1s"},
                            {9, "200 chunk=1/50ms body=fill:10"},
                            {9, "200 drip=10/2s"},
                            {10, "200 trickle=1/50ms@headers"},
                            {10, "200 trickle=1/50ms"},
                            {11, "200 rate=64k read_rate=1M/s"},
                            {12, "200 read_rate=10"},
                            {12, "stall read_rate=0"},
                            {13, "200 slice=1..7"},
                            {14, "200 says=close linger=2s"},
                            {15, "refuse"},
                            {17, "close@accept"},
                            {18, "reset@accept"},
                            {19, "reset@head:10"},
                            {19, "close@reqbody:100"},
                            {20, "reset@status:0"},
                            {20, "close"},
                            {21, "reset@status:5"},
                            {21, "close@headers:20"},
                            {22, "reset@body:512"},
                            {22, "reset@body:50%"},
                            {22, "truncate body=random:1k"},
                            {23, "halfclose@body:10"},
                            {23, "halfclose@reqbody side=in"},
                            {24, "stall@accept"},
                            {25, "stall@status"},
                            {26, "stall@body:10"},
                            {27, "200 race; 200"},
                            {27, "200 race=reset"},
                            {28, "200 says=keep-alive does=close"},
                            {28, "200 says=close does=keep-alive"},
                            {29, "pass max_requests=3 idle=2s"},
                            {30, "200 poison=408 poison_delay=50ms"},
                            {31, "413 early"},
                            {31, "401 early=reset says=close"},
                            {39, "200 length=+10"},
                            {39, "200 length=-10"},
                            {40, "200 chunked=bad-size"},
                            {40, "200 chunked=no-terminator"},
                            {40, "200 chunked=huge-ext"},
                            {40, "200 chunked=bad-crlf"},
                            {41, "garbage bytes=300"},
                            {41, "garbage@body:0"},
                            {42, "200 bad=fold"},
                            {42, "200 bad=nul,no-colon"},
                            {42, "200 bad=huge:1M"},
                            {42, "200 bad=many:5000"},
                            {42, "200 bad=endless"},
                            {43, "200 interim=100x3,102,103"},
                            {43, "200 interim=100xendless"},
                            {43, "101"},
                            {44, "200 framing=conflicting-lengths"},
                            {44, "200 framing=length-and-chunked"},
                            {44, "200 framing=te-twice"},
                            {45, "204 force_body body=text:x"},
                            {45, "200 length=none"},
                            {65, "503 ra=2"},
                            {65, "503 ra=date:imf+2s"},
                            {65, "503 ra=date:asctime+2s"},
                            {66, "503 ra=past"},
                            {66, "503 ra=neg"},
                            {66, "503 ra=+3"},
                            {66, "503 ra=1.5"},
                            {66, "503 ra=1e3"},
                            {66, "503 ra=empty"},
                            {66, "503 ra=9223372036854775808"},
                            {66, "503 ra=\"soon\""},
                            {66, "503 ra=two:1,2"},
                            {66, "503 ra=list:1,2"},
                            {66, "503 ra=date:imf+2s date_skew=-1h"},
                            {66, "503 ra=date:imf+2s:leap"},
                            {66, "503 ra=date:imf+2s:+0200 date=none"},
                            {68, "limit kind=window rate=5/s ra=auto reject=503"},
                            {68, "limit kind=concurrency max=4"},
                            {69, "overload workers=4 queue=16 order=lifo service=exp(20ms)"},
                            {70, "503 x2; 200; loop"},
                            {70, "503; drop"},
                            {70, "503; 404"}});

TEST(ScriptLine, every_priority_0_row_for_http1_can_be_spelled) {
  for (const LineRow& row : kRows) {
    const Script script = parsed(row.line);
    EXPECT_EQ(parsed(print_script(script)), script) << "row " << row.number << ": " << row.line;
    EXPECT_TRUE(unplayable_on_http1(script).empty()) << "row " << row.number << ": " << row.line;
  }
}

TEST(ScriptLine, every_http2_row_can_be_spelled_and_needs_http2) {
  for (std::string_view line : {"rst code=REFUSED_STREAM",
                                "rst@body:100 code=CANCEL status=206",
                                "goaway last=graceful; 200",
                                "goaway last=0 count=3 debug=\"slow down\" linger=1s",
                                "goaway@accept",
                                "h2.settings name=MAX_CONCURRENT_STREAMS value=1",
                                "h2.settings ignore",
                                "h2.window",
                                "h2.window kind=shrink value=5",
                                "h2.window kind=zero on=connection",
                                "h2.ping count=1000",
                                "h2.ping ignore",
                                "h2.ping ack=wrong",
                                "h2.continuation kind=interleaved",
                                "h2.hpack kind=bomb count=10",
                                "h2.late kind=end",
                                "h2.nostatus",
                                "h2.data_first",
                                "h2.push",
                                "h2.unknown count=3",
                                "h2.http11 kind=bytes",
                                "h2.silent@body:10 body=fill:20"}) {
    const Script script = parsed(line);
    EXPECT_EQ(parsed(print_script(script)), script) << line;
    EXPECT_FALSE(unplayable_on_http1(script).empty()) << line;
    EXPECT_TRUE(unplayable(script, {true, false}).empty()) << line;
  }
}

TEST(ScriptLine, parts_of_a_step_arrive_where_they_belong) {
  const Script script = parsed(
      "p=.25 reset@body:50% status=503 ra=1 delay=50..400ms rate=64k "
      "chunk=3/20ms h.X=\"a b\" slice=1..7; 200 x3; loop");
  ASSERT_EQ(script.steps.size(), 2U);
  const Step& step = script.steps[0];
  EXPECT_EQ(step.probability, 0.25);
  EXPECT_EQ(step.action, ActionKind::kReset);
  EXPECT_EQ(step.at, (Place{Phase::kBody, 50, true}));
  EXPECT_EQ(step.status, 503);
  EXPECT_EQ(step.retry_after, "1");
  EXPECT_EQ(step.delay->b, std::chrono::milliseconds(400));
  EXPECT_EQ(step.delay->a, std::chrono::milliseconds(50));
  EXPECT_EQ(step.rate_bytes_per_s, 64'000U);
  EXPECT_EQ(step.chunk_bytes, 3U);
  EXPECT_EQ(step.chunk_gap, std::chrono::milliseconds(20));
  EXPECT_EQ(step.headers[0].second, "a b");
  EXPECT_EQ(slice(step), (Span{1, 7}));
  EXPECT_EQ(script.steps[1].times, 3U);
  EXPECT_EQ(script.tail, Tail::kLoop);
}

TEST(ScriptLine, a_closing_404_is_the_tail_and_a_lone_one_is_a_status) {
  EXPECT_EQ(parsed("503; 404").tail, Tail::kFail404);
  EXPECT_EQ(parsed("503; 404").steps.size(), 1U);
  EXPECT_EQ(parsed("404").steps.size(), 1U);
  EXPECT_EQ(parsed("404").tail, Tail::kStay);
  const Script stays = parsed("503; 404; stay");
  EXPECT_EQ(stays.steps.size(), 2U);
  EXPECT_EQ(print_script(stays), "503; 404; stay");
}

TEST(ScriptLine, escapes_in_quotes_become_bytes) {
  EXPECT_EQ(parsed("raw \"HTTP/1.1 200 OK\\r\\n\\x00\\0\\\"\\\\;\"").steps[0].name,
            std::string("HTTP/1.1 200 OK\r\n\0\0\"\\;", 22));
}

TEST(ScriptLine, printing_is_canonical) {
  EXPECT_EQ(print_script(parsed("  status=503   ra=1;p=.20 reset @body:512 ;200 ;stay")),
            "503 ra=1; p=0.2 reset@body:512; 200");
  EXPECT_EQ(print_script(parsed("200 delay=50..400ms")), "200 delay=50ms..400ms");
  EXPECT_EQ(print_script(parsed("200 race body=\"a; b\" date-skew=-1h")),
            "200 race=fin body=\"text:a; b\" date_skew=-1h");
}

TEST(ScriptLineErrors, name_the_column_what_was_found_and_the_remedy) {
  EXPECT_EQ(complaint("503; resett").substr(0, 26), "column 6: found 'resett', ");
  EXPECT_NE(complaint("503; resett").find("did you mean 'reset'?"), std::string::npos);
  EXPECT_NE(complaint("503 dealy=1s").find("column 5: found 'dealy=1s'"), std::string::npos);
  EXPECT_NE(complaint("503 dealy=1s").find("did you mean 'delay'?"), std::string::npos);
  EXPECT_NE(complaint("503 delay=200").find("a time such as 200ms"), std::string::npos);
  EXPECT_NE(complaint("200 chunked=bad-sise").find("did you mean 'bad-size'?"), std::string::npos);
  EXPECT_NE(complaint("reset@bdoy").find("did you mean 'body'?"), std::string::npos);
  EXPECT_NE(complaint("503 ra=soon").find("ra=\"soon\""), std::string::npos);
  EXPECT_NE(complaint("503 burst=2").find("it goes with limit"), std::string::npos);
}

TEST(ScriptLineErrors, cover_the_ways_to_slip_on_http2) {
  for (std::string_view line :
       {"h2.nothing", "h2.downgrade", "rst code=OOPS", "goaway last=2147483648", "goaway last=soon",
        "h2.settings name=COLOUR value=1", "h2.settings name=ENABLE_PUSH", "h2.settings value=1",
        "h2.settings name=3 value=4294967296", "h2.settings kind=stall", "h2.ping kind=flood",
        "h2.ping ignore ack=wrong", "h2.ping count=0", "h2.window kind=bomb", "h2.window value=5",
        "h2.silent count=2"}) {
    EXPECT_NE(complaint(line).find("expected "), std::string::npos) << line;
  }
}

TEST(ScriptLineErrors, name_what_an_http2_fault_takes) {
  EXPECT_NE(complaint("h2.setings").find("did you mean 'settings'?"), std::string::npos);
  EXPECT_NE(complaint("h2.window kind=bomb").find("stall, closed, shrink"), std::string::npos);
  EXPECT_NE(complaint("h2.ping kind=flood").find("count, ignore, ack"), std::string::npos);
  EXPECT_NE(complaint("rst code=OOPS").find("such as REFUSED_STREAM"), std::string::npos);
  EXPECT_NE(complaint("goaway last=soon").find("previous, current, graceful"), std::string::npos);
}

TEST(ScriptLineErrors, cover_every_way_to_slip) {
  for (std::string_view line : {"",
                                ";",
                                "503;",
                                "503;;200",
                                "stay",
                                "p=2 reset; 200",
                                "p=.6 503; p=.6 reset; 200",
                                "p=.2 reset x3; 200",
                                "p=.2",
                                "503 p=.2",
                                "503 x0",
                                "503 x2 x3",
                                "503 ra=1 ra=2",
                                "503 slice=1..2 slice=1..2",
                                "503 h.=1",
                                "503 h.a:b=1",
                                "99",
                                "1000",
                                "5xx",
                                "200 stay; 503",
                                "raw",
                                "raw bytes",
                                "200 \"text\"",
                                "200 h.X=\"a",
                                "200 h.X=\"a\"b",
                                "200 h.X=\"\\q\"",
                                "200 h.X=a\"b",
                                "reset@body:101%",
                                "reset@accept:3",
                                "reset@head:5%",
                                "garbage@accept",
                                "refuse@body",
                                "200@body",
                                "503 ra=auto",
                                "200 chunk=1/50ms drip=3/1s",
                                "limit",
                                "limit rate=5",
                                "limit kind=concurrency rate=5/s",
                                "limit kind=window rate=5/s burst=2",
                                "overload",
                                "200 slice=0..3",
                                "200 slice=5..3",
                                "200 delay=400..50ms",
                                "200 delay=-1s",
                                "200 delay=logn(1s,9)",
                                "status=200*0",
                                "200 interim=200",
                                "200 interim=100x0",
                                "200 bad=fold:3",
                                "200 poison=100",
                                "200 rate=0",
                                "200 chunk=1/50ms@headers",
                                "tls.",
                                "200 status=503",
                                "200 length",
                                "foo=bar",
                                "=1",
                                "503 loop loop",
                                "200 delay=99999999999h"}) {
    const std::string text = complaint(line);
    EXPECT_NE(text.find("expected "), std::string::npos) << line << ": " << text;
    EXPECT_EQ(text.substr(0, 7), "column ") << line;
  }
}

RC_GTEST_PROP(ScriptLineProperty, what_is_printed_parses_to_the_same_script, ()) {
  const Script script = arbitrary::script();
  const std::string line = print_script(script);
  const auto again = parse_script(line);
  RC_LOG() << line << (again ? "" : to_string(again.error())) << "\n";
  RC_ASSERT(again.ok());
  RC_ASSERT(*again == script);
  RC_ASSERT(print_script(*again) == line);
}

RC_GTEST_PROP(ScriptLineProperty, any_text_is_a_script_or_a_complaint_inside_it, ()) {
  const std::string line = arbitrary::text();
  const auto script = parse_script(line);
  if (script) {
    RC_ASSERT(*parse_script(print_script(*script)) == *script);
  } else {
    RC_ASSERT(script.error().column >= 1U);
    RC_ASSERT(script.error().column <= line.size() + 1);
  }
}

RC_GTEST_PROP(ScriptLineProperty, a_script_with_one_byte_changed_is_never_misread, ()) {
  std::string line = print_script(arbitrary::script());
  line[*rc::gen::inRange<std::size_t>(0, line.size())] = *rc::gen::arbitrary<char>();
  const auto script = parse_script(line);
  if (script) RC_ASSERT(*parse_script(print_script(*script)) == *script);
}

}  // namespace
}  // namespace fault
