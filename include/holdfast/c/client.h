// Clients on a libuv loop, and requests under way. Part of holdfast.h, where the rules stand.
// Thread: the loop's, but for holdfast_client_post().
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/request.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A client on this loop, which must outlive its closing: run it once more after
/// holdfast_client_free(), and uv_loop_close() returns 0. `options` are copied; null: the defaults.
/// Handles that somebody else closes, and fork(), are as holdfast/client.h says: after a fork the
/// child's requests end with HOLDFAST_FORKED, inside the call that sends them.
HOLDFAST_EXPORT holdfast_client* holdfast_client_new(struct uv_loop_s* loop,
                                                     const holdfast_options* options);
/// Ends every request with HOLDFAST_CLIENT_CLOSED; their callbacks still come, from the loop.
HOLDFAST_EXPORT void holdfast_client_free(holdfast_client* client);

typedef void (*holdfast_call_back)(void* context);
/// Ends every request with HOLDFAST_CLIENT_CLOSED and closes all connections; then calls `done`,
/// which may be null. Requests sent later end likewise; once `done` was called, inside the call
/// that sends them, as the loop may be gone. The client is still to be freed.
HOLDFAST_EXPORT void holdfast_client_close(holdfast_client* client, holdfast_call_back done,
                                           void* context);
/// Takes no new request, lets those under way end, retries included, then closes.
HOLDFAST_EXPORT void holdfast_client_close_gracefully(holdfast_client* client,
                                                      holdfast_call_back done, void* context);
/// From any thread, while the client is not being freed: runs `work` on the loop's thread, in
/// order. 0: the client has closed, `work` will not be run.
HOLDFAST_EXPORT int holdfast_client_post(holdfast_client* client, holdfast_call_back work,
                                         void* context);

/// Sends a request and takes it: it may not be used any more. Every failure comes through `done`,
/// which may be null. 0 only when out of memory: `done` does not come then.
HOLDFAST_EXPORT holdfast_call holdfast_send(holdfast_client* client, holdfast_request* request,
                                            holdfast_on_done done, void* context);
HOLDFAST_EXPORT holdfast_call holdfast_get(holdfast_client* client, const char* url,
                                           holdfast_on_done done, void* context);
/// `content_type` may be null: no such field. The body is copied.
HOLDFAST_EXPORT holdfast_call holdfast_post(holdfast_client* client, const char* url,
                                            const char* content_type, const void* body,
                                            size_t length, holdfast_on_done done, void* context);
/// QUERY (RFC 10008): safe and idempotent, so retried like GET; the body says what is asked for.
HOLDFAST_EXPORT holdfast_call holdfast_query(holdfast_client* client, const char* url,
                                             const char* content_type, const void* body,
                                             size_t length, holdfast_on_done done, void* context);

/// Called with each request's end, as holdfast_on_done is, with its place in the array.
typedef void (*holdfast_on_each)(void* context, size_t index, holdfast_response* response,
                                 holdfast_error* error);
/// Sends `count` requests and takes them, at most `limit` of them at once (0: as many as the pool
/// has connections); calls `each`, which may be null, as each ends, then `done`, which may be null.
/// A request beyond the limit has not begun: no timeout of it runs. What a request was to hear of
/// its response while it comes is not told. Returns 0 when out of memory: nothing is called then.
HOLDFAST_EXPORT int holdfast_send_each(holdfast_client* client, holdfast_request* const* requests,
                                       size_t count, size_t limit, holdfast_on_each each,
                                       holdfast_call_back done, void* context);

/// Sends a request and stores the content of its response in the file `path`, decoded: in
/// "PATH.part" beside it, which takes its place, by renaming, when the response is whole and its
/// status 2xx. Whatever else happens, `path` is left as it is; the response has the body of a
/// status that was not 2xx. Retried from its beginning when cut short; no limit on what is stored.
/// A file that cannot be made, written or renamed is HOLDFAST_FILE_FAILED; so is a directory. A
/// symbolic link is followed. Devices and FIFOs are written as the response comes, and never
/// replaced; a request is not retried once that has begun. holdfast_pause() and
/// holdfast_resume() hold the server back. Of what the request was to hear of its response, interim
/// heads are told (holdfast_request_on_interim()); the final head and the body are not.
///
/// Weaknesses: the file is written on the loop's thread, which that blocks, at most 64 KiB at a
/// time. Nothing waits for the disk (fsync): a power failure soon after may leave an empty file.
HOLDFAST_EXPORT holdfast_call holdfast_download(holdfast_client* client, holdfast_request* request,
                                                const char* path, holdfast_on_done done,
                                                void* context);

/// Ends the request with HOLDFAST_CANCELLED; its callback comes on a later turn.
HOLDFAST_EXPORT void holdfast_cancel(holdfast_client* client, holdfast_call call);
/// Streaming: no more on_body until holdfast_resume(); the peer is held back by flow control.
HOLDFAST_EXPORT void holdfast_pause(holdfast_client* client, holdfast_call call);
HOLDFAST_EXPORT void holdfast_resume(holdfast_client* client, holdfast_call call);
/// A body source that said HOLDFAST_BODY_PENDING has bytes now.
HOLDFAST_EXPORT void holdfast_body_ready(holdfast_client* client, holdfast_call call);
/// 1 while the last callback is still to come.
HOLDFAST_EXPORT int holdfast_active(holdfast_client* client, holdfast_call call);
/// How much of a buffered or downloaded body has come, content codings undone; less than before
/// when another attempt has begun. `*expected`, which may be null, becomes the whole body's length,
/// -1 as long as it is not known. For whoever shows it to a person, asked now and then: nothing is
/// counted for it. 0 for a streamed response, and when the request has ended.
HOLDFAST_EXPORT uint64_t holdfast_progress(holdfast_client* client, holdfast_call call,
                                           int64_t* expected);

#ifdef __cplusplus
}
#endif
