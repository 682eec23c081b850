// What came back, or what went wrong, and its history.
#include <errno.h>

#include "proptests/c_face/check.h"

static void fetch(world* w, const char* url, outcome* kept) {
  memset(kept, 0, sizeof *kept);
  CHECK(holdfast_get(w->client, url, keep_outcome, kept) != 0);
  CHECK(kept->calls == 0);  // never inside the call
  run_world(w);
  CHECK(kept->calls == 1);
}

static void a_response_has_status_fields_and_body(world* w) {
  outcome kept;
  fetch(w, "/answer", &kept);
  const holdfast_response* response = kept.response;
  size_t length = 0;
  CHECK(holdfast_response_status(response) == 200);
  CHECK(holdfast_response_http_major(response) == 1);
  CHECK(holdfast_response_http_minor(response) == 1);
  CHECK_TEXT("Fine", holdfast_response_reason(response));
  CHECK_TEXT("hello", holdfast_response_body(response, &length));
  CHECK(length == 5);
  CHECK(holdfast_response_decoded(response) == 0);
  CHECK(holdfast_response_request_complete(response) == 1);
  CHECK_TEXT("text/plain", header_of(&kept, "content-TYPE"));
  CHECK_TEXT("none", header_of(&kept, "Absent"));
  CHECK(holdfast_response_raise_for_status(response) == NULL);

  // Repeated fields are kept apart.
  const holdfast_headers* headers = holdfast_response_headers(response);
  size_t at = 0;
  CHECK_TEXT("a=1", holdfast_headers_next(headers, "Set-Cookie", &at));
  CHECK_TEXT("b=2", holdfast_headers_next(headers, "set-cookie", &at));
  CHECK(holdfast_headers_next(headers, "Set-Cookie", &at) == NULL);
  size_t cookies = 0;
  for (size_t i = 0; i < holdfast_headers_count(headers); ++i) {
    if (strcmp(holdfast_headers_name(headers, i), "Set-Cookie") == 0) {
      CHECK_TEXT(cookies == 0 ? "a=1" : "b=2", holdfast_headers_value(headers, i));
      ++cookies;
    }
  }
  CHECK(cookies == 2);
  CHECK(holdfast_headers_name(headers, holdfast_headers_count(headers)) == NULL);
  CHECK(holdfast_headers_value(headers, holdfast_headers_count(headers)) == NULL);

  const holdfast_headers* trailers = holdfast_response_trailers(response);
  CHECK(holdfast_headers_count(trailers) == 1);
  CHECK_TEXT("7", holdfast_headers_get(trailers, "X-Sum"));
  CHECK_TEXT("none", header_of(&kept, "X-Sum"));  // never merged
  forget_outcome(&kept);
}

static void a_media_type_is_taken_apart(world* w) {
  outcome kept;
  fetch(w, "/typed", &kept);
  CHECK_TEXT("text/html", holdfast_response_media_type(kept.response));
  CHECK_TEXT("utf-8", holdfast_response_media_parameter(kept.response, "Charset"));
  CHECK(holdfast_response_media_parameter(kept.response, "q") == NULL);
  forget_outcome(&kept);
  fetch(w, "/nothing", &kept);
  CHECK_TEXT("", holdfast_response_media_type(kept.response));
  CHECK(holdfast_response_media_parameter(kept.response, "charset") == NULL);
  forget_outcome(&kept);
}

