#include "fault_server/h2/input.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <functional>

#include "fault_server/h2/client_rig.h"

namespace fault {
namespace {

std::string frame(H2Type type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string out;
  append_frame(out, type, flags, stream, payload);
  return out;
}

struct InputRow {
  std::string_view name;
  std::function<void(H2Rig&)> client;
  std::string_view blame;
};

// A GET whose fields are these.
std::function<void(H2Rig&)> asks(Fields fields) {
  return [fields = std::move(fields)](H2Rig& rig) { rig.open(fields, true); };
}
Fields with(Fields more) {
  Fields fields = H2Rig::request("GET", "/");
  for (auto& one : more) fields.push_back(std::move(one));
  return fields;
}

void expect_blame(const std::vector<InputRow>& rows) {
  for (const InputRow& row : rows) {
    SCOPED_TRACE(std::string(row.name));
    H2Rig rig("POST / : 200\n200 delay=1s");
    row.client(rig);
    EXPECT_TRUE(rig.noted(row.blame)) << rig.notes();
  }
}

TEST(H2Input, blames_malformed_requests) {
  expect_blame({
      {"no method", asks({{":scheme", "http"}, {":path", "/"}, {":authority", "h"}}),
       "malformed: no :method"},
      {"no scheme", asks({{":method", "GET"}, {":path", "/"}, {":authority", "h"}}),
       "malformed: no :scheme"},
      {"no path", asks({{":method", "GET"}, {":scheme", "http"}, {":authority", "h"}}),
       "malformed: no :path"},
      {"empty path", asks({{":method", "GET"}, {":scheme", "http"}, {":path", ""}, {"host", "h"}}),
       "malformed: an empty :path"},
      {"no authority", asks({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}}),
       "malformed: neither :authority nor host"},
      {"twice", asks(with({{":path", "/"}})), "malformed: more than one :path"},
      {"late pseudo",
       asks({{":method", "GET"}, {"x", "y"}, {":scheme", "http"}, {":path", "/"}, {"host", "h"}}),
       "malformed: :scheme after a regular field"},
      {"response pseudo", asks(with({{":status", "200"}})), "malformed: :status is no"},
      {"upper case", asks(with({{"X-Own", "1"}})), "malformed: field X-Own: upper case"},
      {"connection", asks(with({{"connection", "close"}})), "malformed: field connection"},
      {"transfer-encoding", asks(with({{"transfer-encoding", "chunked"}})),
       "malformed: field transfer-encoding"},
      {"te", asks(with({{"te", "gzip"}})), "malformed: field te"},
      {"blanks", asks(with({{"x", " y"}})), "malformed: field x: blanks"},
      {"newline", asks(with({{"x", "a\nb"}})), "malformed: field x: NUL"},
      {"two hosts", asks(with({{"host", "other"}})), "malformed: host and :authority differ"},
      {"length", asks(with({{"content-length", "5"}})), "malformed: content-length 5, but no"},
      {"connect", asks({{":method", "CONNECT"}, {":path", "/"}, {":authority", "h"}}),
       "malformed: :scheme or :path with CONNECT"},
  });
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): what std::function holds in a list is let go

TEST(H2Input, a_malformed_request_is_reset_and_asks_no_rule) {
  H2Rig rig("200");
  const std::uint32_t id = rig.open(with({{"X-Own", "1"}}), true);
  EXPECT_EQ(rig.response(id).reset, h2code::kProtocolError);
  EXPECT_TRUE(rig.entries(EntryType::kRule).empty());
  EXPECT_EQ(rig.entries(EntryType::kReqHead)[0].method, "GET");
  EXPECT_EQ(rig.response(rig.get("/")).status, "200");
}

TEST(H2Input, blames_frames_out_of_place) {
  const auto sends = [](std::string bytes) {
    return [bytes = std::move(bytes)](H2Rig& rig) {
      rig.get("/open");
      rig.send(bytes);
    };
  };
  expect_blame({
      {"data on idle", sends(frame(H2Type::kData, 0, 9, "x")), "DATA on stream 9, which is idle"},
      {"data on 0", sends(frame(H2Type::kData, 0, 0, "x")), "DATA on stream 0, which is idle"},
      {"data after the end", sends(frame(H2Type::kData, 0, 1, "x")), "DATA after END_STREAM"},
      {"even stream", sends(frame(H2Type::kHeaders, 5, 2, "")), "HEADERS on stream 2"},
      {"push", sends(frame(H2Type::kPushPromise, 4, 1, "")), "PUSH_PROMISE from a client"},
      {"continuation", sends(frame(H2Type::kContinuation, 4, 1, "")), "out of nowhere"},
      {"interleaved",
       sends(frame(H2Type::kHeaders, 1, 3, "") + frame(H2Type::kPing, 0, 0, "12345678")),
       "PING on stream 0 inside a field block"},
      {"ping size", sends(frame(H2Type::kPing, 0, 0, "1")), "PING of another size"},
      {"ping stream", sends(frame(H2Type::kPing, 0, 1, "12345678")), "PING on stream 1"},
      {"settings size", sends(frame(H2Type::kSettings, 0, 0, "1")), "no multiple of 6"},
      {"settings value",
       sends(frame(H2Type::kSettings, 0, 0, std::string_view("\0\4\x80\0\0\0", 6))),
       "INITIAL_WINDOW_SIZE above 2^31-1"},
      {"spare ack", sends(frame(H2Type::kSettings, 1, 0, "")), "SETTINGS that were not sent"},
      {"window 0", sends(frame(H2Type::kWindowUpdate, 0, 0, std::string(4, '\0'))),
       "WINDOW_UPDATE by 0"},
      {"window overflow", sends(frame(H2Type::kWindowUpdate, 0, 0, "\x7f\xff\xff\xff")),
       "WINDOW_UPDATE beyond 2^31-1"},
      {"too long", sends(frame(H2Type::kData, 0, 1, std::string(16385, 'x'))),
       "a DATA frame of 16385 bytes"},
      {"padding", sends(frame(H2Type::kHeaders, 0xd, 3, "\x05x")), "padding longer"},
      {"field block", sends(frame(H2Type::kHeaders, 5, 3, "\x80")), "cannot be decoded"},
      {"rst on idle", sends(frame(H2Type::kRstStream, 0, 5, "1234")), "RST_STREAM on stream 5"},
      {"goaway size", sends(frame(H2Type::kGoaway, 0, 0, "1")), "GOAWAY of less than 8"},
  });
}

TEST(H2Input, blames_what_comes_on_streams_the_client_has_ended_itself) {
  expect_blame({
      {"data after its own reset",
       [](H2Rig& rig) {
         const std::uint32_t id = rig.open(H2Rig::request("POST", "/"), false);
         rig.reset(id, h2code::kCancel);
         rig.data(id, "x", true);
       },
       "DATA on stream 1, which the client has reset"},
      {"headers after the end",
       [](H2Rig& rig) {
         rig.get("/open");
         rig.send(frame(H2Type::kHeaders, 5, 1, "\x88"));
       },
       "HEADERS after END_STREAM on stream 1"},
      {"length",
       [](H2Rig& rig) {
         Fields fields = H2Rig::request("POST", "/");
         fields.emplace_back("content-length", "5");
         rig.data(rig.open(fields, false), "abc", true);
       },
       "malformed: content-length 5, but 3 bytes came"},
      {"trailers without end",
       [](H2Rig& rig) {
         const std::uint32_t id = rig.open(H2Rig::request("POST", "/"), false);
         rig.send(frame(H2Type::kHeaders, 4, id, ""));
       },
       "malformed: trailers without END_STREAM"},
      {"window",
       [](H2Rig& rig) {
         const std::uint32_t id = rig.open(H2Rig::request("POST", "/x"), false);
         rig.takes = false;  // so that no WINDOW_UPDATE has come
         for (int i = 0; i < 20; ++i) rig.data(id, std::string(16384, 'x'), false);
       },
       ""},
  });
}

TEST(H2Input, what_crosses_our_own_reset_or_end_is_no_fault) {
  H2Rig rig("POST /r : rst@status early\nPOST / : 200 early=drain");
  const std::uint32_t reset = rig.open(H2Rig::request("POST", "/r"), false);
  EXPECT_TRUE(rig.response(reset).reset);
  rig.data(reset, "under way", false);
  rig.widen(reset, 100);
  rig.reset(reset, h2code::kCancel);
  const std::uint32_t done = rig.get("/");
  EXPECT_TRUE(rig.response(done).ended);
  rig.widen(done, 7);
  rig.reset(done, h2code::kNoError);
  rig.send_frame(H2Type::kPriority, 0, done, std::string("\0\0\0\0\1", 5));
  rig.send_frame(static_cast<H2Type>(0xcc), 0, done, "unknown");
  EXPECT_FALSE(rig.blamed()) << rig.notes();
  EXPECT_EQ(rig.wire().end, End::kOpen);
}

TEST(H2Input, the_preface_and_settings_have_to_come_first) {
  H2Input wrong;
  std::string_view bytes = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(wrong.next(bytes, {}).kind, H2Event::Kind::kConnectionError);
  H2Input early;
  const std::string hello = std::string(kH2Preface) + frame(H2Type::kPing, 0, 0, "12345678");
  bytes = hello;
  EXPECT_EQ(early.next(bytes, {}).kind, H2Event::Kind::kNothing);
  const H2Event event = early.next(bytes, {});
  EXPECT_EQ(event.kind, H2Event::Kind::kConnectionError);
  EXPECT_NE(event.violation.find("before SETTINGS"), std::string::npos);
}

TEST(H2Input, settings_that_a_talking_client_does_not_acknowledge_are_missed) {
  H2Rig rig("200");
  rig.polite = false;
  rig.get("/now : x");
  H2Rig silent("connection : h2.settings count=2\n200");
  silent.polite = false;
  silent.run(60s);
  EXPECT_FALSE(silent.blamed());

  H2Rig talking("/s : h2.settings\n200");
  talking.polite = false;
  talking.get("/s");
  talking.run(11s);
  EXPECT_FALSE(talking.blamed());
  talking.get("/x");
  EXPECT_TRUE(talking.noted("h2 violation: SETTINGS not acknowledged within 10 s"));
}

TEST(H2Input, a_connection_error_is_told_by_goaway_and_ends_the_connection) {
  H2Rig rig("200 body=fill:1000000");
  rig.get("/x");
  rig.send_frame(H2Type::kPing, 0, 0, "1");
  ASSERT_NE(rig.last(H2Type::kGoaway), nullptr);
  EXPECT_EQ(read_u32(rig.last(H2Type::kGoaway)->payload), 1U);
  EXPECT_EQ(read_u32(std::string_view(rig.last(H2Type::kGoaway)->payload).substr(4)),
            h2code::kFrameSizeError);
  EXPECT_EQ(rig.wire().end, End::kFin);
  EXPECT_EQ(rig.entries(EntryType::kConnClose)[0].closed_by, ClosedBy::kServer);
}

// What a client might say: good and bad frames of every type.
std::string arbitrary_frames(H2Deflater& deflater) {
  std::string out(kH2Preface);
  append_settings(out, {});
  const int most = *rc::gen::inRange(0, 12);
  std::uint32_t stream = 1;
  for (int i = 0; i < most; ++i) {
    // Mostly what a client might well say, so that some of it comes far.
    const auto known = *rc::gen::inRange<std::uint32_t>(0, stream / 2 + 1) * 2 + 1;
    switch (*rc::gen::inRange(0, 9)) {
      case 0:
      case 1:
      case 2:
        append_headers(out, stream, deflater.block(H2Rig::request("POST", "/x")),
                       *rc::gen::arbitrary<bool>(), *rc::gen::inRange<std::size_t>(1, 60));
        stream += 2;
        break;
      case 3:
      case 4:
        append_frame(out, H2Type::kData, *rc::gen::element<std::uint8_t>(0, 0, 0, 1, 8), known,
                     *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
        break;
      case 5:
        append_ping(out, "12345678", *rc::gen::arbitrary<bool>());
        break;
      case 6:
        append_window_update(out, *rc::gen::element<std::uint32_t>(0, known),
                             *rc::gen::inRange<std::uint32_t>(0, 100000));
        break;
      case 7:
        append_rst(out, known, h2code::kCancel);
        break;
      default:
        append_frame(out, *rc::gen::inRange<std::uint8_t>(0, 14),
                     *rc::gen::arbitrary<std::uint8_t>(),
                     *rc::gen::inRange<std::uint32_t>(0, stream + 1),
                     *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    }
  }
  return out;
}

std::vector<std::string> events_of(std::string_view bytes, std::size_t piece) {
  H2Input input;
  std::vector<std::string> out;
  std::string held;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    held += bytes.substr(at, piece);
    std::string_view view = held;
    for (;;) {
      const H2Event event = input.next(view, {});
      if (event.kind == H2Event::Kind::kNeedMore) break;
      out.push_back(std::to_string(static_cast<int>(event.kind)) + " " +
                    std::to_string(event.stream) + " " + event.violation + " " +
                    event.request.head.target + std::string(event.data));
      if (event.kind == H2Event::Kind::kConnectionError) return out;
    }
    held.erase(0, held.size() - view.size());
  }
  return out;
}

RC_GTEST_PROP(H2InputProperty, events_are_the_same_however_the_bytes_are_cut, ()) {
  H2Deflater deflater;
  const std::string bytes = arbitrary_frames(deflater);
  const auto whole = events_of(bytes, bytes.size());
  RC_ASSERT(events_of(bytes, 1) == whole);
  RC_ASSERT(events_of(bytes, *rc::gen::inRange<std::size_t>(2, 40)) == whole);
}

RC_GTEST_PROP(H2InputProperty, whatever_a_client_sends_the_server_ends_or_goes_on, ()) {
  H2Deflater deflater;
  std::string bytes = arbitrary_frames(deflater).substr(kH2Preface.size() + kH2FrameHeader);
  const int slips = *rc::gen::inRange(0, 4);
  for (int i = 0; i < slips && !bytes.empty(); ++i) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  H2Rig rig(*rc::gen::element<std::string>("200 body=fill:100000", "rst", "goaway last=current",
                                           "200 trickle=3/10ms early", "stall@reqbody:3",
                                           "h2.continuation count=5", "200 read_rate=10"));
  rig.decodes = false;
  rig.send(bytes);
  rig.run(2s);
  const std::size_t closes = rig.entries(EntryType::kConnClose).size();
  RC_ASSERT(closes == (rig.wire().end == End::kOpen ? 0U : 1U));
}

}  // namespace
}  // namespace fault
