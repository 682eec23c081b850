#include "wire/h2/response_arbitrary.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <string_view>

namespace holdfast::wire {
namespace {

using Asked = LegalH2Server::Asked;
using Responses = LegalH2Server::Responses;

constexpr std::size_t kMostFrame = 16'384;     // RFC 9113 §4.2: the client announces no other
constexpr std::size_t kMostPadding = 1 + 255;  // with the Pad Length
constexpr std::size_t kPriorityFields = 5;     // RFC 9113 §6.2
constexpr std::uint32_t kNewestId = 0x7fff'ffff;

/// What is sent of a response at once.
struct Part {
  enum class Kind : std::uint8_t { section, content, stop };
  Kind kind = Kind::section;
  Fields fields;
  std::string content;
  bool ends = false;
};

/// A response under way.
struct Talk {
  Asked asked;
  std::deque<Part> parts;
  Transcript expected;
  bool stops = false;
};

std::string number(std::size_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

class H2Writer {
 public:
  H2Writer(const Pick& pick, LegalHpack& hpack) : pick_(pick), hpack_(hpack) {}

  Responses write(const std::vector<Asked>& requests);

 private:
  bool one_in(std::size_t n) { return pick_(n) == n - 1; }
  std::size_t up_to(std::size_t most) { return pick_(most + 1); }
  template <class T, std::size_t kCount>
  T one_of(const std::array<T, kCount>& choices) {
    return choices[pick_(kCount)];
  }
  std::string text(std::string_view alphabet, std::size_t most);
  std::string octets(std::size_t size);

  // What is to be said.
  std::string name();
  std::string value();
  void any_fields(Fields& fields);
  void idle_lengths(Fields& fields);
  Talk plan(const Asked& asked);
  void plan_interims(Talk& talk);
  void plan_section(Talk& talk, const Transcript::Head& head);
  void plan_content(Talk& talk, std::string_view content);
  void plan_end(Talk& talk, bool may_have_trailers);

  // How.
  void write_part(const Talk& talk, const Part& part);
  void write_section(std::uint32_t stream, const Fields& fields, bool ends);
  void write_content(std::uint32_t stream, std::string_view content, bool ends);
  void write_something_else(const std::vector<Talk>& talks);
  void write_settings();
  void write_priority();
  void write_unknown(std::uint32_t stream);
  void write_go_away();
  void write_frame(unsigned type, unsigned flags, std::uint32_t stream, std::string_view payload);
  std::string priority_of(std::uint32_t stream);

  const Pick& pick_;
  LegalHpack& hpack_;
  Responses out_;
  std::uint32_t newest_ = 0;
  std::uint32_t last_ = kNewestId;  // of the GOAWAY before
};

// --- What is to be said --------------------------------------------------------------------------

std::string H2Writer::text(std::string_view alphabet, std::size_t most) {
  std::string out;
  for (std::size_t n = up_to(most); n > 0; --n) out += alphabet[pick_(alphabet.size())];
  return out;
}

/// Of every value there is, for two choices.
std::string H2Writer::octets(std::size_t size) {
  std::string out(size, '\0');
  const std::size_t first = pick_(256);
  const std::size_t step = pick_(256);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(first + i * step);
  return out;
}

/// RFC 9113 §8.2.1. Some are in the static table, some look like names with a meaning.
std::string H2Writer::name() {
  if (!one_in(2)) return "x" + text("abcxyz019!#$%&'*+-.^_`|~", 10);
  return std::string(one_of<std::string_view>(std::to_array<std::string_view>(
      {"date", "set-cookie", "content-type", "server", "etag", "vary", "cache-control", "trailer",
       "content-lengthy", "x-content-length", "transfer-encodings", "age"})));
}

/// RFC 9110 §5.5: none at its ends is white space.
std::string H2Writer::value() {
  constexpr std::string_view kCharacters = "abc,;=\"/:()\\%~\xe4\xff";
  std::string out;
  const std::size_t words = up_to(3);
  for (std::size_t i = 0; i < words; ++i) {
    if (i != 0) out += one_of(std::to_array<std::string_view>({" ", "  ", "\t", " \t "}));
    out += "v" + text(kCharacters, 8);
  }
  if (one_in(24)) out += std::string(up_to(6000), '\xfe') + ".";
  return out;
}

/// Names come again, and whole fields.
void H2Writer::any_fields(Fields& fields) {
  for (std::size_t n = up_to(3); n > 0; --n) {
    Fields::value_type field(name(), value());
    if (!fields.empty() && one_in(6)) {
      const auto& before = fields[pick_(fields.size())];
      if (before.first != "content-length") field = before;
    }
    fields.push_back(std::move(field));
  }
}

/// Content-Length where it means nothing: sent by servers that confuse framing, too.
void H2Writer::idle_lengths(Fields& fields) {
  static const std::vector<std::vector<std::string>> kAll = {
      {}, {"5"}, {"0"}, {"18446744073709551615"}, {"5", "5"}, {"5", "6"}, {"5, 5"}, {"none"}, {""}};
  for (const std::string& length : kAll[pick_(kAll.size())]) {
    any_fields(fields);
    fields.emplace_back("content-length", length);
  }
}

void H2Writer::plan_section(Talk& talk, const Transcript::Head& head) {
  Part part;
  part.fields = head.fields;
  part.fields.insert(part.fields.begin(), {":status", std::to_string(head.status)});
  talk.parts.push_back(std::move(part));
}

void H2Writer::plan_interims(Talk& talk) {
  for (std::size_t n = one_in(3) ? up_to(3) : 0; n > 0; --n) {
    Transcript::Head head{one_of(std::array{100, 102, 103, 104, 199}), 2, 0, "", {}};
    any_fields(head.fields);
    idle_lengths(head.fields);
    plan_section(talk, head);
    talk.expected.interims.push_back(std::move(head));
  }
}

Talk H2Writer::plan(const Asked& asked) {
  Talk talk;
  talk.asked = asked;
  plan_interims(talk);
  Transcript::Head head{one_of(std::array{200, 204, 304, 404}), 2, 0, "", {}};
  if (one_in(3)) head.status = static_cast<int>(200 + pick_(800));
  const bool tunnel = asked.method == "CONNECT" && head.status < 300;
  const bool ends_with_head = head.status == 204 || head.status == 304;
  any_fields(head.fields);
  std::string content;
  if (tunnel || ends_with_head || asked.method == "HEAD") {
    idle_lengths(head.fields);
  } else {
    content = octets(one_in(8) ? up_to(40'000) : up_to(60));
    const std::string zeros(up_to(2) * up_to(10), '0');
    const std::string length = zeros + std::to_string(content.size());
    if (one_in(2)) head.fields.emplace_back("content-length", length);
  }
  any_fields(head.fields);
  plan_section(talk, head);
  talk.expected.heads.push_back(std::move(head));
  talk.expected.ends = 1;
  // RFC 9113 §8.5: what comes through the tunnel is no content.
  plan_content(talk, tunnel ? octets(up_to(60)) : content);
  plan_end(talk, !tunnel && !ends_with_head);
  talk.expected.body = std::move(content);
  talk.stops = asked.early && !tunnel && one_in(2);
  if (talk.stops) talk.parts.push_back({Part::Kind::stop, {}, {}, false});
  return talk;
}

void H2Writer::plan_content(Talk& talk, std::string_view content) {
  for (;;) {
    if (one_in(6)) talk.parts.push_back({Part::Kind::content, {}, {}, false});
    if (content.empty()) return;
    const bool full = content.size() > kMostFrame && pick_(2) == 0;
    const std::size_t size =
        full ? kMostFrame : std::min(kMostFrame, content.size() - pick_(content.size()));
    talk.parts.push_back({Part::Kind::content, {}, std::string(content.substr(0, size)), false});
    content.remove_prefix(size);
  }
}

/// RFC 9110 §15.3.5, §15.4.5: 204 and 304 have no trailers.
void H2Writer::plan_end(Talk& talk, bool may_have_trailers) {
  if (may_have_trailers && one_in(3)) {
    Part trailers;
    any_fields(trailers.fields);
    if (one_in(4)) trailers.fields.emplace_back("content-length", "12, none");
    talk.expected.trailers = trailers.fields;
    talk.parts.push_back(std::move(trailers));
  } else if (one_in(3)) {
    talk.parts.push_back({Part::Kind::content, {}, {}, false});
  }
  talk.parts.back().ends = true;
}

// --- How -----------------------------------------------------------------------------------------

void H2Writer::write_frame(unsigned type, unsigned flags, std::uint32_t stream,
                           std::string_view payload) {
  out_.bytes += number(payload.size(), 3) + number(type, 1) + number(flags, 1) + number(stream, 4);
  out_.bytes += payload;
}

/// RFC 9113 §6.3: whatever the priority is, it is not of the stream upon itself.
std::string H2Writer::priority_of(std::uint32_t stream) {
  const std::size_t other = pick_(100);
  const std::size_t exclusive = pick_(2) << 31;
  return number(exclusive | (other == stream ? 0 : other), 4) + number(pick_(256), 1);
}

void H2Writer::write_section(std::uint32_t stream, const Fields& fields, bool ends) {
  const std::string block = hpack_.block(fields);
  // A large one in so many frames would be a flood.
  const bool by_byte = block.size() < 300 && one_in(16);
  std::vector<std::string_view> fragments;
  for (std::string_view rest = block;;) {
    const std::size_t most = kMostFrame - kMostPadding - kPriorityFields;
    const std::size_t size = rest.empty() ? 0 : rest.size() - pick_(by_byte ? 1 : rest.size());
    fragments.push_back(rest.substr(0, by_byte ? 1 : std::min(size, most)));
    rest.remove_prefix(fragments.back().size());
    if (one_in(16)) fragments.emplace_back();
    if (rest.empty()) break;
  }
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    unsigned flags = i + 1 == fragments.size() ? NGHTTP2_FLAG_END_HEADERS : NGHTTP2_FLAG_NONE;
    if (i != 0) {
      write_frame(NGHTTP2_CONTINUATION, flags, stream, fragments[i]);
      continue;
    }
    if (ends) flags |= NGHTTP2_FLAG_END_STREAM;
    std::string payload(fragments[i]);
    if (one_in(6)) {
      flags |= NGHTTP2_FLAG_PRIORITY;
      payload.insert(0, priority_of(stream));
    }
    if (one_in(3)) {
      flags |= NGHTTP2_FLAG_PADDED;
      const std::size_t padding = up_to(255);
      payload.insert(0, number(padding, 1)).append(padding, '\0');
    }
    write_frame(NGHTTP2_HEADERS, flags, stream, payload);
  }
}

void H2Writer::write_content(std::uint32_t stream, std::string_view content, bool ends) {
  unsigned flags = ends ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
  std::string payload(content);
  if (content.size() + kMostPadding <= kMostFrame && one_in(3)) {
    flags |= NGHTTP2_FLAG_PADDED;
    const std::size_t padding = up_to(255);
    payload.insert(0, number(padding, 1)).append(padding, '\0');
  }
  write_frame(NGHTTP2_DATA, flags, stream, payload);
}

void H2Writer::write_part(const Talk& talk, const Part& part) {
  switch (part.kind) {
    case Part::Kind::section:
      return write_section(talk.asked.stream, part.fields, part.ends);
    case Part::Kind::content:
      return write_content(talk.asked.stream, part.content, part.ends);
    case Part::Kind::stop:
      return write_frame(NGHTTP2_RST_STREAM, 0, talk.asked.stream, number(NGHTTP2_NO_ERROR, 4));
  }
}

/// Each setting may come several times, and none at all (RFC 9113 §6.5). The windows stay so small
/// that no WINDOW_UPDATE here is too much, and so large that they hold no request up.
void H2Writer::write_settings() {
  constexpr std::uint32_t kAny = 0xffff'ffff;
  constexpr std::pair<std::uint32_t, std::uint32_t> kAll[] = {
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 100},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 65'536},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kAny},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65'535},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1U << 30},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'384},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'777'215},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kAny},
      {0xabab, kAny},
  };
  std::string payload;
  std::size_t which = pick_(std::size(kAll));
  const std::size_t step = pick_(std::size(kAll));
  for (std::size_t n = one_in(8) ? up_to(kMostFrame / 6) : up_to(4); n > 0; --n, which += step) {
    const auto& [id, value] = kAll[which % std::size(kAll)];
    payload += number(id, 2) + number(value, 4);
  }
  write_frame(NGHTTP2_SETTINGS, 0, 0, payload);
}

/// RFC 9113 §5.1: a stream may have one in any state.
void H2Writer::write_priority() {
  const auto stream = static_cast<std::uint32_t>(1 + pick_(100));
  write_frame(NGHTTP2_PRIORITY, 0, stream, priority_of(stream));
}

/// RFC 9113 §5.5. These types belong to nobody.
void H2Writer::write_unknown(std::uint32_t stream) {
  const unsigned type = one_of(std::array{0x0dU, 0x42U, 0xbbU, 0xffU});
  const std::size_t size = one_in(8) ? kMostFrame : up_to(20);
  write_frame(type, static_cast<unsigned>(pick_(256)), stream, octets(size));
}

/// RFC 9113 §6.8: no request that has been made is refused, and the number never grows.
void H2Writer::write_go_away() {
  out_.goes_away = true;
  const auto ahead = static_cast<std::uint32_t>(newest_ + 2 * pick_(3));
  last_ = std::min(last_, one_in(2) ? ahead : kNewestId);
  write_frame(NGHTTP2_GOAWAY, 0, 0,
              number(last_, 4) + number(NGHTTP2_NO_ERROR, 4) +
                  octets(up_to(one_in(8) ? kMostFrame - 8 : 20)));
}

/// Any frame that may stand between those of the responses. RFC 9113 §5.1: a stream on which the
/// server has ended its response, but the client not its request, takes WINDOW_UPDATE, and no
/// unknown frame.
void H2Writer::write_something_else(const std::vector<Talk>& talks) {
  std::vector<std::uint32_t> open{0}, widened{0};
  for (const Talk& talk : talks) {
    const bool ended = talk.parts.empty() || talk.parts.front().kind == Part::Kind::stop;
    const bool stopped = talk.stops && talk.parts.empty();
    if (!ended) open.push_back(talk.asked.stream);
    if (!ended || (talk.asked.early && !stopped)) widened.push_back(talk.asked.stream);
  }
  switch (pick_(8)) {
    case 0:
    case 1:
      return write_frame(NGHTTP2_PING, 0, 0, octets(8));
    case 2:
      return write_settings();
    case 3:
      return write_priority();
    case 4:
    case 5:
      return write_frame(NGHTTP2_WINDOW_UPDATE, 0, widened[pick_(widened.size())],
                         number(1 + pick_(1U << 20), 4));
    case 6:
      return write_unknown(open[pick_(open.size())]);
    default:
      return one_in(2) ? write_go_away() : write_frame(NGHTTP2_PING, 0, 0, octets(8));
  }
}

Responses H2Writer::write(const std::vector<Asked>& requests) {
  std::vector<Talk> talks;
  for (const Asked& asked : requests) {
    newest_ = std::max(newest_, asked.stream);
    talks.push_back(plan(asked));
  }
  for (;;) {
    std::vector<Talk*> under_way;
    for (Talk& talk : talks) {
      if (!talk.parts.empty()) under_way.push_back(&talk);
    }
    for (std::size_t n = one_in(3) ? up_to(3) : 0; n > 0; --n) write_something_else(talks);
    if (under_way.empty()) break;
    Talk& talk = *under_way[pick_(under_way.size())];
    write_part(talk, talk.parts.front());
    talk.parts.pop_front();
  }
  for (Talk& talk : talks) {
    out_.expected.push_back(std::move(talk.expected));
    out_.stopped.push_back(talk.stops);
  }
  return std::move(out_);
}

}  // namespace

Responses LegalH2Server::respond(const std::vector<Asked>& requests) {
  return H2Writer(pick_, hpack_).write(requests);
}

}  // namespace holdfast::wire
