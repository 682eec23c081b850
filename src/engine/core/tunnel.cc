// A tunnel through an HTTP proxy (RFC 9110 §9.3.6): part of the dial, within its connect budget.
// The proxy learns the origin's host and port, who we are to it, and nothing of the requests.
#include "engine/core/core.h"
#include "http/ip_address.h"
#include "wire/h1/writer.h"

namespace holdfast::engine {

namespace {

/// RFC 9110 §7.2, §9.3.6: the port is always said.
std::string authority_of(std::string_view host, std::uint16_t port) {
  const bool v6 = host.find(':') != host.npos;
  std::string text(v6 ? "[" : "");
  return text.append(host).append(v6 ? "]:" : ":").append(std::to_string(port));
}

}  // namespace

void Core::begin_tunnel(Connection& c) {
  c.state = Connection::State::tunneling;
  const OriginId origin = pool_.origin_of(c.id);
  const std::string authority =
      authority_of(http::without_zone(pool_.host_of(origin)), pool_.port_of(origin));
  wire::H1RequestHead head;
  head.method = "CONNECT";
  head.target = head.authority = authority;
  head.user_agent = options_.default_headers.get("User-Agent").value_or(options_.user_agent);
  const HeaderField credentials{"Proxy-Authorization", c.via->authorization};
  if (!credentials.value.empty()) head.added = {&credentials, 1};
  c.out.clear();
  wire::append_request_head(c.out, head);
  c.reader.expect_response(head.method, options_.limits);
  c.outbox.flying = c.out.size();
  Action& action = order(Action::Kind::write);
  action.connection = c.id;
  action.head = c.out;
  arm(c);
}

void Core::tunnel_answered(Connection& c, std::string_view bytes) {
  for (;;) {
    switch (c.reader.next(bytes)) {
      case wire::H1Reader::Event::interim:  // of no concern, and bounded in number
        break;
      case wire::H1Reader::Event::head:
        return tunnel_decided(c, !bytes.empty());
      case wire::H1Reader::Event::error:
        return dial_failed(c, c.reader.error(), 0, c.reader.detail());
      case wire::H1Reader::Event::body:  // cannot come before the head, with which this ends
      case wire::H1Reader::Event::end:
      case wire::H1Reader::Event::need_more:
        return;
    }
  }
}

/// The response by which the proxy refused the tunnel; null if the dial failed by anything else.
const ResponseHead* Core::refusal_of(Connection& c, ErrorCode code) {
  const bool refused = code == ErrorCode::proxy_refused || code == ErrorCode::proxy_unavailable;
  return refused ? &c.reader.head() : nullptr;
}

/// A refusal costs the connection: what it has for a body is not worth reading, and proxies close
/// after it as a rule. Its status and fields decide whether and when the exchange tries again (R3,
/// B3, B8). `surplus`: bytes follow the head.
void Core::tunnel_decided(Connection& c, bool surplus) {
  const int status = c.reader.head().status;
  const std::string said = "it answered CONNECT with status " + std::to_string(status);
  if (status >= 500 || status == 408 || status == 429) {
    return dial_failed(c, ErrorCode::proxy_unavailable, 0, said);
  }
  if (status == 407) {
    return dial_failed(c, ErrorCode::proxy_refused, 0,
                       said + (c.via->authorization.empty()
                                   ? "; give it credentials: http://user:password@host:port"
                                   : "; it does not take the credentials of the proxy's URL"));
  }
  if (status >= 300) return dial_failed(c, ErrorCode::proxy_refused, 0, said);
  // Nobody who stands behind the tunnel speaks before our ClientHello has asked: these bytes would
  // be the proxy's, passed off as the origin's.
  if (surplus || c.outbox.flying != 0) {
    return dial_failed(c, ErrorCode::protocol_error, 0,
                       surplus ? "bytes follow its answer to CONNECT"
                               : "it answered CONNECT before it had read it");
  }
  begin_tls(c);
}

}  // namespace holdfast::engine
