// The C interface: the resilient HTTP client for libuv, for C11 and everything that can call C.
//
// A GET:
//
//     static void show(void* context, holdfast_response* response, holdfast_error* error) {
//       puts(error != NULL ? holdfast_error_message(error) : holdfast_response_body(response,
//       NULL));
//     }
//
//     holdfast_client* client = holdfast_client_new(loop, NULL);
//     holdfast_get(client, "http://localhost:8080/", show, NULL);
//     uv_run(loop, UV_RUN_DEFAULT);
//     holdfast_client_free(client);
//     uv_run(loop, UV_RUN_DEFAULT);  // lets the client's handles close
//
// The rules for all functions:
//
// - Thread. A client and everything of it belongs to its loop's thread, except
//   holdfast_client_post_to_loop(). Options, requests, responses and errors can be made, kept and
//   freed on any one thread at a time; a cookie jar can be used by several at once.
// - Callbacks run on the loop's thread, and never inside the call that started them. They may send,
//   cancel, close and free the client; they must not run the loop or let a C++ exception out, which
//   ends the process. `context` is passed through. Only requests that are sent after the client's
//   close was reported, after the program closed the loop's handles, or in a forked child call back
//   inside the call that sends them, because the loop may be gone.
// - ABI. Every type is opaque and used through functions, and values that later versions may add to
//   are selected by an enumerator, so that programs built against this version run with later ones.
//   Options are therefore set by name. The few structs (holdfast_retry_question, holdfast_cookie)
//   are passed by pointer only, and may grow at their end.
// - Text is bytes with a NUL after them, in the encoding in which it came. What a function returns
//   belongs to the object that it was got from, and lives as long unless stated otherwise. A null
//   pointer in place of a text means "". Freeing a null pointer has no effect; other pointers to
//   objects must not be null.
// - Error texts. Functions that can refuse their arguments return null on success, else what is
//   wrong with which value and what to write instead; then nothing was changed. The text lives
//   until the next call on the same object, and contains no secrets (H4).
// - No C++ exception leaves a function. Out of memory, functions that make an object return null,
//   functions that return an error text return one, and all others return what they return for an
//   empty object.
//
// Everything in Client (holdfast/client.h) is available in C, except:
//
// - Url: no functions parse or resolve URLs. Events have the parts of their URL
//   (holdfast_event_say()), and holdfast_percent_encode() and holdfast_redact_url() are available.
// - BlockingClient, CoClient and the virtual world for tests (holdfast/testing.h). A C program
//   waits by running its loop.
// - BatchHandle: holdfast_send_each() ends by itself or with its client. And
//   on_unfinished_clients().
// - AttemptNotice::delay_source, which holdfast_client_observe() has.
#pragma once

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
