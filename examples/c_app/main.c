// c-app URL: a libuv application in C: options by name, a GET that may be retried, a POST that may
// not, and the history of both. Exit status 0 if both ended as expected.
#include <holdfast.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

static void print_history(const holdfast_timeline* timeline) {
  for (size_t i = 0; i < holdfast_timeline_size(timeline); ++i) {
    char line[300];
    holdfast_attempt_text(holdfast_timeline_at(timeline, i), line, sizeof line);
    printf("    %s\n", line);
  }
  printf("    and no further: %s\n", holdfast_timeline_stop_reason(timeline));
}

/// Exactly one of `response` and `error` is not NULL; both are freed when this returns.
static void on_stock(void* context, holdfast_response* response, holdfast_error* error) {
  int* good = context;
  if (error != NULL) {
    printf("stock: %s\n", holdfast_error_message(error));
    return;
  }
  const char* type = holdfast_headers_get(holdfast_response_headers(response), "Content-Type");
  size_t length;
  const char* body = holdfast_response_body(response, &length);
  printf("stock: %d, %.*s (%s)\n", holdfast_response_status(response), (int)length, body,
         type != NULL ? type : "no type");
  print_history(holdfast_response_timeline(response));
  *good += holdfast_response_status(response) == 200;
}

static void on_order(void* context, holdfast_response* response, holdfast_error* error) {
  int* good = context;
  (void)response;  // NULL: the server sends no response
  printf("order: %s\n", error != NULL ? holdfast_error_message(error) : "accepted");
  // The connection breaks before a response. The server may have processed it: no retry.
  *good += error != NULL && holdfast_timeline_attempts(holdfast_error_timeline(error)) == 1;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  const char* const settings[][2] = {{"base_url", argv[1]},
                                     {"retry.max_attempts", "3"},
                                     {"retry.backoff.base", "20ms"},
                                     {"timeouts.total", "10s"}};
  holdfast_options* options = holdfast_options_new();
  for (size_t i = 0; i < sizeof settings / sizeof *settings; ++i) {
    const char* complaint = holdfast_options_set(options, settings[i][0], settings[i][1]);
    if (complaint != NULL) fprintf(stderr, "%s\n", complaint);
  }

  uv_loop_t loop;
  uv_loop_init(&loop);
  holdfast_client* client = holdfast_client_new(&loop, options);
  holdfast_options_free(options);

  int good = 0;
  holdfast_request* request = holdfast_request_new("GET", "/stock");
  holdfast_request_add_query(request, "colour", "sea green");
  holdfast_send(client, request, on_stock, &good);  // takes the request
  const char* order = "{\"item\": 7}";
  holdfast_post(client, "/orders", "application/json", order, strlen(order), on_order, &good);

  uv_run(&loop, UV_RUN_DEFAULT);  // returns when both have ended
  holdfast_client_free(client);
  uv_run(&loop, UV_RUN_DEFAULT);  // lets the client's handles close
  return uv_loop_close(&loop) == 0 && good == 2 ? 0 : 1;
}
