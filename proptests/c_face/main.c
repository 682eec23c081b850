// c_face_test URL: every function of holdfast.h, from C, against a fault server with the rules that
// run.sh gives it. Ends with 0 if all checks held.
#include <stdlib.h>

#include "proptests/c_face/check.h"

int checks_failed = 0;
const char* server_url = NULL;

void check_failed(const char* file, int line, const char* what, const char* more) {
  ++checks_failed;
  fprintf(stderr, "%s:%d: not so: %s%s\n", file, line, what, more);
}

void check_text(const char* file, int line, const char* what, const char* expected,
                const char* found) {
  char more[400];
  if (found != NULL && strcmp(expected, found) == 0) return;
  snprintf(more, sizeof more, " is \"%s\", not \"%s\"", found != NULL ? found : "(null)", expected);
  check_failed(file, line, what, more);
}

void check_has(const char* file, int line, const char* what, const char* whole, const char* part) {
  char more[800];
  if (whole != NULL && strstr(whole, part) != NULL) return;
  snprintf(more, sizeof more, " has no \"%s\": \"%s\"", part, whole != NULL ? whole : "(null)");
  check_failed(file, line, what, more);
}

void keep_outcome(void* context, holdfast_response* response, holdfast_error* error) {
  outcome* kept = context;
  ++kept->calls;
  CHECK((response == NULL) != (error == NULL));
  if (response != NULL) kept->response = holdfast_response_take(response);
  if (error != NULL) kept->error = holdfast_error_take(error);
}

void forget_outcome(outcome* kept) {
  holdfast_response_free(kept->response);
  holdfast_error_free(kept->error);
  memset(kept, 0, sizeof *kept);
}

const char* header_of(const outcome* kept, const char* name) {
  const char* value = NULL;
  if (kept->response != NULL) {
    value = holdfast_headers_get(holdfast_response_headers(kept->response), name);
  }
  return value != NULL ? value : "none";
}

const char* body_of(const outcome* kept) {
  if (kept->error != NULL) return holdfast_error_message(kept->error);
  return kept->response != NULL ? holdfast_response_body(kept->response, NULL) : "nothing";
}

holdfast_options* quick_options(void) {
  holdfast_options* options = holdfast_options_new();
  CHECK(holdfast_options_set(options, "base_url", server_url) == NULL);
  CHECK(holdfast_options_set_ms(options, "retry.backoff.base", 1) == NULL);
  CHECK(holdfast_options_set(options, "seed", "7") == NULL);
  return options;
}

void open_world(world* made, holdfast_options* options) {
  if (options == NULL) options = quick_options();
  CHECK(uv_loop_init(&made->loop) == 0);
  made->client = holdfast_client_new(&made->loop, options);
  CHECK(made->client != NULL);
  holdfast_options_free(options);  // the client has a copy
}

void run_world(world* made) { uv_run(&made->loop, UV_RUN_DEFAULT); }

void close_world(world* made) {
  holdfast_client_free(made->client);
  run_world(made);
  CHECK(uv_loop_close(&made->loop) == 0);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  server_url = argv[1];
  test_options();
  test_responses();
  test_requests();
  test_bodies();
  test_streams();
  test_clients();
  test_forms();
  test_hooks();
  test_watching();
  test_counters();
  test_cookies();
  test_downloads();
  printf("c_face_test: %s\n", checks_failed == 0 ? "all checks held" : "FAILED");
  return checks_failed == 0 ? 0 : 1;
}
