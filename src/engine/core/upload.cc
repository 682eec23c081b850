// Uploads that outlast the response (SPEC R13). After a complete success the rest of the request is
// still sent, and the exchange completes when both are done. A server that closes the connection,
// resets the stream or says `Connection: close` does not want the rest: the exchange then completes
// with Response::request_complete false. So it does when a timeout or the deadline ends the rest: a
// success that is in hand is never turned into an error by the server, since a retry would repeat
// what the server has already done. Only a body source that fails makes it body_source_failed: the
// caller's own half of the exchange broke.
#include "engine/core/core.h"
#include "wire/h1/keep_alive.h"

namespace holdfast::engine {

/// Whether the rest of the request is sent although the response is complete. HTTP/1.0 without
/// keep-alive is no `Connection: close`: such a server may read on before it closes.
bool Core::upload_goes_on(const Connection& c, const Stream& s, const Exchange& x) {
  if (s.upload_stopped || c.eof || c.tls_failed) return false;
  if (c.h2) return true;
  wire::KeepAlive said;
  for (const std::string_view value : x.response.headers.values("Connection")) {
    said.read_connection(value);
  }
  return !said.says_close;  // RFC 9112 §9.6
}

/// HTTP/1.1: what comes after the response was not asked for and is dropped; the end of the
/// connection ends the upload.
void Core::read_past_response(Connection& c, Exchange& x) {
  Refill refilled = Refill::more;
  while (refilled == Refill::more) {
    if (!c.input.empty()) c.surplus = true;
    c.input = {};
    c.stash.clear();
    refilled = refill(c);
  }
  if (refilled == Refill::broken) return;
  if (c.sent || c.eof) return end_exchange(c, x);
  on_input_exhausted(c);
}

/// All of the request is accepted. The exchange ends with the next poll: a consumer that pauses is
/// not to be called before it resumes.
void Core::upload_done(Exchange& x) {
  Connection& c = *connections_[x.connection.index];
  if (c.h2) c.h2->roused.push_back(x.slot);
  to_pending(c);
}

/// The peer reset a stream after it had sent all of the response. With NO_ERROR that is how a
/// server declines the rest of the request (RFC 9113 §8.1); the response counts with any code.
void Core::upload_reset(Connection& c, H2Stream& s) {
  Exchange& x = exchanges_[s.exchange];
  x.record.h2_error = c.h2->session.code();
  s.upload_stopped = true;
  s.body_wanted = false;
  if (s.response_whole) end_stream(c, s, x);
}

/// A timeout or the deadline ended the rest of the upload.
void Core::give_up_upload(Exchange& x) {
  Connection& c = *connections_[x.connection.index];
  if (!c.h2) return end_exchange(c, x);
  H2Stream& s = *c.h2->streams[x.slot];
  suspect(c, s);
  end_stream(c, s, x);
}

}  // namespace holdfast::engine
