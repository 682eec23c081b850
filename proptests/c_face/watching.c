// Events and log lines: which there are, what they say, and who hears them.
#include <stdlib.h>

#include "proptests/c_face/check.h"

typedef struct witness {
  world* w;
  char story[2000];  // names of what was told, each with a space behind
  int checks;        // of numbers and words that were looked at
  int free_client, replace;
  int lines, levels[4];
  char text[4000];
} witness;

static void add(char* to, size_t room, const char* what, const char* end) {
  const size_t used = strlen(to);
  snprintf(to + used, room - used, "%s%s", what, end);
}

static void check_retry(const holdfast_event* event) {
  const holdfast_attempt* record = holdfast_event_record(event);
  CHECK(record != NULL && holdfast_attempt_get(record, HOLDFAST_ATTEMPT_STATUS) == 503);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_DELAY) >= 800000);
  CHECK_TEXT("backoff", holdfast_event_say(event, HOLDFAST_EVENT_DELAY_SOURCE));
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_ATTEMPT) == 1);
}

static void check_connection(const holdfast_event* event) {
  char origin[200];
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_CONNECTION) > 0);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_HTTP_MAJOR) == 1);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_TLS_MINOR) == 0);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_TLS_RESUMED) == 0);
  snprintf(origin, sizeof origin, "%s://%s:%d", holdfast_event_say(event, HOLDFAST_EVENT_SCHEME),
           holdfast_event_say(event, HOLDFAST_EVENT_HOST),
           (int)holdfast_event_get(event, HOLDFAST_EVENT_PORT));
  CHECK_TEXT(server_url, origin);
  CHECK_HAS(server_url, holdfast_event_say(event, HOLDFAST_EVENT_PEER));
  CHECK_HAS(holdfast_event_say(event, HOLDFAST_EVENT_PEER), "127.0.0.1:");
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_DURATION) > 0 ||
        holdfast_event_what(event) == HOLDFAST_ON_CONNECTION_REUSED);
}

static void check_request(const holdfast_event* event) {
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_REQUEST) == 1);
  CHECK_TEXT("GET", holdfast_event_say(event, HOLDFAST_EVENT_METHOD));
  CHECK_HAS(holdfast_event_say(event, HOLDFAST_EVENT_FULL_URL), "/unwell?key=secret");
  CHECK_HAS(holdfast_event_say(event, HOLDFAST_EVENT_URL), "/unwell?key=");
  CHECK(strstr(holdfast_event_say(event, HOLDFAST_EVENT_URL), "secret") == NULL);
  CHECK_TEXT("http", holdfast_event_say(event, HOLDFAST_EVENT_SCHEME));
  CHECK_TEXT("127.0.0.1", holdfast_event_say(event, HOLDFAST_EVENT_HOST));
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_PORT) == atoi(strrchr(server_url, ':') + 1));
  if (holdfast_event_what(event) != HOLDFAST_ON_REQUEST_ENDED) return;
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_STATUS) == 200);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_ATTEMPTS) == 2);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_DURATION) > 800000);
  CHECK_TEXT("success", holdfast_event_say(event, HOLDFAST_EVENT_STOP_REASON));
  CHECK(holdfast_event_error(event) == NULL && holdfast_event_record(event) == NULL);
}

/// What a kind has nothing of.
static void check_absent(const holdfast_event* event) {
  CHECK(holdfast_event_get(event, (holdfast_event_number)1000) == -1);
  CHECK_TEXT("", holdfast_event_say(event, (holdfast_event_word)1000));
  if (holdfast_event_what(event) != HOLDFAST_ON_ATTEMPT_STARTED) return;
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_ATTEMPT) >= 1);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_HOP) == 0);
  CHECK(holdfast_event_record(event) == NULL && holdfast_event_error(event) == NULL);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_CONNECTION) == -1);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_DELAY) == -1);
  CHECK(holdfast_event_get(event, HOLDFAST_EVENT_STATUS) == -1);
  CHECK_TEXT("", holdfast_event_say(event, HOLDFAST_EVENT_PEER));
  CHECK_TEXT("", holdfast_event_say(event, HOLDFAST_EVENT_CLOSE_CAUSE));
  CHECK_TEXT("", holdfast_event_say(event, HOLDFAST_EVENT_STOP_REASON));
}

