// Clients: their pool, their end, and the one call that any thread may make.
#include "proptests/c_face/check.h"

static void count(void* context) { ++*(int*)context; }

static void closing_ends_everything_and_says_so(void) {
  world w;
  outcome kept = {0}, late = {0};
  int closed = 0;
  open_world(&w, NULL);
  const holdfast_request_id call = holdfast_get(w.client, "/silent", keep_outcome, &kept);
  CHECK(holdfast_active(w.client, call) == 1);
  holdfast_client_close(w.client, count, &closed);
  CHECK(closed == 0);
  run_world(&w);
  CHECK(closed == 1);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_CLIENT_CLOSED);
  CHECK(holdfast_get(w.client, "/answer", keep_outcome, &late) != 0);
  run_world(&w);
  CHECK(late.error != NULL && holdfast_error_code(late.error) == HOLDFAST_CLIENT_CLOSED);
  CHECK(holdfast_client_post_to_loop(w.client, count, &closed) == 0);
  holdfast_client_close(w.client, NULL, NULL);
  forget_outcome(&kept);
  forget_outcome(&late);
  close_world(&w);
}

static void closing_gracefully_lets_requests_end(void) {
  world w;
  outcome kept = {0};
  int closed = 0;
  open_world(&w, NULL);
  holdfast_get(w.client, "/unwell", keep_outcome, &kept);
  holdfast_client_close_gracefully(w.client, count, &closed);
  run_world(&w);
  CHECK(closed == 1);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  forget_outcome(&kept);
  close_world(&w);
}

static void free_in_callback(void* context, holdfast_response* response, holdfast_error* error) {
  world* w = context;
  CHECK(response != NULL && error == NULL);
  holdfast_client_free(w->client);
  w->client = NULL;
  CHECK_TEXT("hello", holdfast_response_body(response, NULL));  // still there until we return
}

static void a_client_may_be_freed_in_its_callback(void) {
  world w;
  outcome kept = {0};
  open_world(&w, NULL);
  holdfast_get(w.client, "/answer", free_in_callback, &w);
  holdfast_get(w.client, "/silent", keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_CLIENT_CLOSED);
  forget_outcome(&kept);
  close_world(&w);
}

static holdfast_retry_advice go_by_the_rules(void* context, const holdfast_retry_question* asked) {
  (void)context;
  (void)asked;
  return HOLDFAST_RETRY_DEFAULT;
}

static void a_predicate_is_kept_as_long_as_the_client_needs_it(void) {
  world w;
  outcome kept = {0};
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set_retry_predicate(options, go_by_the_rules, NULL) == NULL);
  open_world(&w, options);  // frees the options
  holdfast_get(w.client, "/refusing", keep_outcome, &kept);
  holdfast_client_free(w.client);
  w.client = NULL;
  run_world(&w);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_CLIENT_CLOSED);
  forget_outcome(&kept);
  close_world(&w);
}

typedef struct told {
  uint64_t request;
  int64_t status, delay;
  int calls;
} told;

static void hear(void* context, uint64_t request, const holdfast_attempt* attempt,
                 int64_t delay_ns) {
  told* t = context;
  ++t->calls;
  t->request = request;
  t->status = holdfast_attempt_get(attempt, HOLDFAST_ATTEMPT_STATUS);
  t->delay = delay_ns;
}

static void origins(void* context, const char* origin, uint32_t idle, uint32_t busy,
                    uint32_t opening, uint32_t waiting) {
  int* seen = context;
  ++*seen;
  CHECK_TEXT(server_url, origin);
  CHECK(idle == 1 && busy == 0 && opening == 0 && waiting == 0);
}

