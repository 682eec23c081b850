// The hook before each attempt: what it sees, what it changes, and answers that come later.
#include "proptests/c_face/check.h"

typedef struct signer {
  world* w;
  holdfast_prepare answer;
  int asked, wait_for;  // how often it was asked; at which attempt it says WAIT
  int64_t request, attempt, hop;
  char method[16], url[200], seen[100];
  const char* refusal;
  // How a WAIT is answered, from a timer:
  uv_timer_t timer;
  holdfast_request_id call;
  holdfast_headers* later;
  int proceed_with, refuse_later, free_client;
} signer;

static void answer_later(uv_timer_t* timer) {
  signer* s = timer->data;
  CHECK(holdfast_active(s->w->client, s->call) == 1);
  if (s->refuse_later) {
    holdfast_reject(s->w->client, s->call, "no token to be had");
  } else if (s->proceed_with) {
    CHECK(holdfast_headers_set(s->later, "Authorization", "Bearer fresh") == NULL);
    holdfast_proceed(s->w->client, s->call, s->later);
  } else {
    holdfast_proceed(s->w->client, s->call, NULL);
  }
  holdfast_proceed(s->w->client, s->call, NULL);  // it does not wait any more
  holdfast_reject(s->w->client, s->call, NULL);
  holdfast_headers_free(s->later);
  s->later = NULL;
  uv_close((uv_handle_t*)timer, NULL);
}

static holdfast_prepare sign(void* context, holdfast_plan* plan) {
  signer* s = context;
  holdfast_headers* headers = holdfast_plan_headers(plan);
  ++s->asked;
  s->request = holdfast_plan_get(plan, HOLDFAST_PLAN_REQUEST);
  s->attempt = holdfast_plan_get(plan, HOLDFAST_PLAN_ATTEMPT);
  s->hop = holdfast_plan_get(plan, HOLDFAST_PLAN_HOP);
  CHECK(holdfast_plan_get(plan, (holdfast_plan_number)1000) == -1);
  snprintf(s->method, sizeof s->method, "%s", holdfast_plan_method(plan));
  snprintf(s->url, sizeof s->url, "%s", holdfast_plan_url(plan));
  const char* own = holdfast_headers_get(headers, "x-own");
  snprintf(s->seen, sizeof s->seen, "%s", own != NULL ? own : "none");

  // The attempt before has left nothing behind.
  CHECK(holdfast_headers_get(headers, "X-Attempt") == NULL);
  char number[20];
  snprintf(number, sizeof number, "%d", (int)s->attempt);
  CHECK(holdfast_headers_add(headers, "X-Attempt", "zero") == NULL);
  CHECK(holdfast_headers_set(headers, "x-attempt", number) == NULL);
  CHECK_TEXT(number, holdfast_headers_get(headers, "X-Attempt"));
  CHECK(holdfast_headers_add(headers, "Two words", "x") != NULL);
  CHECK(holdfast_headers_remove(headers, "X-Own") == (own != NULL ? 1U : 0U));
  CHECK(holdfast_headers_get(headers, "X-Own") == NULL);

  s->call = holdfast_plan_request_id(plan);
  if (s->free_client) {
    holdfast_client_free(s->w->client);
    s->w->client = NULL;
  }
  if (s->refusal != NULL) holdfast_plan_refusal(plan, s->refusal);
  if (s->asked != s->wait_for) return s->answer;
  s->later = holdfast_headers_copy(headers);
  uv_timer_init(&s->w->loop, &s->timer);
  s->timer.data = s;
  uv_timer_start(&s->timer, answer_later, 1, 0);
  return HOLDFAST_PREPARE_DEFER;
}

static void ask(signer* s, const char* url, outcome* kept) {
  memset(kept, 0, sizeof *kept);
  holdfast_client_before_attempt(s->w->client, sign, s);
  holdfast_request* request = holdfast_request_new("OPTIONS", url);
  CHECK(holdfast_request_add_header(request, "X-Own", "mine") == NULL);
  CHECK(holdfast_send(s->w->client, request, keep_outcome, kept) != 0);
  CHECK(s->asked == 0);  // never inside the call
  run_world(s->w);
  CHECK(kept->calls == 1);
}

static void each_attempt_is_signed_anew(world* w) {
  outcome kept;
  signer s = {.w = w, .answer = HOLDFAST_PREPARE_PROCEED};
  ask(&s, "/echo?key=secret", &kept);  // OPTIONS of it: 503, then what was asked
  CHECK(s.asked == 2 && s.attempt == 2 && s.hop == 0 && s.request > 0);
  CHECK_TEXT("OPTIONS", s.method);
  CHECK_HAS(s.url, server_url);
  CHECK_HAS(s.url, "/echo?key=secret");  // in full
  CHECK_TEXT("mine", s.seen);            // each time it begins with the request's own
  CHECK_HAS(body_of(&kept), "\"x-attempt\",\n      \"2\"");
  CHECK(strstr(body_of(&kept), "X-Own") == NULL);
  forget_outcome(&kept);
}

