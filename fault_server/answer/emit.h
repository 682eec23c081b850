// Answers as bytes: interim responses, status line, header section and framing of the body, well
// formed or spoilt as a step asks. Its own emitters, so that whatever the client's writer believes
// is not believed here. Pure; no sockets, no time but the arguments. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "fault_server/answer/body.h"
#include "fault_server/answer/request.h"
#include "fault_server/script/script.h"
#include "fault_server/script/values.h"

namespace fault {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What is to be said, before any fault: by a built-in path or by a step.
struct Answer {
  int status = 200;
  Fields headers;  // beside Date, X-Fault-*, Connection and framing
  BodySource body;
  Duration delay{0};         // a built-in's own latency
  std::optional<Pace> drip;  // /drip: body in n pieces over a time
};

/// What an answer tells about its exchange.
struct AnswerContext {
  const RequestHead* request = nullptr;  // null for an unasked answer
  std::uint64_t exchange = 0;
  std::string_view rule;
  holdfast::base::WallTime wall;
  bool closes = false;                // this server wants to close afterwards
  std::optional<Duration> automatic;  // ra=auto
};

/// A run of bytes, `count` times; 0: without end.
struct HeadPiece {
  std::string text;
  std::uint64_t count = 1;
};

struct Emission {
  std::vector<HeadPiece> interims;
  std::string status_line;
  std::vector<HeadPiece> fields;  // to the empty line, which an endless section lacks
  bool endless = false;
  BodyStream body;
  bool has_body = false;
  /// The connection cannot go on after this: nothing else ends the body, or something is missing.
  bool needs_close = false;
  bool says_close = false;
  int status = 200;
  Fields headers;  // as sent, for the journal
  double retry_after_s = -1;
};

Emission emit(const Step& step, Answer answer, const AnswerContext& context);

/// "Service Unavailable"; "Unknown" for a status without a name.
std::string_view reason_phrase(int status);
/// No content by definition (RFC 9110 §6.4.1): 1xx, 204, 304.
bool bodiless(int status);
/// The answer that a step describes by itself: status, body=, type=.
Answer answer_of(const Step& step, std::uint64_t chance);

}  // namespace fault
