// Forms: those of fields alone, and those with files in them.
#include <stdlib.h>

#include "proptests/c_face/check.h"

/// Text that is read as it is sent.
typedef struct text_source {
  char text[100];
  size_t at;
  int rewinds, releases;
} text_source;

static int64_t read_text(void* source, char* into, size_t capacity) {
  text_source* s = source;
  const size_t left = strlen(s->text) - s->at;
  const size_t count = left < capacity ? left : capacity;
  memcpy(into, s->text + s->at, count);
  s->at += count;
  return (int64_t)count;
}

static int rewind_text(void* source) {
  text_source* s = source;
  ++s->rewinds;
  s->at = 0;
  return 0;
}

static void release_text(void* source) { ++((text_source*)source)->releases; }

static void write_file(const char* path, const char* text) {
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL);
  if (file == NULL) return;
  CHECK(fputs(text, file) >= 0);
  fclose(file);
}

static void post_form(world* w, const char* method, const char* url, holdfast_multipart* form,
                      outcome* kept) {
  memset(kept, 0, sizeof *kept);
  holdfast_request* request = holdfast_request_new(method, url);
  CHECK(holdfast_request_body_multipart(request, form) == NULL);
  CHECK(holdfast_send(w->client, request, keep_outcome, kept) != 0);
  run_world(w);
  CHECK(kept->calls == 1);
}

/// A form of all kinds of parts, and what a server has to get of it.
static holdfast_multipart* make_form(text_source* s, holdfast_body_rewind rewind) {
  holdfast_multipart* form = holdfast_multipart_new(7);
  CHECK(holdfast_multipart_add_text(form, "title", "Holiday") == NULL);
  CHECK(holdfast_multipart_add_bytes(form, "raw", "a\"b.bin", "image/png", "x\0y", 3) == NULL);
  CHECK(holdfast_multipart_add_bytes(form, "bare", NULL, NULL, "z", 1) == NULL);
  CHECK(holdfast_multipart_add_file(form, "doc", "form.txt", NULL, "text/plain") == NULL);
  CHECK(holdfast_multipart_add_file(form, "doc2", "form.txt", "other.txt", NULL) == NULL);
  snprintf(s->text, sizeof s->text, "streamed text");
  CHECK(holdfast_multipart_add_source(form, "live", "live.txt", "text/x", read_text, rewind,
                                      release_text, s, (int64_t)strlen(s->text)) == NULL);
  return form;
}

static void check_form(const outcome* kept, holdfast_multipart* form) {
  static const char kStart[] =
      "--%s\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHoliday\r\n"
      "--%s\r\nContent-Disposition: form-data; name=\"raw\"; filename=\"a%%22b.bin\"\r\n"
      "Content-Type: image/png\r\n\r\nx";
  static const char kEnd[] =
      "y\r\n--%s\r\nContent-Disposition: form-data; name=\"bare\"\r\n\r\nz\r\n"
      "--%s\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"form.txt\"\r\n"
      "Content-Type: text/plain\r\n\r\nfrom a file\r\n"
      "--%s\r\nContent-Disposition: form-data; name=\"doc2\"; filename=\"other.txt\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\nfrom a file\r\n"
      "--%s\r\nContent-Disposition: form-data; name=\"live\"; filename=\"live.txt\"\r\n"
      "Content-Type: text/x\r\n\r\nstreamed text\r\n--%s--\r\n";
  char expected[2000];
  const char* b = holdfast_multipart_boundary(form);
  const int start = snprintf(expected, sizeof expected, kStart, b, b);
  const int end =
      snprintf(expected + start + 1, sizeof expected - (size_t)start - 1, kEnd, b, b, b, b, b);
  const size_t length = (size_t)(start + 1 + end);
  size_t found = 0;
  CHECK(kept->response != NULL);
  if (kept->response == NULL) return;
  const char* body = holdfast_response_body(kept->response, &found);
  CHECK(found == length && memcmp(body, expected, length) == 0);
  // Files are measured when they are sent.
  CHECK(holdfast_multipart_length(form) == HOLDFAST_CHUNKED);
}

static void all_kinds_of_parts_are_sent_and_sent_again(world* w) {
  outcome kept;
  text_source s = {.at = 0};
  holdfast_multipart* form = make_form(&s, rewind_text);
  post_form(w, "PUT", "/upload", form, &kept);  // 503, then what was sent
  check_form(&kept, form);
  CHECK(s.rewinds == 1 && s.releases == 0);
  forget_outcome(&kept);

  post_form(w, "POST", "/echo?raw=1", form, &kept);  // a form may be sent often
  check_form(&kept, form);
  forget_outcome(&kept);

  post_form(w, "POST", "/echo", form, &kept);
  char type[200];
  snprintf(type, sizeof type, "\"multipart/form-data; boundary=%s\"",
           holdfast_multipart_boundary(form));
  CHECK_HAS(body_of(&kept), type);
  CHECK_HAS(body_of(&kept), "\"Content-Length\"");
  forget_outcome(&kept);
  CHECK(s.releases == 0);
  holdfast_multipart_free(form);
  CHECK(s.releases == 1);
}

