#include "fault_server/answer/emit.h"

#include <algorithm>
#include <array>

#include "fault_server/answer/coding.h"
#include "fault_server/answer/emit_fields.h"
#include "fault_server/script/match.h"
#include "fault_server/script/retry_after_value.h"

namespace fault {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};
constexpr std::array<Phrase, 38> kPhrases = {{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {425, "Too Early"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
}};

bool has_field(const Fields& fields, std::string_view name) {
  return header_value(fields, name).has_value();
}

// The header section as it grows, with the journal's copy.
class FieldSection {
 public:
  explicit FieldSection(Emission& out) : out_(out) {}
  void add(const std::string& name, const std::string& value) {
    line_ += name + ": " + value + "\r\n";
    out_.headers.emplace_back(name, value);
  }
  void add_lines(const std::string& lines) {
    line_ += lines;
    for (std::size_t from = 0; from < lines.size();) {
      const std::size_t end = lines.find("\r\n", from);
      const std::size_t colon = lines.find(": ", from);
      out_.headers.emplace_back(lines.substr(from, colon - from),
                                lines.substr(colon + 2, end - colon - 2));
      from = end + 2;
    }
  }
  void finish(SpoiltFields spoilt) {
    out_.endless = spoilt.endless;
    out_.fields.push_back({std::move(line_), 1});
    for (HeadPiece& piece : spoilt.pieces) out_.fields.push_back(std::move(piece));
    if (!spoilt.endless) out_.fields.push_back({"\r\n", 1});
  }

 private:
  Emission& out_;
  std::string line_;
};

std::string interim_text(int status) {
  std::string text =
      "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) + "\r\n";
  if (status == 101) text += "Connection: upgrade\r\nUpgrade: fault\r\n";
  if (status == 103) text += "Link: </style.css>; rel=preload\r\n";
  return text + "\r\n";
}

std::vector<HeadPiece> interim_pieces(const Step& step) {
  std::vector<HeadPiece> out;
  for (const Interim& interim : interims(step)) {
    out.push_back({interim_text(interim.status), interim.count});
  }
  return out;
}

std::uint64_t lied_length(std::uint64_t size, const LengthLie& lie) {
  switch (lie.kind) {
    case LengthLie::Kind::kMore:
      return size + lie.value;
    case LengthLie::Kind::kLess:
      return size > lie.value ? size - lie.value : 0;
    case LengthLie::Kind::kExact:
      return lie.value;
    case LengthLie::Kind::kOff:
      break;
  }
  return size;
}

struct BodyFraming {
  std::string lines;
  bool chunked = false;
  bool needs_close = false;
  bool http10 = false;
};

// Which lines frame the body (RFC 9112 §6), in truth or not.
BodyFraming framing_of(const Step& step, const Answer& answer, const AnswerContext& context,
                       bool has_body) {
  const std::uint64_t size = answer.body.size();
  if (const auto word_of = word(step, "framing")) {
    if (const auto odds = spoilt_framing(*word_of, size)) {
      return {odds->lines, odds->chunked && has_body, odds->needs_close, odds->http10};
    }
  }
  const bool http10 = word(step, "version") == "1.0";
  const bool may_chunk = !http10 && (context.request == nullptr || context.request->minor >= 1);
  const auto lie = length_lie(step);
  if (lie && lie->kind == LengthLie::Kind::kOff) return {"", false, true, http10};
  const bool wants_chunks = has(step, "chunked") || !step.trailers.empty();
  if (wants_chunks && !lie) {
    if (!may_chunk) return {"", false, true, http10};
    const bool cut = word(step, "chunked") == "no-terminator";
    return {"Transfer-Encoding: chunked\r\n", has_body, cut, http10};
  }
  const bool no_length = answer.status < 200 || answer.status == 204 ||
                         (answer.status == 304 && !has_body);  // RFC 9110 §8.6
  if (no_length && !has_body) return {"", false, false, http10};
  const std::uint64_t length = lie ? lied_length(size, *lie) : size;
  return {"Content-Length: " + std::to_string(length) + "\r\n", false, has_body && length > size,
          http10};
}

void add_connection(FieldSection& section, const Step& step, const AnswerContext& context,
                    Emission& out) {
  const auto says = word(step, "says");
  const bool close = context.closes || (out.needs_close && !has(step, "length") &&
                                        !has(step, "chunked") && !has(step, "framing"));
  const auto lie = length_lie(step);
  const bool until_close = lie && lie->kind == LengthLie::Kind::kOff;
  if (says == "close" || (!says && (close || until_close))) {
    section.add("Connection", "close");
    out.says_close = true;
  } else if (says == "keep-alive" ||
             (!says && context.request != nullptr && context.request->minor == 0)) {
    section.add("Connection", "keep-alive");
  }
}

void add_retry_after(FieldSection& section, const Step& step, const AnswerContext& context,
                     Emission& out) {
  if (!step.retry_after) return;
  const RetryAfterLines lines =
      retry_after_lines(*step.retry_after, context.wall,
                        duration(step, "date_skew").value_or(Duration{0}), context.automatic);
  for (const std::string& value : lines.values) section.add("Retry-After", value);
  // By the server's clock at sending, which is the promise that is kept to the nanosecond.
  out.retry_after_s = lines.wait_by_clock_s.value_or(-1);
}

void add_identity(FieldSection& section, const AnswerContext& context) {
  section.add("X-Fault-Exchange", std::to_string(context.exchange));
  if (!context.rule.empty()) section.add("X-Fault-Rule", std::string(context.rule));
  if (context.request == nullptr) return;
  if (const auto id = header_value(context.request->headers, "X-Request-Id")) {
    section.add("X-Request-Id", std::string(*id));
  }
}

std::string trailer_lines(const Step& step) {
  std::string lines;
  for (const auto& [name, value] : step.trailers) lines += name + ": " + value + "\r\n";
  return lines;
}

}  // namespace

