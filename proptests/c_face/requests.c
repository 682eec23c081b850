// What is asked: methods, fields, query, options of one request.
#include "proptests/c_face/check.h"

static void send_and_keep(world* w, holdfast_request* request, outcome* kept) {
  memset(kept, 0, sizeof *kept);
  CHECK(holdfast_send(w->client, request, keep_outcome, kept) != 0);
  run_world(w);
  CHECK(kept->calls == 1);
}

static void fields_query_and_authorization_are_sent(world* w) {
  outcome kept;
  holdfast_request* request = holdfast_request_new("GET", "/echo");
  CHECK(holdfast_request_add_header(request, "X-Twice", "one") == NULL);
  CHECK(holdfast_request_add_header(request, "X-Twice", "two") == NULL);
  CHECK(holdfast_request_set_header(request, "X-Once", "previous") == NULL);
  CHECK(holdfast_request_set_header(request, "x-once", "new") == NULL);
  CHECK(holdfast_request_add_query(request, "dry run", "yes & no") == NULL);
  CHECK(holdfast_request_basic_auth(request, "me", "secret") == NULL);
  send_and_keep(w, request, &kept);
  CHECK_HAS(body_of(&kept), "one");
  CHECK_HAS(body_of(&kept), "two");
  CHECK_HAS(body_of(&kept), "new");
  CHECK(strstr(body_of(&kept), "previous") == NULL);
  CHECK_HAS(body_of(&kept), "dry%20run=yes%20%26%20no");
  CHECK_HAS(body_of(&kept), "Basic bWU6c2VjcmV0");
  forget_outcome(&kept);

  request = holdfast_request_new("GET", "/echo");
  CHECK(holdfast_request_bearer(request, "token") == NULL);
  send_and_keep(w, request, &kept);
  CHECK_HAS(body_of(&kept), "Bearer token");
  forget_outcome(&kept);
}

static void fields_that_would_split_the_head_are_refused(void) {
  holdfast_request* request = holdfast_request_new("GET", "/");
  CHECK_HAS(holdfast_request_add_header(request, "Bad name", "x"), "Bad");
  const char* complaint = holdfast_request_set_header(request, "X", "secret\r\nInjected: 1");
  CHECK(complaint != NULL && strstr(complaint, "secret") == NULL);
  CHECK(holdfast_request_bearer(request, "a\nb") != NULL);
  CHECK(holdfast_request_basic_auth(request, "me", "any\nbytes") == NULL);  // base64
  holdfast_request_free(request);
  holdfast_request_free(NULL);
}

static void a_request_has_options_of_its_own(world* w) {
  outcome kept;
  holdfast_request* request = holdfast_request_new("GET", "/refusing");
  CHECK(holdfast_request_set_option(request, "retry.max_attempts", "1") == NULL);
  send_and_keep(w, request, &kept);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 503);
  CHECK_TEXT("attempts_exhausted",
             holdfast_timeline_stop_reason(holdfast_response_timeline(kept.response)));
  forget_outcome(&kept);

  request = holdfast_request_new("GET", "/silent");
  CHECK(holdfast_request_set_option(request, "timeouts.total", "30ms") == NULL);
  CHECK(holdfast_request_set_option(request, "timeouts.pool", "20ms") == NULL);
  send_and_keep(w, request, &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_DEADLINE_EXCEEDED);
  forget_outcome(&kept);

  request = holdfast_request_new("GET", "/");
  CHECK_HAS(holdfast_request_set_option(request, "pool.max_idle", "1"), "when the client is made");
  CHECK_HAS(holdfast_request_set_option(request, "retry.max_attempts", "x"), "whole number");
  holdfast_request_free(request);
}

static void what_is_not_set_stays_as_the_client_has_it(void) {
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "retry.statuses", "418") == NULL);
  world w;
  outcome kept;
  open_world(&w, options);
  holdfast_request* request = holdfast_request_new("GET", "/teapot");
  CHECK(holdfast_request_set_option(request, "retry.max_attempts", "2") == NULL);
  send_and_keep(&w, request, &kept);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  forget_outcome(&kept);
  close_world(&w);
}

