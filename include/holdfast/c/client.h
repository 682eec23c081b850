// Clients on a libuv loop, and requests under way. The rules are in holdfast.h. Thread: the loop's,
// except for holdfast_client_post_to_loop().
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/request.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Makes a client on this loop. The loop must outlive the client's closing: run it once more after
/// holdfast_client_free(), and uv_loop_close() returns 0. `options` are copied; null: the defaults.
/// holdfast/client.h has the rules for handles closed by the program, and for fork(): in the child,
/// requests end with HOLDFAST_FORKED inside the call that sends them. Returns null when out of
/// memory.
HOLDFAST_EXPORT holdfast_client* holdfast_client_new(struct uv_loop_s* loop,
                                                     const holdfast_options* options);
/// Frees the client. Ends every request with HOLDFAST_CLIENT_CLOSED; the callbacks are still
/// called, from the loop.
HOLDFAST_EXPORT void holdfast_client_free(holdfast_client* client);

/// A function of the caller.
typedef void (*holdfast_call_back)(void* context);
/// Ends every request with HOLDFAST_CLIENT_CLOSED and closes all connections, then calls `done`,
/// which may be null. Requests sent later end the same way; once `done` has been called, inside the
/// call that sends them, because the loop may be gone. The client must still be freed.
HOLDFAST_EXPORT void holdfast_client_close(holdfast_client* client, holdfast_call_back done,
                                           void* context);
/// Accepts no new request, lets those under way end, retries included, then closes as
/// holdfast_client_close() does.
HOLDFAST_EXPORT void holdfast_client_close_gracefully(holdfast_client* client,
                                                      holdfast_call_back done, void* context);
/// Runs `work` on the loop's thread, in the order posted. Thread: any, while the client is not
/// being freed. Returns 1, or 0 and does not run it once the client has closed.
HOLDFAST_EXPORT int holdfast_client_post_to_loop(holdfast_client* client, holdfast_call_back work,
                                                 void* context);

/// Sends a request and takes ownership of it. Every failure is reported to `done`, which may be
/// null. Returns 0 only when out of memory; then `done` is not called.
HOLDFAST_EXPORT holdfast_request_id holdfast_send(holdfast_client* client,
                                                  holdfast_request* request, holdfast_on_done done,
                                                  void* context);
/// Sends a GET request to `url`, as holdfast_send().
HOLDFAST_EXPORT holdfast_request_id holdfast_get(holdfast_client* client, const char* url,
                                                 holdfast_on_done done, void* context);
/// Sends a POST request with these bytes, which are copied, as holdfast_send(). `content_type`
/// null: no such field.
HOLDFAST_EXPORT holdfast_request_id holdfast_post(holdfast_client* client, const char* url,
                                                  const char* content_type, const void* body,
                                                  size_t length, holdfast_on_done done,
                                                  void* context);
/// Sends a QUERY request (RFC 10008), whose body is the query, like holdfast_post(). Safe and
/// idempotent, so it is retried like GET.
HOLDFAST_EXPORT holdfast_request_id holdfast_query(holdfast_client* client, const char* url,
                                                   const char* content_type, const void* body,
                                                   size_t length, holdfast_on_done done,
                                                   void* context);

/// The end of one request of holdfast_send_each(), as in holdfast_on_done, with its index in the
/// array.
typedef void (*holdfast_on_each)(void* context, size_t index, holdfast_response* response,
                                 holdfast_error* error);
/// Sends `count` requests, taking ownership of them, at most `limit` at a time (0: the number of
/// connections of the pool). Calls `each`, which may be null, as each ends, then `done`, which may
/// be null. Requests beyond the limit have not begun: none of their timeouts runs. Callbacks for
/// interim responses, heads and bodies that were set on the requests are not called. Returns 1, or
/// 0 when out of memory; then nothing is called.
HOLDFAST_EXPORT int holdfast_send_each(holdfast_client* client, holdfast_request* const* requests,
                                       size_t count, size_t limit, holdfast_on_each each,
                                       holdfast_call_back done, void* context);

/// Sends a request and stores the decoded content of its response in the file `path`.
///
/// The content is written to "PATH.part" next to it, which replaces `path` by renaming once the
/// response is complete with status 2xx. In every other case `path` is unchanged; the response then
/// has the body of a status that was not 2xx. A response that is cut short is retried from its
/// beginning. The size of the content is not limited. A file that cannot be created, written or
/// renamed, and a directory, fail with HOLDFAST_FILE_FAILED. A symbolic link is followed. Devices
/// and FIFOs are never replaced; they are written as the response is received, and once that has
/// begun the request is not retried. holdfast_pause() and holdfast_resume() work as for a stream.
/// Of the request's callbacks, the one for interim responses is called
/// (holdfast_request_on_interim()), those for head and body are not.
///
/// Limits: the file is written on the loop's thread, at most 64 KiB at a time, which blocks the
/// loop. The data is not synchronised to the disk (fsync): a power failure soon afterwards can
/// leave an empty file.
HOLDFAST_EXPORT holdfast_request_id holdfast_download(holdfast_client* client,
                                                      holdfast_request* request, const char* path,
                                                      holdfast_on_done done, void* context);

/// Ends the request with HOLDFAST_CANCELLED. Its callback is called on a later turn of the loop.
HOLDFAST_EXPORT void holdfast_cancel(holdfast_client* client, holdfast_request_id call);
/// Stops the callback for the body until holdfast_resume(). Flow control then stops the peer.
HOLDFAST_EXPORT void holdfast_pause(holdfast_client* client, holdfast_request_id call);
/// Continues after holdfast_pause().
HOLDFAST_EXPORT void holdfast_resume(holdfast_client* client, holdfast_request_id call);
/// Tells that a body source that returned HOLDFAST_BODY_PENDING has bytes now.
HOLDFAST_EXPORT void holdfast_body_ready(holdfast_client* client, holdfast_request_id call);
/// Returns 1 while the last callback is still to come, else 0.
HOLDFAST_EXPORT int holdfast_active(holdfast_client* client, holdfast_request_id call);
/// Returns the decoded bytes received so far of a buffered or downloaded body; restarts at 0 when
/// the request is retried. `*expected`, unless null, becomes the length of the whole body, or -1
/// while it is unknown. Cheap to poll; meant for progress displays. 0 for a streamed response, and
/// when the request has ended.
HOLDFAST_EXPORT uint64_t holdfast_progress(holdfast_client* client, holdfast_request_id call,
                                           int64_t* expected);

#ifdef __cplusplus
}
#endif