static void attempts_tell_their_story(const holdfast_timeline* timeline) {
  const holdfast_attempt* first = holdfast_timeline_at(timeline, 0);
  const holdfast_attempt* second = holdfast_timeline_at(timeline, 1);
  CHECK(holdfast_timeline_attempts(timeline) == 2 && holdfast_timeline_size(timeline) == 2);
  CHECK(holdfast_timeline_at(timeline, 2) == NULL);
  CHECK_TEXT("success", holdfast_timeline_stop_reason(timeline));
  CHECK_HAS(holdfast_timeline_text(timeline), "503");
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_NUMBER) == 1);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_STATUS) == 503);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_ERROR) == HOLDFAST_OK);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_REPLAY_CLASS) == 'D');
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_HOP) == 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_DELAY) == 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_RETRY_AFTER) < 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_TLS_MINOR) == 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_TLS_RESUMED) == 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_TLS_UNVERIFIED) == 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_OS_ERROR) == 0);
  CHECK(holdfast_attempt_get(first, HOLDFAST_ATTEMPT_H2_ERROR) == 0);
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_NUMBER) == 2);
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_STATUS) == 200);
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_REUSED) == 1);
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_CONNECTION) ==
        holdfast_attempt_get(first, HOLDFAST_ATTEMPT_CONNECTION));
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_HTTP_MAJOR) == 1);
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_HTTP_MINOR) == 1);
  const int64_t delay = holdfast_attempt_get(second, HOLDFAST_ATTEMPT_DELAY);
  CHECK(delay >= 800000 && delay <= 1000000);  // U(0.8, 1.0) of a millisecond
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_BYTES_SENT) > 20);
  CHECK(holdfast_attempt_get(second, HOLDFAST_ATTEMPT_BYTES_RECEIVED) > 20);
  int64_t before = 0;
  for (holdfast_attempt_number what = HOLDFAST_ATTEMPT_STARTED; what <= HOLDFAST_ATTEMPT_ENDED;
       what = (holdfast_attempt_number)(what + 1)) {
    CHECK(holdfast_attempt_get(second, what) >= before);  // the phases stand in their order
    before = holdfast_attempt_get(second, what);
  }
  CHECK(holdfast_attempt_get(second, (holdfast_attempt_number)1000) == -1);
  CHECK_TEXT("backoff", holdfast_attempt_say(second, HOLDFAST_ATTEMPT_DELAY_SOURCE));
  CHECK_TEXT("done", holdfast_attempt_say(second, HOLDFAST_ATTEMPT_PHASE));
  CHECK_TEXT("absent", holdfast_attempt_say(second, HOLDFAST_ATTEMPT_RETRY_AFTER_NOTE));
  CHECK_TEXT("none", holdfast_attempt_say(second, HOLDFAST_ATTEMPT_ERROR_NAME));
  CHECK_TEXT("1.1", holdfast_attempt_say(second, HOLDFAST_ATTEMPT_HTTP_VERSION));
  CHECK_TEXT("direct", holdfast_attempt_say(second, HOLDFAST_ATTEMPT_ROUTE));
  CHECK_TEXT("", holdfast_attempt_say(second, (holdfast_attempt_word)1000));

  char text[200];
  CHECK(holdfast_attempt_peer(second, text, sizeof text) == strlen(text));
  CHECK_HAS(text, "127.0.0.1:");
  CHECK(holdfast_attempt_peer(second, text, 4) > 4);
  CHECK_TEXT("127", text);
  CHECK(holdfast_attempt_peer(second, NULL, 0) > 4);
  CHECK(holdfast_attempt_text(second, text, sizeof text) > 10);
  CHECK_HAS(text, "200");
  CHECK(holdfast_attempt_error_type(first, text, sizeof text) == 3);
  CHECK_TEXT("503", text);
  CHECK(holdfast_attempt_error_type(second, text, sizeof text) == 0);
}

static void a_timeline_has_every_attempt(world* w) {
  outcome kept;
  fetch(w, "/unwell", &kept);
  CHECK(kept.response != NULL);
  if (kept.response != NULL) attempts_tell_their_story(holdfast_response_timeline(kept.response));
  forget_outcome(&kept);
}

static void a_status_becomes_an_error_when_asked(world* w) {
  outcome kept;
  fetch(w, "/missing", &kept);
  const holdfast_error* error = holdfast_response_raise_for_status(kept.response);
  CHECK(error != NULL && holdfast_error_code(error) == HOLDFAST_STATUS_ERROR);
  CHECK_HAS(holdfast_error_detail(error), "404");
  CHECK(holdfast_error_replay_class(error) == 'D');
  CHECK_TEXT("done", holdfast_error_phase(error));
  CHECK(holdfast_timeline_attempts(holdfast_error_timeline(error)) == 1);
  CHECK(holdfast_response_raise_for_status(kept.response) == error);
  CHECK_TEXT("gone", body_of(&kept));  // the response is still whole
  forget_outcome(&kept);
}

