// For tests: feeds an H1Reader bytes cut in a given way and writes down what came of it. Owned by
// one test. Thread: one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/fields_rig.h"
#include "wire/h1/reader.h"

namespace holdfast::wire {

/// A response as far as it came.
struct Transcript {
  struct Head {
    int status = 0;
    int major = 0, minor = 0;
    std::string reason;
    Fields fields;
    friend bool operator==(const Head&, const Head&) = default;
  };
  std::vector<Head> interims;
  std::vector<Head> heads;  // one, if all is well
  std::string body;
  Fields trailers;
  int ends = 0;
  ErrorCode error = ErrorCode::none;
  bool reusable = false;
  std::int64_t keep_alive_timeout_s = -1, keep_alive_max = -1;
  friend bool operator==(const Transcript&, const Transcript&) = default;
};

/// Not part of a transcript's equality: what was left, and the words for an error.
struct Aftermath {
  std::string left;
  std::string detail;
  bool views_in_input = true;
};

class Transcriber {
 public:
  explicit Transcriber(H1Reader& reader) : reader_(reader) {}

  /// Gives one piece; false once the response has ended, one way or the other. The piece lies in
  /// memory of its own, so that a view kept too long is seen by AddressSanitizer.
  bool give(std::string_view piece) {
    const std::vector<char> owned(piece.begin(), piece.end());
    std::string_view input(owned.data(), owned.size());
    for (;;) {
      const H1Reader::Event event = reader_.next(input);
      if (event == H1Reader::Event::need_more) {
        if (!input.empty()) aftermath.views_in_input = false;
        return true;
      }
      if (!note(event, owned)) {
        aftermath.left = input;
        return false;
      }
    }
  }

  void finish() { note(reader_.finish(), {}); }

  Transcript transcript;
  Aftermath aftermath;

 private:
  static Transcript::Head copy(const ResponseHead& head) {
    return {head.status, head.http_major, head.http_minor, head.reason, fields_of(head.headers)};
  }

  bool note(H1Reader::Event event, const std::vector<char>& owned) {
    switch (event) {
      case H1Reader::Event::interim:
        transcript.interims.push_back(copy(reader_.head()));
        break;
      case H1Reader::Event::head: {
        // Moved out, as the engine does it.
        const ResponseHead head = std::move(reader_.head());
        transcript.heads.push_back(copy(head));
        transcript.keep_alive_timeout_s = reader_.keep_alive_timeout_s();
        transcript.keep_alive_max = reader_.keep_alive_max();
        break;
      }
      case H1Reader::Event::body: {
        const std::string_view body = reader_.body();
        const bool inside = !body.empty() && body.data() >= owned.data() &&
                            body.data() + body.size() <= owned.data() + owned.size();
        aftermath.views_in_input = aftermath.views_in_input && inside;
        transcript.body.append(body);
        break;
      }
      case H1Reader::Event::end:
        ++transcript.ends;
        transcript.trailers = fields_of(reader_.trailers());
        transcript.reusable = reader_.reusable();
        return false;
      case H1Reader::Event::error:
        transcript.error = reader_.error();
        aftermath.detail = reader_.detail();
        return false;
      case H1Reader::Event::need_more:
        break;
    }
    return true;
  }

  H1Reader& reader_;
};

struct Reading {
  Transcript transcript;
  Aftermath aftermath;
};

/// Reads one response given in these pieces; with `fin` the peer closes after them.
inline Reading read_pieces(H1Reader& reader, std::string_view method, const LimitPolicy& limits,
                           const std::vector<std::string_view>& pieces, bool fin = false) {
  reader.expect_response(method, limits);
  Transcriber transcriber(reader);
  bool open = true;
  for (const std::string_view piece : pieces) {
    if (open) {
      open = transcriber.give(piece);
    } else {
      transcriber.aftermath.left.append(piece);
    }
  }
  if (open && fin) transcriber.finish();
  return {transcriber.transcript, transcriber.aftermath};
}

inline Reading read_whole(std::string_view bytes, std::string_view method = "GET",
                          const LimitPolicy& limits = {}, bool fin = false) {
  H1Reader reader;
  return read_pieces(reader, method, limits, {bytes}, fin);
}

inline std::vector<std::string_view> byte_by_byte(std::string_view bytes) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < bytes.size(); ++i) pieces.push_back(bytes.substr(i, 1));
  return pieces;
}

}  // namespace holdfast::wire
