// Responses handed over as they come.
#include "proptests/c_face/check.h"

typedef struct stream {
  world* w;
  holdfast_request_id call;
  int interims, heads, pieces, dones;
  size_t bytes;
  int pause_at_first, cancel_at_first;
  int paused, body_while_paused;
  uv_timer_t timer;
  outcome kept;
} stream;

static void take_interim(void* context, const holdfast_response* head) {
  stream* s = context;
  ++s->interims;
  CHECK(s->heads == 0);
  CHECK(holdfast_response_status(head) == 103);
}

static void take_head(void* context, const holdfast_response* head) {
  stream* s = context;
  ++s->heads;
  CHECK(s->pieces == 0 && s->dones == 0);
  CHECK(holdfast_response_status(head) == 200);
  CHECK(holdfast_headers_get(holdfast_response_headers(head), "Transfer-Encoding") != NULL);
  CHECK_TEXT("", holdfast_response_body(head, NULL));
  CHECK(holdfast_headers_count(holdfast_response_trailers(head)) == 0);
  CHECK(holdfast_timeline_attempts(holdfast_response_timeline(head)) == 0);
}

static void go_on(uv_timer_t* timer) {
  stream* s = timer->data;
  s->paused = 0;
  holdfast_resume(s->w->client, s->call);
  uv_close((uv_handle_t*)timer, NULL);
}

static void take_body(void* context, const char* bytes, size_t length) {
  stream* s = context;
  CHECK(bytes != NULL && length > 0);
  if (s->paused) s->body_while_paused = 1;
  s->bytes += length;
  if (s->pieces++ != 0) return;
  if (s->cancel_at_first) holdfast_cancel(s->w->client, s->call);
  if (!s->pause_at_first) return;
  s->paused = 1;
  holdfast_pause(s->w->client, s->call);
  uv_timer_init(&s->w->loop, &s->timer);
  s->timer.data = s;
  uv_timer_start(&s->timer, go_on, 20, 0);
}

static void take_done(void* context, holdfast_response* response, holdfast_error* error) {
  stream* s = context;
  ++s->dones;
  keep_outcome(&s->kept, response, error);
}

static void start(stream* s, const char* url) {
  holdfast_request* request = holdfast_request_new("GET", url);
  holdfast_request_on_interim(request, take_interim);
  holdfast_request_on_head(request, take_head);
  holdfast_request_on_body(request, take_body);
  s->call = holdfast_send(s->w->client, request, take_done, s);
  CHECK(s->call != 0 && s->interims + s->heads + s->dones == 0);
  run_world(s->w);
  CHECK(s->dones == 1);
}

static void it_comes_in_order_and_pauses(world* w) {
  stream s = {.w = w, .pause_at_first = 1};
  start(&s, "/long");
  CHECK(s.interims == 1 && s.heads == 1 && s.pieces >= 2);
  CHECK(s.bytes == 3000000);
  CHECK(!s.body_while_paused);
  size_t length = 1;
  CHECK(s.kept.response != NULL);
  CHECK_TEXT("", holdfast_response_body(s.kept.response, &length));
  CHECK(length == 0);  // a streamed body is not kept
  CHECK_TEXT("9", holdfast_headers_get(holdfast_response_trailers(s.kept.response), "X-Sum"));
  forget_outcome(&s.kept);
}

static void cancelled_it_ends_at_once(world* w) {
  stream s = {.w = w, .cancel_at_first = 1};
  start(&s, "/long");
  CHECK(s.pieces == 1);
  CHECK(s.kept.error != NULL && holdfast_error_code(s.kept.error) == HOLDFAST_CANCELLED);
  forget_outcome(&s.kept);
  holdfast_cancel(w->client, s.call);  // of what has ended: nothing
  holdfast_pause(w->client, s.call);
  holdfast_resume(w->client, s.call);
  holdfast_body_ready(w->client, s.call);
}

/// Interim heads alone do not make it a stream: the body is buffered, and it is retried.
static void interims_alone_leave_it_buffered(world* w) {
  stream s = {.w = w};
  holdfast_request* request = holdfast_request_new("GET", "/hinted");
  holdfast_request_on_interim(request, take_interim);
  s.call = holdfast_send(w->client, request, take_done, &s);
  run_world(w);
  CHECK(s.dones == 1 && s.interims == 1);
  CHECK_TEXT("whole", body_of(&s.kept));
  CHECK(holdfast_timeline_attempts(holdfast_response_timeline(s.kept.response)) == 2);
  forget_outcome(&s.kept);
}

void test_streams(void) {
  world w;
  open_world(&w, NULL);
  it_comes_in_order_and_pauses(&w);
  cancelled_it_ends_at_once(&w);
  interims_alone_leave_it_buffered(&w);
  close_world(&w);
}
