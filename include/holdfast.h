// holdfast for C: the resilient HTTP client for libuv applications, for C11 and whatever can call
// C.
#pragma once

// From C, a GET:
//
//   static void show(void* context, holdfast_response* response, holdfast_error* error) {
//     puts(error != NULL ? holdfast_error_message(error) : holdfast_response_body(response, NULL));
//   }
//
//   holdfast_client* client = holdfast_client_new(loop, NULL);
//   holdfast_get(client, "http://localhost:8080/", show, NULL);
//   uv_run(loop, UV_RUN_DEFAULT);
//   holdfast_client_free(client);
//   uv_run(loop, UV_RUN_DEFAULT);  // lets the client's handles close
//
// What holds for all of it:
//
// * Thread. Everything of a client belongs to its loop's thread, but for holdfast_client_post().
//   Options, requests, responses and errors may be made, kept and freed on any one thread at a
//   time; a cookie jar may be used by several at once.
// * Callbacks run on the loop's thread and never inside the call that started them. In them
//   anything is allowed, sending, cancelling, closing and freeing the client, but for running the
//   loop and letting a C++ exception out, which ends the process. `context` is handed through and
//   never looked at. Inside the call come only the callbacks of requests that are sent after the
//   client's close was reported, after the loop's handles were closed under it, or in a forked
//   child: the loop may be gone.
// * ABI. Every type is opaque, made here and reached through functions, and what may once have more
//   members is asked for by an enumerator: programs built against this version run with later ones.
//   For the same reason options are set by name and not in a struct. The few structs there are
//   (holdfast_retry_question, holdfast_cookie) are handed out by pointer only, and may grow at
//   their end.
// * Text is bytes and a NUL behind them, in whatever encoding it came. What a function returns
//   belongs to the object it was got from and lives as long, unless it says less. A null pointer to
//   text that is given counts as "". Freeing a null pointer does nothing; no other object may be
//   null.
// * A complaint is null where all is well, else what was wrong with which value, and what to write
//   instead; nothing was changed then. It lives until the next call on the same object, and never
//   has a secret in it (SPEC H4).
// * No C++ exception leaves a function. Out of memory, functions that make something return null,
//   those that complain say so, the others answer as if there was nothing.
//
// All that Client says (holdfast/client.h) can be said from C, and all that goes into it and comes
// out of it, but for these:
//
// * Url: there are no functions that take a URL apart or resolve one. Those of requests that are
//   watched come in parts (holdfast_event_say()); percent_encode() and redact_url() are here.
// * BlockingClient, CoClient, and the virtual world for tests of your own (holdfast/testing.h).
//   A C program waits by running its loop.
// * BatchHandle: what holdfast_send_each() sends ends by itself, or with its client; and
//   on_unfinished_clients().
// * The `delay_source` of an AttemptNotice: holdfast_client_observe() has it.
#include "holdfast/c/client.h"
#include "holdfast/c/cookies.h"
#include "holdfast/c/error.h"
#include "holdfast/c/headers.h"
#include "holdfast/c/hook.h"
#include "holdfast/c/multipart.h"
#include "holdfast/c/observe.h"
#include "holdfast/c/options.h"
#include "holdfast/c/request.h"
#include "holdfast/c/response.h"
#include "holdfast/c/stats.h"
#include "holdfast/c/timeline.h"
#include "holdfast/c/types.h"
