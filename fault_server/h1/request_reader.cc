#include "fault_server/h1/request_reader.h"

#include <algorithm>

#include "fault_server/script/text.h"

namespace fault {
namespace {

constexpr std::size_t kMostHeadBytes = 1024 * 1024;

}  // namespace

llhttp_settings_t RequestReader::make_settings() {
  llhttp_settings_t s;
  llhttp_settings_init(&s);
  s.on_url = [](llhttp_t* p, const char* at, std::size_t size) {
    of(p).head_.target.append(at, size);
    return 0;
  };
  s.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
    of(p).name_.append(at, size);
    return 0;
  };
  s.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
    of(p).value_.append(at, size);
    return 0;
  };
  s.on_header_value_complete = [](llhttp_t* p) {
    of(p).add_field();
    return 0;
  };
  s.on_headers_complete = [](llhttp_t* p) {
    RequestReader& self = of(p);
    self.event_ = Event::kHead;
    self.head_.minor = p->http_minor;
    self.head_.keep_alive = llhttp_should_keep_alive(p) != 0;
    if ((p->flags & F_CONTENT_LENGTH) != 0) self.head_.content_length = p->content_length;
    self.head_.chunked = (p->flags & F_CHUNKED) != 0;
    p->upgrade = 0;  // nothing is ever upgraded here: the request is answered as it stands
    return static_cast<int>(HPE_PAUSED);
  };
  s.on_body = [](llhttp_t* p, const char* at, std::size_t size) {
    of(p).event_ = Event::kBody;
    of(p).body_ = {at, size};
    return static_cast<int>(HPE_PAUSED);
  };
  s.on_message_complete = [](llhttp_t* p) {
    of(p).event_ = Event::kEnd;
    return static_cast<int>(HPE_PAUSED);
  };
  return s;
}

RequestReader::RequestReader() : settings_(make_settings()) { restart(); }

// A new parser for each request, so that nothing of one can reach into the next.
void RequestReader::restart() {
  llhttp_init(&parser_, HTTP_REQUEST, &settings_);
  parser_.data = this;
  phase_ = Phase::kHead;
  method_read_ = false;
  head_text_.clear();
  name_.clear();
  value_.clear();
}

void RequestReader::add_field() {
  while (!value_.empty() && (value_.back() == ' ' || value_.back() == '\t')) value_.pop_back();
  if (same_name(name_, "Expect") && same_name(value_, "100-continue")) {
    head_.expects_continue = true;
  }
  head_.headers.emplace_back(std::move(name_), std::move(value_));
  name_.clear();
  value_.clear();
}

llhttp_errno_t RequestReader::parse(std::string_view& input) {
  event_ = Event::kNeedMore;
  const llhttp_errno_t error = llhttp_execute(&parser_, input.data(), input.size());
  std::size_t used = input.size();
  if (error != HPE_OK) {
    used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - input.data());
  }
  input.remove_prefix(used);
  if (error == HPE_PAUSED) llhttp_resume(&parser_);
  return error == HPE_PAUSED ? HPE_OK : error;
}

llhttp_errno_t RequestReader::feed(std::string_view& input) {
  const std::string_view before = input;
  const llhttp_errno_t error = parse(input);
  if (phase_ == Phase::kHead) head_text_.append(before.substr(0, before.size() - input.size()));
  return error;
}

RequestReader::Event RequestReader::fail(int status, std::string problem) {
  phase_ = Phase::kFailed;
  problem_status_ = status;
  problem_ = std::move(problem);
  return Event::kError;
}

RequestReader::Event RequestReader::end_head() {
  std::string complaint = strict_complaint(head_text_, head_);
  head_text_.clear();
  if (!complaint.empty()) return fail(400, std::move(complaint));
  if (head_.chunked) {
    phase_ = Phase::kChunked;
  } else if (head_.has_body()) {
    phase_ = Phase::kCounted;
    remaining_ = *head_.content_length;
  } else {
    phase_ = Phase::kEnding;
  }
  return Event::kHead;
}

// llhttp has a list of methods, RFC 9110 §9.1 any token: QUERY (RFC 10008) is not on the list of
// every version. To llhttp every method but CONNECT, whose target has a form of its own, looks like
// POST.
RequestReader::Event RequestReader::read_method(std::string_view& input) {
  while (!input.empty() && is_token_byte(input.front())) {
    head_text_ += input.front();
    input.remove_prefix(1);
    if (head_text_.size() > kMostHeadBytes) return fail(431, "head: more than 1 MiB");
  }
  if (input.empty()) return Event::kNeedMore;
  method_read_ = true;
  head_.method = head_text_;
  const bool is_method = input.front() == ' ' && !head_text_.empty();
  std::string_view shown = head_text_;
  if (is_method && shown != "CONNECT") shown = "POST";
  if (parse(shown) != HPE_OK) {
    return fail(400, std::string("head: ") + llhttp_get_error_reason(&parser_));
  }
  return Event::kNeedMore;
}

RequestReader::Event RequestReader::read_head(std::string_view& input) {
  if (head_text_.empty()) head_ = RequestHead{};
  if (!method_read_) {
    if (const Event event = read_method(input); event == Event::kError) return event;
    if (input.empty()) return Event::kNeedMore;
  }
  if (feed(input) != HPE_OK) {
    return fail(400, std::string("head: ") + llhttp_get_error_reason(&parser_));
  }
  if (event_ == Event::kHead) return end_head();
  if (head_text_.size() > kMostHeadBytes) return fail(431, "head: more than 1 MiB");
  return Event::kNeedMore;
}

RequestReader::Event RequestReader::read_chunked(std::string_view& input) {
  if (feed(input) != HPE_OK) {
    return fail(400, std::string("chunked body: ") + llhttp_get_error_reason(&parser_));
  }
  if (event_ == Event::kEnd) restart();
  return event_;
}

RequestReader::Event RequestReader::next(std::string_view& input) {
  if (phase_ == Phase::kFailed) return Event::kError;
  if (phase_ == Phase::kEnding) {
    restart();
    return Event::kEnd;
  }
  if (input.empty()) return Event::kNeedMore;
  if (phase_ == Phase::kHead) return read_head(input);
  if (phase_ == Phase::kChunked) return read_chunked(input);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  body_ = input.substr(0, count);
  input.remove_prefix(count);
  remaining_ -= count;
  if (remaining_ == 0) phase_ = Phase::kEnding;
  return Event::kBody;
}

}  // namespace fault
