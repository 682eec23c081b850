// Coroutines over the callback client (SPEC F2): co_await a response, the pieces of a body, or many
// responses at once, from any C++20 coroutine type (co_task.h has one for those who have none).
//
//   holdfast::CoClient client(loop);                    // a Client of its own, or CoClient(client)
//   holdfast::co::Task<void> show(holdfast::CoClient& client) {
//     auto op = client.get("http://localhost:8080/");   // nothing is sent yet
//     holdfast::Result<holdfast::Response> result = co_await op;
//     if (result) puts(result->body.c_str());
//   }
//
// It adds nothing to what a client does: each operation is one send() or stream(), so it is
// retried, waited for and ended just as that is. Thread: everything here belongs to the loop's,
// where coroutines are resumed too, from the client's callbacks and so never inside the call that
// started them; only a stop may be requested from any thread. A resumed coroutine may do what a
// callback may: send, cancel, destroy the client. An exception may not leave it into the loop: that
// ends the program.
//
// An operation is cancelled by destroying it (as destroying a suspended coroutine does with its
// local ones), by cancel(), or by its StopToken. The client's end ends it with client_closed.
// One coroutine awaits it, once; a second one is told invalid_request.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/client.h"
#include "holdfast/co_closing.h"
#include "holdfast/co_gather.h"
#include "holdfast/co_operation.h"
#include "holdfast/co_stream.h"
#include "holdfast/co_task.h"
#include "holdfast/stop.h"

namespace holdfast {

namespace co::detail {

/// A token that never stops. A reference to it rather than a default argument of its own: such a
/// temporary, beside a co_await, is what GCC before 13 destroys twice.
inline const StopToken& never() {
  static const StopToken token;
  return token;
}

}  // namespace co::detail

/// A client as coroutines see it: the same requests, to be awaited instead of called back. Wraps
/// rather than extends Client, since the verbs have the same names there, and so that coroutines
/// and callbacks may share one client and its pool.
class CoClient {
 public:
  using Stop = StopToken;

  /// With a client of its own on `loop`: see Client.
  explicit CoClient(uv_loop_s* loop, ClientOptions options = {})
      : own_(std::make_unique<Client>(loop, std::move(options))), link_(make_link(own_.get())) {}
  /// With a client that others use too, and that has to outlive this object.
  explicit CoClient(Client& client) : link_(make_link(&client)) {}
  CoClient(CoClient&&) noexcept = default;
  CoClient& operator=(CoClient&&) = delete;
  /// With a client of its own: ends what is under way with client_closed, from the loop. Without:
  /// what is under way goes on, but its stop tokens are not heard any more. Operations that have
  /// not begun end with client_closed in either case.
  ~CoClient() {
    if (link_ != nullptr) link_->cut();
  }

  /// Each may be given a token, by which any thread may cancel it; a token that has stopped already
  /// keeps it from being sent.
  co::Operation get(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("GET", url), stop);
  }
  co::Operation head(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("HEAD", url), stop);
  }
  co::Operation options(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("OPTIONS", url), stop);
  }
  co::Operation post(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("POST", url, std::move(body)), stop);
  }
  co::Operation put(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("PUT", url, std::move(body)), stop);
  }
  co::Operation patch(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("PATCH", url, std::move(body)), stop);
  }
  co::Operation del(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("DELETE", url), stop);
  }
  /// QUERY (RFC 10008): safe and idempotent, so retried like GET; its body says what is asked for.
  co::Operation query(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("QUERY", url, std::move(body)), stop);
  }
  co::Operation send(Request request, const Stop& stop = co::detail::never()) {
    return co::Operation(std::make_shared<co::detail::Pending>(link_, std::move(request), stop));
  }
  co::Stream stream(Request request, const Stop& stop = co::detail::never()) {
    return co::Stream(std::make_shared<co::detail::PendingStream>(link_, std::move(request), stop));
  }
  /// A response stored in the file `path`: see Client::download().
  co::Operation download(Request request, std::string path,
                         const Stop& stop = co::detail::never()) {
    return co::Operation(std::make_shared<co::detail::PendingDownload>(link_, std::move(request),
                                                                       std::move(path), stop));
  }

  /// Awaited: ends every exchange with client_closed, closes all connections, and resumes when the
  /// loop has no handle of this client: see Client::close(). Closes a client that others use too.
  ///   co_await client.close();
  co::Closing close() { return co::Closing(*link_->client(), false); }
  /// The same after the requests under way have ended: see Client::close_gracefully().
  co::Closing close_gracefully() { return co::Closing(*link_->client(), true); }

  /// The client behind it: for callbacks, close(), on_attempt() and stats().
  Client& client() { return *link_->client(); }

 private:
  static std::shared_ptr<co::detail::Link> make_link(Client* client) {
    return std::make_shared<co::detail::Link>(client);
  }
  static Request request_of(std::string_view method, std::string_view url, Body body = {}) {
    Request request;
    request.method = method;
    request.url = url;
    request.body = std::move(body);
    return request;
  }

  std::unique_ptr<Client> own_;
  std::shared_ptr<co::detail::Link> link_;
};

}  // namespace holdfast
