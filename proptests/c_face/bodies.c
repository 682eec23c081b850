// Bodies that are read while they are sent.
#include <stdlib.h>

#include "proptests/c_face/check.h"

/// "abcabc…" of a given length, read in pieces of at most `piece`.
typedef struct letters {
  size_t length, at, piece;
  int rewinds, releases;
  int rewind_fails, read_fails, lies;
  int pending_once;  // says "pending" before its second piece, and is woken by a timer
  int done_before_release;
  const outcome* kept;
  uv_timer_t waker;
  world* w;
  holdfast_request_id call;
} letters;

static void wake(uv_timer_t* timer) {
  letters* l = timer->data;
  CHECK(holdfast_active(l->w->client, l->call) == 1);
  holdfast_body_ready(l->w->client, l->call);
  uv_close((uv_handle_t*)timer, NULL);
}

static int64_t read_letters(void* source, char* into, size_t capacity) {
  letters* l = source;
  size_t count = l->length - l->at;
  if (l->read_fails && l->at > 0) return HOLDFAST_BODY_FAILED;
  if (l->lies) return (int64_t)capacity + 1;
  if (l->pending_once && l->at > 0) {
    l->pending_once = 0;
    uv_timer_init(&l->w->loop, &l->waker);
    l->waker.data = l;
    uv_timer_start(&l->waker, wake, 1, 0);
    return HOLDFAST_BODY_PENDING;
  }
  if (count == 0) return HOLDFAST_BODY_END;
  if (count > l->piece) count = l->piece;
  if (count > capacity) count = capacity;
  for (size_t i = 0; i < count; ++i) into[i] = (char)('a' + (l->at + i) % 3);
  l->at += count;
  return (int64_t)count;
}

static int rewind_letters(void* source) {
  letters* l = source;
  ++l->rewinds;
  l->at = 0;
  return l->rewind_fails;
}

static void release_letters(void* source) {
  letters* l = source;
  ++l->releases;
  if (l->kept != NULL && l->kept->calls != 0) l->done_before_release = 1;
}

static void put_letters(world* w, const char* url, letters* l, holdfast_body_rewind rewind,
                        int64_t length, outcome* kept) {
  memset(kept, 0, sizeof *kept);
  l->kept = kept;
  l->w = w;
  holdfast_request* request = holdfast_request_new("PUT", url);
  CHECK(holdfast_request_body_source(request, read_letters, rewind, release_letters, l, length) ==
        NULL);
  l->call = holdfast_send(w->client, request, keep_outcome, kept);
  CHECK(l->call != 0);
  run_world(w);
  CHECK(kept->calls == 1);
  CHECK(l->releases == 1);
  CHECK(!l->done_before_release);
  CHECK(holdfast_active(w->client, l->call) == 0);
}

static void a_source_that_rewinds_is_sent_again(world* w) {
  outcome kept;
  letters l = {.length = 100000, .piece = 7001};
  put_letters(w, "/upload", &l, rewind_letters, 100000, &kept);  // 503, then its length
  CHECK(l.rewinds == 1);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  CHECK(strlen(body_of(&kept)) == 100000);
  CHECK(strncmp(body_of(&kept), "abcabc", 6) == 0);
  forget_outcome(&kept);
}

static void a_source_without_rewind_is_sent_once(world* w) {
  outcome kept;
  letters l = {.length = 10, .piece = 3};
  put_letters(w, "/upload-refused", &l, NULL, HOLDFAST_CHUNKED, &kept);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 503);
  CHECK_TEXT("body_not_replayable",
             holdfast_timeline_stop_reason(holdfast_response_timeline(kept.response)));
  forget_outcome(&kept);
}

static void a_source_may_have_nothing_now(world* w) {
  outcome kept;
  letters l = {.length = 9, .piece = 3, .pending_once = 1};
  put_letters(w, "/echo?raw=1", &l, NULL, HOLDFAST_CHUNKED, &kept);
  CHECK_TEXT("abcabcabc", body_of(&kept));
  forget_outcome(&kept);
}

