// upload-demo URL FILE: sends a file and a note as a form, with POST, to a server that may fail.
// Each attempt reads the file again, and the form's bytes are the same every time. The
// Idempotency-Key allows the POST to be retried. Exit status 0 if it was accepted.
#include <uv.h>

#include <chrono>
#include <cstdio>

#include "holdfast/client.h"
#include "holdfast/request_builder.h"

namespace {

using namespace std::chrono_literals;

holdfast::Request upload(const char* url, const char* path) {
  holdfast::Multipart form;
  form.field("note", "taken on \"Sunday\"").file("upload", path);

  holdfast::RetryPolicy retry;
  retry.non_idempotent = holdfast::NonIdempotent::keyed;
  retry.backoff.base = 100ms;
  return holdfast::RequestBuilder::post(url)
      .query("folder", "holiday pictures")
      .multipart(form)
      .idempotency_key("6b1f7c1e-upload-1")  // one key per upload, kept for all its attempts
      .retry(retry)
      .build();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s URL FILE\n", argv[0]);
    return 2;
  }
  bool accepted = false;
  holdfast::Client client(uv_default_loop());
  client.send(upload(argv[1], argv[2]), [&](holdfast::Result<holdfast::Response> result) {
    if (result) {
      accepted = result->is_success();
      std::printf("%d after %u attempts\n%s\n", static_cast<int>(result->status),
                  result->timeline.attempts(), result->timeline.to_string().c_str());
    } else {
      std::fprintf(stderr, "%s\n%s\n", result.error().message().c_str(),
                   result.error().timeline.to_string().c_str());
    }
    client.close();
  });
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  return accepted ? 0 : 1;
}