static void another_seed_is_another_boundary(void) {
  char first[100];
  holdfast_multipart* one = holdfast_multipart_new(1);
  holdfast_multipart* two = holdfast_multipart_new(2);
  CHECK(holdfast_multipart_add_text(one, "a", "b") == NULL);
  CHECK(holdfast_multipart_add_text(two, "a", "b") == NULL);
  snprintf(first, sizeof first, "%s", holdfast_multipart_boundary(one));
  CHECK(strcmp(first, holdfast_multipart_boundary(two)) != 0);
  CHECK_TEXT(first, holdfast_multipart_boundary(one));
  CHECK_HAS(holdfast_multipart_add_source(one, "a", NULL, NULL, NULL, NULL, NULL, NULL, 0), "null");
  holdfast_multipart_free(one);
  holdfast_multipart_free(two);
  holdfast_multipart_free(NULL);
}

static void a_part_that_can_be_read_once_makes_the_form_so(world* w) {
  outcome kept = {0};
  text_source s = {.text = "once"};
  holdfast_multipart* form = holdfast_multipart_new(0);
  CHECK(holdfast_multipart_add_source(form, "live", NULL, NULL, read_text, NULL, release_text, &s,
                                      HOLDFAST_CHUNKED) == NULL);
  CHECK(holdfast_multipart_length(form) == -1);
  holdfast_request* request = holdfast_request_new("PUT", "/upload-refused");
  CHECK(holdfast_request_body_multipart(request, form) == NULL);
  holdfast_multipart_free(form);  // the request has what it needs
  CHECK(s.releases == 0);
  CHECK(holdfast_send(w->client, request, keep_outcome, &kept) != 0);
  run_world(w);
  CHECK(s.releases == 1);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 503);
  CHECK_TEXT("body_not_replayable",
             holdfast_timeline_stop_reason(holdfast_response_timeline(kept.response)));
  forget_outcome(&kept);
}

static void a_part_with_the_boundary_in_it_is_not_sent_to_its_end(world* w) {
  outcome kept;
  text_source s = {.at = 0};
  holdfast_multipart* form = holdfast_multipart_new(0);
  CHECK(holdfast_multipart_add_source(form, "live", NULL, NULL, read_text, rewind_text,
                                      release_text, &s, HOLDFAST_CHUNKED) == NULL);
  snprintf(s.text, sizeof s.text, "x\r\n--%s\r\ny", holdfast_multipart_boundary(form));
  post_form(w, "PUT", "/echo", form, &kept);
  CHECK(kept.error != NULL && holdfast_error_code(kept.error) == HOLDFAST_BODY_SOURCE_FAILED);
  forget_outcome(&kept);
  holdfast_multipart_free(form);
}

static void the_last_body_said_is_sent_with_its_type(world* w) {
  outcome kept = {0};
  holdfast_multipart* form = holdfast_multipart_new(0);
  CHECK(holdfast_multipart_add_text(form, "a", "b") == NULL);

  holdfast_request* request = holdfast_request_new("POST", "/echo");
  CHECK(holdfast_request_body_multipart(request, form) == NULL);
  CHECK(holdfast_request_add_form(request, "lost", "1") == NULL);
  CHECK(holdfast_request_body_bytes(request, "plain", 5) == NULL);
  holdfast_send(w->client, request, keep_outcome, &kept);
  run_world(w);
  CHECK_HAS(body_of(&kept), "\"body\": \"plain\"");
  CHECK(strstr(body_of(&kept), "Content-Type") == NULL);
  forget_outcome(&kept);

  request = holdfast_request_new("POST", "/echo");
  CHECK(holdfast_request_body_multipart(request, form) == NULL);
  CHECK(holdfast_request_add_form(request, "two words", "yes & no") == NULL);
  CHECK(holdfast_request_add_form(request, "n", "") == NULL);
  holdfast_send(w->client, request, keep_outcome, &kept);
  run_world(w);
  CHECK_HAS(body_of(&kept), "\"body\": \"two+words=yes+%26+no&n=\"");
  CHECK_HAS(body_of(&kept), "\"application/x-www-form-urlencoded\"");
  forget_outcome(&kept);

  request = holdfast_request_new("POST", "/echo");
  CHECK(holdfast_request_set_header(request, "content-type", "text/mine") == NULL);
  CHECK(holdfast_request_add_form(request, "a", "b") == NULL);
  holdfast_send(w->client, request, keep_outcome, &kept);
  run_world(w);
  CHECK_HAS(body_of(&kept), "\"text/mine\"");
  CHECK(strstr(body_of(&kept), "urlencoded") == NULL);
  forget_outcome(&kept);
  holdfast_multipart_free(form);
}

void test_forms(void) {
  world w;
  write_file("form.txt", "from a file");
  open_world(&w, NULL);
  all_kinds_of_parts_are_sent_and_sent_again(&w);
  another_seed_is_another_boundary();
  a_part_that_can_be_read_once_makes_the_form_so(&w);
  a_part_with_the_boundary_in_it_is_not_sent_to_its_end(&w);
  the_last_body_said_is_sent_with_its_type(&w);
  close_world(&w);
  CHECK(remove("form.txt") == 0);
}
