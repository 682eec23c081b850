// What stands behind the opaque types of holdfast.h, and what its functions share: how text comes
// in, how complaints and words go out, how exceptions stay inside. Owner: the user of the C face;
// what a callback is given lives on its stack. Thread: as in holdfast.h.
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

/// What a retry predicate in C needs besides its client's options.
struct Predicate {
  holdfast_retry_predicate call = nullptr;
  void* context = nullptr;
};
/// What a policy asks; `context` is the Predicate.
RetryAdvice ask(const RetryQuestion& question, const void* context) noexcept;

inline std::string_view view(const char* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

/// Words of the library are literals: there is a NUL behind them.
inline const char* word(std::string_view literal) noexcept {
  return literal.empty() ? "" : literal.data();
}

/// Calls a function of the user's: an exception out of it ends the process, also inside guarded().
template <class Call, class... Args>
decltype(auto) call_user(Call* call, Args... args) noexcept {
  return call(args...);
}

/// `work()`, or `otherwise` where it throws: memory is all that it can be short of.
template <class Work, class T>
T guarded(T otherwise, Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    return otherwise;
  }
}

constexpr const char* kNoMemory = "out of memory";

/// What `work` complains about, kept in `said`; null where that is nothing.
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

/// What is wrong with a field, without its value (SPEC H4); "" for nothing.
std::string field_complaint(std::string_view name, std::string_view value);

/// As snprintf() does.
std::size_t copy_out(std::string_view text, char* into, std::size_t capacity) noexcept;

}  // namespace holdfast::c

struct holdfast_timeline {
  explicit holdfast_timeline(const holdfast::Timeline* of) : timeline(of) {}
  const holdfast::Timeline* timeline;
  mutable std::string text;  // written when asked for
};

/// Names and values with a NUL behind each, made when they are asked for: Headers has none.
struct holdfast_headers {
  struct Field {
    std::size_t name, value;  // where they begin in `text`
  };
  explicit holdfast_headers(const holdfast::Headers* of) : headers(of) {}
  const holdfast::Headers* headers;
  mutable std::string text;
  mutable std::vector<Field> fields;
};

namespace holdfast::c {

/// Fields that may be changed: their user's own, or those that a hook is shown. Only these are
/// handed out without `const`.
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
  mutable std::string message;  // written when asked for
};

/// A whole response, or a head that somebody else owns.
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
  // Made when asked for:
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
  std::string content_type;                         // of the body, unless there is such a field
  std::optional<holdfast::c::Predicate> predicate;  // absent: the client's
  std::vector<std::pair<std::string, std::string>> policy;  // names and values, good ones
  holdfast_on_head on_interim = nullptr, on_head = nullptr;
  holdfast_on_body on_body = nullptr;
  std::string said;
};

struct holdfast_client {
  std::shared_ptr<holdfast::api::ClientState> state;
  holdfast::ClientOptions options;  // what requests' own options begin from
  std::shared_ptr<const holdfast::c::Predicate> predicate;
  std::shared_ptr<holdfast::c::Watch> watch;  // null until somebody watches
  std::string prometheus;
};