static void a_source_that_fails_ends_the_request(world* w) {
  outcome kept;
  letters broken = {.length = 9, .piece = 3, .read_fails = 1};
  put_letters(w, "/echo?raw=1", &broken, rewind_letters, 9, &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_BODY_SOURCE_FAILED);
  forget_outcome(&kept);

  letters stuck = {.length = 9, .piece = 3, .rewind_fails = 1};
  put_letters(w, "/upload-refused", &stuck, rewind_letters, 9, &kept);
  CHECK(stuck.rewinds == 1);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_BODY_SOURCE_FAILED);
  forget_outcome(&kept);

  // More bytes than there was room for: whatever else is broken now, it is not sent.
  letters liar = {.length = 9, .piece = 3, .lies = 1};
  put_letters(w, "/echo?raw=1", &liar, NULL, HOLDFAST_CHUNKED, &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_BODY_SOURCE_FAILED);
  forget_outcome(&kept);
}

static void a_source_that_is_never_sent_is_released(void) {
  letters l = {.length = 9, .piece = 3};
  letters other = {.length = 9, .piece = 3};
  holdfast_request* request = holdfast_request_new("PUT", "/");
  CHECK(holdfast_request_body_source(request, read_letters, NULL, release_letters, &l, 9) == NULL);
  CHECK(holdfast_request_body_source(request, read_letters, rewind_letters, release_letters, &other,
                                     9) == NULL);
  CHECK(l.releases == 1);  // the other took its place
  CHECK_HAS(holdfast_request_body_source(request, NULL, NULL, NULL, NULL, 0), "null");
  CHECK(other.releases == 0);
  holdfast_request_free(request);
  CHECK(other.releases == 1);
}

static void a_file_is_read_again_for_each_attempt(world* w) {
  char path[] = "/tmp/holdfast_c_face_XXXXXX";
  uv_fs_t made;
  const int file = uv_fs_mkstemp(NULL, &made, path, NULL);
  CHECK(file >= 0);
  snprintf(path, sizeof path, "%s", made.path);
  uv_fs_req_cleanup(&made);
  uv_fs_t done;
  uv_buf_t bytes = uv_buf_init("from a file", 11);
  CHECK(uv_fs_write(NULL, &done, file, &bytes, 1, 0, NULL) == 11);
  uv_fs_req_cleanup(&done);
  uv_fs_close(NULL, &done, file, NULL);
  uv_fs_req_cleanup(&done);

  outcome kept = {0};
  holdfast_request* request = holdfast_request_new("PUT", "/upload");
  CHECK(holdfast_request_body_file(request, path) == NULL);
  holdfast_send(w->client, request, keep_outcome, &kept);
  run_world(w);
  CHECK_TEXT("from a file", body_of(&kept));
  forget_outcome(&kept);
  uv_fs_unlink(NULL, &done, path, NULL);
  uv_fs_req_cleanup(&done);

  request = holdfast_request_new("PUT", "/echo");
  CHECK(holdfast_request_body_file(request, "/nowhere/at/all") == NULL);
  holdfast_send(w->client, request, keep_outcome, &kept);
  run_world(w);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_BODY_SOURCE_FAILED);
  forget_outcome(&kept);
}

static void a_body_may_wait_for_the_servers_word(world* w) {
  outcome kept = {0};
  holdfast_request* request = holdfast_request_new("PUT", "/echo");
  CHECK(holdfast_request_body_bytes(request, "x", 1) == NULL);
  holdfast_request_expect_continue(request, 1);
  CHECK(holdfast_send(w->client, request, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK_HAS(body_of(&kept), "100-continue");
  forget_outcome(&kept);
}

void test_bodies(void) {
  world w;
  open_world(&w, NULL);
  a_source_that_rewinds_is_sent_again(&w);
  a_source_without_rewind_is_sent_once(&w);
  a_source_may_have_nothing_now(&w);
  a_source_that_fails_ends_the_request(&w);
  a_source_that_is_never_sent_is_released();
  a_file_is_read_again_for_each_attempt(&w);
  a_body_may_wait_for_the_servers_word(&w);
  close_world(&w);
}
