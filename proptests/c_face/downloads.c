// Responses that go to a file, and how far a request has come.
#include "proptests/c_face/check.h"

/// What the file holds, "(none)" if there is none. Static.
static const char* read_file(const char* path) {
  static char text[5000];
  FILE* file = fopen(path, "rb");
  if (file == NULL) return "(none)";
  const size_t length = fread(text, 1, sizeof text - 1, file);
  text[length] = '\0';
  fclose(file);
  return text;
}

static void download(world* w, const char* url, const char* path, outcome* kept) {
  memset(kept, 0, sizeof *kept);
  CHECK(holdfast_download(w->client, holdfast_request_new("GET", url), path, keep_outcome, kept) !=
        0);
  CHECK(kept->calls == 0);
  run_world(w);
  CHECK(kept->calls == 1);
}

static void a_file_has_all_of_it_or_stays_as_it_is(world* w) {
  outcome kept;
  download(w, "/cut", "got.txt", &kept);  // cut short, then whole
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 200);
  CHECK(holdfast_timeline_attempts(holdfast_response_timeline(kept.response)) == 2);
  CHECK_TEXT("", body_of(&kept));
  CHECK_TEXT("the whole of it", read_file("got.txt"));
  CHECK_TEXT("(none)", read_file("got.txt.part"));
  forget_outcome(&kept);

  download(w, "/missing", "got.txt", &kept);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 404);
  CHECK_TEXT("gone", body_of(&kept));
  CHECK_TEXT("the whole of it", read_file("got.txt"));
  CHECK_TEXT("(none)", read_file("got.txt.part"));
  forget_outcome(&kept);

  download(w, "/answer", "nowhere/at/all", &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_FILE_FAILED);
  CHECK_HAS(holdfast_error_detail(kept.error), "nowhere/at/all");
  forget_outcome(&kept);
  CHECK(remove("got.txt") == 0);
}

/// An outcome, and the interim heads before it.
typedef struct hinted {
  outcome kept;
  int interims, status;
} hinted;

static void count_interim(void* context, const holdfast_response* head) {
  hinted* h = context;
  ++h->interims;
  h->status = holdfast_response_status(head);
}

static void keep_hinted(void* context, holdfast_response* response, holdfast_error* error) {
  keep_outcome(&((hinted*)context)->kept, response, error);
}

static void interim_heads_are_told_and_not_stored(world* w) {
  hinted h = {.interims = 0};
  holdfast_request* request = holdfast_request_new("GET", "/hinted");  // 503 first
  holdfast_request_on_interim(request, count_interim);
  CHECK(holdfast_download(w->client, request, "got.txt", keep_hinted, &h) != 0);
  run_world(w);
  CHECK(h.kept.calls == 1 && h.kept.response != NULL);
  CHECK(h.interims == 1 && h.status == 103);
  CHECK_TEXT("whole", read_file("got.txt"));
  forget_outcome(&h.kept);
  CHECK(remove("got.txt") == 0);
}

/// Asks how far a request has come until half of it has, then ends it.
typedef struct meter {
  world* w;
  holdfast_request_id call;
  uv_timer_t timer;
  uint64_t received;
  int64_t expected;
  int asked;
} meter;

static void look(uv_timer_t* timer) {
  meter* m = timer->data;
  ++m->asked;
  m->received = holdfast_progress(m->w->client, m->call, &m->expected);
  CHECK(holdfast_progress(m->w->client, m->call, NULL) == m->received);
  if (m->received < 500 && m->asked < 5000) return;
  holdfast_cancel(m->w->client, m->call);
  uv_close((uv_handle_t*)timer, NULL);
}

static void start_meter(meter* m) {
  uv_timer_init(&m->w->loop, &m->timer);
  m->timer.data = m;
  uv_timer_start(&m->timer, look, 1, 1);
  run_world(m->w);
}

static void progress_is_there_for_the_asking(world* w) {
  outcome kept = {0};
  meter m = {.w = w, .expected = -2};
  m.call = holdfast_get(w->client, "/half", keep_outcome, &kept);  // 500 of 1000, then nothing
  CHECK(holdfast_progress(w->client, m.call, &m.expected) == 0 && m.expected == -1);
  start_meter(&m);
  CHECK(m.received == 500 && m.expected == 1000);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_CANCELLED);
  CHECK(holdfast_progress(w->client, m.call, &m.expected) == 0 && m.expected == -1);
  forget_outcome(&kept);
}

void test_downloads(void) {
  world w;
  open_world(&w, NULL);
  a_file_has_all_of_it_or_stays_as_it_is(&w);
  interim_heads_are_told_and_not_stored(&w);
  progress_is_there_for_the_asking(&w);
  close_world(&w);
}