static void posts_and_puts_carry_their_bytes(world* w) {
  outcome kept = {0};
  CHECK(holdfast_post(w->client, "/echo?raw=1", "text/plain", "a\0b", 3, keep_outcome, &kept) != 0);
  run_world(w);
  size_t length = 0;
  CHECK(kept.response != NULL &&
        memcmp(holdfast_response_body(kept.response, &length), "a\0b", 4) == 0 && length == 3);
  forget_outcome(&kept);

  CHECK(holdfast_post(w->client, "/echo", "application/json", "{}", 2, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK_HAS(body_of(&kept), "application/json");
  CHECK_HAS(body_of(&kept), "POST");
  forget_outcome(&kept);

  CHECK(holdfast_post(w->client, "/echo", NULL, NULL, 0, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK(strstr(body_of(&kept), "Content-Type") == NULL);
  forget_outcome(&kept);

  holdfast_request* request = holdfast_request_new("PUT", "/echo?raw=1");
  char bytes[] = "payload";
  CHECK(holdfast_request_body_bytes(request, bytes, 7) == NULL);
  memset(bytes, 'x', 7);  // it was copied
  send_and_keep(w, request, &kept);
  CHECK_TEXT("payload", body_of(&kept));
  forget_outcome(&kept);
}

static void a_query_carries_its_body_and_is_retried(world* w) {
  outcome kept = {0};
  CHECK(holdfast_query(w->client, "/echo", "application/json", "{}", 2, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK_HAS(body_of(&kept), "QUERY");
  CHECK_HAS(body_of(&kept), "application/json");
  forget_outcome(&kept);
  CHECK(holdfast_query(w->client, "/broken", NULL, "x", 1, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK(kept.error != NULL && holdfast_timeline_attempts(holdfast_error_timeline(kept.error)) > 1);
  forget_outcome(&kept);
}

typedef struct each_seen {
  int calls, done, responses;
  size_t sum;
} each_seen;

static void see_each(void* context, size_t index, holdfast_response* response,
                     holdfast_error* error) {
  each_seen* seen = context;
  CHECK((response == NULL) != (error == NULL));
  ++seen->calls;
  seen->sum += index;
  if (response != NULL) ++seen->responses;
}
static void see_done(void* context) {
  each_seen* seen = context;
  ++seen->done;
}

static void many_requests_are_sent_a_few_at_a_time(world* w) {
  each_seen seen = {0};
  holdfast_request* requests[20];
  for (size_t i = 0; i < 20; ++i) requests[i] = holdfast_request_new("GET", "/echo");
  CHECK(holdfast_send_each(w->client, requests, 20, 3, see_each, see_done, &seen) == 1);
  CHECK(seen.calls == 0);
  run_world(w);
  CHECK(seen.calls == 20 && seen.responses == 20 && seen.sum == 190 && seen.done == 1);
  CHECK(holdfast_send_each(w->client, NULL, 0, 0, NULL, see_done, &seen) == 1);
  CHECK(seen.done == 2);
}

static void a_post_is_sent_once(world* w) {
  outcome kept = {0};
  CHECK(holdfast_post(w->client, "/broken", NULL, "x", 1, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK(kept.error != NULL && holdfast_timeline_attempts(holdfast_error_timeline(kept.error)) == 1);
  CHECK_TEXT("method_not_replayable",
             holdfast_timeline_stop_reason(holdfast_error_timeline(kept.error)));
  forget_outcome(&kept);
}

static holdfast_retry_advice advise(void* context, const holdfast_retry_question* question) {
  ++*(int*)context;
  return question->status == 418 ? HOLDFAST_RETRY_AGAIN : HOLDFAST_RETRY_STOP;
}

static holdfast_retry_advice never(void* context, const holdfast_retry_question* question) {
  (void)question;
  ++*(int*)context;
  return HOLDFAST_RETRY_STOP;
}

static void a_request_has_a_predicate_of_its_own(void) {
  world w;
  outcome kept;
  int asked = 0, clients = 0;
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set_retry_predicate(options, never, &clients) == NULL);
  open_world(&w, options);
  holdfast_request* request = holdfast_request_new("GET", "/teapot");  // 418, 200
  CHECK(holdfast_request_set_retry_predicate(request, advise, &asked) == NULL);
  CHECK(holdfast_request_set_option(request, "retry.max_attempts", "2") == NULL);
  send_and_keep(&w, request, &kept);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  CHECK(asked == 1 && clients == 0);
  forget_outcome(&kept);

  request = holdfast_request_new("GET", "/unwell");  // 503, 200
  CHECK(holdfast_request_set_retry_predicate(request, NULL, NULL) == NULL);
  send_and_keep(&w, request, &kept);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  CHECK(asked == 1 && clients == 0);
  forget_outcome(&kept);

  send_and_keep(&w, holdfast_request_new("GET", "/refusing"), &kept);
  CHECK(clients == 1);
  forget_outcome(&kept);
  close_world(&w);
}

static void text_is_made_fit_for_urls_and_logs(void) {
  char text[100];
  CHECK(holdfast_percent_encode("a/b c", text, sizeof text) == 9);
  CHECK_TEXT("a%2Fb%20c", text);
  CHECK(holdfast_redact_url("http://me:pass@h.example/x?key=secret", text, sizeof text) > 10);
  CHECK_HAS(text, "http://h.example/x?key=");
  CHECK(strstr(text, "pass") == NULL && strstr(text, "secret") == NULL);
  CHECK(holdfast_percent_encode(" ", text, 2) == 3);
  CHECK_TEXT("%", text);
}

void test_requests(void) {
  world w;
  open_world(&w, NULL);
  fields_query_and_authorization_are_sent(&w);
  fields_that_would_split_the_head_are_refused();
  a_request_has_options_of_its_own(&w);
  posts_and_puts_carry_their_bytes(&w);
  a_query_carries_its_body_and_is_retried(&w);
  many_requests_are_sent_a_few_at_a_time(&w);
  a_post_is_sent_once(&w);
  close_world(&w);
  what_is_not_set_stays_as_the_client_has_it();
  a_request_has_a_predicate_of_its_own();
  text_is_made_fit_for_urls_and_logs();
}
