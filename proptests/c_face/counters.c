// What a client counts, and its rendering for Prometheus.
#include "proptests/c_face/check.h"

static uint64_t count_of(const world* w, holdfast_stat which) {
  return holdfast_client_stat(w->client, which);
}

static void fetch(world* w, const char* url) {
  outcome kept = {0};
  holdfast_get(w->client, url, keep_outcome, &kept);
  run_world(w);
  CHECK(kept.calls == 1);
  forget_outcome(&kept);
}

static void requests_and_attempts_are_counted(world* w) {
  outcome kept = {0};
  fetch(w, "/unwell");   // 503, 200
  fetch(w, "/broken");   // reset, five times
  fetch(w, "/hurried");  // 503 with Retry-After 1, 200
  const holdfast_request_id call = holdfast_get(w->client, "/silent", keep_outcome, &kept);
  CHECK(count_of(w, HOLDFAST_STAT_IN_FLIGHT) == 1);
  holdfast_cancel(w->client, call);
  run_world(w);
  forget_outcome(&kept);

  CHECK(count_of(w, HOLDFAST_STAT_SUBMITTED) == 4);
  CHECK(count_of(w, HOLDFAST_STAT_SUCCEEDED) == 2);
  CHECK(count_of(w, HOLDFAST_STAT_FAILED) == 1);
  CHECK(count_of(w, HOLDFAST_STAT_CANCELLED) == 1);
  CHECK(count_of(w, HOLDFAST_STAT_IN_FLIGHT) == 0);
  const uint64_t attempts = count_of(w, HOLDFAST_STAT_ATTEMPTS);
  CHECK(attempts == 2 + 5 + 2 || attempts == 2 + 5 + 2 + 1);  // the cancelled one may have begun
  CHECK(count_of(w, HOLDFAST_STAT_RETRIES_BACKOFF) + count_of(w, HOLDFAST_STAT_RETRIES_IMMEDIATE) +
            count_of(w, HOLDFAST_STAT_RETRIES_RETRY_AFTER) ==
        1 + 4 + 1);
  CHECK(count_of(w, HOLDFAST_STAT_RETRIES_RETRY_AFTER) == 1);
  CHECK(count_of(w, HOLDFAST_STAT_STALE_REPLAYS) == count_of(w, HOLDFAST_STAT_RETRIES_IMMEDIATE));
  CHECK(count_of(w, HOLDFAST_STAT_BUDGET_REFUSALS) == 0);
  CHECK(count_of(w, HOLDFAST_STAT_BYTES_SENT) > 9 * 20);
  CHECK(count_of(w, HOLDFAST_STAT_BYTES_RECEIVED) > 4 * 20);
  CHECK(count_of(w, HOLDFAST_STAT_DURATION_SUM) > 1000000);

  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_REQUESTS, HOLDFAST_OK) == 2);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_REQUESTS, HOLDFAST_CONNECTION_RESET) == 1);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_REQUESTS, HOLDFAST_CANCELLED) == 1);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_ATTEMPTS, HOLDFAST_CONNECTION_RESET) == 5);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_ATTEMPTS, HOLDFAST_OK) == 4);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_RETRIES, HOLDFAST_CONNECTION_RESET) == 4);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_RETRIES, HOLDFAST_OK) == 2);
  CHECK(holdfast_client_tally(w->client, HOLDFAST_TALLY_RETRIES, (holdfast_code)1000) == 0);
  CHECK(holdfast_client_tally(w->client, (holdfast_tally)1000, HOLDFAST_OK) == 0);
}

static void durations_fall_into_buckets(world* w) {
  uint64_t all = 0;
  size_t bucket = 0;
  int64_t before = 0;
  for (; holdfast_duration_bound_ms(bucket) >= 0; ++bucket) {
    CHECK(holdfast_duration_bound_ms(bucket) > before);
    before = holdfast_duration_bound_ms(bucket);
    all += holdfast_client_durations(w->client, bucket);
  }
  CHECK(bucket > 5);
  all += holdfast_client_durations(w->client, bucket);  // above all bounds
  CHECK(all == count_of(w, HOLDFAST_STAT_SUBMITTED));
  CHECK(holdfast_client_durations(w->client, bucket + 1) == 0);
  CHECK(holdfast_duration_bound_ms(bucket + 1) == -1);
}

static void all_of_it_is_rendered(world* w) {
  const char* labels[] = {"client", "billing", "team", "blue", NULL};
  const char* odd[] = {"alone", NULL};
  fetch(w, "/answer");  // leaves a connection
  const char* text = holdfast_client_prometheus(w->client, 0, NULL);
  CHECK_HAS(text, "# TYPE ");
  CHECK_HAS(text, "http_client_request_duration_seconds");
  CHECK(strstr(text, "server_port") == NULL && strstr(text, "billing") == NULL);
  text = holdfast_client_prometheus(w->client, 1, labels);
  CHECK_HAS(text, "client=\"billing\"");
  CHECK_HAS(text, "team=\"blue\"");
  CHECK_HAS(text, "server_port=\"");
  CHECK_HAS(holdfast_client_prometheus(w->client, 0, odd), "alone=\"\"");
}

static void waits_in_line_are_counted(void) {
  world w;
  outcome first = {0}, second = {0};
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "pool.max_connections", "1") == NULL);
  open_world(&w, options);
  holdfast_get(w.client, "/answer", keep_outcome, &first);
  holdfast_get(w.client, "/answer", keep_outcome, &second);
  CHECK(count_of(&w, HOLDFAST_STAT_WAITING) >= 1);
  run_world(&w);
  CHECK(count_of(&w, HOLDFAST_STAT_POOL_WAITS) == 1);
  CHECK(count_of(&w, HOLDFAST_STAT_POOL_WAIT_TIME) > 0);
  forget_outcome(&first);
  forget_outcome(&second);
  close_world(&w);
}

static void an_empty_budget_is_counted(void) {
  world w;
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "retry.budget.burst", "1") == NULL);
  open_world(&w, options);
  fetch(&w, "/refusing");
  CHECK(count_of(&w, HOLDFAST_STAT_RETRIES_BACKOFF) == 1);
  CHECK(count_of(&w, HOLDFAST_STAT_BUDGET_REFUSALS) == 1);
  close_world(&w);
}

void test_counters(void) {
  world w;
  open_world(&w, NULL);
  requests_and_attempts_are_counted(&w);
  durations_fall_into_buckets(&w);
  all_of_it_is_rendered(&w);
  close_world(&w);
  waits_in_line_are_counted();
  an_empty_budget_is_counted();
}