static void look_closely(void* context, const holdfast_event* event) {
  witness* seen = context;
  add(seen->story, sizeof seen->story, holdfast_event_say(event, HOLDFAST_EVENT_NAME), " ");
  check_absent(event);
  switch (holdfast_event_what(event)) {
    case HOLDFAST_ON_RETRY_SCHEDULED:
      check_retry(event);
      break;
    case HOLDFAST_ON_CONNECTION_OPENED:
    case HOLDFAST_ON_CONNECTION_REUSED:
      check_connection(event);
      return;
    case HOLDFAST_ON_CONNECTION_CLOSED:
      check_connection(event);
      CHECK_TEXT("shutdown", holdfast_event_say(event, HOLDFAST_EVENT_CLOSE_CAUSE));
      CHECK(holdfast_event_get(event, HOLDFAST_EVENT_REQUEST) == -1);
      return;
    default:
      break;
  }
  check_request(event);
}

static void a_request_is_told_from_its_first_attempt_to_its_end(void) {
  world w;
  outcome kept = {0};
  witness seen = {.w = &w};
  open_world(&w, NULL);
  holdfast_client_observe(w.client, look_closely, &seen);
  holdfast_get(w.client, "/unwell?key=secret", keep_outcome, &kept);
  CHECK_TEXT("", seen.story);  // never inside the call
  run_world(&w);
  CHECK_TEXT(
      "attempt_started connection_opened attempt_ended retry_scheduled attempt_started "
      "connection_reused attempt_ended request_ended ",
      seen.story);
  forget_outcome(&kept);
  seen.story[0] = '\0';
  holdfast_client_close(w.client, NULL, NULL);
  run_world(&w);
  CHECK_TEXT("connection_closed ", seen.story);
  close_world(&w);
}

static void note_name(void* context, const holdfast_event* event) {
  witness* seen = context;
  add(seen->story, sizeof seen->story, holdfast_event_say(event, HOLDFAST_EVENT_NAME), " ");
  const holdfast_event_kind kind = holdfast_event_what(event);
  if (kind == HOLDFAST_ON_REDIRECT_FOLLOWED) {
    CHECK(holdfast_attempt_get(holdfast_event_record(event), HOLDFAST_ATTEMPT_STATUS) == 302);
    CHECK_HAS(holdfast_event_say(event, HOLDFAST_EVENT_URL), "/echo");
  }
  if (kind == HOLDFAST_ON_POOL_WAIT_ENDED) {
    CHECK(holdfast_event_get(event, HOLDFAST_EVENT_REQUEST) >= 1);
    CHECK(holdfast_event_get(event, HOLDFAST_EVENT_DURATION) > 0);
  }
  if (kind == HOLDFAST_ON_REQUEST_ENDED && holdfast_event_error(event) != NULL) {
    const holdfast_error* error = holdfast_event_error(event);
    CHECK(error == holdfast_event_error(event));
    CHECK(holdfast_error_code(error) == HOLDFAST_CONNECTION_RESET);
    CHECK(holdfast_timeline_attempts(holdfast_error_timeline(error)) == 1);
    CHECK(holdfast_event_get(event, HOLDFAST_EVENT_STATUS) == 0);
    CHECK_TEXT("attempts_exhausted", holdfast_event_say(event, HOLDFAST_EVENT_STOP_REASON));
  }
  if (seen->free_client && kind == HOLDFAST_ON_ATTEMPT_ENDED) {
    holdfast_client_free(seen->w->client);
    seen->w->client = NULL;
  }
  if (seen->replace && kind == HOLDFAST_ON_ATTEMPT_ENDED) {
    holdfast_client_observe(seen->w->client, NULL, NULL);
    holdfast_client_log_to(seen->w->client, NULL, HOLDFAST_LOG_DEBUG, NULL);
  }
}

static void note_line(void* context, holdfast_log_level level, const char* line) {
  witness* seen = context;
  ++seen->lines;
  ++seen->levels[level];
  add(seen->text, sizeof seen->text, holdfast_log_level_name(level), " ");
  add(seen->text, sizeof seen->text, line, "\n");
}