static void attempts_and_the_pool_can_be_watched(void) {
  world w;
  outcome kept = {0};
  told t = {0};
  int seen = 0;
  open_world(&w, NULL);
  holdfast_client_on_attempt(w.client, hear, &t);
  holdfast_get(w.client, "/unwell", keep_outcome, &kept);
  run_world(&w);
  CHECK(t.calls == 1 && t.request == 1 && t.status == 503 && t.delay >= 800000);
  CHECK(holdfast_client_stat(w.client, HOLDFAST_STAT_IDLE) == 1);
  CHECK(holdfast_client_stat(w.client, HOLDFAST_STAT_OPENED) == 1);
  CHECK(holdfast_client_stat(w.client, HOLDFAST_STAT_REUSED) == 1);
  for (holdfast_stat which = HOLDFAST_STAT_IDLE; which <= HOLDFAST_STAT_CONNECT_FAILED;
       which = (holdfast_stat)(which + 1)) {
    const int one = which == HOLDFAST_STAT_IDLE || which == HOLDFAST_STAT_OPENED ||
                    which == HOLDFAST_STAT_REUSED;
    CHECK(holdfast_client_stat(w.client, which) == (one ? 1U : 0U));
  }
  CHECK(holdfast_client_stat(w.client, (holdfast_stat)1000) == 0);
  holdfast_client_each_origin(w.client, origins, &seen);
  CHECK(seen == 1);
  forget_outcome(&kept);

  holdfast_client_on_attempt(w.client, NULL, NULL);
  holdfast_get(w.client, "/unwell", keep_outcome, &kept);
  run_world(&w);
  CHECK(t.calls == 1);
  forget_outcome(&kept);
  close_world(&w);
}

typedef struct posted {
  world* w;
  uv_async_t keep_alive;
  uv_thread_t loop_thread;
  int on_loop_thread;
  int taken;
} posted;

static void on_loop(void* context) {
  posted* p = context;
  uv_thread_t here = uv_thread_self();
  p->on_loop_thread = uv_thread_equal(&here, &p->loop_thread) != 0;
  uv_close((uv_handle_t*)&p->keep_alive, NULL);
}

static void from_another_thread(void* context) {
  posted* p = context;
  p->taken = holdfast_client_post_to_loop(p->w->client, on_loop, p);
}

static void any_thread_may_post(void) {
  world w;
  posted p = {.w = &w};
  uv_thread_t thread;
  open_world(&w, NULL);
  p.loop_thread = uv_thread_self();
  uv_async_init(&w.loop, &p.keep_alive, NULL);
  CHECK(uv_thread_create(&thread, from_another_thread, &p) == 0);
  run_world(&w);
  uv_thread_join(&thread);
  CHECK(p.taken == 1 && p.on_loop_thread == 1);
  CHECK(holdfast_client_post_to_loop(w.client, NULL, NULL) == 0);
  close_world(&w);
}

static void a_request_needs_no_callback(void) {
  world w;
  open_world(&w, NULL);
  CHECK(holdfast_get(w.client, "/answer", NULL, NULL) != 0);
  run_world(&w);
  CHECK(holdfast_client_stat(w.client, HOLDFAST_STAT_OPENED) == 1);
  close_world(&w);
}

static void cookies_and_redirects_are_a_matter_of_options(void) {
  world w;
  outcome kept = {0};
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "cookies", "on") == NULL);
  CHECK(holdfast_options_set(options, "redirects.follow", "yes") == NULL);
  open_world(&w, options);
  holdfast_get(w.client, "/login", keep_outcome, &kept);  // sets a cookie and redirects to /echo
  run_world(&w);
  CHECK_HAS(body_of(&kept), "sid=42");
  CHECK(kept.response != NULL);
  CHECK_HAS(holdfast_response_final_url(kept.response), "/echo");
  const holdfast_timeline* timeline = holdfast_response_timeline(kept.response);
  CHECK(holdfast_timeline_attempts(timeline) == 2);
  CHECK(holdfast_attempt_get(holdfast_timeline_at(timeline, 0), HOLDFAST_ATTEMPT_HOP) == 0);
  CHECK(holdfast_attempt_get(holdfast_timeline_at(timeline, 1), HOLDFAST_ATTEMPT_HOP) == 1);
  forget_outcome(&kept);

  holdfast_request* request = holdfast_request_new("GET", "/login");
  CHECK(holdfast_request_set_option(request, "redirects.follow", "no") == NULL);
  holdfast_send(w.client, request, keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 302);
  CHECK_TEXT("", holdfast_response_final_url(kept.response));
  forget_outcome(&kept);
  close_world(&w);
}

void test_clients(void) {
  CHECK(strchr(holdfast_version(), '.') != NULL);
  closing_ends_everything_and_says_so();
  closing_gracefully_lets_requests_end();
  a_client_may_be_freed_in_its_callback();
  a_predicate_is_kept_as_long_as_the_client_needs_it();
  attempts_and_the_pool_can_be_watched();
  any_thread_may_post();
  a_request_needs_no_callback();
  cookies_and_redirects_are_a_matter_of_options();
}
