// The client's half of an HTTP/2 connection: bytes to events, judged without pardon (RFC 9113). The
// journal vouches that a client's frames are clean, so whatever it may not send is named: frames
// out of order, on closed streams, beyond our windows or beyond the number of streams it has
// acknowledged. It keeps what a judge has to know of every stream and nothing about answers: the
// connection tells it what was sent. Never answers, never decides, bounded against a hostile
// client. Owned by H2Connection. Thread: one owner; does not move.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "fault_server/h2/frame.h"
#include "fault_server/h2/hpack.h"
#include "fault_server/h2/request.h"

namespace fault {

struct H2Event {
  enum class Kind : std::uint8_t {
    kNeedMore,
    kNothing,          // a frame without consequence
    kSettings,         // `settings`; wants an acknowledgement
    kSettingsAck,      //
    kPing,             // `data` is to be repeated
    kPingAck,          //
    kGoaway,           // `last`, `code`
    kReset,            // `stream`, `code`
    kWindow,           // `stream` (0: the connection) by `amount`
    kHead,             // `request`; `end`: without content
    kBody,             // `data`; `end`: that was all; `amount` of the windows was used
    kEnd,              // trailers
    kDiscarded,        // content of a stream we have reset: `amount` of the connection's window
    kStreamError,      // `stream` is to be reset with `code`
    kConnectionError,  // the connection is to be ended with `code`
  };
  Kind kind = Kind::kNothing;
  std::uint32_t stream = 0;
  bool end = false;
  std::uint32_t code = 0, last = 0;
  std::uint32_t amount = 0;
  std::string_view data;  // points into the input given
  std::vector<H2Setting> settings;
  H2Request request;
  /// kHead: more streams than allowed; to be refused, and a violation if `violation` says so.
  bool refused = false;
  /// What the client may not do, whatever else the event says; "" when all is well.
  std::string violation;
};

class H2Input {
 public:
  using Instant = holdfast::base::Instant;

  /// Consumes from the front of `input` up to the next event.
  H2Event next(std::string_view& input, Instant now);

  // What the connection has sent.
  void sent_settings(std::vector<H2Setting> settings, Instant now);
  void sent_end(std::uint32_t stream);
  void sent_reset(std::uint32_t stream);
  /// WINDOW_UPDATE for a stream, or 0 for the connection.
  void sent_window(std::uint32_t stream, std::uint32_t increment);

  bool preface_done() const { return phase_ != Phase::kPreface; }
  /// The highest stream the client has opened.
  std::uint32_t last_stream() const { return last_stream_; }
  std::size_t open_streams() const { return streams_.size(); }
  bool settings_pending() const { return !unacknowledged_.empty(); }

 private:
  enum class Phase : std::uint8_t { kPreface, kFirstFrame, kFrames };
  enum class Ended : std::uint8_t { kBoth, kByClient, kByUs };

  // What is known of a stream that is not closed both ways.
  struct Stream {
    std::int64_t window = kH2DefaultWindow;
    bool client_done = false, we_done = false;
    std::optional<std::uint64_t> content_length;
    std::uint64_t received = 0;
  };
  struct Sent {
    std::vector<H2Setting> settings;
    Instant at;
    bool late = false;
  };

  H2Event read_preface(std::string_view& input);
  H2Event judge(const H2Frame& frame);
  H2Event on_data(const H2Frame& frame);
  H2Event on_headers(const H2Frame& frame);
  H2Event on_continuation(const H2Frame& frame);
  H2Event on_priority(const H2Frame& frame);
  H2Event on_reset(const H2Frame& frame);
  H2Event on_settings(const H2Frame& frame);
  H2Event on_settings_ack(const H2Frame& frame);
  H2Event on_ping(const H2Frame& frame);
  H2Event on_goaway(const H2Frame& frame);
  H2Event on_window(const H2Frame& frame);
  H2Event end_block();
  H2Event open_stream(const Fields& fields);
  H2Event take_trailers(Stream& stream, const Fields& fields);
  H2Event on_missing(std::uint32_t id, std::string_view what, bool harmless);
  void close_if_done(std::uint32_t id);
  void close(std::uint32_t id, Ended how);
  std::int64_t window_slack() const;
  std::optional<std::uint32_t> newest(std::uint16_t setting) const;
  static H2Event connection_error(std::uint32_t code, std::string text);
  static H2Event stream_error(std::uint32_t stream, std::uint32_t code, std::string text);

  Phase phase_ = Phase::kPreface;
  H2Inflater inflater_;
  std::map<std::uint32_t, Stream> streams_;
  std::map<std::uint32_t, Ended> closed_;  // the latest of them
  std::uint32_t last_stream_ = 0;
  std::int64_t window_ = kH2DefaultWindow;          // the connection's
  std::int64_t initial_window_ = kH2DefaultWindow;  // as acknowledged
  std::optional<std::uint32_t> most_streams_;       // as acknowledged
  std::deque<Sent> unacknowledged_;
  // A field block that is coming in.
  std::uint32_t block_stream_ = 0;  // 0: none
  std::string block_;
  std::uint32_t block_frames_ = 0;
  bool block_ends_ = false;
};

}  // namespace fault
