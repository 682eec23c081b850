// What becomes of a response's content: its codings are undone (SPEC H6), bit by bit where it is
// handed over as it comes, so that a pause() takes effect between two decoded pieces and that one
// read which decodes to a thousand times its size never is in memory as a whole.
#include "engine/core/content.h"

#include <utility>

#include "engine/core/core.h"

namespace holdfast::engine {

namespace {

/// Of a decoded piece: large enough to be worth a callback, small enough to be held once a client.
constexpr std::size_t kPieceBytes = 16 * 1024;

constexpr std::string_view kContentEncoding = "Content-Encoding";

/// Whether the content that follows the head may be undone at all: there is none with HEAD, 204 and
/// 304 (RFC 9110 §6.4.1), and that of a 206 is a part of the encoded whole (§14.2).
bool may_be_decoded(const Exchange& x) {
  const int status = x.response.status;
  return status != 204 && status != 206 && status != 304 && x.request.method != "HEAD";
}

}  // namespace

/// What codings the response may come in. A part of encoded content is of no use by itself.
void Core::ask_for_codings(const Exchange& x) {
  if (!x.decode->enabled) return;
  const bool part = !x.request.headers.empty() && x.request.headers.contains("Range");
  add_field("Accept-Encoding", part ? "identity" : wire::accept_encoding());
}

/// The final head is here. False if its content is nothing that could be taken: `why` says so.
bool Core::begin_content(Exchange& x, std::string& why) {
  if (x.storing) x.streaming = x.response.is_success();
  if (!x.decode->enabled || !x.response.headers.contains(kContentEncoding)) return true;
  if (!may_be_decoded(x)) return true;
  std::unique_ptr<wire::Decoder> decoder = decoders_.take();
  const std::uint64_t most = x.streaming ? ~std::uint64_t{0} : x.limits->max_body_bytes;
  const auto kind = decoder->start(x.response.headers.joined(kContentEncoding), *x.decode, most);
  const bool taken = kind != wire::Decoder::Kind::refused;
  if (!taken) why = decoder->detail();
  x.response.decoded = kind == wire::Decoder::Kind::coded;
  if (!x.response.decoded) {
    decoders_.give_back(std::move(decoder));
    return taken;
  }
  x.content.decoder = std::move(decoder);
  if (x.streaming && room_ == nullptr) room_ = std::make_unique<char[]>(kPieceBytes);
  return true;
}

void Core::forget_content(Exchange& x) {
  if (x.content.decoder == nullptr) return;
  decoders_.give_back(std::move(x.content.decoder));
  if (x.content.kept.capacity() > 4 * kPieceBytes) std::string().swap(x.content.kept);
  x.content.kept.clear();
  x.content.used = 0;
  x.content.due = false;
}

/// Adds to a buffered response; false, with `code` and `why`, if it is too much (H1) or not what
/// its coding should be.
bool Core::keep_body(Exchange& x, std::string_view body, ErrorCode& code, std::string& why) {
  std::string& kept = x.response.body;
  if (wire::Decoder* decoder = x.content.decoder.get())
    return undo(*decoder, body, kept, code, why);
  if (body.size() > x.limits->max_body_bytes - kept.size()) {
    code = ErrorCode::body_too_large;
    why = "more than " + std::to_string(x.limits->max_body_bytes) +
          " bytes; raise limits.max_body_bytes or stream the response";
    return false;
  }
  kept.append(body);
  return true;
}

bool Core::undo(wire::Decoder& decoder, std::string_view coded, std::string& into, ErrorCode& code,
                std::string& why) {
  using Event = wire::Decoder::Event;
  char room[kPieceBytes];
  for (;;) {
    switch (decoder.next(coded, room)) {
      case Event::data:
        into.append(room, decoder.produced());
        break;
      case Event::error:
        code = decoder.error();
        why = decoder.detail();
        return false;
      default:
        return true;
    }
  }
}

/// Orders the next decoded piece of a streamed response, if there is one. `coded` is what was just
/// read; what of it is not used yet is kept. `consumed`: encoded bytes used up by this.
Core::Piece Core::deliver_decoded(ExchangeId id, Exchange& x, std::string_view coded,
                                  std::size_t& consumed) {
  using Event = wire::Decoder::Event;
  Content& content = x.content;
  const bool fresh = content.used == content.kept.size();
  if (!fresh) {
    if (!coded.empty()) content.keep(coded);
    coded = content.coded();
  }
  const std::size_t given = coded.size();
  const Event event = content.decoder->next(coded, {room_.get(), kPieceBytes});
  consumed = given - coded.size();
  content.due = event == Event::data;
  if (coded.empty() || event == Event::error) {
    content.kept.clear();
    content.used = 0;
  } else if (fresh) {
    content.kept.assign(coded);
    content.used = 0;
  } else {
    content.used += consumed;
  }
  if (event == Event::error) return Piece::broken;
  if (event != Event::data) return Piece::none;
  hand_over(id, x, {room_.get(), content.decoder->produced()});
  return Piece::ordered;
}

/// The response's framing is complete; so must its coding be. `closed`: only the connection's end
/// said that there is no more.
bool Core::content_is_whole(const Exchange& x, bool closed, ErrorCode& code, std::string& why) {
  if (x.content.decoder == nullptr) return true;
  wire::Decoder& decoder = *x.content.decoder;
  if (decoder.finish() == wire::Decoder::Event::end) return true;
  code = closed ? ErrorCode::response_truncated : decoder.error();
  why = decoder.detail();
  return false;
}

/// The head is the streaming caller's, or its content is to be stored. Nothing is delivered behind
/// it before he was heard.
void Core::hand_over_head(Connection& c, ExchangeId id, Exchange& x) {
  if (!x.storing) x.delivered = true;
  order(x.storing ? Action::Kind::restart : Action::Kind::head, id, x).response = &x.response;
  to_pending(c);
}

/// Content for the streaming caller, or to be stored.
void Core::hand_over(ExchangeId id, Exchange& x, std::string_view content) {
  if (x.write_through) x.delivered = true;
  order(Action::Kind::body, id, x).body = content;
}

void Core::store_failed(ExchangeId id, std::string detail) {
  Exchange* x = find(id);
  if (x == nullptr || x->state == Exchange::State::done) return;
  abandon(id, *x);
  give_up(id, *x, ErrorCode::file_failed, StopReason::permanent_error);
  x->error->phase = Phase::body;  // the attempt that was stored may have broken off meanwhile
  x->error->detail = std::move(detail);
  run_pool();
}

}  // namespace holdfast::engine
