// A client of raw frames against one HTTP/2 connection of the fault server, in virtual time: every
// order is performed at once, every frame the server writes is kept. It says nothing by itself but
// what a client has to (preface, SETTINGS, acknowledgements), and that only while it is polite. For
// tests. Thread: one owner.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fault_server/admin/admin.h"
#include "fault_server/h2/connection.h"
#include "fault_server/peer/peer_rig.h"

namespace fault {

/// A frame as it came from the server.
struct H2Got {
  std::uint8_t type = 0, flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  Instant at;
  bool is(H2Type t) const { return type == static_cast<std::uint8_t>(t); }
  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

/// What a client makes of the frames on one stream.
struct H2Response {
  std::vector<std::string> interims;
  std::string status;  // "" when no head has come
  Fields fields, trailers;
  std::string body;
  bool ended = false;
  std::optional<std::uint32_t> reset;
};

class H2Rig {
 public:
  explicit H2Rig(std::string_view rules, std::vector<H2Setting> settings = {})
      : shared_(PeerRig::scenario_of(rules), at(0ms)), now_(at(0ms)) {
    Accepted accepted;
    accepted.id = {0, 1};
    accepted.serial = shared_.next_connection++;
    accepted.listener = "h1";
    accepted.peer = "127.0.0.1";
    accepted.nth = 1;
    accepted.choice = shared_.rules.choose_connection("h1", 1, "127.0.0.1");
    connection_ = std::make_unique<H2Connection>(shared_, std::move(accepted));
    draining_ = true;  // the preface comes before whatever is owed
    connection_->open(now_);
    drain();
    draining_ = false;
    std::string hello(kH2Preface);
    append_settings(hello, settings);
    send(hello);
  }

  H2Connection& connection() { return *connection_; }
  PeerShared& shared() { return shared_; }
  Now now() const { return now_; }
  const Wire& wire() const { return wire_; }
  const std::vector<H2Got>& frames() const { return frames_; }

  bool polite = true;  // acknowledges SETTINGS and PING
  bool takes = true;   // takes what is written

  void send(std::string_view bytes) {
    if (wire_.end == End::kFin || wire_.end == End::kRst) return;
    connection_->handle_bytes(bytes, now_);
    drain();
  }
  void send_frame(H2Type type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    std::string bytes;
    append_frame(bytes, type, flags, stream, payload);
    send(bytes);
  }

  static Fields request(std::string_view method, std::string_view path) {
    return {{":method", std::string(method)},
            {":scheme", "http"},
            {":path", std::string(path)},
            {":authority", "h"}};
  }
  std::uint32_t open(const Fields& fields, bool end) {
    const std::uint32_t id = std::exchange(next_stream_, next_stream_ + 2);
    std::string bytes;
    append_headers(bytes, id, deflater_.block(fields), end);
    send(bytes);
    return id;
  }
  std::uint32_t get(std::string_view path, const Fields& more = {}) {
    Fields fields = request("GET", path);
    fields.insert(fields.end(), more.begin(), more.end());
    return open(fields, true);
  }
  std::uint32_t post(std::string_view path, std::string_view body) {
    const std::uint32_t id = open(request("POST", path), false);
    data(id, body, true);
    return id;
  }
  void data(std::uint32_t stream, std::string_view body, bool end) {
    send_frame(H2Type::kData, end ? h2flag::kEndStream : std::uint8_t{0}, stream, body);
  }
  void widen(std::uint32_t stream, std::uint32_t by) {
    std::string bytes;
    append_window_update(bytes, stream, by);
    send(bytes);
  }
  void reset(std::uint32_t stream, std::uint32_t code) {
    std::string bytes;
    append_rst(bytes, stream, code);
    send(bytes);
  }
  /// What was written while `takes` was off is taken after all.
  void take() {
    takes = true;
    connection_->handle_sent(wire_.writes.back().second, now_);
    drain();
  }
  void leave() {
    connection_->handle_eof(now_);
    drain();
  }
  void kill(KillHow how) {
    connection_->kill(how, now_);
    drain();
  }

  /// Lets time pass, from deadline to deadline.
  void run(Duration span) {
    const Instant end = now_.mono + span;
    while (!connection_->closed()) {
      const Instant due = connection_->deadline(now_);
      const Instant next = earlier(due, overloads_due());
      if (next > end) break;
      move_to(std::max(next, now_.mono));
      serve_overloads();
      connection_->handle_timeout(now_);
      drain();
    }
    move_to(end);
  }

