#include "wire/h2/session_rig.h"

#include <algorithm>

#include "base/check.h"
#include "wire/h2/error.h"

namespace holdfast::wire {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::uint32_t number_in(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

std::uint8_t* mutable_bytes(const std::string& text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

std::string joined(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += " " + name + "=" + value;
  return out;
}

}  // namespace

std::string h2_number(std::uint32_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

std::string h2_frame_head(std::uint32_t length, std::uint8_t type, int flags,
                          std::uint32_t stream) {
  return h2_number(length, 3) + static_cast<char>(type) + static_cast<char>(flags) +
         h2_number(stream, 4);
}

std::string h2_frame(std::uint8_t type, int flags, std::uint32_t stream, std::string_view payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  return h2_frame_head(length, type, flags, stream) + std::string(payload);
}

/// A string as HPACK has it, without Huffman's code (RFC 7541 §5.2).
std::string h2_string(std::string_view text) {
  std::string out;
  std::size_t size = text.size();
  if (size < 127) {
    out += static_cast<char>(size);
  } else {
    out += '\x7f';
    for (size -= 127; size >= 128; size >>= 7) out += static_cast<char>((size & 0x7f) | 0x80);
    out += static_cast<char>(size);
  }
  return out.append(text);
}

// --- The peer ------------------------------------------------------------------------------------

H2Peer::H2Peer() {
  HF_CHECK(nghttp2_hd_deflate_new(&deflater_, 4096) == 0);
  HF_CHECK(nghttp2_hd_inflate_new(&inflater_) == 0);
}

H2Peer::~H2Peer() {
  nghttp2_hd_deflate_del(deflater_);
  nghttp2_hd_inflate_del(inflater_);
}

std::string H2Peer::block(const Fields& fields) {
  if (!compressing) {
    std::string plain;
    for (const auto& [name, value] : fields) {
      plain += '\0' + h2_string(name) + h2_string(value);
    }
    return plain;
  }
  std::vector<nghttp2_nv> list;
  for (const auto& [name, value] : fields) {
    list.push_back({mutable_bytes(name), mutable_bytes(value), name.size(), value.size(), 0});
  }
  std::string out(nghttp2_hd_deflate_bound(deflater_, list.data(), list.size()), '\0');
  const ssize_t size =
      nghttp2_hd_deflate_hd(deflater_, mutable_bytes(out), out.size(), list.data(), list.size());
  HF_CHECK(size >= 0);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string H2Peer::settings(const std::vector<Setting>& list) {
  std::string payload;
  for (const auto& [id, value] : list) {
    payload += h2_number(id, 2) + h2_number(value, 4);
    if (id == kInitialWindow) client_initial_credit = value;
  }
  return h2_frame(kSettings, 0, 0, payload);
}

std::string H2Peer::headers(std::uint32_t stream, const Fields& fields, bool end) {
  return h2_frame(kHeaders, kEndHeaders | (end ? kEndStream : 0), stream, block(fields));
}

std::string H2Peer::headers_in_pieces(std::uint32_t stream, const Fields& fields, bool end,
                                      std::size_t piece) {
  std::string out;
  const std::string all = block(fields);
  for (std::size_t at = 0; at < all.size() || at == 0; at += piece) {
    const bool first = at == 0;
    const bool last = at + piece >= all.size();
    const int flags = (last ? kEndHeaders : 0) | (first && end ? kEndStream : 0);
    out += h2_frame(first ? kHeaders : kContinuation, flags, stream, all.substr(at, piece));
  }
  return out;
}

std::string H2Peer::data(std::uint32_t stream, std::string_view content, bool end, int padding) {
  std::string payload;
  if (padding >= 0) payload += static_cast<char>(padding);
  payload += content;
  if (padding > 0) payload.append(static_cast<std::size_t>(padding), '\0');
  credit -= static_cast<std::int64_t>(payload.size());
  stream_credit[stream] -= static_cast<std::int64_t>(payload.size());
  const int flags = (end ? kEndStream : 0) | (padding >= 0 ? kPadded : 0);
  return h2_frame(kData, flags, stream, payload);
}

std::string H2Peer::window_update(std::uint32_t stream, std::uint32_t bytes) {
  (stream == 0 ? client_credit : client_stream_credit[stream]) += bytes;
  return h2_frame(kWindowUpdate, 0, stream, h2_number(bytes, 4));
}

std::uint32_t H2Peer::Frame::number(std::size_t at) const { return number_in(payload, at, 4); }

void H2Peer::read(std::string_view bytes) {
  unread_ += bytes;
  if (!preface_seen && unread_.size() >= kPreface.size()) {
    HF_CHECK(unread_.starts_with(kPreface));
    preface_seen = true;
    unread_.erase(0, kPreface.size());
    read_bytes_ += kPreface.size();
  }
  while (preface_seen && unread_.size() >= 9) {
    const std::size_t size = 9 + number_in(unread_, 0, 3);
    if (unread_.size() < size) return;
    Frame frame;
    frame.type = static_cast<std::uint8_t>(unread_[3]);
    frame.flags = static_cast<std::uint8_t>(unread_[4]);
    frame.stream = number_in(unread_, 5, 4);
    frame.payload = unread_.substr(9, size - 9);
    frame.offset = read_bytes_;
    frame.end = read_bytes_ += size;
    unread_.erase(0, size);
    take_frame(std::move(frame));
  }
}

void H2Peer::take_frame(Frame frame) {
  if (frame.type == kContinuation) {
    Frame& head = frames.back();
    HF_CHECK(head.type == kHeaders && head.stream == frame.stream);
    head.payload += frame.payload;
    head.flags = static_cast<std::uint8_t>(head.flags | frame.flags);
    head.end = frame.end;
    if ((frame.flags & kEndHeaders) != 0) head.fields = decode(head.payload);
    return;
  }
  if (frame.type == kHeaders && (frame.flags & kEndHeaders) != 0) {
    frame.fields = decode(frame.payload);
  }
  if (frame.type == kSettings && (frame.flags & kAck) == 0) {
    for (std::size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
      if (number_in(frame.payload, at, 2) == kInitialWindow) {
        initial_credit = number_in(frame.payload, at + 2, 4);
      }
    }
  }
  if (frame.type == kWindowUpdate) {
    (frame.stream == 0 ? credit : stream_credit[frame.stream]) += frame.number();
  }
  if (frame.type == kData) {
    const auto size = static_cast<std::int64_t>(frame.payload.size());
    client_credit -= size;
    client_stream_credit[frame.stream] -= size;
    const bool within =
        client_credit >= 0 && client_initial_credit + client_stream_credit[frame.stream] >= 0;
    if (size != 0 && !within) client_kept_windows = false;
  }
  frames.push_back(std::move(frame));
}

Fields H2Peer::decode(const std::string& block) {
  Fields fields;
  std::string_view rest = block;
  for (;;) {
    nghttp2_nv nv;
    int flags = 0;
    const ssize_t size = nghttp2_hd_inflate_hd2(
        inflater_, &nv, &flags, reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size(), 1);
    HF_CHECK(size >= 0);
    rest.remove_prefix(static_cast<std::size_t>(size));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      fields.emplace_back(std::string(reinterpret_cast<char*>(nv.name), nv.namelen),
                          std::string(reinterpret_cast<char*>(nv.value), nv.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_);
  return fields;
}

std::size_t H2Peer::count(std::uint8_t type) const {
  return static_cast<std::size_t>(
      std::count_if(frames.begin(), frames.end(), [&](const Frame& f) { return f.type == type; }));
}

const H2Peer::Frame* H2Peer::last(std::uint8_t type) const {
  const auto found =
      std::find_if(frames.rbegin(), frames.rend(), [&](const Frame& f) { return f.type == type; });
  return found == frames.rend() ? nullptr : &*found;
}

std::string H2Peer::upload_of(std::uint32_t stream) const {
  std::string out;
  for (const Frame& frame : frames) {
    if (frame.type == kData && frame.stream == stream) out += frame.payload;
  }
  return out;
}

// --- The talk ------------------------------------------------------------------------------------

H2Talk::H2Talk(const Http2Policy& policy, std::uint32_t first_stream,
               const std::vector<H2Peer::Setting>& settings)
    : session(policy, first_stream) {
  pump();
  receive(peer.settings(settings) + peer.settings_ack());
  events.clear();
}

std::uint32_t H2Talk::open(const H2RequestHead& head, std::uint64_t tag) {
  const std::uint32_t id = session.open(head, limits, tag);
  if (id == 0) return 0;
  if (!stages_.emplace(id, Stage::open).second) broken = "an id came twice";
  with_body_[id] = head.has_body;
  tags_[id] = tag;
  return id;
}

std::uint32_t H2Talk::get(std::string_view target) {
  H2RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "host.example";
  head.target = target;
  return open(head, 1000 + stages_.size());
}

std::uint32_t H2Talk::post(std::optional<std::uint64_t> length) {
  H2RequestHead head;
  head.method = "POST";
  head.scheme = "https";
  head.authority = "host.example";
  head.target = "/";
  head.has_body = true;
  head.content_length = length;
  return open(head, 1000 + stages_.size());
}

void H2Talk::pump(std::size_t about) {
  using Kind = H2Session::Progress::Kind;
  while (session.wants_write()) {
    std::string out;
    session.take(out, about);
    H2Session::Progress p;
    while (session.next_progress(p)) {
      const std::string id = " " + std::to_string(p.stream);
      const std::string at = " @" + std::to_string(p.offset);
      if (p.kind == Kind::begun) progress.push_back("begun" + id + at);
      if (p.kind == Kind::body) progress.push_back("body" + id + " " + std::to_string(p.bytes));
      if (p.kind == Kind::drained) progress.push_back("drained" + id);
      if (p.kind == Kind::sent) progress.push_back("sent" + id + at);
      if (p.tag != tags_[p.stream]) broken = "progress has the wrong tag";
      raw_progress.push_back(p);
    }
    peer.read(out);
    if (out.empty()) return;
  }
}

void H2Talk::receive(std::string_view bytes, const H2Cut& cut) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, std::max<std::size_t>(1, cut()));
    bytes.remove_prefix(piece.size());
    // In memory of its own, so that a view kept too long is seen by AddressSanitizer.
    const std::vector<char> owned(piece.begin(), piece.end());
    std::string_view input(owned.data(), owned.size());
    for (;;) {
      const H2Session::Event event = session.next(input, now);
      if (event == H2Session::Event::need_more) {
        if (!input.empty() && broken.empty()) broken = "need_more with bytes left";
        break;
      }
      if (!note(event, owned)) return;
      if (hook) hook(event);
    }
  }
}

bool H2Talk::note(H2Session::Event event, const std::vector<char>& owned) {
  using Event = H2Session::Event;
  switch (event) {
    case Event::settings:
      events.emplace_back("settings");
      return true;
    case Event::pong:
      events.emplace_back("pong");
      return true;
    case Event::goaway:
      events.push_back("goaway " + std::to_string(session.last_stream()) + " " +
                       h2_code_text(session.code()));
      details.push_back(session.detail());
      return true;
    case Event::error:
      if (lost_) return false;
      lost_ = true;
      events.push_back("error " + std::string(name(session.error())) + " " +
                       h2_code_text(session.code()));
      details.push_back(session.detail());
      return false;
    default:
      note_message(event, owned);
      return true;
  }
}

void H2Talk::note_message(H2Session::Event event, const std::vector<char>& owned) {
  using Event = H2Session::Event;
  const std::uint32_t id = session.stream();
  const std::string shown = " " + std::to_string(id);
  const auto stage = stages_.find(id);
  if (stage == stages_.end() || stage->second == Stage::over || session.tag() != tags_[id]) {
    broken = "an event of a stream that is not there";
    return;
  }
  const bool of_head = event == Event::interim || event == Event::head;
  const bool in_order = of_head ? stage->second == Stage::open
                                : event == Event::reset || stage->second == Stage::answered;
  if (!in_order) broken = "events out of order";
  if (of_head) {
    const ResponseHead head = std::move(session.head());
    if (head.http_major != 2 || head.http_minor != 0) broken = "the version is not 2.0";
    events.push_back((event == Event::head ? "head" : "interim") + shown + " " +
                     std::to_string(head.status) + joined(fields_of(head.headers)));
    if (event == Event::head) stage->second = Stage::answered;
  } else if (event == Event::body) {
    const std::string_view body = session.body();
    const bool inside = !body.empty() && body.data() >= owned.data() &&
                        body.data() + body.size() <= owned.data() + owned.size();
    if (!inside) broken = "a body view outside of the input";
    const std::string start = "body" + shown + " ";
    if (events.empty() || !events.back().starts_with(start)) events.push_back(start);
    events.back().append(body);
    unconsumed[id] += body.size();
    if (consuming) consume(id, body.size());
  } else if (event == Event::end) {
    events.push_back("end" + shown + joined(fields_of(session.trailers())));
    stage->second = with_body_[id] ? Stage::responded : Stage::over;
  } else {
    // A reset after a whole response is about the request: its content is still to be consumed.
    if (stage->second != Stage::responded) unconsumed.erase(id);
    note_reset();
    stage->second = Stage::over;
  }
}

void H2Talk::note_reset() {
  events.push_back("reset " + std::to_string(session.stream()) + " " +
                   std::string(name(session.error())) + " " + h2_code_text(session.code()) +
                   (session.refused() ? " refused" : ""));
  details.push_back(session.detail());
}

void H2Talk::consume(std::uint32_t stream, std::size_t bytes) {
  session.consume(stream, bytes);
  unconsumed[stream] -= bytes;
}

void H2Talk::reset(std::uint32_t stream, std::uint32_t code) {
  session.reset(stream, code);
  stages_[stream] = Stage::over;
  unconsumed.erase(stream);
}

bool H2Talk::has(std::string_view event) const {
  return std::find(events.begin(), events.end(), event) != events.end();
}

}  // namespace holdfast::wire
