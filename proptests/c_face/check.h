// For the tests of the C face, in C: checks that count, and a client on a loop of its own of which
// nothing may be left at the end. Owner: c_face_test. Thread: the test's.
#pragma once

#include <holdfast.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

extern int checks_failed;
/// The fault server, "http://127.0.0.1:PORT".
extern const char* server_url;

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, ""))
/// Text is the same.
#define CHECK_TEXT(expected, found) check_text(__FILE__, __LINE__, #found, (expected), (found))
/// `part` is somewhere in `whole`.
#define CHECK_HAS(whole, part) check_has(__FILE__, __LINE__, #whole, (whole), (part))

void check_failed(const char* file, int line, const char* what, const char* more);
void check_text(const char* file, int line, const char* what, const char* expected,
                const char* found);
void check_has(const char* file, int line, const char* what, const char* whole, const char* part);

/// How a request ended, kept for the test to look at.
typedef struct outcome {
  holdfast_response* response;
  holdfast_error* error;
  int calls;
} outcome;
/// holdfast_on_done: `context` is an outcome.
void keep_outcome(void* context, holdfast_response* response, holdfast_error* error);
void forget_outcome(outcome* kept);
/// The header `name` of the kept response, or "none".
const char* header_of(const outcome* kept, const char* name);
const char* body_of(const outcome* kept);

/// A client whose options have the server as base_url and short backoffs.
typedef struct world {
  uv_loop_t loop;
  holdfast_client* client;
} world;
holdfast_options* quick_options(void);
/// Takes `options`; null: quick_options().
void open_world(world* made, holdfast_options* options);
/// Frees the client and checks that the loop has nothing of it left.
void close_world(world* made);
void run_world(world* made);

// The tests, a file each.
void test_options(void);
void test_responses(void);
void test_requests(void);
void test_bodies(void);
void test_streams(void);
void test_clients(void);
void test_forms(void);
void test_hooks(void);
void test_watching(void);
void test_counters(void);
void test_cookies(void);
void test_downloads(void);