  const H2Response& response(std::uint32_t stream) { return responses_[stream]; }
  std::size_t count(H2Type type) const {
    return static_cast<std::size_t>(std::count_if(
        frames_.begin(), frames_.end(), [&](const H2Got& frame) { return frame.is(type); }));
  }
  const H2Got* last(H2Type type) const {
    const auto found = std::find_if(frames_.rbegin(), frames_.rend(),
                                    [&](const H2Got& frame) { return frame.is(type); });
    return found == frames_.rend() ? nullptr : &*found;
  }
  std::vector<Entry> entries(EntryType type) const {
    std::vector<Entry> out;
    for (const Entry& entry : shared_.journal.entries()) {
      if (entry.type == type) out.push_back(entry);
    }
    return out;
  }
  /// Every note of the journal, a line each.
  std::string notes() const {
    std::string out;
    for (const Entry& entry : shared_.journal.entries()) {
      for (const std::string& note : entry.notes) out += note + "\n";
    }
    return out;
  }
  bool noted(std::string_view text) const { return notes().find(text) != std::string::npos; }
  bool blamed() const { return noted("h2 violation") || noted("malformed"); }
  /// Field blocks from here on need not be ones that can be decoded.
  bool decodes = true;

 private:
  static Now at(Duration span) {
    constexpr std::int64_t kWall = 784'111'777'250'000'000;  // Sun, 06 Nov 1994 08:49:37 GMT
    return {{span.count()}, {kWall + span.count()}};
  }
  void move_to(Instant to) { now_ = at(to - Instant{0}); }

  Instant overloads_due() const {
    Instant at = Instant::never();
    for (const auto& [name, model] : shared_.overloads) at = earlier(at, model.next_deadline());
    return at;
  }
  void serve_overloads() {
    for (auto& [name, model] : shared_.overloads) {
      std::uint64_t ticket = 0;
      while (model.pop_done(now_.mono, ticket)) connection_->handle_served(ticket, now_);
    }
    drain();
  }

  void drain() {
    while (!shared_.orders.empty()) {
      const Order order = shared_.orders.pop();
      perform(order);
    }
    if (draining_) return;
    draining_ = true;
    while (!owed_.empty()) send(std::exchange(owed_, ""));
    draining_ = false;
  }

  void perform(const Order& order) {
    switch (order.kind) {
      case Order::Kind::kSend: {
        const std::size_t size = order.bytes.size();
        wire_.received += order.bytes;
        wire_.writes.emplace_back(now_.mono, size);
        unread_ += order.bytes;
        read_frames();
        if (takes) connection_->handle_sent(size, now_);
        break;
      }
      case Order::Kind::kShutdownWrite:
        end(End::kShut);
        break;
      case Order::Kind::kCloseFin:
        end(End::kFin);
        break;
      case Order::Kind::kCloseRst:
        end(End::kRst);
        break;
      case Order::Kind::kReadStop:
        wire_.reading = false;
        break;
      case Order::Kind::kReadStart:
        wire_.reading = true;
        break;
      default:
        throw std::logic_error("no order of a connection");
    }
  }

  void end(End how) {
    wire_.end = how;
    wire_.ended = now_.mono;
  }

  void read_frames() {
    std::string_view rest = unread_;
    while (const auto frame = take_frame(rest)) {
      frames_.push_back(
          {frame->type, frame->flags, frame->stream, std::string(frame->payload), now_.mono});
      react(frames_.back());
    }
    unread_.erase(0, unread_.size() - rest.size());
  }

  void react(const H2Got& frame) {
    H2Response& response = responses_[frame.stream];
    if (frame.is(H2Type::kSettings) && !frame.has(h2flag::kAck) && polite) {
      append_settings_ack(owed_);
    } else if (frame.is(H2Type::kPing) && !frame.has(h2flag::kAck) && polite) {
      append_ping(owed_, frame.payload, true);
    } else if (frame.is(H2Type::kData)) {
      response.body += frame.payload;
      response.ended = response.ended || frame.has(h2flag::kEndStream);
    } else if (frame.is(H2Type::kRstStream)) {
      response.reset = read_u32(frame.payload);
    } else if (frame.is(H2Type::kHeaders) || frame.is(H2Type::kContinuation)) {
      block_ += frame.payload;
      if (frame.is(H2Type::kHeaders)) block_ends_ = frame.has(h2flag::kEndStream);
      if (frame.has(h2flag::kEndHeaders)) take_block(response);
    }
  }

  void take_block(H2Response& response) {
    const std::string block = std::exchange(block_, "");
    if (!decodes) return;
    auto fields = inflater_.fields(block);
    if (!fields) throw std::runtime_error(inflater_.problem());
    response.ended = response.ended || block_ends_;
    const bool head = !fields->empty() && fields->front().first == ":status";
    if (!head) {
      response.trailers = std::move(*fields);
    } else if (fields->front().second.starts_with('1')) {
      response.interims.push_back(fields->front().second);
    } else {
      response.status = fields->front().second;
      response.fields = std::move(*fields);
    }
  }

  PeerShared shared_;
  Now now_;
  std::unique_ptr<H2Connection> connection_;
  Wire wire_;
  H2Deflater deflater_;
  H2Inflater inflater_{64 * 1024 * 1024};
  std::string unread_, owed_, block_;
  bool block_ends_ = false, draining_ = false;
  std::vector<H2Got> frames_;
  std::map<std::uint32_t, H2Response> responses_;
  std::uint32_t next_stream_ = 1;
};

}  // namespace fault
