// The coroutine client (F2): co_await a response, the pieces of a body, or many responses at once,
// from any C++20 coroutine type. co_task.h has a coroutine type for programs that have none.
//
//     holdfast::CoClient client(loop);                    // a Client of its own, or
//     CoClient(client) holdfast::co::Task<void> show(holdfast::CoClient& client) {
//       auto op = client.get("http://localhost:8080/");   // nothing is sent yet
//       holdfast::Result<holdfast::Response> result = co_await op;
//       if (result) puts(result->body.c_str());
//     }
//
// Each operation is one Client::send(), stream() or download(), with the same retries and timeouts.
//
// Thread: the loop's, for everything here; only a stop can be requested from any thread. Coroutines
// are resumed on it from the client's callbacks, so never inside the call that started them. A
// resumed coroutine may do whatever a callback may do: send, cancel, destroy the client. An
// exception that leaves it into the loop ends the program.
//
// An operation is cancelled by destroying it (as destroying a suspended coroutine does with its
// local variables), by cancel(), or by its StopToken. Closing the client ends it with
// `client_closed`. It can be awaited once, by one coroutine; a second await returns
// `invalid_request`.
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

/// A token that never stops. A reference, not a default argument by value, because GCC before 13
/// destroys such a temporary next to a co_await twice.
inline const StopToken& never() {
  static const StopToken token;
  return token;
}

}  // namespace co::detail

/// The client for coroutines: the same requests, awaited instead of called back. It wraps a Client
/// and does not derive from it, because its verbs have the same names, and so that coroutines and
/// callbacks can share one client and its pool.
class CoClient {
 public:
  /// Cancels an operation, from any thread. A stop requested before it begins keeps it from being
  /// sent.
  using Stop = StopToken;

  /// Makes a client of its own on `loop`; see Client::Client().
  explicit CoClient(uv_loop_s* loop, ClientOptions options = {})
      : own_(std::make_unique<Client>(loop, std::move(options))), link_(make_link(own_.get())) {}
  /// Uses an existing client, which must outlive this object.
  explicit CoClient(Client& client) : link_(make_link(&client)) {}
  /// Moves the client.
  CoClient(CoClient&&) noexcept = default;
  CoClient& operator=(CoClient&&) = delete;
  /// With a client of its own: ends the operations under way with `client_closed`, from the loop.
  /// Otherwise they continue, but ignore their stop tokens from now on. In either case operations
  /// that have not begun end with `client_closed`.
  ~CoClient() {
    if (link_ != nullptr) link_->cut();
  }

  /// Returns an operation that sends a GET request to `url`.
  co::Operation get(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("GET", url), stop);
  }
  /// Returns an operation that sends a HEAD request to `url`.
  co::Operation head(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("HEAD", url), stop);
  }
  /// Returns an operation that sends an OPTIONS request to `url`.
  co::Operation options(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("OPTIONS", url), stop);
  }
  /// Returns an operation that sends a POST request with this body.
  co::Operation post(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("POST", url, std::move(body)), stop);
  }
  /// Returns an operation that sends a PUT request with this body.
  co::Operation put(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("PUT", url, std::move(body)), stop);
  }
  /// Returns an operation that sends a PATCH request with this body.
  co::Operation patch(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("PATCH", url, std::move(body)), stop);
  }
  /// Returns an operation that sends a DELETE request to `url`.
  co::Operation del(std::string_view url, const Stop& stop = co::detail::never()) {
    return send(request_of("DELETE", url), stop);
  }
  /// Returns an operation that sends a QUERY request (RFC 10008), whose body is the query. Safe and
  /// idempotent, so it is retried like GET.
  co::Operation query(std::string_view url, Body body, const Stop& stop = co::detail::never()) {
    return send(request_of("QUERY", url, std::move(body)), stop);
  }
  /// Returns an operation that sends this request; see Client::send().
  co::Operation send(Request request, const Stop& stop = co::detail::never()) {
    return co::Operation(std::make_shared<co::detail::Pending>(link_, std::move(request), stop));
  }
  /// Returns an operation that sends this request and takes its response piece by piece.
  co::Stream stream(Request request, const Stop& stop = co::detail::never()) {
    return co::Stream(std::make_shared<co::detail::PendingStream>(link_, std::move(request), stop));
  }
  /// Returns an operation that stores a response in the file `path`; see Client::download().
  co::Operation download(Request request, std::string path,
                         const Stop& stop = co::detail::never()) {
    return co::Operation(std::make_shared<co::detail::PendingDownload>(link_, std::move(request),
                                                                       std::move(path), stop));
  }

  /// Returns an operation that closes the client, also if others use it; see Client::close(). It
  /// ends when the loop has no handle of the client.
  ///
  ///     co_await client.close();
  co::Closing close() { return co::Closing(*link_->client(), false); }
  /// As above, after the requests under way have ended; see Client::close_gracefully().
  co::Closing close_gracefully() { return co::Closing(*link_->client(), true); }

  /// Returns the client, for callbacks, observers and stats.
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
