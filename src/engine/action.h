// An order from the engine to whoever drives it. Plain values and borrowed views; see engine.h for
// how long each view lives.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/ids.h"
#include "engine/note.h"
#include "holdfast/error.h"
#include "holdfast/response.h"
#include "holdfast/timeline.h"

namespace holdfast::engine {

struct Action {
  enum class Kind : std::uint8_t {
    // Connections.
    resolve,  ///< look `host` up; answer with handle_resolved
    connect,  ///< open a socket to `path` (a Unix domain socket) unless it is empty, else to
    ///< `address`; answer with handle_connected or handle_connect_failed. A socket of this
    ///< connection that is still connecting is
    ///< dropped first (its address had its share of the time).
    write,       ///< `head` then `body` (either may be empty); answer with handle_written. Further
                 ///< write orders of the connection come only after the last byte was answered for.
    read_stop,   ///< back-pressure: take no bytes from the socket
    read_start,  ///< undoes read_stop (a new connection reads from the start)
    look,        ///< read what lies in the socket now and report it by handle_bytes, handle_eof or
                 ///< handle_failed; then report handle_looked
    close,       ///< drop the socket and any lookup; answer with handle_closed, always, once
    // Exchanges. `user` is what submit was given.
    open_body,  ///< open the body's source for attempt `attempt`; answer with body_opened at once
    need_body,  ///< read the body source of attempt `attempt`; answer with provide_body, at once
                ///< or, when the source had nothing, after body_ready has asked again
    interim,    ///< streaming: `response` is a 1xx head
    head,       ///< streaming: `response` is the final head
    restart,    ///< storing: the content of `response` follows; what came before is void
    body,       ///< streaming, storing: `body` holds bytes of the content
    prepare,   ///< only with a hook: may attempt `attempt` go ahead? Answer with prepared(), now or
               ///< later
    note,      ///< only when notes are on: `note` happened. Of a connection: `user` is null
    complete,  ///< exactly once, the last of its exchange: `response` or `error` may be moved from
  };

  Kind kind = Kind::complete;
  ConnectionId connection;
  ExchangeId exchange;
  void* user = nullptr;
  std::string_view head, body;   // write; body: body
  std::string_view host;         // resolve
  std::uint16_t port = 0;        // resolve
  std::uint32_t attempt = 0;     // open_body, need_body, prepare
  PeerAddress address;           // connect
  std::string_view zone;         // connect: the interface that gives `address` its scope; "": none
  std::string_view path;         // connect: lives until the connection is closed
  Response* response = nullptr;  // interim, head, restart, complete
  Error* error = nullptr;        // complete
  const Note* note = nullptr;    // note; lives until the next poll()
};

}  // namespace holdfast::engine