static void redirects_waits_and_errors_are_told(void) {
  world w;
  outcome kept = {0}, second = {0};
  witness seen = {.w = &w};
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "redirects.follow", "yes") == NULL);
  CHECK(holdfast_options_set(options, "pool.max_connections", "1") == NULL);
  CHECK(holdfast_options_set(options, "retry.max_attempts", "1") == NULL);
  open_world(&w, options);
  holdfast_client_observe(w.client, note_name, &seen);
  holdfast_get(w.client, "/login", keep_outcome, &kept);
  holdfast_get(w.client, "/answer", keep_outcome, &second);
  run_world(&w);
  CHECK_HAS(seen.story, "redirect_followed ");
  CHECK_HAS(seen.story, "pool_wait_began ");
  CHECK_HAS(seen.story, "pool_wait_ended ");
  forget_outcome(&kept);
  forget_outcome(&second);
  seen.story[0] = '\0';
  holdfast_get(w.client, "/broken", keep_outcome, &kept);
  run_world(&w);
  CHECK_HAS(seen.story, "attempt_ended ");
  CHECK_HAS(seen.story, "request_ended ");
  forget_outcome(&kept);
  holdfast_client_observe(w.client, NULL, NULL);
  seen.story[0] = '\0';
  holdfast_get(w.client, "/answer", keep_outcome, &kept);
  run_world(&w);
  CHECK_TEXT("", seen.story);
  forget_outcome(&kept);
  close_world(&w);
}

static void lines_are_for_people_and_without_secrets(void) {
  world w;
  outcome kept = {0};
  witness seen = {.w = &w};
  open_world(&w, NULL);
  holdfast_client_log_to(w.client, note_line, HOLDFAST_LOG_DEBUG, &seen);
  holdfast_request* request = holdfast_request_new("GET", "/unwell?key=secret");
  CHECK(holdfast_request_bearer(request, "hidden") == NULL);
  holdfast_send(w.client, request, keep_outcome, &kept);
  run_world(&w);
  CHECK_HAS(seen.text, "info request 1 GET ");
  CHECK_HAS(seen.text, "/unwell?key=");
  CHECK_HAS(seen.text, "warning request 1 GET ");
  CHECK_HAS(seen.text, "debug connection 1 to ");
  CHECK(strstr(seen.text, "secret") == NULL && strstr(seen.text, "hidden") == NULL);
  CHECK(seen.levels[HOLDFAST_LOG_WARNING] == 1 && seen.levels[HOLDFAST_LOG_INFO] == 1);
  forget_outcome(&kept);

  // The level is the least that is told; and a log is no obstacle to an observer.
  witness events = {.w = &w};
  memset(&seen, 0, sizeof seen);
  holdfast_client_log_to(w.client, note_line, HOLDFAST_LOG_WARNING, &seen);
  holdfast_client_observe(w.client, note_name, &events);
  holdfast_get(w.client, "/unwell", keep_outcome, &kept);
  run_world(&w);
  CHECK(seen.lines == 1 && seen.levels[HOLDFAST_LOG_WARNING] == 1);
  CHECK_HAS(events.story, "request_ended ");
  forget_outcome(&kept);
  holdfast_client_log_to(w.client, NULL, HOLDFAST_LOG_DEBUG, NULL);
  holdfast_get(w.client, "/broken", keep_outcome, &kept);
  holdfast_client_observe(w.client, NULL, NULL);
  run_world(&w);
  CHECK(seen.lines == 1);
  forget_outcome(&kept);
  CHECK_TEXT("debug", holdfast_log_level_name(HOLDFAST_LOG_DEBUG));
  CHECK_TEXT("error", holdfast_log_level_name(HOLDFAST_LOG_ERROR));
  close_world(&w);
}

static void who_is_told_may_end_it_all(void) {
  world w;
  outcome kept = {0};
  witness seen = {.w = &w, .free_client = 1}, lines = {.w = &w};
  open_world(&w, NULL);
  holdfast_client_observe(w.client, note_name, &seen);
  holdfast_client_log_to(w.client, note_line, HOLDFAST_LOG_DEBUG, &lines);
  holdfast_get(w.client, "/unwell", keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_CLIENT_CLOSED);
  CHECK_TEXT("attempt_started connection_opened attempt_ended ", seen.story);
  CHECK(lines.lines == 2);  // not of the event in which the client was freed
  forget_outcome(&kept);
  close_world(&w);

  witness quits = {.w = &w, .replace = 1};
  memset(&lines, 0, sizeof lines);
  open_world(&w, NULL);
  holdfast_client_log_to(w.client, note_line, HOLDFAST_LOG_DEBUG, &lines);
  holdfast_client_observe(w.client, note_name, &quits);
  holdfast_get(w.client, "/unwell", keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  CHECK_TEXT("attempt_started connection_opened attempt_ended ", quits.story);
  CHECK(lines.lines == 2);
  forget_outcome(&kept);
  close_world(&w);
}

void test_watching(void) {
  a_request_is_told_from_its_first_attempt_to_its_end();
  redirects_waits_and_errors_are_told();
  lines_are_for_people_and_without_secrets();
  who_is_told_may_end_it_all();
}
