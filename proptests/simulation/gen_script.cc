// Scripts over all that a plain HTTP/1.1 listener can play, in the one-line spelling: what is
// printed with a failure is what was generated.
#include <array>
#include <string_view>

#include "proptests/simulation/gen.h"

namespace proof::gen {

namespace {

template <std::size_t N>
std::string one_of(const std::array<std::string_view, N>& choices) {
  return std::string(choices[static_cast<std::size_t>(number(0, N - 1))]);
}

std::string bytes(std::int64_t high) { return std::to_string(number(0, high)); }

std::string status() {
  static constexpr std::array<std::string_view, 20> kStatuses = {
      "200", "200", "200", "503", "500", "429", "404", "502", "504", "408",
      "201", "204", "304", "301", "400", "401", "421", "425", "418", "599"};
  return one_of(kStatuses);
}

std::string retry_after() {
  static constexpr std::array<std::string_view, 22> kValues = {"1",
                                                               "0",
                                                               "2",
                                                               "120",
                                                               "400",
                                                               "007",
                                                               "1.5",
                                                               "-3",
                                                               "+3",
                                                               "1.",
                                                               "9223372037",
                                                               "1e10000",
                                                               "nan",
                                                               "past",
                                                               "empty",
                                                               "\"soon\"",
                                                               "two:1,2",
                                                               "list:1,2",
                                                               "date:imf+2s",
                                                               "date:rfc850+3s",
                                                               "date:asctime+1s",
                                                               "date:imf-5s"};
  const std::string value = one_of(kValues);
  return " ra=" + value;
}

std::string content() {
  return one_in(2) ? " body=random:" + bytes(6000) : std::string(" body=text:hello");
}

}  // namespace

std::string pace() {
  static constexpr std::array<std::string_view, 12> kPaces = {"",
                                                              " delay=30ms",
                                                              " delay=5..400ms",
                                                              " delay=logn(90ms,0.4)",
                                                              " delay=20s",
                                                              " body_delay=200ms",
                                                              " chunk=50/20ms",
                                                              " trickle=3/2ms",
                                                              " trickle=1/30ms@headers",
                                                              " rate=4k",
                                                              " slice=1..9",
                                                              " read_rate=20k"};
  return one_of(kPaces);
}

std::string framing() {
  static constexpr std::array<std::string_view, 12> kFramings = {"",
                                                                 "",
                                                                 " chunked=ok",
                                                                 " length=none",
                                                                 " says=close",
                                                                 " does=close",
                                                                 " says=close does=keep-alive",
                                                                 " interim=100",
                                                                 " interim=103x3",
                                                                 " t.X-Sum=1 chunked",
                                                                 " race=fin",
                                                                 " race=reset"};
  return one_of(kFramings);
}

namespace {

/// Answers that break the protocol, or end short.
std::string broken() {
  static constexpr std::array<std::string_view, 33> kBroken = {
      "truncate",
      "truncate@body:20%",
      "200 length=+10 body=fill:100",
      "200 length=-10 body=fill:100",
      "200 chunked=bad-size body=fill:100",
      "200 chunked=no-terminator body=fill:100",
      "200 chunked=huge-ext body=fill:100",
      "200 chunked=bad-crlf body=fill:100",
      "garbage",
      "garbage@headers:10",
      "garbage@body:10",
      "200 bad=fold",
      "200 bad=nul",
      "200 bad=bare-lf",
      "200 bad=no-colon",
      "200 bad=huge:100k",
      "200 bad=many:400",
      "200 bad=endless",
      "101",
      "200 framing=conflicting-lengths body=fill:20",
      "200 framing=length-and-chunked body=fill:20",
      "200 framing=te-not-last body=fill:20",
      "200 framing=same-lengths body=fill:20",
      "200 version=1.0 body=fill:50",
      "204 force_body body=fill:10",
      "200 poison=200",
      "200 poison=200 poison_delay=20ms",
      "raw \"HTTP/1.1 abc\\r\\n\\r\\n\"",
      "raw \"\\r\\n\"",
      "200 interim=100xendless",
      "413 early=close",
      "413 early=reset",
      "413 early=stay"};
  return one_of(kBroken);
}

std::string cut() {
  static constexpr std::array<std::string_view, 4> kHow = {"reset", "close", "stall", "halfclose"};
  std::string place;
  switch (number(0, 5)) {
    case 0:
      place = "status:" + bytes(20);
      break;
    case 1:
      place = "headers:" + bytes(120);
      break;
    case 2:
      place = "body:" + bytes(300);
      break;
    case 3:
      place = "body:" + bytes(100) + "%";
      break;
    case 4:
      place = "reqbody:" + bytes(300);
      break;
    default:
      place = "status";
      break;
  }
  return one_of(kHow) + "@" + place;
}

std::string gate() {
  static constexpr std::array<std::string_view, 5> kGates = {
      "limit kind=bucket rate=5/s burst=2 ra=auto", "limit kind=window rate=3/s ra=auto",
      "limit kind=concurrency max=2 ra=1", "overload workers=1 queue=2 service=40ms",
      "overload workers=2 queue=0 order=lifo service=exp(30ms) ra=auto"};
  return one_of(kGates);
}

/// What only a server of HTTP/2 can do (RFC 9113 §5–§8).
std::string frames() {
  static constexpr std::array<std::string_view, 40> kFrames = {
      "rst",
      "rst code=CANCEL",
      "rst code=ENHANCE_YOUR_CALM",
      "rst code=PROTOCOL_ERROR",
      "rst@body:100 code=INTERNAL_ERROR",
      "rst@body:50% code=NO_ERROR",
      "rst code=REFUSED_STREAM",
      "goaway",
      "goaway last=previous",
      "goaway last=current",
      "goaway last=graceful",
      "goaway last=previous count=3",
      "goaway code=ENHANCE_YOUR_CALM",
      "goaway code=INTERNAL_ERROR",
      "goaway last=current does=reset",
      "goaway last=previous does=keep-alive",
      "h2.settings name=MAX_CONCURRENT_STREAMS value=1",
      "h2.settings name=MAX_CONCURRENT_STREAMS value=0",
      "h2.settings name=INITIAL_WINDOW_SIZE value=10",
      "h2.settings name=HEADER_TABLE_SIZE value=0",
      "h2.settings count=20",
      "h2.ping count=30",
      "h2.ping ack=wrong",
      "h2.ping ignore",
      "h2.window kind=stall",
      "h2.window kind=closed",
      "h2.window kind=shrink value=5",
      "h2.window kind=zero",
      "h2.window kind=overflow",
      "h2.continuation kind=empty",
      "h2.continuation kind=interleaved",
      "h2.hpack kind=corrupt",
      "h2.late kind=data",
      "h2.late kind=end",
      "h2.nostatus",
      "h2.data_first",
      "h2.push",
      "h2.unknown",
      "h2.http11",
      "h2.silent"};
  return one_of(kFrames);
}

}  // namespace

std::string step(Transport transport) {
  switch (number(0, is_h2(transport) ? 9 : 7)) {
    case 0:
    case 1:
    case 2:
      return status() + content() + pace();
    case 3:
      return std::string(one_in(2) ? "503" : "429") + retry_after();
    case 4:
      return "200" + content() + framing();
    case 5:
      return cut();
    case 6:
      return broken();
    case 8:
    case 9:
      return frames();
    default:
      return one_in(3) ? gate() : "200" + content() + pace() + framing();
  }
}

std::string script(Transport transport) {
  std::string text;
  const std::int64_t steps = number(1, 4);
  for (std::int64_t i = 0; i < steps; ++i) {
    if (i != 0) text += "; ";
    const bool by_chance = i + 1 < steps && one_in(6);  // counts stand on the step after it
    if (by_chance) text += "p=.3 ";
    text += step(transport);
    if (!by_chance && text.back() != '"' && one_in(5)) text += " x2";
  }
  if (one_in(4)) text += "; 200";
  if (one_in(4)) text += "; loop";
  return text;
}

std::string connection_script(Transport transport) {
  static constexpr std::array<std::string_view, 8> kFrames = {
      "h2.settings name=MAX_CONCURRENT_STREAMS value=2; pass",
      "h2.settings name=MAX_CONCURRENT_STREAMS value=0; pass",
      "h2.settings ignore; pass",
      "h2.ping ignore; pass",
      "h2.window kind=closed; pass",
      "h2.silent; pass",
      "goaway; pass",
      "h2.http11 kind=bytes; pass"};
  if (is_h2(transport) && one_in(2)) return one_of(kFrames);
  static constexpr std::array<std::string_view, 10> kScripts = {
      "refuse; pass",        "refuse x3; pass",    "close@accept; pass",  "reset@accept; pass",
      "stall@accept; pass",  "p=.2 refuse; pass",  "pass max_requests=2", "pass idle=300ms",
      "reset@head:30; pass", "close@head:10; pass"};
  return one_of(kScripts);
}

fault::Scenario scenario(std::size_t paths, Transport transport) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < paths; ++i)
    lines.push_back("/p" + std::to_string(i) + " : " + script(transport));
  if (one_in(3)) lines.push_back("connection : " + connection_script(transport));
  fault::Scenario scenario = scenario_of(lines);
  for (fault::Rule& rule : scenario.rules) {
    if (!one_in(4)) rule.per = fault::Per::kRequest;
  }
  return scenario;
}

}  // namespace proof::gen