static void an_answer_may_come_later(world* w) {
  outcome kept;
  signer s = {.w = w, .answer = HOLDFAST_PREPARE_PROCEED, .wait_for = 1};
  ask(&s, "/echo", &kept);
  CHECK(s.asked == 2);
  CHECK_HAS(body_of(&kept), "\"x-attempt\",\n      \"2\"");
  forget_outcome(&kept);

  signer late = {.w = w, .answer = HOLDFAST_PREPARE_PROCEED, .wait_for = 2};
  ask(&late, "/echo", &kept);
  CHECK(late.asked == 2);
  CHECK_HAS(body_of(&kept), "\"x-attempt\",\n      \"2\"");  // as the hook left them
  CHECK(strstr(body_of(&kept), "Authorization") == NULL);
  forget_outcome(&kept);

  signer with = {.w = w, .answer = HOLDFAST_PREPARE_PROCEED, .wait_for = 2, .proceed_with = 1};
  ask(&with, "/echo", &kept);
  CHECK_HAS(body_of(&kept), "Bearer fresh");
  CHECK_HAS(body_of(&kept), "\"x-attempt\",\n      \"2\"");
  forget_outcome(&kept);
}

static void a_hook_may_refuse(world* w) {
  outcome kept;
  signer s = {.w = w, .answer = HOLDFAST_PREPARE_REJECT, .refusal = "not today"};
  ask(&s, "/echo", &kept);
  CHECK(s.asked == 1);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_ATTEMPT_REFUSED);
  CHECK_TEXT("not today", holdfast_error_detail(kept.error));
  CHECK_TEXT("prepare", holdfast_error_phase(kept.error));
  forget_outcome(&kept);

  signer later = {.w = w, .wait_for = 1, .refuse_later = 1};
  ask(&later, "/echo", &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_ATTEMPT_REFUSED);
  CHECK_TEXT("no token to be had", holdfast_error_detail(kept.error));
  forget_outcome(&kept);

  signer odd = {.w = w, .answer = (holdfast_prepare)7};
  ask(&odd, "/echo", &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_ATTEMPT_REFUSED);
  forget_outcome(&kept);
}

static holdfast_prepare break_framing(void* context, holdfast_plan* plan) {
  ++*(int*)context;
  CHECK(holdfast_headers_set(holdfast_plan_headers(plan), "Content-Length", "9") == NULL);
  return HOLDFAST_PREPARE_PROCEED;
}

static void framing_is_not_the_hooks(world* w) {
  outcome kept = {0};
  int asked = 0;
  holdfast_client_before_attempt(w->client, break_framing, &asked);
  holdfast_get(w->client, "/answer", keep_outcome, &kept);
  run_world(w);
  CHECK(asked == 1);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_INVALID_REQUEST);
  forget_outcome(&kept);

  holdfast_client_before_attempt(w->client, NULL, NULL);
  holdfast_get(w->client, "/answer", keep_outcome, &kept);
  run_world(w);
  CHECK(asked == 1 && kept.response != NULL);
  forget_outcome(&kept);
}

static void a_client_may_be_freed_in_its_hook(void) {
  world w;
  outcome kept;
  open_world(&w, NULL);
  signer s = {.w = &w, .answer = HOLDFAST_PREPARE_PROCEED, .free_client = 1};
  ask(&s, "/echo", &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_CLIENT_CLOSED);
  forget_outcome(&kept);
  close_world(&w);
}

static void fields_of_ones_own_are_made_changed_and_copied(void) {
  holdfast_headers* own = holdfast_headers_new();
  CHECK(holdfast_headers_count(own) == 0);
  CHECK(holdfast_headers_add(own, "A", "1") == NULL);
  CHECK(holdfast_headers_count(own) == 1);
  CHECK(holdfast_headers_add(own, "a", "2") == NULL);
  CHECK(holdfast_headers_count(own) == 2);
  holdfast_headers* copy = holdfast_headers_copy(own);
  CHECK(holdfast_headers_set(own, "A", "3") == NULL);
  CHECK(holdfast_headers_count(own) == 1);
  CHECK_TEXT("3", holdfast_headers_get(own, "a"));
  CHECK(holdfast_headers_count(copy) == 2);
  CHECK(holdfast_headers_remove(copy, "a") == 2 && holdfast_headers_count(copy) == 0);
  const char* complaint = holdfast_headers_set(own, "A", "secret\r\nX: y");
  CHECK(complaint != NULL && strstr(complaint, "secret") == NULL);
  CHECK_TEXT("3", holdfast_headers_get(own, "A"));
  holdfast_headers_free(own);
  holdfast_headers_free(copy);
  holdfast_headers_free(NULL);
}

void test_hooks(void) {
  world w;
  open_world(&w, NULL);
  each_attempt_is_signed_anew(&w);
  an_answer_may_come_later(&w);
  a_hook_may_refuse(&w);
  framing_is_not_the_hooks(&w);
  close_world(&w);
  a_client_may_be_freed_in_its_hook();
  fields_of_ones_own_are_made_changed_and_copied();
}