std::string_view reason_phrase(int status) {
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "Unknown";
}

bool bodiless(int status) { return status < 200 || status == 204 || status == 304; }

Answer answer_of(const Step& step, std::uint64_t chance) {
  Answer answer;
  answer.status = step.status;
  const auto spec = body(step);
  if (!spec) {
    answer.body = BodySource::text(std::to_string(step.status) + " " +
                                   std::string(reason_phrase(step.status)) + "\n");
  } else if (spec->kind == BodySpec::Kind::kRandom) {
    answer.body = BodySource::random(spec->size, chance);
  } else if (spec->kind == BodySpec::Kind::kFill) {
    answer.body = BodySource::fill(spec->size);
  } else {
    answer.body = BodySource::text(spec->text);
  }
  const bool binary = spec && spec->kind == BodySpec::Kind::kRandom;
  answer.headers.emplace_back("Content-Type", binary ? "application/octet-stream" : "text/plain");
  encode_answer(step, answer);
  return answer;
}

Emission emit(const Step& step, Answer answer, const AnswerContext& context) {
  Emission out;
  out.status = answer.status;
  const bool head_only = context.request != nullptr && context.request->method == "HEAD";
  out.has_body = (!head_only && !bodiless(answer.status)) || has(step, "force_body");
  const BodyFraming framing = framing_of(step, answer, context, out.has_body);
  out.needs_close = framing.needs_close && (out.has_body || !bodiless(answer.status)) && !head_only;

  const std::string version = framing.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  out.status_line = version + std::to_string(answer.status) + " " +
                    std::string(raw(step, "reason").value_or(reason_phrase(answer.status))) +
                    "\r\n";
  out.interims = interim_pieces(step);

  FieldSection section(out);
  if (word(step, "date") != "none" && !has_field(step.headers, "Date")) {
    const Duration skew = duration(step, "date_skew").value_or(Duration{0});
    section.add("Date", http_date({context.wall.ns + skew.count()}));
  }
  add_identity(section, context);
  if (answer.status == 101) {
    section.add("Connection", "upgrade");
    section.add("Upgrade", "fault");
  } else if (!has_field(step.headers, "Connection")) {
    add_connection(section, step, context, out);
  }
  add_retry_after(section, step, context, out);
  if (const auto type = raw(step, "type")) section.add("Content-Type", std::string(*type));
  for (const auto& [name, value] : answer.headers) {
    if (!has_field(step.headers, name) && !(name == "Content-Type" && has(step, "type"))) {
      section.add(name, value);
    }
  }
  for (const auto& [name, value] : step.headers) section.add(name, value);
  const bool framed =
      has_field(step.headers, "Content-Length") || has_field(step.headers, "Transfer-Encoding");
  if (!framed) section.add_lines(framing.lines);
  section.finish(spoilt_fields(bad_headers(step)));

  out.body = BodyStream(std::move(answer.body));
  if (framing.chunked) {
    out.body.use_chunks(step.chunk_bytes.value_or(0),
                        parse_chunk_flaw(word(step, "chunked").value_or("ok")),
                        trailer_lines(step));
  }
  return out;
}

}  // namespace fault
