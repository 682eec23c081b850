// The inside of H2Session, for the files that share it: h2_session (life, bytes out), h2_submit
// (requests), h2_frames_in (bytes to frames) and h2_messages_in (what nghttp2 makes of the frames).
//
// nghttp2 is never given bytes of two frames in one call. So we see each frame's head before it
// does, which is how the rules that it does not know, or is too harsh about, are enforced; and all
// that it wants to send because of a frame can be looked at right after that frame, which is the
// only way to learn that it has given the connection up.
//
// Invariants: 1. Events of one frame wait in notes_; no further frame is read before they are told,
// so one head and one set of trailers are enough. 2. A stream leaves the table only when notes_ is
// empty. 3. What nghttp2 counts as received of the connection's window is either some stream's
// `unconsumed` or has been given back to nghttp2.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ring.h"
#include "wire/h2/error.h"
#include "wire/h2/flood.h"
#include "wire/h2/memory.h"
#include "wire/h2/session.h"
#include "wire/h2/stream_table.h"

namespace holdfast::wire {

constexpr std::size_t kFrameHead = 9;  ///< bytes of a frame before its payload (RFC 9113 §4.1)
constexpr std::uint32_t kMostFrameBytes = 16'384;  ///< RFC 9113 §4.2: we announce no other
constexpr std::uint32_t kSettingBytes = 6;         ///< RFC 9113 §6.5.1

struct H2Session::State {
  /// What next() has still to tell.
  struct Note {
    Event event = Event::need_more;
    H2Stream* stream = nullptr;
    ErrorCode error = ErrorCode::none;
    std::uint32_t code = 0;
    bool refused = false;
    std::string detail;
  };
  /// The head of the frame that is being read (RFC 9113 §4.1).
  struct Frame {
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
  };
  struct FreeSession {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  State(const Http2Policy& policy, std::uint32_t first_stream);

  // h2_session.cc
  void take(std::string& out, std::size_t about);
  void produce(std::string& out, std::size_t about);
  void flush_control();
  void note_framed(std::string_view bytes);
  void note_goaway_sent(std::string_view frame);
  void reset_by_caller(std::uint32_t id, std::uint32_t code);
  void consume(std::uint32_t id, std::size_t bytes);
  void lend(std::uint32_t id, std::size_t bytes);
  void refund(H2Stream& stream);
  void settle(H2Stream& stream);
  void strike_off(H2Stream& stream);
  void push_progress(Progress::Kind kind, const H2Stream& stream, std::uint64_t offset,
                     std::size_t bytes = 0);

  // h2_submit.cc
  std::uint32_t open(const H2RequestHead& head, const LimitPolicy& limits, std::uint64_t tag);
  void add_field(std::string_view name, std::string_view value, std::uint8_t flags = 0);
  void add_fields(const H2RequestHead& head);
  void give(std::uint32_t id, std::string_view bytes, bool last);
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                       std::size_t length, nghttp2_data_source* source, void* user);

  // h2_frames_in.cc
  Event next(std::string_view& input, base::Instant now);
  Event tell(const Note& note);
  const char* frame_prefix(std::string_view& input);
  bool open_frame(std::string_view& input, base::Instant now);
  void judge_frame(const char* head, base::Instant now);
  void judge_first_frame(std::string_view head);
  void judge_header_block();
  void judge_data(const char* head);
  bool costs_nothing(const char* head) const;
  bool is_flooded(const char* head, base::Instant now);
  void feed(std::string_view bytes);
  void forget(H2Stream& stream);
  void bury();
  void lose(ErrorCode error, H2Code code, std::string detail);
  void lose_flooded(const char* why);

  // h2_messages_in.cc
  static nghttp2_session_callbacks* make_callbacks();
  void on_begin_headers();
  int on_header(std::string_view name, std::string_view value);
  bool take_field(H2Stream& stream, std::string_view name, std::string_view value);
  bool take_status(H2Stream& stream, std::string_view name, std::string_view value);
  bool take_content_length(H2Stream& stream, std::string_view value);
  bool is_bodiless(const H2Stream& stream) const;
  void on_headers(bool ends);
  void on_final_head(H2Stream& stream, bool ends);
  void end_content(H2Stream& stream);
  int on_data(const std::uint8_t* data, std::size_t size);
  void on_frame(const nghttp2_frame& frame);
  void on_goaway(const nghttp2_goaway& frame);
  void refuse_above_goaway();
  void on_pong(const std::uint8_t* payload);
  void on_stream_close(std::uint32_t id, std::uint32_t code);
  bool may_send(const nghttp2_frame& frame) const;
  Note& push_note(Event event, H2Stream* stream);
  void push_end(H2Stream& stream);
  void push_reset(H2Stream& stream, ErrorCode error, std::uint32_t code, bool refused,
                  std::string detail);
  bool fail_stream(H2Stream& stream, ErrorCode error, H2Code code, std::string detail);

  static State& of(void* user) { return *static_cast<State*>(user); }
  nghttp2_session* ng() const { return session_.get(); }

  H2Memory memory_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  H2StreamTable streams_;
  std::uint32_t open_ = 0;     // streams that are not closed
  std::uint32_t safe_window_;  // so many bytes are within any stream's window

  // Requests and bytes out.
  std::vector<nghttp2_nv> fields_;  // reused
  base::Ring<Progress> progress_;
  std::string held_;              // framed already, not yet taken
  std::size_t held_control_ = 0;  // … of which no HEADERS and no DATA
  std::string* out_ = nullptr;    // where DATA goes while nghttp2 sends
  std::size_t about_ = 0;
  std::uint64_t framed_ = 0;  // bytes ever
  bool preface_framed_ = false;
  bool goodbye_said_ = false;
  bool going_away_ = false;
  std::uint64_t pings_ = 0;  // the payload of the last one
  bool ping_unanswered_ = false;

  // The frame being read.
  Frame frame_;
  H2Stream* frame_stream_ = nullptr;
  std::size_t left_ = 0;     // bytes of it that nghttp2 has not seen
  char gathered_bytes_[10];  // its head, and the Pad Length of DATA, if they come in pieces
  std::uint8_t gathered_ = 0;
  bool greeted_ = false;  // the first frame was SETTINGS
  bool feeding_ = false;
  bool resume_ = false;      // nghttp2 has paused at the end of a stream's content
  bool block_open_ = false;  // CONTINUATION must follow
  std::size_t block_bytes_ = 0;
  H2Flood flood_;
  std::size_t most_held_control_;

  // The message being read.
  ResponseHead head_;
  Headers trailers_;
  std::uint32_t head_fields_ = 0;
  std::uint64_t head_length_ = 0;  // its Content-Length
  std::size_t headers_hint_ = 256;
  std::string_view body_;

  // Events.
  base::Ring<Note> notes_;
  std::vector<H2Stream*> refused_;  // by the GOAWAY being read
  bool goaway_read_ = false;
  std::vector<H2Stream*> retired_;
  std::uint32_t goaway_code_ = 0;
  std::uint32_t last_stream_ = 0;
  bool lost_ = false;
  Note loss_;
  bool settings_seen_ = false;

  // Of the event told last.
  std::uint32_t told_stream_ = 0;
  std::uint64_t told_tag_ = 0;
  Note told_;
};

}  // namespace holdfast::wire
