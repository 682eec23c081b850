// For tests: the server's end of an HTTP/2 connection, which writes and reads frames with a few
// lines of its own so that it can misbehave in every way, and a talk between it and an H2Session
// that writes down what happened and watches the session's contract meanwhile. Owned by one test.
// Thread: one.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/fields_rig.h"
#include "wire/h2/session.h"

namespace holdfast::wire {

enum H2Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
enum H2Flag : std::uint8_t { kNone = 0, kAck = 1, kEndStream = 1, kEndHeaders = 4, kPadded = 8 };
enum H2Setting : std::uint16_t {
  kTableSize = 1,
  kEnablePush = 2,
  kMaxStreams = 3,
  kInitialWindow = 4,
  kMaxFrame = 5,
};

std::string h2_number(std::uint32_t value, int bytes);
std::string h2_string(std::string_view text);
std::string h2_frame(std::uint8_t type, int flags, std::uint32_t stream, std::string_view payload);
/// With a head that claims `length` bytes, whatever follows.
std::string h2_frame_head(std::uint32_t length, std::uint8_t type, int flags, std::uint32_t stream);

/// Writes what a server sends and reads what a client sends. Keeps the books on both directions'
/// windows.
class H2Peer {
 public:
  struct Frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
    Fields fields;  ///< of HEADERS, with what followed in CONTINUATIONs
    std::uint64_t offset = 0, end = 0;

    std::uint32_t number(std::size_t at = 0) const;
  };
  using Setting = std::pair<std::uint16_t, std::uint32_t>;

  H2Peer();
  ~H2Peer();
  H2Peer(const H2Peer&) = delete;
  H2Peer& operator=(const H2Peer&) = delete;

  /// HPACK: literals that leave the table alone, unless `compressing`. Blocks that are compressed
  /// must be sent in the order in which they are made.
  bool compressing = false;
  std::string block(const Fields& fields);
  std::string settings(const std::vector<Setting>& list = {});
  std::string settings_ack() { return h2_frame(kSettings, kAck, 0, {}); }
  std::string headers(std::uint32_t stream, const Fields& fields, bool end = false);
  /// In HEADERS and CONTINUATIONs of `piece` bytes of block each.
  std::string headers_in_pieces(std::uint32_t stream, const Fields& fields, bool end,
                                std::size_t piece);
  /// `padding` bytes after the content; negative: no Pad Length at all.
  std::string data(std::uint32_t stream, std::string_view content, bool end = false,
                   int padding = -1);
  std::string rst(std::uint32_t stream, std::uint32_t code) {
    return h2_frame(kRstStream, 0, stream, h2_number(code, 4));
  }
  std::string goaway(std::uint32_t last, std::uint32_t code, std::string_view text = {}) {
    return h2_frame(kGoaway, 0, 0, h2_number(last, 4) + h2_number(code, 4) + std::string(text));
  }
  std::string ping(std::string_view payload = "12345678", int flags = 0) {
    return h2_frame(kPing, flags, 0, payload);
  }
  /// Also opens the client's window in the peer's books.
  std::string window_update(std::uint32_t stream, std::uint32_t bytes);

  /// What the client has sent: pieces of any size.
  void read(std::string_view bytes);
  std::size_t count(std::uint8_t type) const;
  /// The last frame of this type, or null.
  const Frame* last(std::uint8_t type) const;
  std::string upload_of(std::uint32_t stream) const;

  std::vector<Frame> frames;  ///< CONTINUATIONs are joined to their HEADERS
  bool preface_seen = false;
  std::int64_t credit = 65'535;  ///< how much DATA may be sent on the connection
  std::map<std::uint32_t, std::int64_t> stream_credit;  ///< … on a stream, above or below initial
  std::int64_t initial_credit = 65'535;                 ///< by the client's SETTINGS
  /// The same for the client's own DATA; below zero it has sent more than it may.
  std::int64_t client_credit = 65'535;
  std::map<std::uint32_t, std::int64_t> client_stream_credit;
  std::int64_t client_initial_credit = 65'535;
  bool client_kept_windows = true;

 private:
  void take_frame(Frame frame);
  Fields decode(const std::string& block);

  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string unread_;
  std::uint64_t read_bytes_ = 0;
};

/// How bytes are cut: the sizes of the pieces, asked for one by one.
using H2Cut = std::function<std::size_t()>;
inline std::size_t h2_whole() { return static_cast<std::size_t>(-1); }
inline std::size_t h2_by_byte() { return 1; }

class H2Talk {
 public:
  /// The greetings have been exchanged, but for the client's answer to the peer's SETTINGS.
  explicit H2Talk(const Http2Policy& policy = {}, std::uint32_t first_stream = 1,
                  const std::vector<H2Peer::Setting>& settings = {});
  /// Without any greeting.
  struct Silent {};
  H2Talk(Silent, const Http2Policy& policy) : session(policy) {}

  std::uint32_t open(const H2RequestHead& head, std::uint64_t tag = 7);
  std::uint32_t get(std::string_view target = "/");
  std::uint32_t post(std::optional<std::uint64_t> length = {});

  /// The client's bytes go to the peer; their progress is written down.
  void pump(std::size_t about = 1U << 20);
  /// The peer's bytes go to the client, and what they mean is written down.
  void receive(std::string_view bytes, const H2Cut& cut = h2_whole);
  /// receive, and then pump.
  void exchange(std::string_view bytes) {
    receive(bytes);
    pump();
  }
  void consume(std::uint32_t stream, std::size_t bytes);
  void reset(std::uint32_t stream, std::uint32_t code = 8);
  bool has(std::string_view event) const;

  H2Session session;
  H2Peer peer;
  LimitPolicy limits;
  base::Instant now{1'000'000'000};
  bool consuming = true;                       ///< body events are consumed at once
  std::function<void(H2Session::Event)> hook;  ///< after each event
  /// "head 1 200 a=b", "body 1 text" (joined), "end 1", "reset 1 stream_reset CANCEL", …
  std::vector<std::string> events;
  std::vector<std::string> details;   ///< of resets, GOAWAYs and errors
  std::vector<std::string> progress;  ///< "begun 1 @24", "body 1 5", "drained 1", "sent 1 @99"
  std::vector<H2Session::Progress> raw_progress;
  std::map<std::uint32_t, std::uint64_t> unconsumed;
  std::string broken;  ///< the first breach of the session's contract; empty: none

 private:
  /// `responded`: the response is whole, the request has a body: a reset may still come.
  enum class Stage { open, answered, responded, over };
  bool note(H2Session::Event event, const std::vector<char>& owned);
  void note_message(H2Session::Event event, const std::vector<char>& owned);
  void note_reset();

  std::map<std::uint32_t, Stage> stages_;
  std::map<std::uint32_t, std::uint64_t> tags_;
  std::map<std::uint32_t, bool> with_body_;
  bool lost_ = false;
};

/// A response head's fields.
inline Fields status(int code, Fields more = {}) {
  more.insert(more.begin(), {":status", std::to_string(code)});
  return more;
}

}  // namespace holdfast::wire
