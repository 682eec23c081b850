// The definitions of holdfast.h's opaque types and the helpers of its functions: text in,
// complaints and words out, exceptions caught. Owner: the user of the C API; objects passed to a
// callback are on the caller's stack. Thread: as in holdfast.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/client_state.h"
#include "holdfast.h"
#include "holdfast/client.h"
#include "holdfast/cookies.h"
#include "holdfast/media_type.h"
#include "holdfast/multipart.h"
#include "holdfast/url.h"

namespace holdfast::c {

class Watch;

/// A C retry predicate with its context, referred to by the options.
struct Predicate {
  holdfast_retry_predicate call = nullptr;
  void* context = nullptr;
};
/// The predicate of the C++ policy; `context` is the Predicate.
RetryAdvice ask(const RetryQuestion& question, const void* context) noexcept;

inline std::string_view view(const char* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

/// The library's words are literals, so a NUL follows them.
inline const char* word(std::string_view literal) noexcept {
  return literal.empty() ? "" : literal.data();
}

/// Calls a function of the user; an exception from it ends the process, even inside guarded().
template <class Call, class... Args>
decltype(auto) call_user(Call* call, Args... args) noexcept {
  return call(args...);
}

/// Returns `work()`, or `otherwise` if it throws; only a lack of memory makes it throw.
template <class Work, class T>
T guarded(T otherwise, Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    return otherwise;
  }
}

constexpr const char* kNoMemory = "out of memory";

/// Stores the complaint of `work` in `said` and returns it; null if there is none.
template <class Work>
const char* complain(std::string& said, Work&& work) noexcept {
  return guarded(kNoMemory, [&]() -> const char* {
    std::string complaint = std::forward<Work>(work)();
    if (complaint.empty()) return nullptr;
    said = std::move(complaint);
    return said.c_str();
  });
}

inline std::string text_of(std::optional<OptionError> complaint) {
  return complaint ? to_string({std::move(*complaint)}) : std::string();
}

/// Returns the error of a field, without its value (H4); "" for none.
std::string field_complaint(std::string_view name, std::string_view value);

/// Copies like snprintf().
std::size_t copy_out(std::string_view text, char* into, std::size_t capacity) noexcept;

}  // namespace holdfast::c

struct holdfast_timeline {
  explicit holdfast_timeline(const holdfast::Timeline* of) : timeline(of) {}
  const holdfast::Timeline* timeline;
  mutable std::string text;  // written on request
};

/// Names and values with a NUL after each, copied on request: Headers has no NULs.
struct holdfast_headers {
  struct Field {
    std::size_t name, value;  // their offsets in `text`
  };
  explicit holdfast_headers(const holdfast::Headers* of) : headers(of) {}
  const holdfast::Headers* headers;
  mutable std::string text;
  mutable std::vector<Field> fields;
};

namespace holdfast::c {

/// Fields that may be changed: the user's own, or those that a hook gets. Only these are given out
/// without `const`.
struct Fields : holdfast_headers {
  Fields() : holdfast_headers(&own), changed(&own) {}
  explicit Fields(Headers* of) : holdfast_headers(of), changed(of) {}
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;
  Headers own;
  Headers* changed;
  std::string said;
};

}  // namespace holdfast::c

struct holdfast_error {
  explicit holdfast_error(holdfast::Error&& of) : error(std::move(of)), timeline(&error.timeline) {}
  holdfast_error(const holdfast_error&) = delete;
  holdfast_error& operator=(const holdfast_error&) = delete;
  holdfast::Error error;
  holdfast_timeline timeline;
  mutable std::string message;  // written on request
};

/// A whole response, or a head with another owner.
struct holdfast_response {
  explicit holdfast_response(holdfast::Response&& of)
      : whole(std::move(of)),
        head(&whole),
        headers(&whole.headers),
        trailers(&whole.trailers),
        timeline(&whole.timeline) {}
  explicit holdfast_response(const holdfast::ResponseHead& of)
      : head(&of), headers(&of.headers), trailers(&whole.trailers), timeline(&whole.timeline) {}
  holdfast_response(const holdfast_response&) = delete;
  holdfast_response& operator=(const holdfast_response&) = delete;

  holdfast::Response whole;
  const holdfast::ResponseHead* head;
  holdfast_headers headers, trailers;
  holdfast_timeline timeline;
  // Created on request:
  mutable std::unique_ptr<holdfast_error> status_error;
  mutable std::optional<holdfast::MediaType> media_type;
};

struct holdfast_options {
  holdfast::ClientOptions options;
  std::shared_ptr<const holdfast::c::Predicate> predicate;  // options.retry.predicate_context
  std::string said;
};

struct holdfast_multipart {
  explicit holdfast_multipart(std::uint64_t seed) : parts(seed) {}
  holdfast::Multipart parts;
  std::string boundary, said;
};

struct holdfast_cookie_jar {
  std::shared_ptr<holdfast::CookieJar> jar = std::make_shared<holdfast::CookieJar>();
};

struct holdfast_request {
  holdfast::Request request;
  holdfast::Parameters query, form;
  std::string content_type;                                 // of the body, unless a field sets it
  std::optional<holdfast::c::Predicate> predicate;          // absent: the client's predicate
  std::vector<std::pair<std::string, std::string>> policy;  // names and values, already checked
  holdfast_on_head on_interim = nullptr, on_head = nullptr;
  holdfast_on_body on_body = nullptr;
  std::string said;
};

struct holdfast_client {
  std::shared_ptr<holdfast::api::ClientState> state;
  holdfast::ClientOptions options;  // the defaults of the options of requests
  std::shared_ptr<const holdfast::c::Predicate> predicate;
  std::shared_ptr<holdfast::c::Watch> watch;  // null until an observer is set
  std::string prometheus;
};
