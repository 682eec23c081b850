// Requests on an H2Session: heads to field lists, and bodies by reference into DATA frames.
#include <charconv>
#include <string>

#include "wire/h2/state.h"
#include "wire/request_content.h"

namespace holdfast::wire {
namespace {

/// How many frames without content a DATA frame of ours and a request account for (h2_flood.h).
constexpr std::int64_t kEarnedByData = 8;
constexpr std::int64_t kEarnedByRequest = 8;

constexpr std::string_view kHostName = "host";
constexpr std::string_view kUserAgentName = "user-agent";
constexpr std::string_view kIdempotencyKeyName = "idempotency-key";

bool is_host_name(std::string_view name) {
  return name.size() == kHostName.size() && same_name(name, kHostName);
}

std::uint8_t* mutable_bytes(std::string_view text) {
  // nghttp2 takes pointers to non-const and does not write through them.
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

/// nghttp2 copies names and values, and lower-cases names while it does (RFC 9113 §8.2).
void H2Session::State::add_field(std::string_view name, std::string_view value,
                                 std::uint8_t flags) {
  fields_.push_back({mutable_bytes(name), mutable_bytes(value), name.size(), value.size(), flags});
}

/// The same fields in the same order, with the same precedence, as append_request_head writes.
void H2Session::State::add_fields(const H2RequestHead& head) {
  static const Headers kNone;
  const Headers& own = head.fields != nullptr ? *head.fields : kNone;
  const Headers& defaults = head.defaults != nullptr ? *head.defaults : kNone;
  const bool none = own.empty() && defaults.empty();  // the usual case
  const auto contains = [&](std::string_view name) {
    return !none && (own.contains(name) || defaults.contains(name));
  };
  std::optional<std::string_view> host;
  if (!none) host = own.get(kHostName);
  if (!none && !host) host = defaults.get(kHostName);
  const std::string_view authority = host.value_or(head.authority);
  constexpr std::uint8_t kLiteral = NGHTTP2_NV_FLAG_NO_COPY_NAME;
  add_field(":method", head.method, kLiteral);
  if (head.method != "CONNECT") {  // which has neither (RFC 9113 §8.5)
    add_field(":scheme", head.scheme, kLiteral);
    add_field(":path", head.target, kLiteral);
  }
  if (!authority.empty()) add_field(":authority", authority, kLiteral);
  if (!head.user_agent.empty() && !contains(kUserAgentName)) {
    add_field(kUserAgentName, head.user_agent, kLiteral);
  }
  for (const HeaderField field : defaults) {
    if (!is_host_name(field.name) && !own.contains(field.name)) add_field(field.name, field.value);
  }
  for (const HeaderField field : own) {
    if (!is_host_name(field.name)) add_field(field.name, field.value);
  }
  if (!head.idempotency_key.empty() && !contains(kIdempotencyKeyName)) {
    add_field(kIdempotencyKeyName, head.idempotency_key, kLiteral);
  }
  for (const HeaderField field : head.added) {
    if (!contains(field.name)) add_field(field.name, field.value);
  }
}

std::uint32_t H2Session::State::open(const H2RequestHead& head, const LimitPolicy& limits,
                                     std::uint64_t tag) {
  if (lost_ || going_away_ || goodbye_said_) return 0;
  // Ids are odd and end at 2^31 - 1 (RFC 9113 §5.1.1).
  const std::uint32_t id = nghttp2_session_get_next_stream_id(ng());
  if (id > static_cast<std::uint32_t>(INT32_MAX)) return 0;

  fields_.clear();
  add_fields(head);
  char digits[20];
  if (head.content_length || (!head.has_body && anticipates_content(head.method))) {
    const std::uint64_t length = head.content_length.value_or(0);
    const auto end = std::to_chars(digits, digits + sizeof digits, length).ptr;
    const auto size = static_cast<std::size_t>(end - digits);
    add_field("content-length", {digits, size}, NGHTTP2_NV_FLAG_NO_COPY_NAME);
  }

  H2Stream& stream = streams_.take(id);
  nghttp2_data_provider body;
  body.source.ptr = &stream;
  body.read_callback = read_body;
  const std::int32_t submitted = nghttp2_submit_request(
      ng(), nullptr, fields_.data(), fields_.size(), head.has_body ? &body : nullptr, nullptr);
  if (submitted < 0) {
    streams_.release(stream);
    return 0;
  }
  stream.tag = tag;
  stream.limits = &limits;
  stream.for_head = head.method == "HEAD";
  stream.for_connect = head.method == "CONNECT";
  stream.has_body = head.has_body;
  ++open_;
  flood_.earn(kEarnedByRequest);
  return id;
}

void H2Session::State::give(std::uint32_t id, std::string_view bytes, bool last) {
  H2Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->muted || stream->closed) return;
  stream->given = bytes;
  stream->last_given = last;
  if (bytes.empty() && !last) push_progress(Progress::Kind::drained, *stream, framed_);
  if (!stream->deferred) return;
  stream->deferred = false;
  nghttp2_session_resume_data(ng(), static_cast<std::int32_t>(id));
}

/// How much the next DATA frame takes. nghttp2 asks for no more than the windows admit.
ssize_t H2Session::State::read_body(nghttp2_session*, std::int32_t, std::uint8_t*,
                                    std::size_t length, std::uint32_t* flags,
                                    nghttp2_data_source* source, void*) {
  H2Stream& stream = *static_cast<H2Stream*>(source->ptr);
  if (stream.given.empty() && !stream.last_given) {
    stream.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t size = std::min(length, stream.given.size());
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (stream.last_given && size == stream.given.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

/// The DATA frame itself, straight from the caller's bytes.
int H2Session::State::send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                                std::size_t length, nghttp2_data_source* source, void* user) {
  State& self = of(user);
  H2Stream& stream = *static_cast<H2Stream*>(source->ptr);
  self.out_->append(reinterpret_cast<const char*>(head), kFrameHead);
  self.out_->append(stream.given.substr(0, length));
  stream.given.remove_prefix(length);
  self.framed_ += kFrameHead + length;
  self.flood_.earn(kEarnedByData, length);
  const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (length != 0) self.push_progress(Progress::Kind::body, stream, self.framed_, length);
  if (stream.given.empty()) self.push_progress(Progress::Kind::drained, stream, self.framed_);
  if (ends) {
    stream.request_ended = true;
    self.push_progress(Progress::Kind::sent, stream, self.framed_);
  }
  return self.out_->size() >= self.about_ ? static_cast<int>(NGHTTP2_ERR_PAUSE) : 0;
}

}  // namespace holdfast::wire
