#include "wire/tls/session.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "wire/tls/context_state.h"
#include "wire/tls/error.h"
#include "wire/tls/pipe.h"
#include "wire/tls/verify.h"

namespace holdfast::wire {

struct TlsSession::State {
  State(TlsContext::State& shared, const TlsTarget& target);
  ~State();

  Event shake_hands();
  Event settle();
  Event read();
  Event fail(int ssl_error);
  Event fail(TlsFailure why);
  bool write(std::string_view plain);
  bool has_too_much_to_say(std::size_t bytes);
  void answer_key_update();
  void write_unsealed();
  void flush(std::string& out);

  TlsContext::State& context;
  TlsPipe pipe;
  SslHandle ssl;
  TlsPeer peer;
  std::string host;
  std::string offered;         // by ALPN, as on the wire (RFC 7301 §3.1)
  SessionHandle ticket;        // shown for resumption, until the handshake is over
  std::string_view plaintext;  // of the last data event
  std::string unsealed;        // given to seal() when OpenSSL was not ready to write
  TlsFailure failure;
  std::size_t chatter_bytes = 0;  // the protocol's own, since the last data event
  bool established = false;
  bool closed = false;   // by the peer
  bool goodbye = false;  // ours is said
};

namespace {

std::string alpn_list(std::span<const std::string_view> protocols) {
  std::string list;
  for (const std::string_view protocol : protocols) {
    HF_CHECK(!protocol.empty() && protocol.size() <= 255);
    list += static_cast<char>(static_cast<unsigned char>(protocol.size()));
    list += protocol;
  }
  return list;
}

std::string_view picked(const SSL& ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(&ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

/// RFC 7301 §3.1: a server picks from the list. Not every OpenSSL looks.
bool is_offered(std::string_view list, std::string_view protocol) {
  while (!list.empty()) {
    const std::size_t size = static_cast<unsigned char>(list.front());
    if (list.substr(1, size) == protocol) return true;
    list.remove_prefix(1 + size);
  }
  return false;
}

}  // namespace

TlsSession::State::State(TlsContext::State& shared, const TlsTarget& target)
    : context(shared), host(target.host), offered(alpn_list(target.protocols)) {
  const TlsErrorQueue queue;
  ssl.reset(SSL_new(context.ssl.get()));
  HF_CHECK(ssl != nullptr);
  BIO* bio = make_pipe_bio(context.pipe_method.get(), pipe);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_app_data(ssl.get(), &peer);
  SSL_set_connect_state(ssl.get());

  peer.pins = &context.pins;
  peer.verifies = context.verifies;
  peer.pool = &context.pool;
  peer.now = target.now;
  if (!offered.empty()) {
    const auto* list = reinterpret_cast<const unsigned char*>(offered.data());
    HF_CHECK(SSL_set_alpn_protos(ssl.get(), list, static_cast<unsigned>(offered.size())) == 0);
  }
  if (std::string wrong = expect_peer(*ssl, target.host, target.now); !wrong.empty()) {
    fail({ErrorCode::tls_handshake_failed, std::move(wrong)});
    return;
  }
  if (context.resumes) {
    peer.tickets = &context.tickets;
    peer.origin = host + ' ' + std::to_string(target.port) + ' ' + offered;
    ticket = context.tickets.take(peer.origin, target.now);
    if (ticket != nullptr) SSL_set_session(ssl.get(), ticket.get());
  }
  shake_hands();
}

TlsSession::State::~State() {
  const TlsErrorQueue queue;
  // A session that was offered to a handshake that came to nothing may be the reason.
  if (!established && ticket != nullptr) SSL_CTX_remove_session(context.ssl.get(), ticket.get());
  // OpenSSL forbids the resumption of sessions that did not part in peace, as RFC 2246 had it. RFC
  // 5246 §7.2.1 does not, and connections of a pool seldom part otherwise.
  if (established && failure.code == ErrorCode::none)
    SSL_set_shutdown(ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

TlsSession::Event TlsSession::State::fail(TlsFailure why) {
  failure = std::move(why);
  plaintext = {};
  unsealed.clear();
  return Event::error;
}

TlsSession::Event TlsSession::State::fail(int ssl_error) {
  TlsCircumstances known;
  known.established = established;
  known.asked_for_certificate = peer.asked_for_certificate;
  known.has_certificate = context.has_certificate;
  known.declined_renegotiation = peer.declined_renegotiation;
  known.version = SSL_version(ssl.get());
  known.host = host;
  known.opening = {pipe.opening, pipe.opening_size};
  return fail(tls_failure(ssl_error, peer.rejection, known));
}

TlsSession::Event TlsSession::State::shake_hands() {
  const int done = SSL_do_handshake(ssl.get());
  if (done == 1) return settle();
  const int why = SSL_get_error(ssl.get(), done);
  return why == SSL_ERROR_WANT_READ ? Event::need_more : fail(why);
}

TlsSession::Event TlsSession::State::settle() {
  // A second look: nothing that went wrong in between may make a peer trusted (a resumed session
  // carries the verdict of its first handshake).
  HF_CHECK(SSL_get_verify_result(ssl.get()) == X509_V_OK);
  const std::string_view protocol = picked(*ssl);
  if (!protocol.empty() && !is_offered(offered, protocol))
    return fail(
        {ErrorCode::tls_handshake_failed, "the peer picked a protocol that was not offered"});
  established = true;
  if (SSL_version(ssl.get()) < TLS1_3_VERSION) watch_renegotiation(*ssl);
  ticket.reset();
  std::vector<CertificateHandle>().swap(peer.replaced);
  return Event::established;
}

TlsSession::Event TlsSession::State::read() {
  // Nothing is read ahead, so that nothing but what is left of a record can be there.
  if (pipe.input.empty() && SSL_pending(ssl.get()) == 0) return Event::need_more;
  const std::size_t waiting = pipe.pending.size();
  for (;;) {
    const std::size_t before = pipe.input.size();
    std::size_t size = 0;
    const int done =
        SSL_read_ex(ssl.get(), context.scratch.get(), TlsContext::State::kScratchBytes, &size);
    if (done == 1) {
      plaintext = {context.scratch.get(), size};
      chatter_bytes = 0;
      peer.declined_renegotiation = false;  // the peer goes on without
      answer_key_update();
      write_unsealed();
      return Event::data;
    }
    const int why = SSL_get_error(ssl.get(), done);
    if (why == SSL_ERROR_ZERO_RETURN) {
      closed = true;
      return Event::closed;
    }
    if (why != SSL_ERROR_WANT_READ) return fail(why);
    // It also asks for more after a message of its own, with more at hand.
    if (pipe.input.empty() || pipe.input.size() == before) break;
  }
  answer_key_update();
  if (has_too_much_to_say(pipe.pending.size() - waiting))
    return fail({ErrorCode::protocol_error,
                 "the peer asks for new keys again and again, and sends nothing by them"});
  write_unsealed();
  return Event::need_more;
}

/// A peer that sends nothing but key updates, and never reads our answers, would fill our memory.
bool TlsSession::State::has_too_much_to_say(std::size_t bytes) {
  constexpr std::size_t kMost = 4096;  // over a hundred answers
  chatter_bytes += bytes;
  return chatter_bytes > kMost;
}

/// OpenSSL would answer the last key update with the next write only (RFC 8446 §4.6.3), which on a
/// connection that only reads is never.
void TlsSession::State::answer_key_update() {
  if (SSL_get_key_update_type(ssl.get()) == SSL_KEY_UPDATE_NOT_REQUESTED && !goodbye &&
      SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1) {
    SSL_do_handshake(ssl.get());
  }
}

void TlsSession::State::write_unsealed() {
  if (!unsealed.empty() && write(unsealed)) std::string().swap(unsealed);
}

/// False if OpenSSL has to read first: a message of the handshake's kind (a ticket) is there by
/// half.
bool TlsSession::State::write(std::string_view plain) {
  std::size_t size = 0;
  const int done = SSL_write_ex(ssl.get(), plain.data(), plain.size(), &size);
  if (done == 1) return true;
  const int why = SSL_get_error(ssl.get(), done);
  if (why != SSL_ERROR_WANT_READ) fail(why);
  return false;
}

void TlsSession::State::flush(std::string& out) {
  if (pipe.pending.empty()) return;
  out += pipe.pending;
  std::string().swap(pipe.pending);  // its room would be idle memory
}

TlsSession::TlsSession(TlsContext& context, const TlsTarget& target) {
  HF_CHECK(context.complaint().empty());
  state_ = std::make_unique<State>(*context.state_, target);
}

TlsSession::~TlsSession() = default;

TlsSession::Event TlsSession::next(std::string_view& input) {
  State& state = *state_;
  if (state.failure.code != ErrorCode::none) return Event::error;
  if (state.closed) return Event::closed;
  const TlsErrorQueue queue;
  state.plaintext = {};
  state.pipe.input = input;
  const Event event = state.established ? state.read() : state.shake_hands();
  input = std::exchange(state.pipe.input, {});
  // Writing may fail where reading went well.
  return state.failure.code != ErrorCode::none ? Event::error : event;
}

std::string_view TlsSession::data() const { return state_->plaintext; }

void TlsSession::seal(std::string_view plain, std::string& out) {
  State& state = *state_;
  HF_CHECK(state.established && state.failure.code == ErrorCode::none && !state.goodbye);
  if (plain.empty()) return;
  const TlsErrorQueue queue;
  state.flush(out);  // what was said before goes before
  state.pipe.out = &out;
  if (!state.unsealed.empty() || !state.write(plain)) state.unsealed += plain;
  state.pipe.out = nullptr;
}

void TlsSession::take(std::string& out) { state_->flush(out); }

void TlsSession::close_notify(std::string& out) {
  State& state = *state_;
  state.flush(out);
  // It says that all was sent. Where that is not so, the peer is better off without.
  if (!state.established || state.failure.code != ErrorCode::none || state.goodbye ||
      !state.unsealed.empty())
    return;
  const TlsErrorQueue queue;
  state.goodbye = true;
  state.pipe.out = &out;
  SSL_shutdown(state.ssl.get());
  state.pipe.out = nullptr;
}

bool TlsSession::established() const { return state_->established; }
std::string_view TlsSession::renegotiation_complaint() const {
  return state_->peer.declined_renegotiation ? kRenegotiationComplaint : std::string_view();
}
std::string_view TlsSession::protocol() const { return picked(*state_->ssl); }
std::uint16_t TlsSession::version() const {
  return state_->established ? static_cast<std::uint16_t>(SSL_version(state_->ssl.get())) : 0;
}
bool TlsSession::resumed() const { return SSL_session_reused(state_->ssl.get()) == 1; }
ErrorCode TlsSession::error() const { return state_->failure.code; }
const std::string& TlsSession::detail() const { return state_->failure.detail; }

}  // namespace holdfast::wire
