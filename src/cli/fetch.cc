#include "cli/fetch.h"

#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "cli/exit_code.h"
#include "cli/hop_log.h"
#include "cli/interrupt.h"
#include "cli/json_report.h"
#include "cli/loop_end.h"
#include "cli/progress.h"
#include "cli/redirect_report.h"
#include "cli/remedy.h"
#include "cli/request_body.h"
#include "cli/sha256.h"
#include "cli/sink.h"
#include "cli/ticker.h"
#include "cli/watchdog.h"
#include "holdfast/client.h"
#include "tool/process_start.h"

namespace holdfast::cli {

namespace {

constexpr std::uint64_t kLookEvery_ms = 100;

/// curl's way: a bar where somebody looks and the body does not go to the same screen.
bool shows_progress(const CommandLine& line) {
  if (isatty(STDERR_FILENO) == 0) return false;
  const bool to_screen = line.output_file.empty() && isatty(STDOUT_FILENO) != 0;
  return line.progress.value_or(!to_screen && !line.json);
}

std::optional<std::uint64_t> content_length(const ResponseHead& head) {
  const auto field = head.headers.get("Content-Length");
  std::uint64_t length = 0;
  if (!field || head.decoded) return std::nullopt;  // decoded, its length is another
  const char* const end = field->data() + field->size();
  const auto [stop, error] = std::from_chars(field->data(), end, length);
  return error == std::errc() && stop == end ? std::optional(length) : std::nullopt;
}

class Fetch {
 public:
  Fetch(uv_loop_t* loop, Watchdog& watchdog, const CommandLine& line)
      : line_(line),
        watchdog_(watchdog),
        client_(loop, line.client),
        progress_(shows_progress(line)),
        watch_(loop, [this] { look(); }),
        end_(loop),
        interrupt_(loop, watchdog, [this](int number) { interrupted(number); }) {}

  int prepare();
  void begin();
  int status() const { return status_; }

 private:
  bool open_files();
  void limit_time();
  void next();
  void finish();
  void close_files();
  Request request_for(const std::string& url) const;
  StreamCallbacks callbacks();
  void got_head(const ResponseHead& head);
  void stream_head(const ResponseHead& head);
  void got_body(std::string_view bytes);
  void got_file();
  bool is_too_large(std::uint64_t bytes) const {
    return line_.max_filesize && bytes > *line_.max_filesize;
  }
  void done(Result<Response> result);
  void conclude(const Result<Response>& result);
  void tell_retry(const AttemptNotice& notice);
  void tell_end(const Timeline& timeline);
  void look();
  void call_off(Error error);
  void stop(int status);
  void interrupted(int number);
  void fail_writing(const char* what, int error);
  void fail_storing(const Error& error);
  void say(const std::string& text);
  void keep_status(int status) {
    if (status_ == 0) status_ = status;
  }

  const CommandLine& line_;
  Watchdog& watchdog_;
  Client client_;
  Progress progress_;
  Ticker watch_;
  LoopEnd end_;
  Interrupt interrupt_;
  RequestBody body_;
  Sink body_sink_, head_sink_, json_sink_;
  std::string spool_;  ///< where bodies are stored until they are whole; "": they are not
  const std::shared_ptr<HopLog> hops_ = std::make_shared<HopLog>();

  // Of the request under way.
  std::string url_;
  RequestHandle handle_;
  std::optional<Sha256> sha256_;
  std::uint64_t body_bytes_ = 0;
  std::optional<std::uint64_t> expected_;
  std::optional<Error> called_off_;  ///< by us, for this reason
  double deadline_s_ = 0;            ///< --total-timeout; 0: none
  bool told_attempts_ = false, unwanted_ = false;

