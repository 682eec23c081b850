#include "cli/fetch.h"

#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/exit_code.h"
#include "cli/json_report.h"
#include "cli/sha256.h"
#include "cli/sink.h"
#include "holdfast/client.h"

namespace holdfast::cli {

namespace {

class Fetch {
 public:
  Fetch(uv_loop_t* loop, const CommandLine& line) : line_(line), client_(loop, line.client) {}

  int prepare();
  void next();
  int status() const { return status_; }
  bool close_files();

 private:
  Request request_for(const std::string& url) const;
  void got_head(const ResponseHead& head);
  void got_body(std::string_view bytes);
  void done(Result<Response> result);
  void keep_status(int status) {
    if (status_ == 0) status_ = status;
  }

  const CommandLine& line_;
  Client client_;
  Body body_;
  Sink body_sink_, head_sink_;
  std::optional<Sha256> sha256_;
  std::uint64_t body_bytes_ = 0;
  std::size_t at_ = 0;
  int status_ = 0;
  bool told_attempts_ = false;
};

int Fetch::prepare() {
  const bool tty = isatty(STDERR_FILENO) != 0;
  if (line_.verbose || (tty && !line_.json)) {
    client_.on_attempt([this](const AttemptNotice& notice) {
      told_attempts_ = true;
      std::fprintf(stderr, "* %s\n", to_string(*notice.record).c_str());
      std::fprintf(stderr, "*   next attempt in %.3f s (%.*s)\n",
                   std::chrono::duration<double>(notice.delay).count(),
                   static_cast<int>(name(notice.delay_source).size()),
                   name(notice.delay_source).data());
    });
  }
  if (line_.data) {
    const std::string& data = *line_.data;
    if (data == "@-") {
      std::string all;
      char piece[65536];
      while (const std::size_t n = std::fread(piece, 1, sizeof piece, stdin)) all.append(piece, n);
      body_ = Body(std::move(all));
    } else if (!data.empty() && data.front() == '@') {
      const std::string path = data.substr(1);
      if (access(path.c_str(), R_OK) != 0) {
        std::fprintf(stderr, "holdfast: -d @%s: %s\n", path.c_str(), std::strerror(errno));
        return kUsage;
      }
      body_ = Body::file(path);
    } else {
      body_ = Body(data);
    }
  }
  if (!line_.json && !body_sink_.open(line_.output_file)) {
    std::fprintf(stderr, "holdfast: -o %s: %s\n", line_.output_file.c_str(), std::strerror(errno));
    return kWriteFailed;
  }
  if (line_.json && !line_.output_file.empty() && !body_sink_.open(line_.output_file)) {
    std::fprintf(stderr, "holdfast: -o %s: %s\n", line_.output_file.c_str(), std::strerror(errno));
    return kWriteFailed;
  }
  if (!line_.head_file.empty() && !head_sink_.open(line_.head_file)) {
    std::fprintf(stderr, "holdfast: -D %s: %s\n", line_.head_file.c_str(), std::strerror(errno));
    return kWriteFailed;
  }
  return 0;
}

Request Fetch::request_for(const std::string& url) const {
  Request request;
  request.method = line_.method;
  request.url = url;
  request.headers = line_.headers;
  request.body = body_;
  if (line_.data && !request.headers.contains("Content-Type")) {
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");  // as curl does
  }
  return request;
}

void Fetch::next() {
  if (at_ == line_.urls.size()) return client_.close();
  const std::string& url = line_.urls[at_++];
  sha256_.emplace();
  body_bytes_ = 0;
  told_attempts_ = false;
  StreamCallbacks callbacks;
  callbacks.on_interim = [this](const ResponseHead& head) { got_head(head); };
  if (line_.stream) {
    callbacks.on_head = [this](const ResponseHead& head) { got_head(head); };
    callbacks.on_body = [this](std::string_view bytes) { got_body(bytes); };
  }
  callbacks.on_done = [this](Result<Response> result) {
    if (result && !line_.stream) {
      got_head(*result);
      got_body(result->body);
    }
    done(std::move(result));
  };
  client_.stream(request_for(url), std::move(callbacks));
}

void Fetch::got_head(const ResponseHead& head) {
  if (!head_sink_.is_open()) return;
  std::string text = "HTTP/" + version_text(head.http_major, head.http_minor) + " " +
                     std::to_string(head.status) + (head.reason.empty() ? "" : " " + head.reason) +
                     "\r\n";
  for (const HeaderField field : head.headers) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  head_sink_.write(text + "\r\n");
}

void Fetch::got_body(std::string_view bytes) {
  body_bytes_ += bytes.size();
  if (line_.json) sha256_->update(bytes);
  if (body_sink_.is_open()) body_sink_.write(bytes);
}

void Fetch::done(Result<Response> result) {
  const Timeline& timeline = result ? result->timeline : result.error().timeline;
  const bool told = line_.verbose || told_attempts_;
  if (told && timeline.size() != 0) {
    std::fprintf(stderr, "* %s\n", to_string(timeline.last()).c_str());
    if (timeline.stop_reason() != StopReason::success) {
      std::fprintf(stderr, "*   not retried: %s\n",
                   std::string(name(timeline.stop_reason())).c_str());
    }
  }
  if (line_.json) {
    std::printf("%s\n",
                json_report(line_.urls[at_ - 1], result, body_bytes_, sha256_->hex()).c_str());
  }
  if (!result) {
    if (!line_.json) std::fprintf(stderr, "holdfast: %s\n", result.error().message().c_str());
    keep_status(exit_code_for(result.error()));
  } else if (line_.fail && result->status >= 400) {
    std::fprintf(stderr, "holdfast: the response has status %u\n", result->status);
    keep_status(kHttpError);
  }
  next();
}

bool Fetch::close_files() {
  const bool body = body_sink_.close();
  const bool head = head_sink_.close();
  return body && head && std::fflush(stdout) == 0;
}

}  // namespace

int fetch(const CommandLine& line) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  int status = 0;
  {
    Fetch fetch(&loop, line);
    status = fetch.prepare();
    if (status == 0) {
      fetch.next();
      uv_run(&loop, UV_RUN_DEFAULT);
      status = fetch.status();
      if (!fetch.close_files() && status == 0) {
        std::fprintf(stderr, "holdfast: the output could not be written\n");
        status = kWriteFailed;
      }
    }
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return status;
}

}  // namespace holdfast::cli
