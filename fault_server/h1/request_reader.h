// HTTP/1.1 requests, bytes to events, by llhttp in strict mode plus the checks of strict.cc: the
// journal vouches that a client's bytes are clean, so nothing is pardoned that RFC 9112 lets a
// lenient server pardon. Bytes are pushed in pieces of any size; one event comes back per call.
// Never answers, never decides. Thread: one owner. Does not move (llhttp holds its address).
#pragma once

#include <llhttp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/answer/request.h"

namespace fault {

class RequestReader {
 public:
  enum class Event : std::uint8_t { kNeedMore, kHead, kBody, kEnd, kError };

  RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Consumes from the front of `input` up to the next event.
  Event next(std::string_view& input);

  /// From kHead until the next kHead; may be moved from.
  RequestHead& head() { return head_; }
  /// Of the last kBody; points into the input given.
  std::string_view body() const { return body_; }
  /// kError: what is wrong, and the status that says so.
  const std::string& problem() const { return problem_; }
  int problem_status() const { return problem_status_; }
  /// Not a byte of a next request has come.
  bool between_requests() const { return phase_ == Phase::kHead && head_text_.empty(); }
  bool in_head() const { return phase_ == Phase::kHead; }

 private:
  enum class Phase : std::uint8_t { kHead, kCounted, kChunked, kEnding, kFailed };

  Event read_method(std::string_view& input);
  Event read_head(std::string_view& input);
  Event read_chunked(std::string_view& input);
  Event end_head();
  Event fail(int status, std::string problem);
  llhttp_errno_t feed(std::string_view& input);
  llhttp_errno_t parse(std::string_view& input);
  void restart();
  void add_field();
  static llhttp_settings_t make_settings();
  static RequestReader& of(llhttp_t* parser) { return *static_cast<RequestReader*>(parser->data); }

  llhttp_settings_t settings_;
  llhttp_t parser_;
  Phase phase_ = Phase::kHead;
  bool method_read_ = false;
  Event event_ = Event::kNeedMore;
  RequestHead head_;
  std::string head_text_;  // raw, for the strict checks
  std::string name_, value_;
  std::uint64_t remaining_ = 0;
  std::string_view body_;
  std::string problem_;
  int problem_status_ = 400;
};

/// What an unforgiving reader objects to in a request head (with its final empty line) that llhttp
/// lets pass; "" when nothing (request_reader_strict.cc).
std::string strict_complaint(std::string_view head_text, const RequestHead& head);
/// tchar of RFC 9110 §5.6.2.
bool is_token_byte(char c);

}  // namespace fault
