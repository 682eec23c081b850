// The same small application in C: one GET whose server is unwell at first, then a loop that closes
// clean.
#include <holdfast.h>
#include <stdio.h>
#include <uv.h>

static void answered(void* context, holdfast_response* response, holdfast_error* error) {
  int* good = context;
  if (error != NULL) {
    fprintf(stderr, "%s\n", holdfast_error_message(error));
    return;
  }
  const unsigned attempts = holdfast_timeline_attempts(holdfast_response_timeline(response));
  printf("%d after %u attempts\n", holdfast_response_status(response), attempts);
  *good += holdfast_response_status(response) == 200 && attempts == 2;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s URL\n", argv[0]);
    return 2;
  }
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0) return 1;
  int good = 0;
  holdfast_client* client = holdfast_client_new(&loop, NULL);
  holdfast_get(client, argv[1], answered, &good);
  uv_run(&loop, UV_RUN_DEFAULT);
  holdfast_client_free(client);
  uv_run(&loop, UV_RUN_DEFAULT);  // the client's handles close on this turn
  return uv_loop_close(&loop) == 0 && good == 1 ? 0 : 1;
}
