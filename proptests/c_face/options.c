// Options by name, what is wrong with them, and what they cost.
#include "proptests/c_face/check.h"

static void names_are_listed_to_the_end(void) {
  size_t count = 0;
  int has_max_attempts = 0;
  for (const char* name; (name = holdfast_option_name(count)) != NULL; ++count) {
    if (strcmp(name, "retry.max_attempts") == 0) has_max_attempts = 1;
  }
  CHECK(count > 60);
  CHECK(has_max_attempts);
  CHECK(holdfast_option_name(count + 1) == NULL);
}

static void complaints_name_value_and_remedy_and_change_nothing(void) {
  holdfast_options* options = holdfast_options_new();
  CHECK_TEXT(
      "timeouts.total is 'soon': write a time with its unit, like 2.5s, 250ms, 5m or 1h, or off",
      holdfast_options_set(options, "timeouts.total", "soon"));
  CHECK_HAS(holdfast_options_set(options, "timeout.total", "1s"), "did you mean timeouts.total?");
  CHECK_HAS(holdfast_options_set(options, NULL, NULL), "not an option");
  CHECK_HAS(holdfast_options_set_ms(options, "retry.max_attempts", 3), "'3ms'");
  CHECK(holdfast_options_set(options, "retry.errors", "default,dns_not_found,-pool_timeout") ==
        NULL);
  CHECK_HAS(holdfast_options_set(options, "retry.errors", "-pool_timeout"), "write error codes");
  CHECK_HAS(holdfast_options_set_number(options, "retry.max_attempts", 1ULL << 40),
            "'1099511627776'");
  CHECK_HAS(holdfast_options_add_header(options, "Two words", "x"), "Two");
  CHECK(holdfast_options_add_header(options, "X", "a\r\nInjected: b") != NULL);
  CHECK(holdfast_options_validate(options) == NULL);
  holdfast_options_free(options);
}

static void validate_says_all_that_makes_no_sense_together(void) {
  holdfast_options* options = holdfast_options_new();
  CHECK(holdfast_options_set(options, "timeouts.attempt", "5s") == NULL);
  CHECK(holdfast_options_set(options, "timeouts.total", "1s") == NULL);
  CHECK(holdfast_options_set_number(options, "retry.max_attempts", 0) == NULL);
  const char* complaint = holdfast_options_validate(options);
  CHECK_HAS(complaint, "timeouts.attempt is 5s");
  CHECK_HAS(complaint, "retry.max_attempts is 0");

  // A client made from them says the same of every request.
  world w;
  outcome kept = {0};
  open_world(&w, options);
  holdfast_get(w.client, "http://127.0.0.1/", keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_INVALID_OPTION);
  CHECK_HAS(body_of(&kept), "retry.max_attempts is 0");
  forget_outcome(&kept);
  close_world(&w);
}

static void explain_and_copy(void) {
  holdfast_options* options = holdfast_options_new();
  CHECK(holdfast_options_set_ms(options, "timeouts.total", 2500) == NULL);
  holdfast_options* copy = holdfast_options_copy(options);
  CHECK(holdfast_options_set(options, "timeouts.total", "off") == NULL);
  CHECK_HAS(holdfast_options_explain(copy), "2.5s");
  CHECK(strstr(holdfast_options_explain(options), "2.5s") == NULL);
  CHECK(holdfast_options_cost(copy, HOLDFAST_COST_WORST_LATENCY) == 2500000000);
  CHECK(holdfast_options_cost(options, HOLDFAST_COST_WORST_LATENCY) == HOLDFAST_UNBOUNDED);
  CHECK(holdfast_options_cost(options, HOLDFAST_COST_STALLED_LATENCY) == 125000000000);
  CHECK(holdfast_options_cost(options, HOLDFAST_COST_WORST_BACKOFF) == 15000000000);
  CHECK(holdfast_options_cost(options, HOLDFAST_COST_WORST_REQUESTS) == 5);
  CHECK(holdfast_options_cost(options, (holdfast_cost)1000) == -1);
  holdfast_options_free(copy);
  holdfast_options_free(options);
  holdfast_options_free(NULL);
}

static void every_request_carries_the_clients_fields(void) {
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_add_header(options, "X-Team", "blue") == NULL);
  CHECK(holdfast_options_set(options, "user_agent", "c-test/1") == NULL);
  world w;
  outcome kept = {0};
  open_world(&w, options);
  holdfast_get(w.client, "/echo", keep_outcome, &kept);
  run_world(&w);
  CHECK_HAS(body_of(&kept), "X-Team");
  CHECK_HAS(body_of(&kept), "blue");
  CHECK_HAS(body_of(&kept), "c-test/1");
  forget_outcome(&kept);
  close_world(&w);
}

typedef struct asked {
  int times;
  char method[16];
  int status;
  int would_retry;
  uint32_t attempt;
  char replay_class;
  holdfast_code error;
  holdfast_retry_advice advice;
} asked;

static holdfast_retry_advice advise(void* context, const holdfast_retry_question* question) {
  asked* a = context;
  ++a->times;
  snprintf(a->method, sizeof a->method, "%s", question->method);
  a->status = question->status;
  a->would_retry = question->would_retry;
  a->attempt = question->attempt;
  a->replay_class = question->replay_class;
  a->error = question->error;
  return a->advice;
}

static void ask_about(const char* url, asked* a, int expected_status, uint32_t expected_attempts) {
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set_retry_predicate(options, advise, a) == NULL);
  world w;
  outcome kept = {0};
  open_world(&w, options);
  holdfast_get(w.client, url, keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == expected_status);
  CHECK(kept.response != NULL &&
        holdfast_timeline_attempts(holdfast_response_timeline(kept.response)) == expected_attempts);
  forget_outcome(&kept);
  close_world(&w);
}

static void a_retry_predicate_is_asked_and_heeded(void) {
  asked stop = {.advice = HOLDFAST_RETRY_STOP};
  ask_about("/refusing", &stop, 503, 1);
  CHECK(stop.times == 1 && stop.status == 503 && stop.would_retry && stop.attempt == 1);
  CHECK(stop.replay_class == 'D' && stop.error == HOLDFAST_OK);
  CHECK_TEXT("GET", stop.method);

  asked defaults = {.advice = HOLDFAST_RETRY_DEFAULT};
  ask_about("/unwell", &defaults, 200, 2);
  CHECK(defaults.times == 1);

  asked again = {.advice = HOLDFAST_RETRY_AGAIN};
  ask_about("/teapot", &again, 200, 2);  // 418 is not retried by itself
  CHECK(again.times == 1 && again.status == 418 && !again.would_retry);
}

void test_options(void) {
  names_are_listed_to_the_end();
  complaints_name_value_and_remedy_and_change_nothing();
  validate_says_all_that_makes_no_sense_together();
  explain_and_copy();
  every_request_carries_the_clients_fields();
  a_retry_predicate_is_asked_and_heeded();
}
