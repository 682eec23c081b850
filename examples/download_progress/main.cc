// download-progress URL [FILE]: streams a long response into a file and shows the progress. While
// the disk writes, the request is paused: back-pressure stops the server, and at most one or two
// pieces are in memory, whatever the length. Exit status 0 if all of it is in the file.
#include <fcntl.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "holdfast/client.h"

namespace {

struct Download {
  uv_loop_t* loop = uv_default_loop();
  int file = -1;
  holdfast::RequestHandle request{};
  std::string piece{};  // being written
  uv_fs_t writing{};
  long long expected = 0, written = 0;
  int shown = 0;  // tenths of the length
  bool good = false;

  void take(std::string_view bytes) {
    request.pause();
    piece = bytes;  // `bytes` is valid only until this returns
    uv_buf_t buffer = uv_buf_init(piece.data(), static_cast<unsigned>(piece.size()));
    writing.data = this;
    uv_fs_write(loop, &writing, file, &buffer, 1, written, [](uv_fs_t* write) {
      auto* self = static_cast<Download*>(write->data);
      self->on_written(write->result);
      uv_fs_req_cleanup(write);
    });
  }

  void on_written(long long result) {
    if (result != static_cast<long long>(piece.size())) return request.cancel();  // disk full
    written += result;
    if (expected > 0 && written * 10 / expected > shown) {
      shown = static_cast<int>(written * 10 / expected);
      std::printf("%3d %%  %lld bytes\n", shown * 10, written);
    }
    request.resume();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s URL [FILE]\n", argv[0]);
    return 2;
  }
  const char* path = argc == 3 ? argv[2] : "download.bin";
  Download download;
  uv_fs_t done;
  download.file = uv_fs_open(nullptr, &done, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, nullptr);
  if (download.file < 0) {
    std::fprintf(stderr, "%s: %s\n", path, uv_strerror(download.file));
    return 1;
  }
  {
    holdfast::Client client(download.loop);
    holdfast::Request request;
    request.url = std::string(argv[1]) + "/archive";
    holdfast::StreamCallbacks callbacks;
    callbacks.on_head = [&](const holdfast::ResponseHead& head) {
      // Until here the request is retried when necessary; from here on it is not.
      if (head.status != 200) return download.request.cancel();
      const auto length = head.headers.get("Content-Length");
      if (length) download.expected = std::atoll(std::string(*length).c_str());
    };
    callbacks.on_body = [&](std::string_view bytes) { download.take(bytes); };
    callbacks.on_done = [&](holdfast::Result<holdfast::Response> result) {
      download.good = result.ok();  // a truncated body is an error
      if (!result) std::fprintf(stderr, "%s\n", result.error().message().c_str());
    };
    download.request = client.stream(request, std::move(callbacks));
    uv_run(download.loop, UV_RUN_DEFAULT);
  }
  uv_run(download.loop, UV_RUN_DEFAULT);  // lets the client's handles close
  uv_fs_close(nullptr, &done, download.file, nullptr);
  std::printf("%s: %lld bytes\n", download.good ? "saved" : "failed", download.written);
  return uv_loop_close(download.loop) == 0 && download.good ? 0 : 1;
}