static void an_error_says_what_where_and_after_how_many(world* w) {
  outcome kept;
  fetch(w, "ftp://127.0.0.1/", &kept);
  CHECK(holdfast_error_code(kept.error) == HOLDFAST_UNSUPPORTED_SCHEME);
  CHECK_TEXT("submit", holdfast_error_phase(kept.error));
  CHECK(holdfast_error_replay_class(kept.error) == 'F');
  forget_outcome(&kept);

  fetch(w, "/broken", &kept);  // reset each time
  CHECK(holdfast_error_code(kept.error) == HOLDFAST_CONNECTION_RESET);
  CHECK_HAS(holdfast_error_message(kept.error), "the connection was reset");
  CHECK_HAS(holdfast_error_message(kept.error), "5 attempts");
  CHECK(holdfast_error_os_error(kept.error) == ECONNRESET);
  CHECK(holdfast_error_h2_error(kept.error) == 0);
  CHECK(holdfast_timeline_attempts(holdfast_error_timeline(kept.error)) == 5);
  CHECK_TEXT("attempts_exhausted",
             holdfast_timeline_stop_reason(holdfast_error_timeline(kept.error)));
  forget_outcome(&kept);
}

static void taken(void* context, holdfast_response* response, holdfast_error* error) {
  outcome* kept = context;
  ++kept->calls;
  CHECK(error == NULL);
  CHECK(holdfast_headers_count(holdfast_response_headers(response)) > 2);
  kept->response = holdfast_response_take(response);
  // What stays behind is empty.
  CHECK(holdfast_response_status(response) == 0);
  CHECK_TEXT("", holdfast_response_body(response, NULL));
  CHECK(holdfast_headers_count(holdfast_response_headers(response)) == 0);
  CHECK(holdfast_timeline_attempts(holdfast_response_timeline(response)) == 0);
}

static void a_response_taken_outlives_callback_and_client(void) {
  world w;
  outcome kept = {0};
  open_world(&w, NULL);
  holdfast_get(w.client, "/answer", taken, &kept);
  run_world(&w);
  close_world(&w);
  CHECK_TEXT("hello", body_of(&kept));
  CHECK_TEXT("7", holdfast_headers_get(holdfast_response_trailers(kept.response), "x-sum"));
  CHECK(holdfast_timeline_attempts(holdfast_response_timeline(kept.response)) == 1);
  forget_outcome(&kept);
}

static void codes_have_names_and_texts(void) {
  CHECK_TEXT("none", holdfast_code_name(HOLDFAST_OK));
  CHECK_TEXT("connect_refused", holdfast_code_name(HOLDFAST_CONNECT_REFUSED));
  CHECK_TEXT("the connection was refused", holdfast_code_text(HOLDFAST_CONNECT_REFUSED));
  CHECK(holdfast_code_fault(HOLDFAST_INVALID_URL) == HOLDFAST_FAULT_CALLER);
  CHECK(holdfast_code_fault(HOLDFAST_OUT_OF_RESOURCES) == HOLDFAST_FAULT_LOCAL);
  CHECK(holdfast_code_fault(HOLDFAST_CONNECT_REFUSED) == HOLDFAST_FAULT_NETWORK);
  CHECK(holdfast_code_fault(HOLDFAST_PROTOCOL_ERROR) == HOLDFAST_FAULT_PEER);
  CHECK(holdfast_code_transient(HOLDFAST_CONNECT_REFUSED) == 1);
  CHECK(holdfast_code_transient(HOLDFAST_INVALID_URL) == 0);
  CHECK_TEXT("REFUSED_STREAM", holdfast_h2_error_name(7));
  CHECK_TEXT("", holdfast_h2_error_name(999));
}

void test_responses(void) {
  world w;
  open_world(&w, NULL);
  a_response_has_status_fields_and_body(&w);
  a_media_type_is_taken_apart(&w);
  a_timeline_has_every_attempt(&w);
  a_status_becomes_an_error_when_asked(&w);
  an_error_says_what_where_and_after_how_many(&w);
  close_world(&w);
  a_response_taken_outlives_callback_and_client();
  codes_have_names_and_texts();
}