  std::size_t at_ = 0;
  bool delivered_ = false, heads_ = false;
  int status_ = 0;
};

int Fetch::prepare() {
  const bool tty = isatty(STDERR_FILENO) != 0;
  if (line_.verbose || (tty && !line_.json)) {
    client_.on_attempt([this](const AttemptNotice& notice) { tell_retry(notice); });
  }
  if (line_.json) client_.observe(hops_);
  // The first request's time begins here: reading and opening may take long.
  limit_time();
  if (const std::string complaint = make_body(line_, body_); !complaint.empty()) {
    say(complaint);
    return kReadFailed;
  }
  return open_files() ? kDelivered : kWriteFailed;
}

bool Fetch::open_files() {
  if (line_.json) json_sink_.open("");
  const bool wants_body = !line_.json || !line_.output_file.empty();
  if (wants_body && !body_sink_.open(line_.output_file)) {
    say(unwritable("-o", line_.output_file, errno));
    return false;
  }
  if (!line_.stream) spool_ = body_sink_.spool();
  if (!body_sink_.beside().empty()) watchdog_.remove_at_end(body_sink_.beside());
  if (!spool_.empty()) {
    watchdog_.remove_at_end(spool_);
    watchdog_.remove_at_end(spool_ + ".part");  // download()'s
  }
  if (!line_.head_file.empty() && !head_sink_.open(line_.head_file)) {
    say(unwritable("-D", line_.head_file, errno));
    return false;
  }
  if (!head_sink_.beside().empty()) watchdog_.remove_at_end(head_sink_.beside());
  if (!head_sink_.target().empty() && head_sink_.target() == body_sink_.target()) {
    say("-o and -D name the same file: give them two, or - for standard output");
    return false;
  }
  return true;
}

/// --total-timeout from now, also where the loop is blocked.
void Fetch::limit_time() {
  const Duration total = line_.client.timeouts.total;
  if (total == kOff) return;
  deadline_s_ = now_s() + std::chrono::duration<double>(total).count();
  watchdog_.end_after(total, line_.json ? blocked_report(line_.urls[at_]) + "\n" : "");
}

Request Fetch::request_for(const std::string& url) const {
  Request request;
  request.method = line_.method;
  request.url = url;
  request.headers = line_.headers;
  request.body = body_.body;
  if (!body_.type.empty() && !request.headers.contains("Content-Type")) {
    request.headers.add("Content-Type", body_.type);
  }
  return request;
}

/// The client reads certificates and keys for the first https URL, which may be the last of
/// several: a request that the hook refuses, so that nothing is sent, makes it read them now.
void Fetch::begin() {
  const TlsPolicy& tls = line_.client.tls;
  if (tls.ca_file.empty() && tls.ca_pem.empty() && tls.certificate_file.empty() &&
      tls.certificate_pem.empty()) {
    return next();
  }
  client_.before_attempt([](AttemptPlan&) { return Prepare::reject; });
  client_.get("https://localhost/", [this](const Result<Response>& result) {
    client_.before_attempt({});
    static_cast<void>(hops_->take());
    if (result || result.error().code != ErrorCode::invalid_option) return next();
    say(message_with_remedy(result.error()));
    stop(kUsage);
    finish();
  });
}

void Fetch::next() {
  if (at_ == line_.urls.size()) return finish();
  if (at_ != 0) limit_time();
  url_ = line_.urls[at_++];
  sha256_.emplace();
  body_bytes_ = 0;
  expected_.reset();
  called_off_.reset();
  told_attempts_ = unwanted_ = false;
  body_sink_.mark();
  progress_.start(now_s());
  watch_.start(kLookEvery_ms);
  if (spool_.empty()) {
    handle_ = client_.stream(request_for(url_), callbacks());
  } else {
    handle_ = client_.download(
        request_for(url_), spool_, [this](Result<Response> result) { done(std::move(result)); },
        [this](const ResponseHead& head) { got_head(head); });
  }
}

StreamCallbacks Fetch::callbacks() {
  StreamCallbacks all;
  all.on_interim = [this](const ResponseHead& head) { got_head(head); };
  if (line_.stream) {
    all.on_head = [this](const ResponseHead& head) { stream_head(head); };
    all.on_body = [this](std::string_view bytes) { got_body(bytes); };
  }
  all.on_done = [this](Result<Response> result) { done(std::move(result)); };
  return all;
}

// --- What comes ----------------------------------------------------------------------------------

void Fetch::got_head(const ResponseHead& head) {
  // A file is for what was asked for; on standard output a redirect's page explains it.
  unwanted_ = (line_.fail && head.status >= 400) ||
              (!line_.output_file.empty() && is_left_redirect(head, line_.client.redirects.follow));
  if (!head_sink_.is_open()) return;
  std::string text = "HTTP/" + version_text(head.http_major, head.http_minor) + " " +
                     std::to_string(head.status) + (head.reason.empty() ? "" : " " + head.reason) +
                     "\r\n";
  for (const HeaderField field : head.headers) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  head_sink_.write(text + "\r\n");
  heads_ = true;
  if (head_sink_.failed()) fail_writing("-D", head_sink_.error());
}

void Fetch::stream_head(const ResponseHead& head) {
  got_head(head);
  if (line_.method != "HEAD") expected_ = content_length(head);  // of a body that never comes
  if (is_too_large(expected_.value_or(0))) {
    call_off(Error(ErrorCode::body_too_large, "", Phase::body));
  }
}

void Fetch::got_body(std::string_view bytes) {
  if (called_off_) return;
  body_bytes_ += bytes.size();
  if (line_.stream && is_too_large(body_bytes_)) {
    return call_off(Error(ErrorCode::body_too_large, "", Phase::body));
  }
  if (line_.json) sha256_->update(bytes);
  if (unwanted_ || !body_sink_.is_open()) return;
  body_sink_.write(bytes);
  if (body_sink_.failed()) fail_writing("-o", body_sink_.error());
}

/// The body is whole, and stored beside the file that it is for.
void Fetch::got_file() {
  if (called_off_) return;
  std::error_code error;
  body_bytes_ = std::filesystem::file_size(spool_, error);
  if (error) return fail_writing("-o", error.value());
  // While it came it was looked at every so often only.
  if (is_too_large(body_bytes_)) return call_off(Error(ErrorCode::body_too_large, "", Phase::body));
  if (line_.json) {
    std::ifstream file(spool_, std::ios::binary);
    char piece[65536];
    while (file.read(piece, sizeof piece), file.gcount() > 0) {
      sha256_->update({piece, static_cast<std::size_t>(file.gcount())});
    }
  }
  if (!body_sink_.adopt(spool_)) fail_writing("-o", body_sink_.error());
}

/// Ends the request under way for a reason of ours.
void Fetch::call_off(Error error) {
  called_off_ = std::move(error);
  handle_.cancel();
}

// --- The end of a request ------------------------------------------------------------------------

void Fetch::done(Result<Response> result) {
  watch_.stop();
  if (result && !line_.stream) {
    got_head(*result);
    if (!spool_.empty() && result->is_success()) {
      got_file();
    } else {
      got_body(result->body);
    }
  }
  // What was called off when it had just been stored.
  if (!spool_.empty()) ::unlink(spool_.c_str());
  if (!result && !called_off_ && result.error().code == ErrorCode::file_failed) {
    fail_storing(result.error());
  }
  if (called_off_) {
    called_off_->timeline = std::move(result ? result->timeline : result.error().timeline);
    result = std::move(*called_off_);
  }
  if (result) {
    progress_.finish(now_s(), body_bytes_);
  } else {
    progress_.clear();
  }
  conclude(result);
  next();
}

void Fetch::conclude(const Result<Response>& result) {
  if (status_ > kKilledBy) return;  // who interrupts knows why
  // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it does not see into std::variant
  tell_end(result ? result->timeline : result.error().timeline);
  if (line_.json) {
    watchdog_.drop_output();
    const Told told{url_, &result, body_bytes_, sha256_->hex(), hops_->take(), line_.client.proxy};
    json_sink_.write(json_report(told) + "\n");
    if (json_sink_.failed()) fail_writing("--json", json_sink_.error());
  }
  if (!result) {
    body_sink_.take_back();
    const Error& error = result.error();
    if (error.code == ErrorCode::body_too_large) {
      const std::uint64_t most = line_.max_filesize.value_or(line_.client.limits.max_body_bytes);
      say("the body is larger than " + std::to_string(most) + " bytes: raise --max-filesize" +
          (line_.max_filesize ? "" : ", or use -o FILE or --stream, which know no limit"));
    } else if (!line_.json && error.code != ErrorCode::file_failed) {
      say(message_with_remedy(error));
    }
    return keep_status(exit_code_for(error));
  }
  delivered_ = delivered_ || !unwanted_;
  const std::string left = redirect_complaint(*result, line_.method, url_);
  if (!left.empty()) {
    if (!line_.json) say(left);
    keep_status(exit_code_for(result->timeline.stop_reason()));
  } else if (unwanted_) {
    say("the response has status " + std::to_string(result->status));
    keep_status(kHttpError);
  } else if (!result->request_complete && result->is_success()) {
    if (!line_.json) {
      say("the server sent status " + std::to_string(result->status) +
          " and ended the exchange before it had all of the request body");
    }
    keep_status(kUploadCut);
  }
}

void Fetch::tell_retry(const AttemptNotice& notice) {
  told_attempts_ = true;
  progress_.clear();
  std::fprintf(stderr, "* %s\n", to_string(*notice.record).c_str());
  if (notice.delay_source == DelaySource::none) {
    std::fputs("*   redirected\n", stderr);
    return;
  }
  std::fprintf(stderr, "*   next attempt in %.3f s (%.*s)\n",
               std::chrono::duration<double>(notice.delay).count(),
               static_cast<int>(name(notice.delay_source).size()),
               name(notice.delay_source).data());
}

void Fetch::tell_end(const Timeline& timeline) {
  if ((!line_.verbose && !told_attempts_) || timeline.size() == 0) return;
  std::fprintf(stderr, "* %s\n", to_string(timeline.last()).c_str());
  if (timeline.stop_reason() == StopReason::success) return;
  std::fprintf(stderr, "*   not %s: %s\n",
               exit_code_for(timeline.stop_reason()) != kDelivered ? "followed" : "retried",
               std::string(name(timeline.stop_reason())).c_str());
}

/// Every so often: what a download has stored is not told otherwise, and the client knows nothing
/// of the time that reading the body took.
void Fetch::look() {
  constexpr double kClients_s = 0.2;  // its own deadline goes first, and says more
  if (deadline_s_ != 0 && now_s() > deadline_s_ + kClients_s) {
    return call_off(Error(ErrorCode::deadline_exceeded));
  }
  if (line_.stream) return progress_.update(now_s(), body_bytes_, expected_);
  const ResponseProgress so_far = handle_.progress();
  if (!spool_.empty() && is_too_large(std::max(so_far.received, so_far.expected.value_or(0)))) {
    return call_off(Error(ErrorCode::body_too_large, "", Phase::body));
  }
  progress_.update(now_s(), so_far.received, so_far.expected);
}

// --- The end of all ------------------------------------------------------------------------------

void Fetch::stop(int status) {
  keep_status(status);
  at_ = line_.urls.size();
  body_sink_.give_up();
  head_sink_.give_up();
}

void Fetch::interrupted(int number) {
  progress_.clear();
  status_ = 0;
  stop(kKilledBy + number);
  client_.close();
  end_.begin();
}

void Fetch::fail_writing(const char* what, int error) {
  const std::string flag = what;
  const std::string& file = flag == "-o" ? line_.output_file : line_.head_file;
  progress_.clear();
  if (flag == "--json" || file.empty() || file == "-") {
    say(std::string("standard output: ") + std::strerror(error) +
        (error == EBADF ? ": it was closed when the command started; -o names a file" : ""));
  } else {
    say(unwritable(flag, file, error));
  }
  stop(kWriteFailed);
  call_off(Error(ErrorCode::file_failed));
}

/// The client could not write. It names the file that it wrote, which the user has never heard of.
void Fetch::fail_storing(const Error& error) {
  progress_.clear();
  const std::size_t reason = error.detail.rfind(": ");
  say("-o " + line_.output_file + ": " +
      (reason == error.detail.npos ? error.detail : error.detail.substr(reason + 2)) +
      ": free some space, or name a file elsewhere");
  stop(kWriteFailed);
}

void Fetch::say(const std::string& text) { std::fprintf(stderr, "holdfast: %s\n", text.c_str()); }

/// The files are put in their places first: closing the client may take a moment.
void Fetch::finish() {
  close_files();
  interrupt_.stop();
  watchdog_.end_after(kOff);
  client_.close();
  end_.begin();
}

void Fetch::close_files() {
  // An interrupt has put them away, and a failure has been told.
  if (status_ > kKilledBy || body_sink_.failed() || head_sink_.failed()) return;
  // What was written into a pipe or a device cannot be taken back, but may still have failed.
  const bool body = delivered_ || line_.output_file.empty() ? body_sink_.keep() : true;
  if (!body) fail_writing("-o", body_sink_.error());
  if (heads_ && !head_sink_.keep()) fail_writing("-D", head_sink_.error());
}

}  // namespace

int fetch(const CommandLine& line) {
  Watchdog watchdog;
  uv_loop_t loop;
  uv_loop_init(&loop);
  int status = 0;
  {
    Fetch fetch(&loop, watchdog, line);
    status = fetch.prepare();
    if (status == kDelivered) {
      fetch.begin();
      uv_run(&loop, UV_RUN_DEFAULT);
      status = fetch.status();
      if (uv_loop_alive(&loop) != 0) tool::end_process(status);
    }
  }
  // What is left are handles that close.
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return status;
}

}  // namespace holdfast::cli
